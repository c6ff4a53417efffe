//! From the input options to what was read: common to all commands that read logs.

mod complaints;
mod continued;
mod inputs;
mod plan;
mod unparsed;

use mailrake::Error;
use mailrake::analyze::Analysis;
use mailrake::analyze::frame::Frame;
use mailrake::report::redact::Redactor;
use mailrake::scan::{Scanned, scan_on};

use super::Status;
use super::args::InputArgs;
use super::progress::Progress;
use complaints::{name_unopened, tell};
use continued::Continued;
use inputs::Inputs;
use plan::Plan;
use unparsed::Unparsed;

/// What was read, what is to be said of it, and the frame that figures stand in.
pub struct Reading {
    pub scanned: Scanned,
    pub frame: Frame,
    pub status: Status,
    /// Where no local part may be seen.
    pub redactor: Option<Redactor>,
    /// What is left for the next run, and where.
    continued: Option<Continued>,
}

impl Reading {
    /// Puts the figures into the row of those of the runs before.
    pub fn go_on(&mut self, analysis: &mut Analysis) {
        if let Some(continued) = &mut self.continued {
            continued.go_on(self.scanned.partial.health.window, &self.frame, analysis);
        }
    }

    /// Everything was written: counts the lines, so that the next run goes on behind them.
    pub fn count(&mut self) -> Result<(), Error> {
        self.continued.as_ref().map_or(Ok(()), Continued::count)
    }
}

/// Reads what the options name.
///
/// Complains about each input that could not be read; an error is what makes going on pointless.
pub fn read(args: &InputArgs, rows: bool) -> anyhow::Result<Reading> {
    make_pool(args.threads);
    let plan = Plan::of(args, rows)?;
    let mut continued = args.state.as_deref().map(Continued::open).transpose()?;
    let Inputs { tasks, mut unread } = Inputs::find(args, &plan, continued.as_mut())?;
    let named = tasks.len() + unread.len();
    let before = continued.as_mut().map(Continued::before).unwrap_or_default();
    let mut unparsed = Unparsed::create(args.unparsed.as_deref(), plan.redactor.as_ref())?;
    let progress = Progress::new(inputs::sizes(&tasks));
    let mut scanned = scan_on(tasks, &before, &plan.options, &|bytes| progress.at(bytes), &mut |l| unparsed.keep(l));
    drop(progress);
    unparsed.finish()?;
    unread.append(&mut scanned.errors);
    let were_read = named.saturating_sub(unread.len());
    let status = status(&scanned, &unread, were_read);
    tell(&unread, were_read, &scanned, &plan);
    name_unopened(&unread, &mut scanned.files);
    if let Some(continued) = &mut continued {
        continued.note(&mut scanned, plan.options.now);
    }
    Ok(Reading { scanned, frame: plan.frame, status, redactor: plan.redactor, continued })
}

/// The report is made by as many threads as read the log, and this is one of them: where no other is to be had, it does
/// all.
fn make_pool(threads: usize) {
    // It is an error only where the pool stands already.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global();
}

/// How it went, when so many inputs were read to their end.
fn status(scanned: &Scanned, unread: &[Error], were_read: usize) -> Status {
    match unread {
        [] => Status::Done,
        _ if were_read == 0 && scanned.partial.health.window.is_none() => Status::Nothing,
        _ => Status::Incomplete,
    }
}
