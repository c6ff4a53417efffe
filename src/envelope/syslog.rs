//! What stands between a stamp and the message: host, tag, pid; and what syslog daemons say themselves.
//!
//! It must not know stamps or MTAs.  Example: `mx1 postfix/smtp[2113]: 4Xh8...: to=<...>`.

use memchr::memchr;

use super::timestamp::is_blank;

/// A line after its stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<'a> {
    Program(Header<'a>),
    /// `last message repeated 3 times`.
    Repeat {
        host: &'a [u8],
        times: u32,
    },
    /// `-- MARK --`.
    Mark,
}

/// Who said what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Header<'a> {
    pub host: &'a [u8],
    pub tag: &'a [u8],
    pub pid: &'a [u8],
    pub message: &'a [u8],
    pub times: u32,
}

/// Everything after the stamp: `mx1 postfix/smtp[2113]: text`.
pub(super) fn after_stamp(text: &[u8]) -> Said<'_> {
    let text = skip_severity(skip_blanks(text));
    if let Some(said) = daemon(b"", text) {
        return said;
    }
    let (first, rest) = split_word(text);
    // A host never ends in `:` or `[pid]`, a tag does: some daemons (ASL, busybox) name no host.
    let (host, body) = if is_tag(first) { (&b""[..], text) } else { (first, skip_blanks(rest)) };
    let host = if host == b"-" { b"" } else { host };
    if let Some(said) = daemon(host, body) {
        return said;
    }
    let (tag, pid, message) = program(body);
    finish(host, tag, pid, message)
}

/// Reads what daemons put before or around a message: `[ID 197553 mail.info] `,
/// `message repeated 3 times: [ payload]`, and `last message repeated` behind a tag.
pub(super) fn finish<'a>(host: &'a [u8], tag: &'a [u8], pid: &'a [u8], message: &'a [u8]) -> Said<'a> {
    let plain = Header { host, tag, pid, message, times: 1 };
    Said::Program(match message.first() {
        Some(b'[') => Header { message: quirk_solaris_id(message), ..plain },
        Some(b'm') => match repeated(message) {
            Some((times, message)) => Header { message, times, ..plain },
            None => plain,
        },
        Some(b'l' | b'L' | b'-') => match daemon(host, message) {
            Some(said) => return said,
            None => plain,
        },
        _ => plain,
    })
}

fn skip_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// A single blank, if there is one.
fn skip_blank(text: &[u8]) -> &[u8] {
    match text {
        [b' ' | b'\t', rest @ ..] => rest,
        _ => text,
    }
}

fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&b| is_blank(b)).unwrap_or(text.len());
    text.split_at(end)
}

/// `<mail.info> mx1 sm-mta[17002]: ...`: FreeBSD `syslogd -vv` puts it behind the stamp.
fn skip_severity(text: &[u8]) -> &[u8] {
    let [b'<', inner @ ..] = text else { return text };
    match inner.iter().take(24).position(|&b| b == b'>') {
        Some(end) => skip_blanks(inner.get(end + 1..).unwrap_or_default()),
        None => text,
    }
}

/// `postfix/smtp[2113]:`, `dovecot:`, `tag[12]` are tags; `2001:db8::` is a host.
fn is_tag(word: &[u8]) -> bool {
    match word {
        [name @ .., b':'] => {
            let address = name.ends_with(b":") && name.iter().all(|b| b.is_ascii_hexdigit() || *b == b':');
            !name.is_empty() && !address
        }
        [name @ .., b']'] => match name.iter().rposition(|&b| b == b'[') {
            Some(open) => open > 0 && open + 1 < name.len() && name.iter().skip(open + 1).all(u8::is_ascii_digit),
            None => false,
        },
        _ => false,
    }
}

/// Longest pid we look for: namespaces and threads make `12345/67890`.
const PID_MAX: usize = 32;

/// `postfix/smtp[2113]: text` → tag, pid, text.
pub(super) fn program(body: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some(end) = body.iter().position(|b| matches!(b, b' ' | b'\t' | b':' | b'[')) else {
        return (body, b"", b"");
    };
    let (tag, rest) = body.split_at(end);
    match rest {
        [b':', text @ ..] => match quirk_aix_facility(tag, text) {
            Some(body) => program(body),
            None => (tag, b"", skip_blank(text)),
        },
        [b'[', inside @ ..] if end > 0 => {
            let window = inside.get(..PID_MAX).unwrap_or(inside);
            match window.iter().position(|&b| b == b']' || is_blank(b)) {
                Some(close) if window.get(close) == Some(&b']') => {
                    let (pid, text) = inside.split_at(close);
                    let text = text.get(1..).unwrap_or_default();
                    (tag, pid, skip_blank(text.strip_prefix(b":").unwrap_or(text)))
                }
                // Cut within the pid, see `quirk_short_tag`.
                Some(blank) => (tag, b"", inside.get(blank + 1..).unwrap_or_default()),
                None => (b"", b"", body),
            }
        }
        [b'[', ..] => (b"", b"", body),
        // quirk_short_tag: forwarding templates cut tag, pid and colon at 32 characters (rsyslog
        // RSYSLOG_ForwardFormat), so that a word without a colon is a tag as well.
        _ => (tag, b"", skip_blank(rest)),
    }
}

/// AIX syslogd writes facility and severity before the tag: `mail:info sendmail[12]: ...`.
fn quirk_aix_facility<'a>(tag: &[u8], text: &'a [u8]) -> Option<&'a [u8]> {
    if tag != b"mail" || !text.first()?.is_ascii_lowercase() {
        return None;
    }
    let (severity, rest) = split_word(text);
    (severity.iter().all(u8::is_ascii_lowercase) && !rest.is_empty()).then(|| skip_blanks(rest))
}

/// Solaris syslog: `[ID 197553 mail.info] text`.
fn quirk_solaris_id(message: &[u8]) -> &[u8] {
    let Some(inside) = message.strip_prefix(b"[ID ") else { return message };
    let digits = inside.iter().take_while(|b| b.is_ascii_digit()).count();
    let Some([b' ', rest @ ..]) = inside.get(digits..) else { return message };
    match rest.iter().take(32).position(|&b| b == b']') {
        Some(end) if digits > 0 => skip_blank(rest.get(end + 1..).unwrap_or_default()),
        _ => message,
    }
}

fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    if digits.is_empty() {
        return None;
    }
    Some((digits.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')), rest))
}

/// rsyslog: `message repeated 3 times: [ payload]`.  The payload is cut at 800 characters and may lose the
/// bracket.
fn repeated(message: &[u8]) -> Option<(u32, &[u8])> {
    let (times, rest) = number(message.strip_prefix(b"message repeated ")?)?;
    let payload = skip_blanks(rest.strip_prefix(b" times: [")?);
    Some((times.max(1), payload.strip_suffix(b"]").unwrap_or(payload)))
}

/// Lines that a syslog daemon writes about lines or about itself.
fn daemon<'a>(host: &'a [u8], text: &'a [u8]) -> Option<Said<'a>> {
    match text.first()? {
        b'l' => last_message(text).map(|times| Said::Repeat { host, times }),
        b'L' => quirk_syslog_ng(text)
            .map(|(times, on)| Said::Repeat { host: if host.is_empty() { on } else { host }, times }),
        b'-' if is_mark(text) => Some(Said::Mark),
        // ASL (macOS): `--- last message repeated 1 time ---`.
        b'-' => {
            let inner = text.strip_prefix(b"--- ")?.strip_suffix(b" ---")?;
            last_message(inner).map(|times| Said::Repeat { host, times })
        }
        _ => None,
    }
}

/// `last message repeated 3 times`, and nothing else.
fn last_message(text: &[u8]) -> Option<u32> {
    let (times, rest) = number(text.strip_prefix(b"last message repeated ")?)?;
    matches!(rest.trim_ascii_end(), b" times" | b" time").then_some(times)
}

/// syslog-ng: `Last message 'x' repeated 3 times, suppressed by syslog-ng on mx1`.  The quotation is cut at
/// 20 characters and may hold anything, so the line is read from its right end.
fn quirk_syslog_ng(text: &[u8]) -> Option<(u32, &[u8])> {
    let quoted = text.strip_prefix(b"Last message '")?;
    let on = quoted.iter().rposition(|&b| b == b' ')?;
    let (rest, host) = (quoted.get(..on)?, quoted.get(on + 1..)?);
    let rest = rest.strip_suffix(b" times, suppressed by syslog-ng on")?;
    let blank = rest.iter().rposition(|&b| b == b' ')?;
    let (times, left) = number(rest.get(blank + 1..)?)?;
    (left.is_empty() && rest.get(..blank)?.ends_with(b"' repeated")).then_some((times, host))
}

/// `-- MARK --`, `--MARK--`.
fn is_mark(text: &[u8]) -> bool {
    matches!(text.trim_ascii_end(), b"-- MARK --" | b"--MARK--")
}

/// A line inside another envelope that has no stamp of its own: `postfix/smtp[1]: text`.  Stricter than
/// [`program`], since any text may stand there.
pub(super) fn bare_program(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let name = text.iter().take(64).take_while(|b| b.is_ascii_alphanumeric() || b"/-_.@".contains(b)).count();
    match text.get(name..)? {
        [b'[', ..] => {
            let (tag, pid, message) = program(text);
            (!pid.is_empty() && pid.iter().all(u8::is_ascii_digit)).then_some((tag, pid, message))
        }
        [b':', b' ', ..] => Some(program(text)),
        _ => None,
    }
    .filter(|_| name > 0)
}

/// The body of RFC 5424 section 6 behind its stamp: `mx1 postfix/smtp 2113 - - text`.
pub(super) fn rfc5424(text: &[u8]) -> Option<Said<'_>> {
    let (host, rest) = split_word(text);
    let (tag, rest) = split_word(skip_blank(rest));
    let (pid, rest) = split_word(skip_blank(rest));
    let (_message_id, rest) = split_word(skip_blank(rest));
    let message = structured_data(rest.strip_prefix(b" ")?)?;
    let message = message.strip_prefix(b" ").unwrap_or(message);
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let nil = |word: &'_ [u8]| word == b"-";
    let host = if nil(host) { b"" } else { host };
    if nil(tag) {
        // The sender had plain text only: its tag, if any, stands in the message.
        if let Some(said) = daemon(host, message) {
            return Some(said);
        }
        let (tag, inner, text) = bare_program(message).unwrap_or((b"", b"", message));
        let pid = if nil(pid) { inner } else { pid };
        return Some(finish(host, tag, pid, text));
    }
    Some(finish(host, tag, if nil(pid) { b"" } else { pid }, message))
}

/// Is this an RFC 5424 body without the `<PRI>1 ` before its stamp (file templates leave it out)?
pub(super) fn is_bare_rfc5424(text: &[u8]) -> bool {
    let (_host, rest) = split_word(text);
    let (app, rest) = split_word(skip_blank(rest));
    if app.is_empty() || app.ends_with(b":") || app.ends_with(b"]") {
        return false;
    }
    let (pid, rest) = split_word(skip_blank(rest));
    let (message_id, rest) = split_word(skip_blank(rest));
    let pid = pid == b"-" || (!pid.is_empty() && pid.iter().all(u8::is_ascii_digit));
    pid && !message_id.is_empty() && matches!(rest, [b' ', b'-'] | [b' ', b'-', b' ', ..] | [b' ', b'[', ..])
}

/// Skips `-` or `[id name="value"]...`; `\"`, `\\` and `\]` are escapes within values.
fn structured_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut at = 0;
    while text.get(at) == Some(&b'[') {
        let mut quoted = false;
        loop {
            at += 1;
            match text.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
        }
        at += 1;
    }
    if at == 0 { None } else { text.get(at..) }
}

/// `<22>` → what follows.
pub(super) fn skip_priority(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"<")?;
    let end = memchr(b'>', inner.get(..24).unwrap_or(inner))?;
    let word = inner.get(..end)?;
    let digits = !word.is_empty() && word.len() <= 3 && word.iter().all(u8::is_ascii_digit);
    let names = word.contains(&b'.') && word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'.');
    (digits || names).then(|| inner.get(end + 1..).unwrap_or_default())
}
