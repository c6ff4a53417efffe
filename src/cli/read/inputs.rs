//! Which inputs there are to read.

use std::path::Path;

use mailrake::Error;
use mailrake::analyze::frame::Frame;
use mailrake::input::{Journal, Source, host_inputs, resolve};
use mailrake::scan::{Task, in_window};

use super::continued::Continued;
use super::plan::Plan;
use crate::cli::args::InputArgs;

/// What there is to read, and what cannot be read.
pub struct Inputs {
    pub tasks: Vec<Task>,
    pub unread: Vec<Error>,
}

impl Inputs {
    /// What the options name, or else the host's own; of them what is new where a run before was.
    pub fn find(args: &InputArgs, plan: &Plan, continued: Option<&mut Continued>) -> anyhow::Result<Self> {
        let (sources, mut unread) = sources(args, &plan.frame)?;
        let now = plan.options.now;
        let tasks = match continued {
            Some(continued) => continued.tasks(sources, &mut unread, now),
            // What was named is read; of the host's own logs what the window needs.
            None if args.logs.is_empty() => {
                in_window(sources, &plan.options.time, (plan.frame.since, plan.frame.until), now)
            }
            None => sources.into_iter().map(Task::from).collect(),
        };
        Ok(Self { tasks, unread })
    }
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

/// Bytes on disk of all of them; 0 where that is not known.
pub fn sizes(tasks: &[Task]) -> u64 {
    let size = |task: &Task| match &task.source {
        Source::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Source::Stdin | Source::Journal(_) => None,
    };
    tasks.iter().map(size).sum::<Option<u64>>().unwrap_or(0)
}
