//! `mailrake [report]`.

use std::io::{self, Write};
use std::mem::ManuallyDrop;

use mailrake::analyze::Analysis;
use mailrake::analyze::analysis::DeadEnd;
use mailrake::analyze::build::{Standards, analysis};
use mailrake::knowledge::detectors::{Severity, Thresholds};
use mailrake::report::text::TextStyle;
use mailrake::report::{ReportOptions, is_clean};

use super::args::ReportArgs;
use super::explain::own_rules;
use super::output::Outputs;
use super::read::read;
use super::redact::redact;
use super::usage::Usage;
use super::{Status, terminal};

/// Reads the logs and writes the report.
pub fn run(args: &ReportArgs) -> anyhow::Result<Status> {
    if args.threshold.iter().any(|t| t == "list") {
        for (name, number) in Thresholds::default().list() {
            writeln!(io::stdout(), "{name}={number}")?;
        }
        return Ok(Status::Done);
    }
    let outputs = Outputs::of(args)?;
    let thresholds = thresholds(&args.threshold)?;
    let own = own_rules(args.input.rules.as_deref())?;
    let rules = own.as_ref().unwrap_or_else(|| mailrake::knowledge::rules());
    // The process ends with the report: what is freed with it need not be freed piece by piece before.
    let mut reading = ManuallyDrop::new(read(&args.input, false)?);
    if reading.status == Status::Nothing {
        return Ok(Status::Nothing);
    }
    let scanned = &reading.scanned;
    let standards = Standards { thresholds, rules, site: &args.input.site };
    let mut analysis = analysis(&scanned.partial, &scanned.files, &reading.frame, &standards);
    if scanned.partial.passages.kept.has_lost() {
        // Figures that are a little wrong are worse than none.
        anyhow::bail!(
            "the temporary file in {} cannot be read again\n  Set TMPDIR to a directory on another disk.",
            std::env::temp_dir().display()
        );
    }
    if let Some(redactor) = reading.redactor.take() {
        redact(redactor, &reading.scanned.partial, &mut analysis);
    }
    let mut analysis = ManuallyDrop::new(analysis);
    reading.go_on(&mut analysis);
    let text = TextStyle {
        width: terminal::width(),
        ascii: args.ascii || terminal::is_ascii(),
        color: terminal::color(args.color, !outputs.any_on_stdout()),
        top: args.top,
        verbose: args.verbose,
    };
    let table = args.table.as_deref().unwrap_or_default();
    let (mail_to, mail_from) = (args.mail.mail_to.as_deref(), args.mail.mail_from.as_deref());
    let options = ReportOptions { text, table, csv_raw: args.output.csv_raw, mail_to, mail_from };
    outputs.write(&analysis, &options, args.quiet_if_clean && is_clean(&analysis))?;
    // Last of all: now its lines are counted.
    reading.count()?;
    Ok(match reading.status {
        Status::Done if is_met(&args.fail_on, &analysis) => Status::Found,
        status => status,
    })
}

/// `--threshold NAME=N`.
pub fn thresholds(set: &[String]) -> Result<Thresholds, Usage> {
    set.iter().try_fold(Thresholds::default(), |thresholds, text| {
        let wrong = || {
            Usage(format!("--threshold: \"{text}\" cannot be used\n  Use NAME=N; --threshold list shows the names."))
        };
        let (name, number) = text.split_once('=').ok_or_else(wrong)?;
        number.parse().ok().and_then(|n| thresholds.with(name, n)).ok_or_else(wrong)
    })
}

/// Is there a finding that `--fail-on` names, by kind or by severity?
fn is_met(fail_on: &[String], analysis: &Analysis) -> bool {
    let names = |what: &str, found: &DeadEnd| match Severity::parse(what) {
        Some(least) => found.severity >= least,
        None => found.kind.as_str() == what,
    };
    analysis.dead_ends.iter().any(|found| fail_on.iter().any(|what| names(what, found)))
}
