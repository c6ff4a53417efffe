//! Exim's own stamp: in its own files, and once more behind a syslog envelope.
//!
//! It must not know what the rest of the line says.  Example:
//! `2024-11-03 09:15:02.123 +0100 [789] 1t7WhK-0000000089R-0W7E Completed`.

use super::timestamp::{LastDate, Stamp, date_and_time, is_blank, moment, zone};

/// A line with Exim's stamp (Exim specification, chapter "Log files"; `log.c` writes stamp, zone, pid in
/// this order).
pub(super) struct Native<'a> {
    pub stamp: Stamp,
    /// With log selector `+pid`.
    pub pid: &'a [u8],
    pub message: &'a [u8],
}

/// `2024-11-03 09:15:02[.123][ +0100] [[789] ]text`.
pub(super) fn native<'a>(text: &'a [u8], last: &mut LastDate) -> Option<Native<'a>> {
    if !text.get(10).is_some_and(|&b| is_blank(b)) {
        return None;
    }
    let (secs, micros, end) = date_and_time(text, last)?;
    let mut rest = text.get(end..)?;
    let mut stamp = Stamp::Local { secs, micros };
    if let [b' ', after @ ..] = rest
        && let Some((offset, width)) = zone(after)
        && after.first() != Some(&b'Z')
        && after.get(width).is_none_or(|&b| is_blank(b))
    {
        stamp = moment(secs, micros, offset);
        rest = after.get(width..)?;
    }
    let (blank, rest) = match rest {
        [] => (true, rest),
        [first, rest @ ..] => (is_blank(*first), rest),
    };
    if !blank {
        return None;
    }
    let (pid, message) = own_pid(rest);
    Some(Native { stamp, pid, message })
}

/// `[789] text`; an address in brackets is no pid.
fn own_pid(text: &[u8]) -> (&[u8], &[u8]) {
    let Some(inside) = text.strip_prefix(b"[") else { return (b"", text) };
    let digits = inside.iter().take_while(|b| b.is_ascii_digit()).count();
    match inside.get(digits..) {
        Some([b']', b' ', message @ ..]) if digits > 0 => (inside.get(..digits).unwrap_or_default(), message),
        _ => (b"", text),
    }
}

/// `[1/2] ` or `[1\2] ` before a piece of a line that Exim cut for syslog: its length.
pub(super) fn piece_mark(text: &[u8]) -> Option<usize> {
    let inside = text.strip_prefix(b"[")?;
    let first = inside.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    let [b'/' | b'\\', rest @ ..] = inside.get(first..)? else { return None };
    let second = rest.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    let [b']', b' ', ..] = rest.get(second..)? else { return None };
    (first > 0 && second > 0).then_some(first + second + 4)
}

/// Some daemons write `2024-11-03 09:15:02 mx1 postfix/smtp[2113]: text`, which looks like Exim's stamp
/// before a free text: told by its second word.
pub(super) fn quirk_dated_syslog(message: &[u8]) -> bool {
    let mut words = message.split(|&b| is_blank(b));
    let (Some(host), Some([tag @ .., b']', b':'])) = (words.next(), words.next()) else { return false };
    let Some(open) = tag.iter().rposition(|&b| b == b'[') else { return false };
    let (name, pid) = (tag.get(..open).unwrap_or_default(), tag.get(open + 1..).unwrap_or_default());
    let host = !host.is_empty() && host.iter().all(|b| b.is_ascii_alphanumeric() || b".-_:".contains(b));
    let name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|b| b.is_ascii_alphanumeric() || b"/-_.@".contains(b));
    host && name && !pid.is_empty() && pid.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(&str, &str)>) {
        let mut last = LastDate::default();
        let native = native(line.as_bytes(), &mut last);
        let expected = expected.map(|(pid, message)| (pid.as_bytes(), message.as_bytes()));
        assert_eq!(native.map(|n| (n.pid, n.message)), expected, "{line}");
    }

    #[test]
    fn pid_and_zone_are_no_part_of_the_message() {
        check("2024-11-03 09:15:02 1t7WhK-0000000089R-0W7E Completed", Some(("", "1t7WhK-0000000089R-0W7E Completed")));
        check(
            "2024-11-03 09:15:02.123 +0100 [789] Start queue run: pid=789",
            Some(("789", "Start queue run: pid=789")),
        );
        check("2024-11-03 09:15:02 [192.0.2.4] refused", Some(("", "[192.0.2.4] refused")));
        check("2024-11-03 09:15:02 [789]", Some(("", "[789]")));
        check("2024-11-03 09:15:02 +0100", Some(("", "")));
        check("2024-11-03 09:15:02 +0100x text", Some(("", "+0100x text")));
        check("2024-11-03 09:15:02", Some(("", "")));
        check("2024-11-03 09:15:02x", None);
        check("2024-11-03T09:15:02 text", None);
        check("2024-13-03 09:15:02 text", None);
    }

    #[test]
    fn pieces_are_marked_by_numbers() {
        assert_eq!(piece_mark(b"[1/2] text"), Some(6));
        assert_eq!(piece_mark(b"[12\\34] text"), Some(8));
        assert_eq!(piece_mark(b"[1/2]text"), None);
        assert_eq!(piece_mark(b"[/2] text"), None);
        assert_eq!(piece_mark(b"[192.0.2.1] text"), None);
    }
}
