//! The order in which blocks are read: of several inputs always from the one that lags behind.

use super::{Reached, Ready, Resume, ScanOptions};
use crate::envelope::{self, Clock};
use crate::error::Error;
use crate::input::{Block, BlockPlan, Blocks};

/// A block to be folded.
pub(super) struct Job {
    pub(super) number: usize,
    pub(super) file: u32,
    pub(super) block: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) clock: Clock,
    /// Where it begins in a file from which it can be read again.
    pub(super) position: Option<u64>,
    /// When the block is read, no unread line lies before this time.
    pub(super) horizon: i64,
}

/// How a file ended.
pub(super) struct FileEnd {
    pub(super) file: u32,
    pub(super) long_lines: u64,
    pub(super) error: Option<Error>,
    pub(super) task: usize,
    pub(super) reached: Reached,
}

/// An input that is being read.
struct Reading {
    file: u32,
    blocks: Blocks,
    clock: Clock,
    block: u32,
    position: u64,
    /// No unread line of it lies before this time.
    next: i64,
    grows: bool,
    /// It can be read again.
    stays: bool,
    task: usize,
    reached: Reached,
}

/// Reads block after block of all inputs, always of the one that lags behind, so that several hosts' logs of the
/// same days pass side by side.
pub(super) struct Interleaved<'a> {
    waiting: std::iter::Peekable<std::iter::Enumerate<std::vec::IntoIter<Ready>>>,
    open: Vec<Reading>,
    options: &'a ScanOptions,
    pub(super) ends: Vec<FileEnd>,
    pub(super) bytes: u64,
    number: usize,
    first_file: u32,
}

impl<'a> Interleaved<'a> {
    pub(super) fn new(ready: Vec<Ready>, first_file: u32, options: &'a ScanOptions) -> Self {
        let waiting = ready.into_iter().enumerate().peekable();
        Self { waiting, open: Vec::new(), options, ends: Vec::new(), bytes: 0, number: 0, first_file }
    }

    /// No unread line lies before this time.
    fn horizon(&mut self) -> i64 {
        let open = self.open.iter().map(|r| r.next).min();
        let waiting = self.waiting.peek().map(|(_, r)| r.first_time.unwrap_or(i64::MIN));
        open.into_iter().chain(waiting).min().unwrap_or(i64::MAX)
    }

    /// Opens the inputs that begin before every open one goes on.
    fn open_next(&mut self) {
        while let Some((_, next)) = self.waiting.peek() {
            let begins = next.first_time.unwrap_or(i64::MIN);
            if self.open.iter().any(|r| r.next <= begins) {
                break;
            }
            let Some((file, ready)) = self.waiting.next() else { break };
            let size = self.options.block_size;
            let from = ready.from.map_or(0, |from| from.position);
            let plan = BlockPlan { size, cut: envelope::cut, from };
            let lines = ready.from.map_or(0, |from| from.lines);
            let stays = ready.input.again().is_some();
            let resume = Resume { position: from, lines, clock: ready.clock.mark() };
            self.open.push(Reading {
                file: self.first_file + file as u32,
                blocks: ready.input.blocks(plan),
                clock: ready.clock,
                block: u32::from(ready.from.is_some()),
                position: 0,
                next: begins,
                grows: ready.grows,
                stays,
                task: ready.task,
                reached: Reached { identity: ready.identity, resume },
            });
        }
    }

    /// The next block, read into `spare`; gives `spare` back where there is none.
    pub(super) fn next(&mut self, mut spare: Vec<u8>) -> Result<Job, Vec<u8>> {
        loop {
            self.open_next();
            let lagging = self.open.iter().enumerate().min_by_key(|(_, r)| (r.next, r.file)).map(|(i, _)| i);
            let Some(index) = lagging else { return Err(spare) };
            let Some(reading) = self.open.get_mut(index) else { return Err(spare) };
            reading.blocks.recycle(std::mem::take(&mut spare));
            let next = reading.blocks.next();
            let position = reading.blocks.compressed_position();
            self.bytes += position.saturating_sub(std::mem::replace(&mut reading.position, position));
            match next {
                Some(Ok(mut block)) => {
                    if reading.grows && leave_unfinished(&mut block) {
                        spare = block.bytes;
                        continue;
                    }
                    let after = reading.clock.after(&block.bytes);
                    let last = envelope::first_time(last_line(&block.bytes), &after);
                    reading.next = last.unwrap_or(reading.next).max(reading.next);
                    let clock = std::mem::replace(&mut reading.clock, after);
                    reading.reached.resume.position = block.end;
                    reading.reached.resume.clock = reading.clock.mark();
                    // Of shortened lines the block has not all.
                    let whole = block.bytes.len() as u64 == block.end - block.offset;
                    let job = Job {
                        number: self.number,
                        file: reading.file,
                        block: reading.block,
                        bytes: block.bytes,
                        clock,
                        position: Some(block.offset).filter(|_| reading.stays && whole),
                        horizon: 0,
                    };
                    reading.block += 1;
                    self.number += 1;
                    return Ok(Job { horizon: self.horizon(), ..job });
                }
                end => {
                    let done = self.open.swap_remove(index);
                    let error = end.and_then(Result::err);
                    let Reading { file, blocks, task, reached, .. } = done;
                    self.ends.push(FileEnd { file, long_lines: blocks.long_lines(), error, task, reached });
                }
            }
        }
    }
}

/// The last line of some whole lines.
fn last_line(lines: &[u8]) -> &[u8] {
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    memchr::memrchr(b'\n', lines).map_or(lines, |at| &lines[at + 1..])
}

/// Takes off a block what follows its last whole entry; true where nothing is left.
fn leave_unfinished(block: &mut Block) -> bool {
    let whole = memchr::memrchr(b'\n', &block.bytes).map_or(0, |at| at + 1);
    let whole = envelope::cut(block.bytes.get(..whole).unwrap_or_default());
    block.end -= (block.bytes.len() - whole) as u64;
    block.bytes.truncate(whole);
    whole == 0
}
