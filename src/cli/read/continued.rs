//! A run that goes on from the one before (`--state FILE`).

use std::path::Path;

use mailrake::Error;
use mailrake::analyze::Analysis;
use mailrake::analyze::analysis::Previous;
use mailrake::analyze::frame::Frame;
use mailrake::fold::carry::Excerpt;
use mailrake::input::{Journal, Source, rotated_siblings};
use mailrake::report::prometheus;
use mailrake::scan::{Scanned, Task};
use mailrake::state::{Logs, State, StateFile};

/// What the run before left, and what this one is going to leave.
pub struct Continued {
    file: StateFile,
    state: State,
    /// The files of this run; None before they were looked for, and after they were noted.
    logs: Option<Logs>,
    /// It knows the entry that was read last.
    journal: Option<Journal>,
}

impl Continued {
    /// Takes the state file for this run.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, state) = StateFile::open(path)?;
        Ok(Self { file, state, logs: None, journal: None })
    }

    /// The lines that the run before handed on.
    pub fn before(&mut self) -> Excerpt {
        std::mem::take(&mut self.state.excerpt)
    }

    /// What is new in `sources`; what is missing or cannot be opened is added to `unread`, or taken from it.
    pub fn tasks(&mut self, mut sources: Vec<Source>, unread: &mut Vec<Error>, now: i64) -> Vec<Task> {
        rotated_away(&mut sources, unread);
        for source in &mut sources {
            if let Source::Journal(journal) = source {
                journal.after.clone_from(&self.state.cursor);
                self.journal = Some(journal.clone());
            }
        }
        let mut logs = Logs::find(sources, &self.state, now);
        unread.append(&mut logs.errors);
        let tasks = std::mem::take(&mut logs.tasks);
        self.logs = Some(logs);
        tasks
    }

    /// Notes how far this run came.  It counts only once it is written: see [`Continued::count`].
    pub fn note(&mut self, scanned: &mut Scanned, now: i64) {
        let state = &mut self.state;
        state.runs += 1;
        state.last_run = now;
        state.excerpt = scanned.excerpt.take().unwrap_or_default();
        if let Some(cursor) = self.journal.as_ref().and_then(Journal::cursor) {
            state.cursor = Some(cursor.to_owned());
        }
        if let Some(logs) = self.logs.take() {
            state.files = logs.marks(&scanned.reached);
        }
    }

    /// Puts the figures of this run, that has lines from and to the times of `window`, into the row of those before.
    pub fn go_on(&mut self, window: Option<(i64, i64)>, frame: &Frame, analysis: &mut Analysis) {
        let state = &mut self.state;
        analysis.previous = state.before(window).map(|before| Previous {
            first: frame.time(before.first),
            last: frame.time(before.last),
            totals: before.totals,
        });
        state.summarise(window, analysis.totals);
        state.add_counters(prometheus::counters(analysis));
        analysis.counters = Some(state.counters.clone());
    }

    /// Writes the state: from here on the lines of this run are counted.
    pub fn count(&self) -> Result<(), Error> {
        self.file.replace(&self.state)
    }
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
