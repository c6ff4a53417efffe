//! `mailrake [report]`.

use std::io::{self, Write};
use std::mem::ManuallyDrop;

use mailrake::analyze::Analysis;
use mailrake::analyze::build::{Standards, analysis};
use mailrake::knowledge::detectors::Thresholds;
use mailrake::report::text::TextStyle;
use mailrake::report::{ReportOptions, csv, format, is_clean};

use super::args::ReportArgs;
use super::complain::{Unwritable, Usage};
use super::explain::own_rules;
use super::read::read;
use super::redact::redacted;
use super::{Status, output, terminal};

/// Reads the logs and writes the report.
pub fn run(args: &ReportArgs) -> anyhow::Result<Status> {
    let table = match (args.format.as_str(), &args.table) {
        ("csv", None) => {
            let text = "--format csv: which table?\n  Name it with --table, or take all with --csv-dir DIR.";
            return Err(Usage(text.into()).into());
        }
        ("csv", Some(table)) => table,
        (_, Some(_)) => return Err(Usage("--table goes with --format csv".into()).into()),
        (_, None) => "",
    };
    if args.threshold.iter().any(|t| t == "list") {
        for (name, number) in Thresholds::default().list() {
            writeln!(io::stdout(), "{name}={number}")?;
        }
        return Ok(Status::Done);
    }
    let thresholds = thresholds(&args.threshold)?;
    let own = own_rules(args.input.rules.as_deref())?;
    let rules = own.as_ref().unwrap_or_else(|| mailrake::knowledge::rules());
    // The process ends with the report: what is freed with it need not be freed piece by piece before.
    let mut reading = ManuallyDrop::new(read(&args.input, false)?);
    if reading.status == Status::Nothing {
        return Ok(Status::Nothing);
    }
    let redactor = reading.redactor.take();
    let scanned = &reading.scanned;
    let standards = Standards { thresholds, rules };
    let analysis = analysis(&scanned.partial, &scanned.files, &reading.frame, &standards);
    let analysis = ManuallyDrop::new(redacted(redactor, &scanned.partial, analysis));
    if args.quiet_if_clean && is_clean(&analysis) {
        return Ok(reading.status);
    }
    if let Some(dir) = &args.csv_dir {
        csv::write_dir(dir, &analysis, args.output.csv_raw).map_err(|why| Unwritable::new(dir, why))?;
    }
    let text = TextStyle {
        width: terminal::width(),
        ascii: args.ascii || terminal::is_ascii(),
        color: terminal::color(args.color, args.output.output.is_some()),
        top: args.top,
        verbose: args.verbose,
    };
    let (mail_to, mail_from) = (args.mail.mail_to.as_deref(), args.mail.mail_from.as_deref());
    let options = ReportOptions { text, table, csv_raw: args.output.csv_raw, mail_to, mail_from };
    let Some(format) = format(&args.format) else { return Err(Usage(format!("--format: no {}", args.format)).into()) };
    output::write(args.output.output.as_deref(), |out| (format.write)(&analysis, &options, out))?;
    Ok(match reading.status {
        Status::Done if is_met(&args.fail_on, &analysis) => Status::Found,
        status => status,
    })
}

/// `--threshold NAME=N`.
fn thresholds(set: &[String]) -> Result<Thresholds, Usage> {
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
    let rank = |severity: &str| ["notice", "warning", "critical"].iter().position(|s| *s == severity);
    analysis.dead_ends.iter().any(|found| {
        fail_on
            .iter()
            .any(|what| found.kind == what || rank(what).is_some_and(|least| rank(found.severity) >= Some(least)))
    })
}
