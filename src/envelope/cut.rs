//! Where a block may be cut without cutting an entry that spans lines.
//!
//! It must not know what entries say.  Most lines are entries; the exceptions are export entries of the
//! journal, `json-pretty`, and the pieces that containers make of long lines: a block that ends with
//! `2024-11-03T09:15:02Z stdout P half a li` is cut before that line.

use super::container;
use super::journal::{begins_export, export, is_field};
use super::json::{self, Object};
use super::reader::begins_anew;
use super::{BOM, ENTRY_MAX, clean, first_line};

/// How much of `block` (whole lines) can be cut off without cutting an entry: usually all of it, nothing
/// when the block is one unfinished entry.  At the end of the input the rest is to be read as it is.
#[must_use]
pub fn cut(block: &[u8]) -> usize {
    if begins_export(clean(first_line(block).0)) {
        return match export_cut(block, 0) {
            Ok(open) => open,
            // Another format may follow.
            Err(end) => end + tail_cut(block.get(end..).unwrap_or_default()),
        };
    }
    tail_cut(block)
}

/// The same, told by the last line.
fn tail_cut(block: &[u8]) -> usize {
    let start = line_start(block, block.len());
    let line = line_at(block, start);
    match line.first() {
        Some(b'\t' | b' ') => pretty_cut(block, start),
        Some(b'{') if line == b"{" => start,
        Some(b'{') => pieces_cut(block, start, docker_piece),
        Some(b'0'..=b'9') => pieces_cut(block, start, cri_piece),
        Some(b'_' | b'A'..=b'Z') if is_field(line) => export_tail_cut(block),
        _ => block.len(),
    }
}

/// Start of the line that ends at `end`.
fn line_start(block: &[u8], end: usize) -> usize {
    let inner = block.get(..end.saturating_sub(1)).unwrap_or_default();
    memchr::memrchr(b'\n', inner).map_or(0, |lf| lf + 1)
}

fn line_at(block: &[u8], start: usize) -> &[u8] {
    clean(first_line(block.get(start..).unwrap_or_default()).0)
}

/// Goes through the export entries from `from`, since what looks like an entry's end may be binary data: where the one
/// begins that is not finished, or else where the last one ends.
fn export_cut(block: &[u8], from: usize) -> Result<usize, usize> {
    let (mut at, mut end) = (from, from);
    while at < block.len() {
        let rest = block.get(at..).unwrap_or_default();
        let (line, mut length) = first_line(rest);
        if begins_export(clean(line)) {
            let lead = rest.iter().position(|&b| b == b'_').unwrap_or(0);
            let entry = export(rest.get(lead..).unwrap_or_default());
            let open = entry.short || (!entry.whole && lead + entry.length >= rest.len());
            if open && rest.len() < ENTRY_MAX {
                return Ok(at);
            }
            length = lead + entry.length;
            end = at + length;
        }
        at += length;
    }
    Err(end.min(block.len()))
}

/// The same for a block that became export format on its way.
fn export_tail_cut(block: &[u8]) -> usize {
    let from = block.len().saturating_sub(ENTRY_MAX);
    let tail = block.get(from..).unwrap_or_default();
    // What `clean` takes off a line may stand before the cursor: a hole in the file, a byte order mark.
    let line = memchr::memmem::rfind_iter(tail, b"__CURSOR=").find_map(|at| {
        let before = tail.get(..at)?;
        let lines = before.strip_suffix(BOM).unwrap_or_else(|| {
            let holes = before.iter().rev().take_while(|b| **b == 0).count();
            before.get(..before.len() - holes).unwrap_or_default()
        });
        lines.ends_with(b"\n").then_some(lines.len())
    });
    line.and_then(|line| export_cut(block, from + line).ok()).unwrap_or(block.len())
}

/// `json-pretty`: from a line `{` over lines that begin with a tab or a blank to a line `}`.
fn pretty_cut(block: &[u8], last: usize) -> usize {
    let mut start = last;
    while start > 0 && block.len() - start < ENTRY_MAX {
        start = line_start(block, start);
        match line_at(block, start) {
            b"{" => return start,
            [b'\t' | b' ', ..] => {}
            _ => break,
        }
    }
    block.len()
}

/// A line of a container log as a piece of a longer one.
struct Piece {
    /// Goes on in the next line of its stream.
    partial: bool,
    stream: Vec<u8>,
    /// Begins a line for certain.
    begins: bool,
}

fn docker_piece(line: &[u8]) -> Option<Piece> {
    match json::object(line)? {
        Object::Docker(docker) => Some(Piece {
            partial: docker.partial,
            begins: begins_anew(&docker.log),
            stream: docker.stream.into_owned(),
        }),
        Object::Journal(_) => None,
    }
}

fn cri_piece(line: &[u8]) -> Option<Piece> {
    let cri = container::cri(line)?;
    Some(Piece { partial: cri.partial, begins: false, stream: cri.stream.to_vec() })
}

/// Before the first of the pieces that end the block without being finished.
fn pieces_cut(block: &[u8], last: usize, piece: fn(&[u8]) -> Option<Piece>) -> usize {
    let Some(mut current) = piece(line_at(block, last)).filter(|piece| piece.partial) else { return block.len() };
    let mut start = last;
    while start > 0 && !current.begins {
        if block.len() - start >= ENTRY_MAX {
            return block.len();
        }
        let before = line_start(block, start);
        match piece(line_at(block, before)) {
            Some(earlier) if earlier.partial && earlier.stream == current.stream => current = earlier,
            _ => break,
        }
        start = before;
    }
    start
}
