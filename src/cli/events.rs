//! `mailrake events`.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use chrono::TimeZone;
use mailrake::analyze::EventRow;
use mailrake::analyze::build::event_rows;
use mailrake::envelope::Zone;
use mailrake::report::events::{EventFormat, EventWriter};

use super::args::{EventsArgs, EventsFormat};
use super::complain::Usage;
use super::explain::own_rules;
use super::read::read;
use super::{Status, output};

/// Reads the logs and writes one row an attempt or refusal.
pub fn run(args: &EventsArgs) -> anyhow::Result<Status> {
    let to = match args.output.output.as_slice() {
        [] => None,
        [one] => Some(one.as_path()).filter(|path| *path != Path::new("-")),
        _ => return Err(Usage("--output: events go to one file".into()).into()),
    };
    let own = own_rules(args.input.rules.as_deref())?;
    let rules = own.as_ref().unwrap_or_else(|| mailrake::knowledge::rules());
    let mut reading = read(&args.input, true)?;
    if reading.status == Status::Nothing {
        return Ok(Status::Nothing);
    }
    let mut rows = event_rows(&mut reading.scanned.partial, &reading.scanned.files, rules);
    if !args.all {
        rows.retain(|row| !matches!(row.outcome, "skipped" | "internal_hop"));
    }
    if let Some(redactor) = &mut reading.redactor {
        redactor.learn(&reading.scanned.partial);
        rows.iter_mut().for_each(|row| redactor.row(row));
    }
    let format = match args.format {
        EventsFormat::Csv => EventFormat::Csv { raw: args.output.csv_raw },
        EventsFormat::Ndjson => EventFormat::Ndjson,
    };
    output::write(to, |out| match reading.frame.zone {
        Zone::Named(zone) => write(format, zone, &rows, out),
        Zone::Fixed(zone) => write(format, zone, &rows, out),
    })?;
    reading.count()?;
    Ok(reading.status)
}

fn write<Z: TimeZone<Offset: Display>>(
    format: EventFormat,
    zone: Z,
    rows: &[EventRow],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = EventWriter::new(format, zone, out)?;
    rows.iter().try_for_each(|row| writer.write(row))?;
    writer.finish()
}
