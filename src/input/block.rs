//! Whole lines: an input cut into blocks that end after a line feed.
//!
//! Blocks are numbered by their order, and cover the input without gap or overlap; only lines over
//! [`LINE_LIMIT`] lose their rest.  Where a block may end inside an entry of several lines, the
//! caller's `cut` knows it; this file knows line feeds and nothing else.
//!
//! `…a\nb\nc` → `…a\nb\n` + `c…`

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memrchr};

use super::decode::{Break, Stream};
use crate::error::Result;

/// A line longer than this is no log line of anybody.
pub const LINE_LIMIT: usize = 1 << 20;
/// What is kept of it: enough to recognise it by.
pub const LINE_KEPT: usize = 64 << 10;
/// An entry of several lines that is longer than this (or than the block size) may be cut at a line end.
pub const ENTRY_LIMIT: usize = 8 << 20;
/// Read at once.  Not over [`LINE_LIMIT`]: only a line that ends in the same piece it began in goes
/// unmeasured.
const PIECE: usize = 256 << 10;
/// Buffers kept for reuse.
const SPARES: usize = 16;

/// How an input is to be cut.
#[derive(Debug, Clone, Copy)]
pub struct BlockPlan {
    /// Bytes in a block, about: fewer up to the last line feed, more where an entry is longer.
    pub size: usize,
    /// Says after which byte of these whole lines the last whole entry ends.  0 where they all are one
    /// unfinished entry: then the block grows, up to [`ENTRY_LIMIT`].  It is not asked about the last block.
    pub cut: fn(&[u8]) -> usize,
    /// Decompressed bytes to leave out at the beginning, for a caller who has read them before.
    pub from: u64,
}

impl Default for BlockPlan {
    fn default() -> Self {
        Self { size: 2 << 20, cut: <[u8]>::len, from: 0 }
    }
}

/// Some whole lines, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The lines.  All end in a line feed, but for the last of the input where it has none.
    pub bytes: Vec<u8>,
    /// Where the block begins in the decompressed input.
    pub offset: u64,
    /// Where it ends there, which is where the next begins, and where a later run may go on.  `end - offset`
    /// is more than `bytes.len()` where lines were shortened.
    pub end: u64,
}

/// What the blocks are made of: the head that was read early, then the stream, or what broke it.
pub(super) struct Feed {
    pub(super) head: Vec<u8>,
    pub(super) used: usize,
    pub(super) broken: Option<Break>,
    pub(super) stream: Stream,
}

impl Feed {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Break> {
        let mut rest = self.head.get(self.used..).unwrap_or_default();
        if !rest.is_empty() {
            let n = rest.read(into).unwrap_or_default();
            self.used += n;
            return Ok(n);
        }
        self.head = Vec::new();
        match self.broken.take() {
            Some(broken) => Err(broken),
            None => self.stream.read(into),
        }
    }
}

/// What the bytes after the last line feed are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// The beginning of a line.
    Growing,
    /// The kept beginning of a line that is too long.
    Clipped,
    /// The beginning of a line after a hole.
    AfterHole,
}

/// The blocks of an input, in order.
///
/// After a break of the input come all whole lines before it, then the error, then nothing.
pub struct Blocks {
    name: String,
    feed: Feed,
    plan: BlockPlan,
    position: Arc<AtomicU64>,
    spares: Vec<Vec<u8>>,

    /// `buffer[..filled]` was read and not yet given away; what is behind is room.
    buffer: Vec<u8>,
    filled: usize,
    /// Where the line that has not ended yet begins.
    line: usize,
    tail: Tail,
    /// Where `buffer` begins in the input.
    offset: u64,
    /// Bytes taken out before this place of the buffer.
    removed: Vec<(usize, u64)>,

    ended: bool,
    broken: Option<Break>,
    long_lines: u64,
}

impl Blocks {
    pub(super) fn new(name: String, feed: Feed, plan: BlockPlan, position: Arc<AtomicU64>) -> Self {
        let plan = BlockPlan { size: plan.size.max(1), ..plan };
        Self {
            name,
            feed,
            plan,
            position,
            spares: Vec::new(),
            buffer: Vec::new(),
            filled: 0,
            line: 0,
            tail: Tail::Growing,
            offset: 0,
            removed: Vec::new(),
            ended: false,
            broken: None,
            long_lines: 0,
        }
    }

    /// Leaves out the first bytes of what the feed gives; `before` are left out already.
    pub(super) fn leave_out(&mut self, before: u64) {
        self.offset = before;
        let mut scrap = vec![0; PIECE];
        while self.offset < self.plan.from && !self.ended {
            let room = usize::try_from(self.plan.from - self.offset).unwrap_or(PIECE).min(PIECE);
            match self.feed.read(scrap.get_mut(..room).unwrap_or_default()) {
                Ok(0) => self.ended = true,
                Ok(n) => self.offset += n as u64,
                Err(broken) => self.end_at(broken),
            }
        }
    }

    /// Takes back the bytes of a block, to fill them again.
    pub fn recycle(&mut self, bytes: Vec<u8>) {
        if self.spares.len() < SPARES {
            self.spares.push(bytes);
        }
    }

    /// Lines that were longer than [`LINE_LIMIT`] and were cut down to [`LINE_KEPT`], so far.
    #[must_use]
    pub fn long_lines(&self) -> u64 {
        self.long_lines
    }

    /// Bytes of the file as stored that have been used so far.
    #[must_use]
    pub fn compressed_position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// The same number, for another thread to look at.
    #[must_use]
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.position)
    }

    fn end_at(&mut self, broken: Break) {
        self.ended = true;
        self.broken = Some(broken);
    }

    /// Reads one piece behind `filled`, at most up to `target`.
    fn take_in(&mut self, target: usize) {
        let room = target.saturating_sub(self.filled).clamp(1, PIECE);
        let old = self.filled;
        if self.buffer.len() < old + room {
            self.buffer.resize(old + room, 0);
        }
        match self.feed.read(self.buffer.get_mut(old..old + room).unwrap_or_default()) {
            Ok(0) => self.ended = true,
            Ok(n) => {
                self.filled += n;
                self.settle(old);
            }
            Err(broken) => self.end_at(broken),
        }
    }

    /// Finds the line ends in what was read at `old`, and shortens lines that are too long.
    fn settle(&mut self, old: usize) {
        if self.tail == Tail::AfterHole && self.line == old {
            self.remove_hole();
        }
        let first = memchr(b'\n', self.fresh(old));
        if self.tail == Tail::Clipped {
            self.remove(old, first.unwrap_or(self.filled - old));
        } else if first.map_or(self.filled, |at| old + at) - self.line > LINE_LIMIT {
            self.shorten();
        }
        if first.is_some() {
            // It stands at or before where it was, and is there.
            self.line += memrchr(b'\n', self.fresh(self.line)).map_or(0, |at| at + 1);
            self.tail = Tail::Growing;
        }
    }

    fn fresh(&self, from: usize) -> &[u8] {
        self.buffer.get(from..self.filled).unwrap_or_default()
    }

    /// Shortens the line that begins at `self.line` and has turned out too long.
    fn shorten(&mut self) {
        self.remove_hole();
        let end = memchr(b'\n', self.fresh(self.line)).map_or(self.filled, |at| self.line + at);
        if end - self.line > LINE_LIMIT {
            self.long_lines += 1;
            self.tail = Tail::Clipped;
            let kept = self.line + LINE_KEPT;
            self.remove(kept, end - kept);
        }
    }

    /// `copytruncate` under a writer that goes on at its old place leaves a hole, which reads as NULs
    /// before the next line: that line is not to be lost with them.
    fn remove_hole(&mut self) {
        let nuls = self.fresh(self.line).iter().take_while(|&&b| b == 0).count();
        if nuls > 0 {
            self.tail = Tail::AfterHole;
            self.remove(self.line, nuls);
        }
    }

    fn remove(&mut self, at: usize, n: usize) {
        if n == 0 {
            return;
        }
        self.buffer.copy_within(at + n..self.filled, at);
        self.filled -= n;
        match self.removed.last_mut() {
            Some((place, sum)) if *place == at => *sum += n as u64,
            _ => self.removed.push((at, n as u64)),
        }
    }

    /// Gives away the first `cut` bytes; the rest begins the next buffer.
    fn give(&mut self, cut: usize) -> Block {
        let rest = self.filled - cut;
        let mut next = self.spares.pop().unwrap_or_default();
        if next.len() < rest {
            next.resize(rest, 0);
        }
        if let (Some(to), Some(from)) = (next.get_mut(..rest), self.buffer.get(cut..self.filled)) {
            to.copy_from_slice(from);
        }
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(cut);

        // What was taken out at the cut itself belongs to the line after it, which a hole begins; or to the
        // long line that the input ended with.
        let reach = if self.tail == Tail::Clipped && rest == 0 { cut + 1 } else { cut };
        let gone: u64 = self.removed.iter().filter(|&&(at, _)| at < reach).map(|&(_, n)| n).sum();
        self.removed.retain(|&(at, _)| at >= reach);
        self.removed.iter_mut().for_each(|(at, _)| *at -= cut);
        let offset = self.offset;
        self.offset += cut as u64 + gone;
        self.filled = rest;
        self.line = self.line.saturating_sub(cut);
        Block { bytes, offset, end: self.offset }
    }

    /// The caller's cut through the whole lines at hand, at a line end whatever it says.
    fn cut(&self) -> usize {
        let whole = self.buffer.get(..self.line).unwrap_or_default();
        let asked = (self.plan.cut)(whole).min(whole.len());
        memrchr(b'\n', whole.get(..asked).unwrap_or_default()).map_or(0, |at| at + 1)
    }
}

impl Iterator for Blocks {
    type Item = Result<Block>;

    fn next(&mut self) -> Option<Result<Block>> {
        let mut target = self.plan.size;
        loop {
            while self.filled < target && !self.ended {
                self.take_in(target);
            }
            if self.ended {
                break;
            }
            if self.line > 0 {
                let cut = self.cut();
                if cut > 0 {
                    return Some(Ok(self.give(cut)));
                }
                if self.line >= self.plan.size.max(ENTRY_LIMIT) {
                    return Some(Ok(self.give(self.line)));
                }
            }
            target = self.filled + self.filled.max(self.plan.size);
        }
        if self.broken.is_some() {
            // Half a line says something else than the line.
            self.filled = self.line;
        }
        if self.filled > 0 {
            return Some(Ok(self.give(self.filled)));
        }
        self.broken.take().map(|broken| Err(broken.into_error(&self.name)))
    }
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks").field("name", &self.name).field("offset", &self.offset).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
