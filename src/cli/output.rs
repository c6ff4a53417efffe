//! Standard output or a file that is replaced whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use mailrake::report::output::replace_file;

use super::complain::Unwritable;

/// Writes to the file, or to standard output where there is none.
pub fn write(to: Option<&Path>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    match to {
        Some(path) => Ok(replace_file(path, |out| write(out)).map_err(|why| Unwritable::new(path, why))?),
        None => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            write(&mut out).and_then(|()| out.flush()).context("standard output: cannot be written")
        }
    }
}
