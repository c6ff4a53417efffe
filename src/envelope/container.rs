//! What container runtimes and their tools put before a line.
//!
//! It must not know what the line says.  Examples: `2024-11-03T09:15:02.123456789Z stdout F text` (Kubernetes
//! CRI), `mail-1  | text` (docker compose), `[pod/mail-0/postfix] text` (kubectl).

use super::timestamp::is_blank;

/// A line of a CRI log file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cri<'a> {
    pub stamp: &'a [u8],
    pub stream: &'a [u8],
    /// Marked `P`: goes on in the next line of this stream.
    pub partial: bool,
    pub text: &'a [u8],
}

/// `2024-11-03T09:15:02.123456789Z stdout F text`.
pub(super) fn cri(line: &[u8]) -> Option<Cri<'_>> {
    if line.get(10) != Some(&b'T') {
        return None;
    }
    let end = 19 + line.get(19..)?.iter().take(17).position(|&b| is_blank(b))?;
    let (stamp, body) = line.split_at_checked(end)?;
    Some(Cri { stamp, ..cri_body(body.get(1..)?)? })
}

/// `stdout F text`, the stamp being read already.
pub(super) fn cri_body(body: &[u8]) -> Option<Cri<'_>> {
    let rest = body.strip_prefix(b"std")?;
    let rest = rest.strip_prefix(b"out ").or_else(|| rest.strip_prefix(b"err "))?;
    let (partial, text) = match rest {
        [b'F', text @ ..] => (false, text),
        [b'P', text @ ..] => (true, text),
        _ => return None,
    };
    let text = match text {
        [] => text,
        [b' ', text @ ..] => text,
        // More tags may follow, separated by colons: `P:x`.
        [b':', tags @ ..] => tags.get(tags.iter().position(|&b| b == b' ')? + 1..)?,
        _ => return None,
    };
    Some(Cri { stamp: b"", stream: body.get(..6)?, partial, text })
}

/// Longest container name with padding that is looked for.
const NAME_MAX: usize = 128;

/// `mail-1  | text` or `[pod/mail-0/postfix] text` → `text`.
pub(super) fn prefixed(text: &[u8]) -> Option<&[u8]> {
    let window = text.get(..NAME_MAX).unwrap_or(text);
    if text.starts_with(b"[pod/") {
        let end = window.iter().position(|&b| b == b']')?;
        return text.get(end + 1..)?.strip_prefix(b" ");
    }
    let name = window.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
    let padding = window.get(name..)?.iter().take_while(|&&b| b == b' ').count();
    if name == 0 || padding == 0 {
        return None;
    }
    let rest = text.get(name + padding..)?.strip_prefix(b"|")?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Takes out `ESC [ ... m`.
pub(super) fn strip_colours(text: &mut Vec<u8>) {
    let Some(mut from) = memchr::memchr(0x1b, text) else { return };
    let mut to = from;
    while let Some(&b) = text.get(from) {
        let colour = text.get(from..).and_then(sequence);
        if let Some(length) = colour {
            from += length;
            continue;
        }
        if let Some(place) = text.get_mut(to) {
            *place = b;
        }
        from += 1;
        to += 1;
    }
    text.truncate(to);
}

/// The length of a colour sequence at the start of `text`.
fn sequence(text: &[u8]) -> Option<usize> {
    let inside = text.strip_prefix(b"\x1b[")?;
    let parameters = inside.iter().take(32).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    (inside.get(parameters) == Some(&b'm')).then_some(parameters + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        let check = |from: &[u8], to: &[u8]| {
            let mut text = from.to_vec();
            strip_colours(&mut text);
            assert_eq!(text, to);
        };
        check(b"\x1b[36mmail-1  | \x1b[0mtext", b"mail-1  | text");
        check(b"a\x1b[1;31mb\x1b[mc", b"abc");
        check(b"a\x1b[2Kb\x1b", b"a\x1b[2Kb\x1b");
        check(b"\x1b[", b"\x1b[");
        check(b"", b"");
    }

    #[test]
    fn prefixes_end_where_the_line_begins() {
        assert_eq!(prefixed(b"mail-1  | text"), Some(&b"text"[..]));
        assert_eq!(prefixed(b"mail-1  |"), Some(&b""[..]));
        assert_eq!(prefixed(b"[pod/mail-0/postfix] text"), Some(&b"text"[..]));
        assert_eq!(prefixed(b"mail-1| text"), None);
        assert_eq!(prefixed(b"two words | text"), None);
        assert_eq!(prefixed(b"[pod/mail-0/postfix"), None);
    }

    #[test]
    fn cri_tags_tell_whole_lines_from_pieces() {
        let check = |line: &[u8], expected: Option<(bool, &[u8])>| {
            assert_eq!(cri(line).map(|c| (c.partial, c.text)), expected, "{}", line.escape_ascii());
        };
        check(b"2024-11-03T09:15:02.123456789Z stdout F text", Some((false, b"text")));
        check(b"2024-11-03T09:15:02.123456789Z stderr P text ", Some((true, b"text ")));
        check(b"2024-11-03T09:15:02Z stdout F", Some((false, b"")));
        check(b"2024-11-03T09:15:02Z stdout P:a:b text", Some((true, b"text")));
        check(b"2024-11-03T09:15:02Z stdout X text", None);
        check(b"2024-11-03T09:15:02Z mx1 F text", None);
    }
}
