//! Who a delivery line is about: `ADDR [(parent, parent)] [<original>]` (`deliver.c`, `string_log_address`).
//!
//! `karl <karl@lumenshop.example>`, `|/bin/sh -c "cat >x" <pipe@x.example>`, `new@x.example (list@x.example) <all@x.example>`

use memchr::{memchr, memmem};

use super::words::{Words, angle, quoted};
use crate::bytes;

/// The address of a line as Exim writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who<'a> {
    /// An address, or for a mailbox, file or program its local part, path or command.
    pub address: &'a [u8],
    /// The address in the envelope, where it is not the same.
    pub original: Option<&'a [u8]>,
}

impl<'a> Who<'a> {
    /// The recipient, and what it was before aliases.
    ///
    /// Exim names a mailbox by the local part alone; where it is that of the original, nothing was changed.
    pub fn recipient(self) -> (&'a [u8], Option<&'a [u8]>) {
        match self.original {
            None => (self.address, None),
            Some(original) if self.is_nobody() || self.is_mailbox_of(original) => (original, None),
            Some(original) if same_unquoted(original, self.address) => (original, None),
            Some(original) => (self.address, Some(original)),
        }
    }

    /// A file, a program, an automatic reply or a sink.
    fn is_nobody(self) -> bool {
        matches!(self.address.first(), Some(b'|' | b'/' | b'>' | b':'))
            || self.address.starts_with(b"save ")
            || matches!(self.address, b"discarded" | b"blackhole")
    }

    /// Is it the local part of this address, or what is left of that without a prefix or suffix (`ann+news`)?
    fn is_mailbox_of(self, original: &[u8]) -> bool {
        let local = bytes::rfind(original, b'@').and_then(|at| original.get(..at)).unwrap_or(original);
        let length = self.address.len();
        let begin = local.get(..length).is_some_and(|begin| begin.eq_ignore_ascii_case(self.address));
        let end = local.len().checked_sub(length).and_then(|at| local.get(at..));
        begin || end.is_some_and(|end| end.eq_ignore_ascii_case(self.address))
    }

    /// A mailbox, a file, a program or an automatic reply: no address with a domain.
    pub fn is_local(self) -> bool {
        self.is_nobody() || bytes::find(self.address, b'@').is_none()
    }
}

/// Is `address` the same as `original`, but for the quotes that Exim leaves out of local parts?
fn same_unquoted(original: &[u8], address: &[u8]) -> bool {
    original.first() == Some(&b'"') && original.iter().filter(|b| !b"\"\\".contains(b)).eq(address)
}

/// Reads the address at the start of `text`; the fields follow.
#[inline]
pub(super) fn who(text: &[u8]) -> (Who<'_>, Words<'_>) {
    if matches!(text.first(), Some(b'|' | b'/' | b'>')) || text.starts_with(b"save ") {
        return long(text);
    }
    let end = match text.first() {
        // Quotes are kept where the address was never taken apart.
        Some(b'"') => {
            let domain = quoted(text).1;
            text.len() - domain.len() + bytes::find(domain, b' ').unwrap_or(domain.len())
        }
        _ => bytes::find(text, b' ').unwrap_or(text.len()),
    };
    let end = if text[..end].last() == Some(&b':') && end > 1 && text[0] != b':' { end - 1 } else { end };
    let (address, rest) = text.split_at(end);
    match rest {
        [b' ', b'<', ..] => {
            let (original, rest) = angle(&rest[1..]);
            (Who { address, original: Some(original) }, Words::new(rest))
        }
        [b' ', b'(', ..] => match memmem::find(rest, b") <") {
            Some(at) => {
                let (original, rest) = angle(&rest[at + 2..]);
                (Who { address, original: Some(original) }, Words::new(rest))
            }
            None => (Who { address, original: None }, Words::new(rest)),
        },
        _ if bytes::find(address, b'@').is_some() && begins_fields(rest) => {
            (Who { address, original: None }, Words::new(rest))
        }
        _ => unquoted(text).unwrap_or_else(|| {
            if bytes::find(address, b'@').is_none() {
                long(text)
            } else {
                (Who { address, original: None }, Words::new(rest))
            }
        }),
    }
}

/// `a b@x <"a b"@x>`: Exim leaves the quotes out of the first and keeps them in the second; as the first
/// quote of the line they show where the second begins.
fn unquoted(text: &[u8]) -> Option<(Who<'_>, Words<'_>)> {
    let quote = memchr(b'"', text)?;
    let address = text[..quote].strip_suffix(b" <")?;
    let (original, rest) = angle(&text[quote - 1..]);
    Some((Who { address, original: Some(original) }, Words::new(rest)))
}

/// A command or a path, blanks and all: it ends where an original in brackets is followed by a field.
fn long(text: &[u8]) -> (Who<'_>, Words<'_>) {
    let mut from = memmem::find(text, b" <").map_or(text.len(), |open| open + 2);
    while let Some(at) = memchr(b'>', &text[from..]) {
        let close = from + at;
        let rest = &text[close + 1..];
        if begins_fields(rest)
            && let Some(open) = memmem::rfind(&text[..close], b" <")
        {
            let address = quirk_parent_of_program(&text[..open]);
            return (Who { address, original: Some(&text[open + 2..close]) }, Words::new(rest));
        }
        from = close + 1;
    }
    let end = memchr(b' ', text).unwrap_or(text.len());
    let end = if text[..end].last() == Some(&b':') && end > 1 && text[0] != b':' { end - 1 } else { end };
    (Who { address: &text[..end], original: None }, Words::new(&text[end..]))
}

/// `>karl (alert+karl@x.example)`: programs, files and replies show the parent also without
/// +all_parents.
fn quirk_parent_of_program(address: &[u8]) -> &[u8] {
    match address.last() {
        Some(b')') => memmem::rfind(address, b" (").map_or(address, |at| &address[..at]),
        _ => address,
    }
}

/// May a field, the word of a deferral or the colon of a failure follow here?
fn begins_fields(rest: &[u8]) -> bool {
    match rest {
        [] | [b':'] | [b':', b' ', ..] | [b' ', b':', ..] => true,
        [b' ', b'R' | b'T' | b'F' | b'P' | b'Q' | b'S', b'=', ..] => true,
        _ => rest.starts_with(b" routing defer (") || rest.starts_with(b" defer ("),
    }
}
