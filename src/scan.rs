//! Reads the inputs, in the order of time, on all cores, into one [`Partial`].
//!
//! The only room that knows every stage.  One thread reads blocks of whole lines, the pool folds each into a
//! partial, and the caller's thread appends them in order: so the result does not depend on how many
//! threads there are, and what is in memory is the blocks under way and what is in trouble, not the log.

use std::path::Path;
use std::sync::mpsc;
use std::time::{SystemTime, UNIX_EPOCH};

use hashbrown::{HashMap, HashSet};

use crate::analyze::inputs::{InputFate, Places};
use crate::analyze::partial::{FoldOptions, Partial, Stretch};
use crate::envelope::{self, Clock, TimeRules};
use crate::error::{Error, ErrorKind};
use crate::input::{BlockPlan, Blocks, Input, Source};
use crate::knowledge;

/// How to read.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// What is to be counted and kept.
    pub fold: FoldOptions,
    /// How stamps without zone or year are read.
    pub time: TimeRules,
    /// Threads that parse; 0 for one a core.
    pub threads: usize,
    /// Bytes in a block, about.
    pub block_size: usize,
    /// The present, in microseconds since 1970 UTC: the latest year of a pipe's lines.
    pub now: i64,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Scanned {
    /// All lines' counts.
    pub partial: Partial,
    /// The inputs in the order in which they were read; those that could not be opened stand last.
    pub files: Vec<InputFate>,
    /// What is to be said to the user.
    pub errors: Vec<Error>,
}

impl Scanned {
    /// The way from places to file names and line numbers.
    #[must_use]
    pub fn places(&self) -> Places<'_> {
        Places::new(&self.partial.health, &self.files)
    }

    /// Was at least one input read?
    #[must_use]
    pub fn any_read(&self) -> bool {
        !self.partial.health.files.is_empty() || self.files.iter().any(|f| f.error.is_none())
    }
}

/// An input that is ready to be read.
struct Ready {
    input: Input,
    clock: Clock,
    first_time: Option<i64>,
}

/// A block on its way to the pool.
struct Job {
    number: usize,
    file: u32,
    block: u32,
    bytes: Vec<u8>,
    clock: Clock,
    /// When the block is read, no unread line lies before this time.
    horizon: i64,
}

/// What the reader tells the merger besides the partials: how a file ended.
struct FileEnd {
    file: u32,
    long_lines: u64,
    error: Option<Error>,
}

/// Reads all `sources`.  `on_bytes` is told, now and then, how many bytes of the files (as stored) were
/// read; `on_unparsed` gets each unparsed line where they are wanted.
///
/// An input that cannot be read does not stop the others: see [`Scanned::errors`].
pub fn scan(
    sources: Vec<Source>,
    options: &ScanOptions,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut dyn FnMut(&[u8]),
) -> Scanned {
    let (mut ready, failed) = open_all(sources, options);
    // Inputs without any stamp come first: they hold no line that another could depend on.
    ready.sort_by_key(|one| (one.first_time, one.input.name()));
    let mut files: Vec<InputFate> =
        ready.iter().map(|r| InputFate { name: r.input.name(), ..InputFate::default() }).collect();
    let first_lines: Vec<Vec<u8>> = ready.iter().map(|r| first_line(r.input.head())).collect();
    for one in &mut ready {
        one.input.lay_aside();
    }
    let threads = if options.threads == 0 { rayon::current_num_threads() } else { options.threads };
    let (partial, ends) = if threads == 1 {
        fold_alone(ready, options, on_bytes, on_unparsed)
    } else {
        fold_on_pool(ready, options, threads, on_bytes, on_unparsed)
    };
    let mut errors = Vec::new();
    for end in ends {
        let Some(file) = files.get_mut(end.file as usize) else { continue };
        file.long_lines = end.long_lines;
        if let Some(error) = end.error {
            file.error = Some(error.to_string());
            errors.push(error);
        }
    }
    for (name, error) in failed {
        files.push(InputFate { name, error: Some(error.to_string()), ..InputFate::default() });
        errors.push(error);
    }
    let mut scanned = Scanned { partial, files, errors };
    find_foreign_files(&mut scanned, &first_lines);
    scanned.partial.finish();
    scanned
}

/// Opens every source once; the same file named twice is read once.
fn open_all(sources: Vec<Source>, options: &ScanOptions) -> (Vec<Ready>, Vec<(String, Error)>) {
    let (mut ready, mut failed) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for source in sources {
        let input = match Input::open(&source) {
            Ok(input) => input,
            Err(error) => {
                failed.push((source.name(), error));
                continue;
            }
        };
        let identity = input.identity();
        if let (Some(device), Some(inode)) = (identity.device, identity.inode)
            && !seen.insert((device, inode))
        {
            continue;
        }
        let modified = input.modified().map_or(options.now, micros);
        let samples = input.samples();
        let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
        let clock = Clock::begin(&options.time, input.head(), &samples, modified);
        let first_time = envelope::first_time(input.head(), &clock);
        ready.push(Ready { input, clock, first_time });
    }
    (ready, failed)
}

fn micros(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    }
}

fn first_line(head: &[u8]) -> Vec<u8> {
    let end = memchr::memchr(b'\n', head).unwrap_or(head.len());
    head.get(..end.min(1000)).unwrap_or_default().to_vec()
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
}

/// Reads block after block of all inputs, always of the one that lags behind, so that several hosts' logs of the
/// same days pass side by side.
struct Interleaved<'a> {
    waiting: std::iter::Peekable<std::iter::Enumerate<std::vec::IntoIter<Ready>>>,
    open: Vec<Reading>,
    options: &'a ScanOptions,
    ends: Vec<FileEnd>,
    bytes: u64,
    number: usize,
}

impl<'a> Interleaved<'a> {
    fn new(ready: Vec<Ready>, options: &'a ScanOptions) -> Self {
        let waiting = ready.into_iter().enumerate().peekable();
        Self { waiting, open: Vec::new(), options, ends: Vec::new(), bytes: 0, number: 0 }
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
            let plan = BlockPlan { size, cut: envelope::cut, ..BlockPlan::default() };
            self.open.push(Reading {
                file: file as u32,
                blocks: ready.input.blocks(plan),
                clock: ready.clock,
                block: 0,
                position: 0,
                next: begins,
            });
        }
    }

    /// The next block, read into `spare`; gives `spare` back where there is none.
    fn next(&mut self, mut spare: Vec<u8>) -> Result<Job, Vec<u8>> {
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
                Some(Ok(block)) => {
                    let after = reading.clock.after(&block.bytes);
                    let last = envelope::first_time(last_line(&block.bytes), &after);
                    reading.next = last.unwrap_or(reading.next).max(reading.next);
                    let clock = std::mem::replace(&mut reading.clock, after);
                    let job = Job {
                        number: self.number,
                        file: reading.file,
                        block: reading.block,
                        bytes: block.bytes,
                        clock,
                        horizon: 0,
                    };
                    reading.block += 1;
                    self.number += 1;
                    return Ok(Job { horizon: self.horizon(), ..job });
                }
                end => {
                    let done = self.open.swap_remove(index);
                    let error = end.and_then(Result::err);
                    self.ends.push(FileEnd { file: done.file, long_lines: done.blocks.long_lines(), error });
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

/// Reads a block into an empty partial.
fn fold(job: &Job, part: &mut Partial) {
    part.read(Stretch { file: job.file, block: job.block, bytes: &job.bytes, clock: job.clock.clone() });
}

/// Appends a block's partial to what came before it; only sums are left in it.
fn append(whole: &mut Partial, part: &mut Partial, job: &Job, on_unparsed: &mut dyn FnMut(&[u8])) {
    whole.take_in(part, &job.bytes, job.horizon);
    for line in whole.health.unparsed.drain(..) {
        on_unparsed(&line);
    }
}

/// Everything on the caller's thread.
fn fold_alone(
    ready: Vec<Ready>,
    options: &ScanOptions,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut dyn FnMut(&[u8]),
) -> (Partial, Vec<FileEnd>) {
    let mut whole = Partial::new(options.fold, true);
    let mut reader = Interleaved::new(ready, options);
    let mut spare = Vec::new();
    let mut part = Partial::new(options.fold, false);
    while let Ok(job) = reader.next(std::mem::take(&mut spare)) {
        on_bytes(reader.bytes);
        fold(&job, &mut part);
        append(&mut whole, &mut part, &job, on_unparsed);
        spare = job.bytes;
    }
    whole.sum_up(&mut part);
    (whole, reader.ends)
}

/// What one block under way needs; it is used again for another one.
struct Bench {
    buffer: Vec<u8>,
    partial: Box<Partial>,
}

/// One thread reads, `threads` fold, the caller's appends.
fn fold_on_pool(
    ready: Vec<Ready>,
    options: &ScanOptions,
    threads: usize,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut dyn FnMut(&[u8]),
) -> (Partial, Vec<FileEnd>) {
    let pool = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool,
        // No threads to be had: slower, not wrong.
        Err(_) => return fold_alone(ready, options, on_bytes, on_unparsed),
    };
    let mut whole = Partial::new(options.fold, true);
    // Benches are what bounds the work under way: a block is read when one is free.
    let (free, benches) = mpsc::channel::<Bench>();
    for _ in 0..threads * BENCHES {
        let partial = Box::new(Partial::new(options.fold, false));
        let _ = free.send(Bench { buffer: Vec::new(), partial });
    }
    let (done, folded) = mpsc::channel::<(Job, Box<Partial>)>();
    let ends = std::thread::scope(|scope| {
        let pool = &pool;
        // The report asks for causes; making the rules ready takes longer than reading a small log.
        scope.spawn(knowledge::rules);
        let reading = scope.spawn(move || {
            pool.in_place_scope_fifo(|jobs| {
                let mut reader = Interleaved::new(ready, options);
                let mut idle = Vec::new();
                while let Ok(Bench { buffer, mut partial }) = benches.recv() {
                    let Ok(job) = reader.next(buffer) else {
                        idle.push(partial);
                        break;
                    };
                    on_bytes(reader.bytes);
                    let done = done.clone();
                    jobs.spawn_fifo(move |_| {
                        fold(&job, &mut partial);
                        let _ = done.send((job, partial));
                    });
                }
                drop(done);
                (reader.ends, benches, idle)
            })
        });
        let mut waiting = HashMap::new();
        let mut next = 0;
        for (job, partial) in folded {
            waiting.insert(job.number, (job, partial));
            while let Some((mut job, mut partial)) = waiting.remove(&next) {
                append(&mut whole, &mut partial, &job, on_unparsed);
                let _ = free.send(Bench { buffer: std::mem::take(&mut job.bytes), partial });
                next += 1;
            }
        }
        drop(free);
        let Ok((ends, benches, idle)) = reading.join() else { return Vec::new() };
        for mut partial in benches.into_iter().map(|bench| bench.partial).chain(idle) {
            whole.sum_up(&mut partial);
        }
        ends
    });
    (whole, ends)
}

/// Blocks under way for each thread: one that is folded, and one that is read or waits for those before it.
const BENCHES: usize = 2;

/// A file without any line of an MTA was named by mistake, and its silence would look like good news.
fn find_foreign_files(scanned: &mut Scanned, first_lines: &[Vec<u8>]) {
    for (index, (file, first_line)) in scanned.files.iter_mut().zip(first_lines).enumerate() {
        let Some(health) = scanned.partial.health.files.get(&(index as u32)) else { continue };
        if file.error.is_some() || health.lines == 0 || health.mta.iter().sum::<u64>() > 0 {
            continue;
        }
        let first: String = String::from_utf8_lossy(first_line).chars().take(76).collect();
        let text = format!(
            "{}: {} lines, none from Postfix, Exim or Sendmail\n  First line: {}\n  \
             If it is a mail log, send that line with your report.",
            Path::new(&file.name).display(),
            thousands(health.lines),
            first.escape_debug(),
        );
        file.error = Some(format!("{}: no line from Postfix, Exim or Sendmail", file.name));
        scanned.errors.push(Error::new(ErrorKind::NotAMailLog, text).at(&file.name));
    }
}

/// `18204` as `18,204`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
