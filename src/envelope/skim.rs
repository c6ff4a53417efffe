//! The clock after a block, for the thread that reads the next one: told by a line here and there.

use super::clock::{Clock, Seen};
use super::first_line;
use super::reader::Reader;

impl Clock {
    /// The clock after these whole lines.
    ///
    /// It looks at a line every few kilobytes and at the last one.  Only where these do not tell (a year's
    /// end, a jump, few lines a day, the hour that comes twice) it reads the lines in between.
    #[must_use]
    pub fn after(&self, block: &[u8]) -> Clock {
        let reader = self.skim(block);
        // Which of the two it is follows from all the lines before.
        let reader = if reader.twice() { self.walk(block) } else { reader };
        reader.clock().clone()
    }

    fn skim(&self, block: &[u8]) -> Reader {
        if block.len() <= STRIDE * 4 {
            return self.walk(block);
        }
        let mut reader = Reader::new(self.clone());
        // Behind the last line without a year that was looked at.
        let mut known = 0;
        let mut target = 0;
        let (mut yearless, mut local) = (false, false);
        while let Some((start, mut end)) = line_from(block, target) {
            target = end.max(target + STRIDE);
            let before = reader.clock().clone();
            let mut seen = look(&mut reader, block, start, end);
            // A line that goes on from the one before tells nothing: try the next ones.
            while seen == Seen::Nothing
                && end < target
                && let Some((start, next)) = line_from(block, end)
            {
                seen = look(&mut reader, block, start, next);
                end = next;
            }
            match seen {
                Seen::Yearless => {
                    yearless = true;
                    if !is_steady(&before, reader.clock(), end - known) {
                        reader = before.walk(block.get(known..end).unwrap_or_default());
                    }
                    known = end;
                }
                Seen::Local => local = true,
                Seen::Moment | Seen::Nothing => {}
            }
        }
        // The last line without a zone tells the rest.
        let mut end = block.len();
        let mut patience = if yearless || local { usize::MAX } else { 16 };
        while end > known && patience > 0 {
            let start = line_start(block, end);
            let before = reader.clock().clone();
            match look(&mut reader, block, start, end) {
                Seen::Yearless if is_steady(&before, reader.clock(), end - known) => break,
                Seen::Local if !yearless => break,
                Seen::Yearless | Seen::Local => return before.walk(block.get(known..).unwrap_or_default()),
                Seen::Moment | Seen::Nothing => {}
            }
            end = start;
            patience -= 1;
        }
        reader
    }

    /// A reader that has looked at each of these lines.
    pub(super) fn walk(&self, block: &[u8]) -> Reader {
        let mut reader = Reader::new(self.clone());
        let mut scratch = Vec::new();
        let mut rest = block;
        while reader.next(&mut rest, &mut scratch).is_some() {}
        reader
    }
}

/// A block is looked at once in this many bytes.
const STRIDE: usize = 4096;

/// May no year's end lie between two looks?  A few dozen lines lie between them, and most logs write as many
/// within a day; where the date has changed, or the looks are far apart, the lines between are read.
fn is_steady(before: &Clock, after: &Clock, apart: usize) -> bool {
    before.day.is_some() && before.day == after.day && apart <= 2 * STRIDE
}

/// Reads the one line between `start` and `end`.  Objects of the journal and of containers hold moments only.
fn look(reader: &mut Reader, block: &[u8], start: usize, end: usize) -> Seen {
    let mut line = block.get(start..end).unwrap_or_default();
    if matches!(line.first(), Some(b'{' | b'_' | 0x1e)) {
        return Seen::Nothing;
    }
    match reader.next(&mut line, &mut Vec::new()) {
        Some(_) => reader.seen(),
        None => Seen::Nothing,
    }
}

/// Start and end of the first line that begins at `target` or later.
fn line_from(block: &[u8], target: usize) -> Option<(usize, usize)> {
    let start = match target.checked_sub(1) {
        None => 0,
        Some(before) => before + first_line(block.get(before..)?).1,
    };
    let (_, length) = first_line(block.get(start..)?);
    (length > 0).then_some((start, start + length))
}

/// Start of the line that ends before `end`.
fn line_start(block: &[u8], end: usize) -> usize {
    let inner = block.get(..end.saturating_sub(1)).unwrap_or_default();
    memchr::memrchr(b'\n', inner).map_or(0, |lf| lf + 1)
}
