//! Entries of the systemd journal: which fields matter, and the export format.
//!
//! It must not know JSON or MTAs.  Example: `__CURSOR=...`, `__REALTIME_TIMESTAMP=1730621702123456`,
//! `_HOSTNAME=mx1`, `SYSLOG_IDENTIFIER=postfix/smtp`, `MESSAGE=...`, each a line, then an empty one.

use super::{ENTRY_MAX, first_line};

/// How many fields matter.
pub(super) const FIELDS: usize = 9;

const NAMES: [&[u8]; FIELDS] = [
    b"__REALTIME_TIMESTAMP",
    b"_SOURCE_REALTIME_TIMESTAMP",
    b"_HOSTNAME",
    b"SYSLOG_IDENTIFIER",
    b"_COMM",
    b"SYSLOG_PID",
    b"_PID",
    b"MESSAGE",
    b"__CURSOR",
];

/// The place of a field in [`Fields`].
pub(super) fn field_index(name: &[u8]) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

/// The values of an entry, in the order of `NAMES`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields<'a>(pub [Option<&'a [u8]>; FIELDS]);

impl<'a> Fields<'a> {
    /// When the journal received the entry, else when it was sent.
    pub(super) fn time(&self) -> Option<i64> {
        let [received, sent, ..] = self.0;
        [received, sent].into_iter().flatten().find_map(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            if digits.len() > 17 { None } else { digits.parse().ok() }
        })
    }

    /// Host, tag, pid and message.
    pub(super) fn said(&self) -> (&'a [u8], &'a [u8], &'a [u8], &'a [u8]) {
        let [_, _, host, identifier, command, syslog_pid, pid, message, _] = self.0;
        let message = message.unwrap_or_default();
        (
            host.unwrap_or_default(),
            identifier.or(command).unwrap_or_default(),
            syslog_pid.or(pid).unwrap_or_default(),
            message.strip_suffix(b"\n").unwrap_or(message),
        )
    }
}

/// Is this the first line of an export entry?  The cursor always comes first (systemd
/// `src/shared/logs-show.c`, `output_export`).
pub(super) fn begins_export(line: &[u8]) -> bool {
    line.starts_with(b"__CURSOR=")
}

/// An entry in export format.
pub(super) struct Export<'a> {
    pub fields: Fields<'a>,
    /// Physical lines, with those within binary values.
    pub lines: u32,
    pub length: usize,
    /// The empty line that ends it was there.
    pub whole: bool,
    /// The block ended within a binary value.
    pub short: bool,
}

/// Reads one entry from the start of a block.  `FIELD=value`, or for binary data `FIELD`, line feed, 64 bit
/// little-endian length, the bytes, line feed.
pub(super) fn export(block: &[u8]) -> Export<'_> {
    let mut fields = Fields::default();
    let mut at = 0;
    let mut lines = 0;
    let mut whole = false;
    let mut short = false;
    while at < ENTRY_MAX {
        let rest = block.get(at..).unwrap_or_default();
        let (line, length) = first_line(rest);
        if length == 0 {
            break;
        }
        if line.is_empty() {
            whole = true;
            at += length;
            lines += 1;
            break;
        }
        let (name, value, length) = match field(rest, line, length) {
            Found::Field(name, value, length) => (name, value, length),
            Found::Short => {
                short = true;
                break;
            }
            Found::Nothing => break,
        };
        // A second entry begins where the empty line between them is lost.
        if at > 0 && name == b"__CURSOR" {
            whole = true;
            break;
        }
        if let Some(slot @ None) = field_index(name).and_then(|index| fields.0.get_mut(index)) {
            *slot = Some(value);
        }
        lines += count_lines(rest.get(..length).unwrap_or_default());
        at += length;
    }
    if at == 0 {
        let length = first_line(block).1;
        return Export { fields, lines: 1, length, whole, short };
    }
    Export { fields, lines, length: at, whole, short }
}

fn count_lines(text: &[u8]) -> u32 {
    let ends = memchr::memchr_iter(b'\n', text).count() + usize::from(text.last().is_some_and(|&b| b != b'\n'));
    u32::try_from(ends).unwrap_or(u32::MAX)
}

/// What stands at a place of an export entry.
enum Found<'a> {
    /// Name, value, length.
    Field(&'a [u8], &'a [u8], usize),
    /// A binary value that goes on behind the block.
    Short,
    Nothing,
}

/// The field at the start of `rest`, whose first line is given.
fn field<'a>(rest: &'a [u8], line: &'a [u8], length: usize) -> Found<'a> {
    let (name, value) = line.split_at(name_length(line));
    match value {
        _ if name.is_empty() => Found::Nothing,
        [b'=', value @ ..] => Found::Field(name, value, length),
        [] => binary(rest, length).map_or(Found::Short, |value| match value {
            Some((value, length)) => Found::Field(name, value, length),
            None => Found::Nothing,
        }),
        _ => Found::Nothing,
    }
}

/// The binary value behind the name at the start of `rest`, and the length of both: None when the block ends
/// first, nothing inside when it is no such value.
#[allow(clippy::option_option)]
fn binary(rest: &[u8], name_line: usize) -> Option<Option<(&[u8], usize)>> {
    let size = u64::from_le_bytes(*rest.get(name_line..)?.first_chunk()?);
    let Some(size) = usize::try_from(size).ok().filter(|&size| size <= ENTRY_MAX) else { return Some(None) };
    let start = name_line + 8;
    let value = rest.get(start..start + size)?;
    Some((*rest.get(start + size)? == b'\n').then_some((value, start + size + 1)))
}

/// No name begins with a digit (systemd `src/libsystemd/sd-journal/journal-file.c`, `journal_field_valid`).
fn name_length(line: &[u8]) -> usize {
    if line.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    line.iter().take(64).take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_').count()
}

/// Could this line be a field of an export entry?
pub(super) fn is_field(line: &[u8]) -> bool {
    let name = name_length(line);
    name > 1 && line.get(name) == Some(&b'=')
}
