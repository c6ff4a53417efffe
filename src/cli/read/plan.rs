//! What the options ask for, before anything is opened.

use mailrake::analyze::frame::Frame;
use mailrake::envelope::{TimeRules, Zone};
use mailrake::fold::partial::FoldOptions;
use mailrake::report::redact::Redactor;
use mailrake::scan::ScanOptions;

use crate::cli::args::InputArgs;
use crate::cli::usage::Usage;
use crate::cli::when;

/// How to read, and how to show what was read.
pub struct Plan {
    pub frame: Frame,
    pub options: ScanOptions,
    /// Where no local part may be seen.
    pub redactor: Option<Redactor>,
}

impl Plan {
    /// What the options say.  `rows`: each attempt is to be told, not only counted.
    pub fn of(args: &InputArgs, rows: bool) -> anyhow::Result<Self> {
        let now = when::now();
        let frame = frame(args, now)?;
        let redactor = args.redact.redactor()?;
        let carry = args.state.is_some();
        let fold = FoldOptions {
            since: frame.since,
            until: frame.until,
            mta: args.mta,
            rows,
            unparsed: args.unparsed.is_some(),
            carry,
            // Rows tell of each attempt alone.  A later run, and redaction, need to know who was in trouble.
            no_passages: rows && !carry && redactor.is_none(),
            no_tally: rows && !carry,
        };
        let options = ScanOptions {
            fold,
            time: TimeRules { zone: frame.zone, year: args.year },
            threads: args.threads,
            block_size: args.block_size.clamp(1, 1 << 28),
            now,
        };
        Ok(Self { frame, options, redactor })
    }
}

/// The zone and the window that were asked for.
fn frame(args: &InputArgs, now: i64) -> Result<Frame, Usage> {
    let zone = args.timezone.unwrap_or_else(Zone::of_this_host);
    let (mut since, mut until) = (None, None);
    if let Some(day) = &args.day {
        let (first, last) = when::day(day, &zone, now)?;
        (since, until) = (Some(first), Some(last));
    }
    if let Some(span) = &args.last {
        since = Some(now - when::span(span)?);
    }
    if let Some(text) = &args.since {
        since = Some(when::moment("--since", text, &zone, now)?);
    }
    if let Some(text) = &args.until {
        until = Some(when::moment("--until", text, &zone, now)?);
    }
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(Usage("--until is not after --since: no line can lie between them".into()));
    }
    Ok(Frame { zone, zone_name: zone.to_string(), since, until })
}
