//! `mailrake [report]`.

use std::io::Write;

use anyhow::Context;
use mailrake::analyze::build;
use mailrake::analyze::judge::Judge;
use mailrake::report::{csv, json, text};

use super::args::{Format, ReportArgs};
use super::complain::Usage;
use super::read::read;
use super::{Status, output, terminal};

/// Reads the logs and writes the report.
pub fn run(args: &ReportArgs) -> anyhow::Result<Status> {
    let table = match (args.format, &args.table) {
        (Format::Csv, None) => {
            return Err(Usage(
                "--format csv: which table?\n  Name it with --table, or take all with --csv-dir DIR.".into(),
            )
            .into());
        }
        (Format::Text | Format::Json, Some(_)) => return Err(Usage("--table goes with --format csv".into()).into()),
        (_, table) => table.as_deref().unwrap_or_default(),
    };
    let reading = read(&args.input, false)?;
    if reading.status == Status::Nothing {
        return Ok(Status::Nothing);
    }
    let scanned = &reading.scanned;
    let analysis = build::analysis(&scanned.partial, &scanned.files, &reading.frame, &Judge::default());
    if let Some(dir) = &args.csv_dir {
        csv::write_dir(dir, &analysis, args.output.csv_raw)
            .with_context(|| format!("{}: cannot be written", dir.display()))?;
    }
    let style = text::TextStyle {
        width: terminal::width(),
        ascii: args.ascii || terminal::is_ascii(),
        color: terminal::color(args.color, args.output.output.is_some()),
        top: args.top,
        verbose: args.verbose,
    };
    output::write(args.output.output.as_deref(), |out: &mut dyn Write| match args.format {
        Format::Text => text::write(&analysis, &style, out),
        Format::Json => json::write(&analysis, out),
        Format::Csv => csv::write_table(table, &analysis, args.output.csv_raw, out),
    })?;
    Ok(reading.status)
}
