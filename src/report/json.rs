//! The analysis as it stands, for programs: `mailrake.report/1`.
//!
//! `{"schema": "mailrake.report/1", "generator": ...}`

use std::io::{self, Write};

use crate::analyze::Analysis;

/// Writes the whole analysis, indented, with a line feed at the end.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, analysis)?;
    out.write_all(b"\n")
}
