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
        let (sources, mut unread) = sources(args, &plan.frame, Path::new("/"))?;
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

/// The inputs that the options name, or else the host's own, whose logs lie under `root`.
fn sources(args: &InputArgs, frame: &Frame, root: &Path) -> anyhow::Result<(Vec<Source>, Vec<Error>)> {
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
    // What ends yesterday was rotated away, as what begins then.
    let rotated = frame.since.is_some() || frame.until.is_some();
    Ok((host_inputs(root, rotated, journal)?, Vec::new()))
}

/// Bytes on disk of all of them; 0 where that is not known.
pub fn sizes(tasks: &[Task]) -> u64 {
    let size = |task: &Task| match &task.source {
        Source::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Source::Stdin | Source::Journal(_) => None,
    };
    tasks.iter().map(size).sum::<Option<u64>>().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::Args;

    #[test]
    fn any_window_asks_for_the_rotated_logs_of_the_host() {
        let root = tempfile::tempdir().unwrap();
        let logs = root.path().join("var/log");
        std::fs::create_dir_all(&logs).unwrap();
        for name in ["mail.log", "mail.log.1"] {
            std::fs::write(logs.join(name), "").unwrap();
        }
        let found = |window: &[&str]| {
            let args = Args::parse_from([&["mailrake"], window].concat()).report.input;
            let plan = Plan::of(&args, false).unwrap();
            sources(&args, &plan.frame, root.path()).unwrap().0.len()
        };
        assert_eq!(found(&[]), 1);
        for window in [["--until", "yesterday"], ["--since", "yesterday"], ["--day", "yesterday"], ["--last", "24h"]] {
            assert_eq!(found(&window), 2, "{window:?}");
        }
    }
}
