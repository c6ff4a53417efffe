//! Words that several kinds of Sendmail's lines share: lists of addresses, peers, times.
//!
//! It knows no kind of line.  `relay=mx.example.org. [198.51.100.7]`, `to=<a@example.org>,<b@example.org>, ...`

use crate::bytes;

/// A host at the other end, as Sendmail's macro `_` and its `relay=` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Peer<'a> {
    /// What stands before `@`: who the other host says it is (RFC 1413), or the local user.
    pub user: Option<&'a [u8]>,
    /// The name; empty where there is none but the address.
    pub name: &'a [u8],
    /// The address; empty where none is written.
    pub ip: &'a [u8],
}

/// `mx.example.org [192.0.2.1] (may be forged)`, `[192.0.2.1]`, `root@localhost`, `root@mx.example.org [IPv6:2001:db8::1]`,
/// `mx.example.org (192.0.2.1)`: the whole of `text` is one peer.
pub(super) fn peer(text: &[u8]) -> Peer<'_> {
    let text = text.strip_suffix(b" (may be forged)").unwrap_or(text);
    let (name, ip) = match text {
        [front @ .., b']'] => at(front, b'[').unwrap_or((text, b"")),
        [front @ .., b')'] => at(front, b'(').unwrap_or((text, b"")),
        _ => (text, &b""[..]),
    };
    // `localhost [[UNIX: /run/lmtp]]`
    let (name, ip) = match ip.strip_prefix(b"UNIX: ") {
        Some(path) => (name.strip_suffix(b"[").unwrap_or(name), path.strip_suffix(b"]").unwrap_or(path)),
        None => (name, ip),
    };
    let name = name.trim_ascii();
    let (user, name) = match bytes::rfind(name, b'@') {
        Some(n) => (Some(&name[..n]), &name[n + 1..]),
        None => (None, name),
    };
    Peer { user, name: bare_ip(name), ip: bare_ip(ip) }
}

/// What stands before and after the last `mark`.
fn at(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let n = bytes::rfind(text, mark)?;
    Some((&text[..n], &text[n + 1..]))
}

/// `[IPv6:2001:db8::1]`, `IPv6:2001:db8::1`, `[192.0.2.1]`: without brackets and prefix.
fn bare_ip(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(text);
    text.strip_prefix(b"IPv6:").unwrap_or(text)
}

/// Without angle brackets.  Sendmail cuts addresses at 200 bytes, so that the closing one can be lost.
pub(super) fn bare_address(text: &[u8]) -> &[u8] {
    match text.strip_prefix(b"<") {
        Some(inner) => inner.strip_suffix(b">").unwrap_or(inner),
        None => text,
    }
}

/// Where the first `, ` stands, or the end: no quoting is looked at.
#[inline]
pub(super) fn field_end(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(n) = bytes::find(text.get(from..).unwrap_or_default(), b',') {
        if text.get(from + n + 1) == Some(&b' ') {
            return from + n;
        }
        from += n + 1;
    }
    text.len()
}

/// Where the first `, ` outside `<>` and `""` stands.  None where there is none, or a bracket or quote is left
/// open.
pub(super) fn addresses_end(text: &[u8]) -> Option<usize> {
    let mut n = 0;
    loop {
        n += bytes::find3(text.get(n..)?, b',', b'<', b'"')?;
        match text.get(n)? {
            b'<' => n = after_angle(text, n + 1)?,
            b'"' => n = after_quote(text, n + 1)?,
            _ if text.get(n + 1) == Some(&b' ') => return Some(n),
            _ => n += 1,
        }
    }
}

/// Where the text goes on after the `>` that closes the bracket opened before `n`.
pub(super) fn after_angle(text: &[u8], mut n: usize) -> Option<usize> {
    loop {
        n += bytes::find3(text.get(n..)?, b'>', b'"', b'\\')?;
        match text.get(n)? {
            b'>' => return Some(n + 1),
            b'"' => n = after_quote(text, n + 1)?,
            _ => n += 2,
        }
    }
}

/// Where the text goes on after the quote that closes the one opened before `n`.
fn after_quote(text: &[u8], mut n: usize) -> Option<usize> {
    loop {
        n += bytes::find2(text.get(n..)?, b'"', b'\\')?;
        match text.get(n)? {
            b'"' => return Some(n + 1),
            _ => n += 2,
        }
    }
}

/// `00:00:02`, `1+02:03:04`: a time as pintvl (convtime.c) writes it, in microseconds.
pub(super) fn interval_us(text: &[u8]) -> Option<u64> {
    let (days, clock) = text.split_at_checked(text.len().checked_sub(8)?)?;
    let days = if days.is_empty() { 0 } else { decimal(days.strip_suffix(b"+")?)? };
    let [hours @ .., b':', m1, m2, b':', s1, s2] = clock else { return None };
    let (hours, minutes, seconds) = (decimal(hours)?, decimal(&[*m1, *m2])?, decimal(&[*s1, *s2])?);
    Some((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000_000)
}

/// One to nine digits and nothing else.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    let digits = (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0')))
}
