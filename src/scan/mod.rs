//! Reads the inputs, in the order of time, on all cores, into one [`Partial`].
//!
//! The only room that knows every stage from bytes to sums.  Each thread of the pool reads a block of whole lines, folds it into a
//! partial, and appends it when it is its turn: so the result does not depend on how many threads there are, and what
//! is in memory is the blocks under way and what is in trouble, not the log.

mod order;
mod work;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use crate::envelope::{self, Clock, ClockMark, TimeRules};
use crate::error::{Error, ErrorKind};
use crate::event::Mta;
use crate::fold::carry::Excerpt;
use crate::fold::inputs::{Again, InputFate, Places};
use crate::fold::partial::{FoldOptions, Partial};
use crate::input::{Identity, Input, Source, log_of, shown};
use crate::knowledge;
use crate::prose::thousands;
use order::FileEnd;

/// What gets each unparsed line, in their order, on whatever thread.
pub type OnUnparsed<'a> = dyn FnMut(&[u8]) + Send + 'a;

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

/// An input, and where to begin in it.
#[derive(Debug)]
pub struct Task {
    /// What to read.
    pub source: Source,
    /// The same, where it was opened already: a rotation in between must not put another file in its place.
    pub input: Option<Input>,
    /// Where an earlier run stopped; None for the beginning.
    pub from: Option<Resume>,
    /// It still grows: what follows its last whole entry is left to a later run.
    pub grows: bool,
}

impl From<Source> for Task {
    fn from(source: Source) -> Self {
        Self { source, input: None, from: None, grows: false }
    }
}

/// A place in a file at which a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Decompressed bytes before it.
    pub position: u64,
    /// Lines before it.
    pub lines: u64,
    /// What is known of time there.
    pub clock: ClockMark,
}

/// How far an input was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which file it was.
    pub identity: Identity,
    /// Where to go on.
    pub resume: Resume,
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
    /// For each task how far it was read; None where it could not be opened, or is another one's file.
    pub reached: Vec<Option<Reached>>,
    /// What a later run needs, where it was asked for ([`FoldOptions::carry`]).
    pub excerpt: Option<Excerpt>,
}

impl Scanned {
    /// The way from places to file names and line numbers.
    #[must_use]
    pub fn places(&self) -> Places<'_> {
        Places::new(&self.partial.health, &self.files)
    }
}

/// An input that is ready to be read.
struct Ready {
    input: Input,
    clock: Clock,
    first_time: Option<i64>,
    /// Its index among the tasks.
    task: usize,
    from: Option<Resume>,
    grows: bool,
    identity: Identity,
}

/// Reads all `sources`.  `on_bytes` is told, now and then, how many bytes of the files (as stored) were
/// read; `on_unparsed` gets each unparsed line where they are wanted.
///
/// An input that cannot be read does not stop the others: see [`Scanned::errors`].
pub fn scan(
    sources: Vec<Source>,
    options: &ScanOptions,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut OnUnparsed<'_>,
) -> Scanned {
    let tasks = sources.into_iter().map(Task::from).collect();
    scan_on(tasks, &Excerpt::default(), options, on_bytes, on_unparsed)
}

/// The same for a run that goes on from one that handed on `before`.
pub fn scan_on(
    tasks: Vec<Task>,
    before: &Excerpt,
    options: &ScanOptions,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut OnUnparsed<'_>,
) -> Scanned {
    // The report asks for causes; making the rules ready takes longer than reading a small log.
    rayon::spawn(|| knowledge::rules().prepare());
    let reached = vec![None; tasks.len()];
    let Prepared { whole, ready, failed, files, first_file, first_lines } = Prepared::of(tasks, before, options);
    let (partial, ends) = fold(whole, ready, first_file, options, on_bytes, on_unparsed);
    let mut scanned = Scanned { partial, files, errors: Vec::new(), reached, excerpt: None };
    scanned.note_ends(ends);
    scanned.note_failed(failed);
    scanned.finish(options);
    scanned.find_foreign_files(first_file, &first_lines, options.fold.mta);
    scanned
}

/// Everything is open, and in its order.
struct Prepared {
    /// Begins with the lines that the run before handed on.
    whole: Partial,
    ready: Vec<Ready>,
    /// What could not be opened.
    failed: Vec<(String, Error)>,
    /// Those of the lines that were handed on, then those of `ready`.
    files: Vec<InputFate>,
    /// The first one of `ready` among them.
    first_file: u32,
    first_lines: Vec<Vec<u8>>,
}

impl Prepared {
    fn of(tasks: Vec<Task>, before: &Excerpt, options: &ScanOptions) -> Self {
        let mut whole = Partial::new(options.fold, true);
        let mut files = whole.recall(before);
        let first_file = files.len() as u32;
        let (mut ready, failed) = open_all(tasks, options);
        // Inputs without any stamp come first: they hold no line that another could depend on.
        ready.sort_by_key(|one| (one.first_time, one.input.name()));
        for (one, file) in ready.iter().zip(first_file..) {
            let again = one.input.again().map(|file| Again { file, end: 0 });
            files.push(InputFate { name: one.input.name(), again, ..InputFate::default() });
            if let Some(from) = one.from {
                // Line numbers go on where the earlier run stopped.
                whole.health.blocks.insert((file, 0), u32::try_from(from.lines).unwrap_or(u32::MAX));
            }
        }
        let first_lines = ready.iter().map(|one| first_line(one.input.head())).collect();
        for one in &mut ready {
            one.input.lay_aside();
        }
        Self { whole, ready, failed, files, first_file, first_lines }
    }
}

/// Reads what is ready into `whole`, on as many threads as are asked for.
fn fold(
    whole: Partial,
    ready: Vec<Ready>,
    first_file: u32,
    options: &ScanOptions,
    on_bytes: &(dyn Fn(u64) + Sync),
    on_unparsed: &mut OnUnparsed<'_>,
) -> (Partial, Vec<FileEnd>) {
    let threads = if options.threads == 0 { rayon::current_num_threads() } else { options.threads };
    // Where the pool has one thread too, that is where the report will be made: its memory is used twice.
    if threads == 1 && rayon::current_num_threads() > 1 {
        work::fold_alone(whole, ready, first_file, options, on_bytes, on_unparsed)
    } else {
        work::fold_on_pool(whole, ready, first_file, options, threads, on_bytes, on_unparsed)
    }
}

impl Scanned {
    /// Notes of each file how it ended, and of its task how far it was read.
    fn note_ends(&mut self, ends: Vec<FileEnd>) {
        let lines_of = lines_by_file(&self.partial);
        for end in ends {
            if let Some(slot) = self.reached.get_mut(end.task) {
                let mut reached = end.reached;
                reached.resume.lines = lines_of.get(&end.file).copied().unwrap_or(reached.resume.lines);
                *slot = Some(reached);
            }
            let Some(file) = self.files.get_mut(end.file as usize) else { continue };
            file.long_lines = end.long_lines;
            if let Some(again) = &mut file.again {
                again.end = end.reached.resume.position;
            }
            if let Some(error) = end.error {
                file.error = Some(error.what().to_owned());
                self.errors.push(error);
            }
        }
    }

    fn note_failed(&mut self, failed: Vec<(String, Error)>) {
        for (name, error) in failed {
            self.files.push(InputFate { name, error: Some(error.what().to_owned()), ..InputFate::default() });
            self.errors.push(error);
        }
    }

    /// Nothing follows in this run: takes out what a later one needs, where that is wanted, and counts the rest.
    fn finish(&mut self, options: &ScanOptions) {
        self.excerpt = options.fold.carry.then(|| self.partial.hand_on(&self.files, options.now));
        self.partial.finish();
        if let Some(excerpt) = &mut self.excerpt {
            excerpt.debt = self.partial.tally.before;
        }
    }

    /// A file without any line of an MTA was named by mistake, and its silence would look like good news.
    fn find_foreign_files(&mut self, first_file: u32, first_lines: &[Vec<u8>], mta: Option<Mta>) {
        let (whom, hint) = match mta {
            None => ("Postfix, Exim or Sendmail", "If it is a mail log, send that line with your report.".to_owned()),
            Some(mta) => {
                let title = mta.habits().title;
                (title, format!("Only lines of {title} were asked for; else each line tells who wrote it."))
            }
        };
        let files = self.files.iter_mut().skip(first_file as usize);
        for (index, (file, first_line)) in (first_file..).zip(files.zip(first_lines)) {
            let Some(health) = self.partial.health.files.get(&index) else { continue };
            if file.error.is_some() || health.lines == 0 || health.mta.iter().sum::<u64>() > 0 {
                continue;
            }
            let first: String = String::from_utf8_lossy(first_line).chars().take(76).collect();
            let name = shown(Path::new(&file.name));
            let lines = if health.lines == 1 { "line" } else { "lines" };
            let what = format!("{name}: {} {lines}, none from {whom}", thousands(health.lines));
            let advice = format!("First line: {}\n{hint}", shown(Path::new(&first)));
            file.error = Some(format!("{name}: no line from {whom}"));
            self.errors.push(Error::new(ErrorKind::NotAMailLog, what).advise(advice).at(&file.name));
        }
    }
}

/// The lines of each file, with those of it that runs before have read.
fn lines_by_file(partial: &Partial) -> HashMap<u32, u64> {
    let mut lines_of = HashMap::new();
    for (&(file, _), &lines) in &partial.health.blocks {
        *lines_of.entry(file).or_default() += u64::from(lines);
    }
    lines_of
}

/// Of a log and its rotated ones those that a window needs (from `since` on, up to `until`), by their first lines: one
/// ends where the next begins.  The others are not read through, and no input of the report.
///
/// What cannot be opened stays, to be complained about.
#[must_use]
pub fn in_window(sources: Vec<Source>, time: &TimeRules, window: (Option<i64>, Option<i64>), now: i64) -> Vec<Task> {
    let (since, until) = window;
    let (mut tasks, mut families) = (Vec::new(), HashMap::<_, Vec<(i64, Input)>>::new());
    for source in sources {
        let opened = match &source {
            Source::File(path) => Input::open(&source).ok().map(|input| (log_of(path), input)),
            _ => None,
        };
        let first = opened.and_then(|(family, mut input)| {
            let clock = Clock::begin(time, input.head(), &[], input.modified().map_or(now, micros));
            let first = envelope::first_time(input.head(), &clock)?;
            input.lay_aside();
            Some((family, first, input))
        });
        match first {
            Some((family, first, input)) => families.entry(family).or_default().push((first, input)),
            None => tasks.push(source.into()),
        }
    }
    let mut families: Vec<_> = families.into_iter().collect();
    families.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, mut files) in families {
        files.sort_by_key(|(first, _)| *first);
        let ends: Vec<i64> = files.iter().skip(1).map(|(first, _)| *first).chain([i64::MAX]).collect();
        for ((first, input), end) in files.into_iter().zip(ends) {
            // Lines of two daemons are not quite in order.
            let over = since.is_some_and(|since| end < since.saturating_sub(DISORDER));
            let to_come = until.is_some_and(|until| first > until.saturating_add(DISORDER));
            if !over && !to_come {
                tasks.push(input.source().clone().into());
            }
        }
    }
    tasks
}

/// How far a line may stand behind one that was logged later, in microseconds.
const DISORDER: i64 = 60_000_000;

/// Opens every source once; the same file named twice is read once.
fn open_all(tasks: Vec<Task>, options: &ScanOptions) -> (Vec<Ready>, Vec<(String, Error)>) {
    let (mut ready, mut failed) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (task, Task { source, input, from, grows }) in tasks.into_iter().enumerate() {
        let input = match input.map_or_else(|| Input::open(&source), Ok) {
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
        let samples = if from.is_some() { Vec::new() } else { input.samples() };
        let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
        let clock = match from {
            Some(from) => Clock::at(options.time.zone, from.clock),
            None => Clock::begin(&options.time, input.head(), &samples, modified),
        };
        let first_time = match from {
            // Where it goes on no line was read yet; none of them lies long before the last one that was.
            Some(from) => from.clock.last_time().or_else(|| envelope::first_time(input.head(), &clock)),
            None => envelope::first_time(input.head(), &clock),
        };
        ready.push(Ready { input, clock, first_time, task, from, grows, identity });
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
