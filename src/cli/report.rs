//! `mailrake [report]`.

use mailrake::analyze::build;
use mailrake::knowledge::detectors::Thresholds;
use mailrake::report::text::TextStyle;
use mailrake::report::{ReportOptions, csv, format};

use super::args::ReportArgs;
use super::complain::{Unwritable, Usage};
use super::read::read;
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
    let reading = read(&args.input, false)?;
    if reading.status == Status::Nothing {
        return Ok(Status::Nothing);
    }
    let scanned = &reading.scanned;
    let analysis = build::analysis(&scanned.partial, &scanned.files, &reading.frame, Thresholds::default());
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
    let options = ReportOptions { text, table, csv_raw: args.output.csv_raw };
    let Some(format) = format(&args.format) else { return Err(Usage(format!("--format: no {}", args.format)).into()) };
    output::write(args.output.output.as_deref(), |out| (format.write)(&analysis, &options, out))?;
    Ok(reading.status)
}
