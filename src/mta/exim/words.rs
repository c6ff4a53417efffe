//! The fields of a line: ` R=dnslookup T=remote_smtp H=mx.x.example [203.0.113.3]:25 DN="CN=mx": why`.
//!
//! Fields come one after another, left to right, until a colon or a word that is no field; what follows
//! is text that strangers may have written, and is never searched for fields.

use crate::bytes;

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// `KEY=value`, without quotes or angle brackets.
    Pair(&'a [u8], &'a [u8]),
    /// `H=...`
    Host(Host<'a>),
    /// A word that says something by being there: `K`, `PRDR`, `TFO*`.
    Flag,
}

/// The other side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Host<'a> {
    /// Its name as Exim found it; empty where it found none.
    pub name: &'a [u8],
    /// What it called itself, where that is something else.
    pub helo: Option<&'a [u8]>,
    /// Its address without brackets and port; empty for a local transport's host list.
    pub ip: &'a [u8],
}

/// The fields of a line in turn; `rest` is what is left.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    rest: &'a [u8],
    colon: bool,
}

impl<'a> Words<'a> {
    /// Reads from `rest`, which begins at a word or at the blank before it.
    pub fn new(rest: &'a [u8]) -> Self {
        let mut words = Self { rest, colon: false };
        words.end_word(rest);
        words
    }

    /// What follows the fields: the text after the colon, or the first word that is no field.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Was there a colon between the fields and the rest?
    pub fn colon(&self) -> bool {
        self.colon
    }

    /// Steps over the next word, whatever it is; false at the end.
    pub fn step_over(&mut self) -> bool {
        if self.rest.is_empty() {
            return false;
        }
        let end = bytes::find(self.rest, b' ').unwrap_or(self.rest.len());
        self.rest = self.rest[end..].trim_ascii_start();
        true
    }

    /// Takes up behind a value: sees the colon that closes the fields, or the blanks before the next word.
    ///
    /// `T=remote_smtp: why` up to 4.98, `T=remote_smtp : why` from 4.99.
    #[inline(always)]
    fn end_word(&mut self, rest: &'a [u8]) {
        let next = blanks(rest);
        match next {
            [b':'] => (self.colon, self.rest) = (true, b""),
            [b':', b' ', text @ ..] => (self.colon, self.rest) = (true, blanks(text)),
            _ => self.rest = next,
        }
    }
}

/// Without the blanks at the start.
#[inline(always)]
fn blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

impl<'a> Iterator for Words<'a> {
    type Item = Field<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Field<'a>> {
        if self.colon {
            return None;
        }
        let key = key_length(self.rest);
        if key == 0 {
            let end = bytes::find(self.rest, b' ').unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            let (word, rest) = match word {
                [word @ .., b':'] => (word, &self.rest[end - 1..]),
                _ => (word, rest),
            };
            // PR: behind a proxy, 4.95; DS: name from a signed zone; L: pipelining offered.
            if !matches!(word, b"K" | b"L" | b"L*" | b"L." | b"L-" | b"PRDR" | b"PR" | b"DS" | b"TFO" | b"TFO*") {
                return None;
            }
            self.end_word(rest);
            return Some(Field::Flag);
        }
        let (name, value) = (&self.rest[..key], &self.rest[key + 1..]);
        let (field, rest) = match (name, value) {
            (b"H", _) => {
                let (host, rest) = host(value);
                (Field::Host(host), rest)
            }
            (_, [b'"', ..]) => {
                let (value, rest) =
                    if matches!(name, b"DN" | b"SNI") { quirk_bare_quotes(value) } else { quoted(value) };
                (Field::Pair(name, value), rest)
            }
            (_, [b'<', ..]) => {
                let (value, rest) = angle(value);
                (Field::Pair(name, value), rest)
            }
            _ => {
                let end = bytes::find(value, b' ').unwrap_or(value.len());
                let end = if value[..end].last() == Some(&b':') { end - 1 } else { end };
                (Field::Pair(name, &value[..end]), &value[end..])
            }
        };
        self.end_word(rest);
        Some(field)
    }
}

/// How long the key before the `=` is; 0 where no field begins.  Exim's keys are short: `H`, `id`, `id*`, `DMARC`.
#[inline(always)]
fn key_length(text: &[u8]) -> usize {
    let is_key = |b: &u8| b.is_ascii_alphanumeric() || *b == b'*';
    match text {
        [a, b'=', ..] if is_key(a) => 1,
        [a, b, b'=', ..] if is_key(a) && is_key(b) => 2,
        _ => {
            let key = text.iter().take(7).position(|b| *b == b'=').unwrap_or(0);
            if text[..key].iter().all(is_key) { key } else { 0 }
        }
    }
}

/// Where the first colon before a blank stands.
pub(super) fn colon(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes::find(&text[from..], b':') {
        if text.get(from + at + 1) == Some(&b' ') {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// `"...\"..."`: what stands between the quotes, still escaped, and what follows.
pub(super) fn quoted(text: &[u8]) -> (&[u8], &[u8]) {
    let body = text.get(1..).unwrap_or_default();
    let mut from = 0;
    while let Some(at) = bytes::find2(&body[from..], b'"', b'\\') {
        if body[from + at] == b'"' {
            return (&body[..from + at], &body[from + at + 1..]);
        }
        from = body.len().min(from + at + 2);
    }
    (body, b"")
}

/// `DN="CN=mx "one", O=x": ...`: the certificate's name is put between quotes without being escaped
/// (`deliver.c`, `d_tlslog`), so only a quote before a blank, a colon or the end can be the last.
fn quirk_bare_quotes(text: &[u8]) -> (&[u8], &[u8]) {
    let body = text.get(1..).unwrap_or_default();
    let mut from = 0;
    while let Some(at) = bytes::find(&body[from..], b'"') {
        let rest = &body[from + at + 1..];
        if matches!(rest.first(), None | Some(b' ' | b':')) {
            return (&body[..from + at], rest);
        }
        from += at + 1;
    }
    (body, b"")
}

/// `<local@domain>`, `<"a> b"@domain>`: what stands between the brackets, and what follows.
pub(super) fn angle(text: &[u8]) -> (&[u8], &[u8]) {
    let body = text.get(1..).unwrap_or_default();
    // A quoted local part may hold anything, brackets too: RFC 5321 section 4.1.2.
    let skip = if body.first() == Some(&b'"') { body.len() - quoted(body).1.len() } else { 0 };
    match bytes::find(&body[skip..], b'>') {
        Some(end) => (&body[..skip + end], &body[skip + end + 1..]),
        None => (body, b""),
    }
}

/// `mx.x [ip]:25*`, `name (helo) [ip]`, `(helo) [ip]`, `([192.0.2.1]) [192.0.2.2]`, `[ip]`, `name` alone;
/// and what follows.
#[inline]
pub(super) fn host(text: &[u8]) -> (Host<'_>, &[u8]) {
    let mut found = Host::default();
    let mut rest = text;
    if !matches!(rest.first(), Some(b'(' | b'[')) {
        let end = bytes::find(rest, b' ').unwrap_or(rest.len());
        let end = if rest[..end].last() == Some(&b':') { end - 1 } else { end };
        found.name = rest[..end].strip_suffix(b".").unwrap_or(&rest[..end]);
        rest = &rest[end..];
        let after = rest.strip_prefix(b" DS").unwrap_or(rest);
        match after {
            [b' ', tail @ ..] if matches!(tail.first(), Some(b'(' | b'[')) => rest = tail,
            _ => return (found, rest),
        }
    }
    if rest.first() == Some(&b'(') {
        // Cut inside what the client said: nothing that follows is Exim's.
        let Some((helo, tail)) = helo(rest) else { return (found, b"") };
        found.helo = Some(helo);
        rest = tail;
    }
    match bracketed(rest) {
        Some((ip, tail)) => {
            found.ip = ip;
            (found, tail)
        }
        None => (found, rest),
    }
}

/// `(anything the client said) ` before its address.  The client may have said `x) [192.0.2.1`: its own
/// address is a whole one, and a field, a word or the end follows.
fn helo(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 1;
    while let Some(at) = bytes::find_words(text.get(from..)?, b") [") {
        let tail = &text[from + at + 2..];
        if bracketed(tail).is_some_and(|(_, rest)| matches!(rest.first(), None | Some(b' ' | b':'))) {
            return Some((&text[1..from + at], tail));
        }
        from += at + 3;
    }
    None
}

/// `[203.0.113.3]:25*`: the address, and what follows port and asterisk (connection used again).
#[inline]
pub(super) fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = text.strip_prefix(b"[")?;
    let length = bytes::ip_length(body.get(..64).unwrap_or(body));
    let mut rest = match body.get(length) {
        Some(b']') => &body[length + 1..],
        // A lost bracket: `H=relay.x [192.0.2.4: SMTP error ...`.
        Some(b' ') | None => {
            let ip = body[..length].strip_suffix(b":").unwrap_or(&body[..length]);
            return Some((ip, &body[ip.len()..]));
        }
        Some(_) => return None,
    };
    if let [b':', port @ ..] = rest {
        let digits = port.iter().take(8).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if digits > 0 {
            rest = &port[digits..];
        }
    }
    Some((&body[..length], rest.strip_prefix(b"*").unwrap_or(rest)))
}
