//! The lines of an MTA that were not understood (`--unparsed FILE`).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use mailrake::report::redact::Redactor;

use crate::cli::complain::Unwritable;

/// Keeps such lines in a file, where one was named.
///
/// Whoever hands them over cannot do anything about a full disk: what went wrong is told at the end.
pub struct Unparsed<'a> {
    to: Option<(&'a Path, BufWriter<File>)>,
    redactor: Option<&'a Redactor>,
    trouble: Option<io::Error>,
}

impl<'a> Unparsed<'a> {
    /// Makes the file anew.
    pub fn create(path: Option<&'a Path>, redactor: Option<&'a Redactor>) -> Result<Self, Unwritable> {
        let open = |path| match File::create(path) {
            Ok(file) => Ok((path, BufWriter::new(file))),
            Err(why) => Err(Unwritable::new(path, why)),
        };
        Ok(Self { to: path.map(open).transpose()?, redactor, trouble: None })
    }

    /// Keeps a line, as it may be seen.
    pub fn keep(&mut self, line: &[u8]) {
        let Some((_, out)) = &mut self.to else { return };
        let redacted = self.redactor.map(|redactor| redactor.line(line));
        let written = out.write_all(redacted.as_deref().unwrap_or(line)).and_then(|()| out.write_all(b"\n"));
        if let Err(why) = written {
            self.trouble.get_or_insert(why);
        }
    }

    /// All lines were handed over: says what went wrong first.
    pub fn finish(self) -> Result<(), Unwritable> {
        let Some((path, mut out)) = self.to else { return Ok(()) };
        let flushed = out.flush();
        match self.trouble.or(flushed.err()) {
            Some(why) => Err(Unwritable::new(path, why)),
            None => Ok(()),
        }
    }
}
