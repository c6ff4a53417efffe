//! `mailrake events`.

use std::mem::ManuallyDrop;
use std::path::Path;

use mailrake::analyze::Events;
use mailrake::envelope::Zone;
use mailrake::report::events::{EventFormat, write};
use mailrake::report::redact::Redactor;

use super::args::{EventsArgs, EventsFormat};
use super::complain::complain;
use super::explain::own_rules;
use super::output::is_folder;
use super::read::read;
use super::usage::Usage;
use super::{Status, output};

/// Reads the logs and writes one row an attempt or refusal.
pub fn run(args: &EventsArgs) -> anyhow::Result<Status> {
    let to = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let format = format_for(args.format, to)?;
    let own = own_rules(args.input.rules.as_deref())?;
    let rules = own.as_ref().unwrap_or_else(|| mailrake::knowledge::rules());
    // The process ends with the rows: what is freed with it need not be freed piece by piece before.
    let mut reading = ManuallyDrop::new(read(&args.input, true)?);
    let reading = &mut *reading;
    if reading.status == Status::Nothing {
        return Ok(Status::Nothing);
    }
    if args.strict && reading.status == Status::Incomplete {
        complain("nothing is written: --strict, and not every input could be read to its end");
        return Ok(Status::Incomplete);
    }
    if let Some(redactor) = &mut reading.redactor {
        redactor.learn(&reading.scanned.partial);
    }
    let redactor = reading.redactor.as_ref();
    let events = ManuallyDrop::new(Events::new(
        &mut reading.scanned.partial,
        &reading.scanned.files,
        rules,
        args.host.as_deref(),
    ));
    let format = match format {
        EventsFormat::Csv => EventFormat::Csv { raw: args.csv_raw },
        EventsFormat::Ndjson => EventFormat::Ndjson,
        EventsFormat::Parquet => {
            parquet(&events, args.all, redactor, to)?;
            reading.count()?;
            return Ok(reading.status);
        }
    };
    output::write(to, |out| match reading.frame.zone {
        Zone::Named(zone) => write(&events, args.all, format, &zone, redactor, out),
        Zone::Fixed(zone) => write(&events, args.all, format, &zone, redactor, out),
    })?;
    reading.count()?;
    Ok(reading.status)
}

/// How the rows are written: as `--format` says, else as the ending of the file does.
fn format_for(asked: Option<EventsFormat>, to: Option<&Path>) -> Result<EventsFormat, Usage> {
    if let Some(folder) = to.filter(|path| is_folder(path)) {
        let shown = folder.display();
        let file = folder.join("events.csv");
        return Err(Usage(format!(
            "--output {shown}: rows are one table, and go to one file\n  Name a file, such as {}.",
            file.display()
        )));
    }
    let format = match (asked, to) {
        (Some(asked), _) => asked,
        (None, Some(path)) => EventsFormat::of_file(path)?,
        (None, None) => EventsFormat::Csv,
    };
    if format == EventsFormat::Parquet {
        possible(to)?;
    }
    Ok(format)
}

/// Can a Parquet file be written at all?
fn possible(to: Option<&Path>) -> Result<(), Usage> {
    if !cfg!(feature = "parquet") {
        let what = to.map_or_else(|| "--format parquet".to_owned(), |path| format!("--output {}", path.display()));
        return Err(Usage(format!(
            "{what}: this mailrake was built without Parquet\n  Build it with: cargo build --release --features parquet"
        )));
    }
    if to.is_none() {
        return Err(Usage("--format parquet: a file is written whole; name it with --output FILE".into()));
    }
    Ok(())
}

#[cfg(feature = "parquet")]
fn parquet(events: &Events<'_>, all: bool, redactor: Option<&Redactor>, to: Option<&Path>) -> anyhow::Result<()> {
    use super::complain::Unwritable;
    use mailrake::files::replace_file;
    use mailrake::report::events::write_parquet;

    let path = to.unwrap_or(Path::new(""));
    Ok(replace_file(path, |out| write_parquet(events, all, redactor, out)).map_err(|why| Unwritable::new(path, why))?)
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &Events<'_>, _: bool, _: Option<&Redactor>, to: Option<&Path>) -> anyhow::Result<()> {
    Ok(possible(to)?)
}
