//! From the input options to what was read: common to all commands that read logs.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use mailrake::analyze::Analysis;
use mailrake::analyze::analysis::Previous;
use mailrake::analyze::frame::Frame;
use mailrake::analyze::partial::FoldOptions;
use mailrake::envelope::{TimeRules, Zone};
use mailrake::error::{message, thousands, wrapped};
use mailrake::input::{Journal, Source, host_inputs, resolve, rotated_siblings};
use mailrake::report::prometheus;
use mailrake::report::redact::Redactor;
use mailrake::scan::{ScanOptions, Scanned, Task, in_window, scan_on};
use mailrake::state::{Logs, State, StateFile};
use mailrake::{Error, ErrorKind};

use super::Status;
use super::args::InputArgs;
use super::complain::{Unwritable, Usage, complain};
use super::progress::Progress;
use super::when;

/// What was read, what is to be said of it, and the frame that figures stand in.
pub struct Reading {
    pub scanned: Scanned,
    pub frame: Frame,
    pub status: Status,
    /// Where no local part may be seen.
    pub redactor: Option<Redactor>,
    /// What is left for the next run, and where.
    state: Option<(StateFile, State)>,
}

impl Reading {
    /// Puts the figures into the row of those of the runs before.
    pub fn go_on(&mut self, analysis: &mut Analysis) {
        let Some((_, state)) = &mut self.state else { return };
        let window = self.scanned.partial.health.window;
        analysis.previous = state.before(window).map(|before| Previous {
            first: self.frame.time(before.first),
            last: self.frame.time(before.last),
            totals: before.totals,
        });
        state.summarise(window, analysis.totals);
        state.add_counters(prometheus::counters(analysis));
        analysis.counters = Some(state.counters.clone());
    }

    /// Everything was written: counts the lines, so that the next run goes on behind them.
    pub fn count(&mut self) -> Result<(), Error> {
        self.state.as_ref().map_or(Ok(()), |(file, state)| file.replace(state))
    }
}

/// Reads what the options name.
///
/// Complains about each input that could not be read; an error is what makes going on pointless.
pub fn read(args: &InputArgs, rows: bool) -> anyhow::Result<Reading> {
    // The report is made by as many threads as read the log, and this is one of them: where no other is to be had, it
    // does all.  It is an error only where the pool stands already.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(args.threads).use_current_thread().build_global();
    let now = when::now();
    let frame = frame(args, now)?;
    let redactor = args.redact.redactor()?;
    let mut state = args.state.as_deref().map(StateFile::open).transpose()?;
    let before = state.as_mut().map(|(_, state)| std::mem::take(&mut state.excerpt)).unwrap_or_default();
    let (mut sources, mut unread) = sources(args, &frame)?;
    let options = ScanOptions {
        fold: FoldOptions {
            since: frame.since,
            until: frame.until,
            mta: args.mta,
            rows,
            unparsed: args.unparsed.is_some(),
            carry: state.is_some(),
            // Rows tell of each attempt alone.  A later run, and redaction, need to know who was in trouble.
            no_passages: rows && state.is_none() && redactor.is_none(),
            no_tally: rows && state.is_none(),
        },
        time: TimeRules { zone: frame.zone, year: args.year },
        threads: args.threads,
        block_size: args.block_size.clamp(1, 1 << 28),
        now,
    };
    let mut kept = match &args.unparsed {
        None => None,
        Some(path) => {
            let file = File::create(path).map_err(|why| Unwritable::new(path, why))?;
            Some(BufWriter::new(file))
        }
    };
    let mut trouble = None;
    let mut journal = None;
    let mut logs = None;
    let tasks = match &state {
        // What was named is read; of the host's own logs what the window needs.
        None if args.logs.is_empty() => in_window(sources, &options.time, (frame.since, frame.until), now),
        None => sources.into_iter().map(Task::from).collect(),
        Some((_, state)) => {
            rotated_away(&mut sources, &mut unread);
            for source in &mut sources {
                if let Source::Journal(one) = source {
                    one.after.clone_from(&state.cursor);
                    journal = Some(one.clone());
                }
            }
            let mut found = Logs::find(sources, state, now);
            unread.append(&mut found.errors);
            let tasks = std::mem::take(&mut found.tasks);
            logs = Some(found);
            tasks
        }
    };
    let progress = Progress::new(sizes(&tasks));
    let named = tasks.len() + unread.len();
    let mut scanned = scan_on(tasks, &before, &options, &|bytes| progress.at(bytes), &mut |line| {
        let redacted = redactor.as_ref().map(|r| r.line(line));
        if let Some(kept) = &mut kept
            && let Err(error) = kept.write_all(redacted.as_deref().unwrap_or(line)).and_then(|()| kept.write_all(b"\n"))
        {
            trouble.get_or_insert(error);
        }
    });
    drop(progress);
    if let Some(error) = kept.and_then(|mut kept| kept.flush().err()).or(trouble) {
        let path = args.unparsed.as_deref().unwrap_or(Path::new(""));
        return Err(Unwritable::new(path, error).into());
    }
    unread.append(&mut scanned.errors);
    let nothing = scanned.partial.health.window.is_none() && !unread.is_empty() && named == unread.len();
    for error in &unread {
        let text = in_full(error, &scanned, &frame, if nothing { 0 } else { named - unread.len() });
        // It may quote a line.
        complain(&redactor.as_ref().map_or(text.as_str().into(), |r| r.text(&text)));
    }
    // What could not even be opened is named in the report too.
    for error in unread.iter().filter(|e| e.kind() == ErrorKind::Unreadable) {
        let name = error.path().map(|p| p.display().to_string()).unwrap_or_default();
        if !scanned.files.iter().any(|f| f.name == name) {
            scanned.files.push(mailrake::analyze::inputs::InputFate {
                name,
                error: Some(error.what().to_owned()),
                ..Default::default()
            });
        }
    }
    let status = if nothing {
        Status::Nothing
    } else if unread.is_empty() {
        Status::Done
    } else {
        Status::Incomplete
    };
    if let Some((_, state)) = &mut state {
        state.runs += 1;
        state.last_run = now;
        state.excerpt = scanned.excerpt.take().unwrap_or_default();
        state.cursor = journal.and_then(|journal| journal.cursor().map(str::to_owned)).or(state.cursor.take());
        if let Some(logs) = logs {
            state.files = logs.marks(&scanned.reached);
        }
    }
    Ok(Reading { scanned, frame, status, redactor, state })
}

/// A log that was rotated away a moment ago, and not made anew yet, is no missing one: what is new is in its siblings.
fn rotated_away(sources: &mut Vec<Source>, unread: &mut Vec<Error>) {
    unread.retain(|error| {
        let Some(path) = error.path().filter(|path| !path.exists()) else { return true };
        let rotated = !rotated_siblings(path).is_empty();
        if rotated {
            sources.push(Source::File(path.to_path_buf()));
        }
        !rotated
    });
}

/// Lines of so long before the window are read too, in microseconds: they tell how its messages came.
const LEAD: i64 = 24 * 3_600_000_000;

/// The inputs that the options name, or else the host's own.
fn sources(args: &InputArgs, frame: &Frame) -> anyhow::Result<(Vec<Source>, Vec<Error>)> {
    if !args.logs.is_empty() {
        return Ok(resolve(&args.logs));
    }
    let mut journal = Journal::default();
    journal.since = frame.since.map(|since| since.saturating_sub(LEAD));
    journal.until = frame.until;
    journal.directory.clone_from(&args.journal_dir);
    if args.journal {
        return Ok((vec![Source::Journal(journal)], Vec::new()));
    }
    Ok((host_inputs(Path::new("/"), frame.since.is_some(), journal)?, Vec::new()))
}

/// What is said of an input: its error, and what it means for the report.  `others` were read.
fn in_full(error: &Error, scanned: &Scanned, frame: &Frame, others: usize) -> String {
    match error.kind() {
        ErrorKind::Unreadable => message(&format!("{}{}", error.what(), going_on(others)), error.advice()),
        ErrorKind::EndsEarly => message(error.what(), Some(&what_is_lost(error, scanned, frame))),
        _ => error.to_string(),
    }
}

/// What follows the complaint about one file: `mail.log.9.gz: no such file; going on with the other file`.
fn going_on(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => "; going on with the other file".to_owned(),
        _ => format!("; going on with the other {others} files"),
    }
}

/// `Read 2,113 whole lines up to 2025-03-03 23:58:41; the rest is lost. ...`: of an input that broke off.
fn what_is_lost(error: &Error, scanned: &Scanned, frame: &Frame) -> String {
    let name = error.path().map(|path| path.display().to_string()).unwrap_or_default();
    let index = scanned.files.iter().position(|file| file.name == name);
    let lines = index.and_then(|index| scanned.partial.health.files.get(&u32::try_from(index).ok()?)).map(|f| f.lines);
    let Some(lines) = lines.filter(|&lines| lines > 0) else {
        return "No line of it could be read. Is the file still being written?".into();
    };
    let read = if lines == 1 { "1 line".to_owned() } else { format!("{} whole lines", thousands(lines)) };
    // Of several files only the last time of all is known.
    let until = match scanned.partial.health.window {
        Some((_, last)) if scanned.files.len() == 1 => {
            let last = frame.time(last);
            format!(" up to {} {}", last.get(..10).unwrap_or_default(), last.get(11..19).unwrap_or_default())
        }
        _ => String::new(),
    };
    let text = format!(
        "Read {read}{until}; the rest is lost. The report says so at its top. Is the file still being written?"
    );
    wrapped(&text, WIDTH)
}

/// How wide a terminal is.
const WIDTH: usize = 80;

fn sizes(tasks: &[Task]) -> u64 {
    let size = |task: &Task| match &task.source {
        Source::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Source::Stdin | Source::Journal(_) => None,
    };
    tasks.iter().map(size).sum::<Option<u64>>().unwrap_or(0)
}

/// The zone and the window that were asked for.
fn frame(args: &InputArgs, now: i64) -> Result<Frame, Usage> {
    let zone: Zone = match &args.timezone {
        None => Zone::of_this_host(),
        Some(name) => name.parse().map_err(|_| {
            Usage(format!(
                "--timezone: \"{name}\" is not known\n  Use a name such as Europe/Berlin, or an offset such as +02:00."
            ))
        })?,
    };
    let mut frame = Frame { zone, zone_name: zone.to_string(), since: None, until: None };
    if let Some(day) = &args.day {
        let (since, until) = when::day(day, &zone, now)?;
        (frame.since, frame.until) = (Some(since), Some(until));
    }
    if let Some(span) = &args.last {
        frame.since = Some(now - when::span(span)?);
    }
    if let Some(since) = &args.since {
        frame.since = Some(when::moment("--since", since, &zone, now)?);
    }
    if let Some(until) = &args.until {
        frame.until = Some(when::moment("--until", until, &zone, now)?);
    }
    if let (Some(since), Some(until)) = (frame.since, frame.until)
        && since >= until
    {
        return Err(Usage("--until is not after --since: no line can lie between them".into()));
    }
    Ok(frame)
}
