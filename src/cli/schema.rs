//! `mailrake schema`.

use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use mailrake::report::schema::{SCHEMAS, schema};

use super::Status;

/// Whose schema.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// report: --format json; events: a line of events --format ndjson
    #[arg(value_name = "OUTPUT", value_parser = PossibleValuesParser::new(SCHEMAS))]
    output: String,
}

/// Writes the schema.
pub fn run(args: &SchemaArgs) -> anyhow::Result<Status> {
    let schema = schema(&args.output).unwrap_or_default();
    writeln!(io::stdout(), "{schema:#}")?;
    Ok(Status::Done)
}
