//! The one error type of the library.
//!
//! A strange log line is never an error (it is counted); an error is something the user must
//! act on: an input that cannot be read to its end, a bad option, an output that cannot be written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::prose::message;

/// What went wrong, in classes a caller may branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An input does not exist, or may not be read.
    Unreadable,
    /// An input broke off before its end: truncated or damaged compressed data, a failing disk.
    EndsEarly,
    /// An input holds no line of any MTA.
    NotAMailLog,
    /// No input was named and the host has no log in the usual places.
    NoInput,
    /// An option has a value that cannot be used.
    Usage,
    /// The report could not be written.
    Output,
    /// The state of the runs before cannot be used, or not be replaced.
    State,
}

/// An error with the source it concerns and a text made for people: what is wrong with what, and
/// what to do.
///
/// The two are held apart, because whoever tells the error may know more than whoever found it: how the
/// run goes on, or what was lost.
#[derive(Debug, thiserror::Error)]
#[error("{}", message(.what, .advice.as_deref()))]
pub struct Error {
    kind: ErrorKind,
    source_path: Option<PathBuf>,
    what: String,
    advice: Option<String>,
    #[source]
    io: Option<io::Error>,
}

impl Error {
    /// An error that says `what` is wrong with what: `mail.log.9.gz: no such file`.
    pub fn new(kind: ErrorKind, what: impl fmt::Display) -> Self {
        Self { kind, source_path: None, what: what.to_string(), advice: None, io: None }
    }

    /// The same error, with what to do about it: a line or several.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same error, tied to the file it concerns.
    #[must_use]
    pub fn at(mut self, path: impl AsRef<Path>) -> Self {
        self.source_path = Some(path.as_ref().to_path_buf());
        self
    }

    /// The same error, with the system's error that caused it.
    #[must_use]
    pub fn because(mut self, io: io::Error) -> Self {
        self.io = Some(io);
        self
    }

    /// What is wrong with what, without the advice.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// The class of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The file the error concerns, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.source_path.as_deref()
    }
}

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_below_and_indented() {
        let error = Error::new(ErrorKind::Unreadable, "a: no such file");
        assert_eq!((error.to_string().as_str(), error.advice()), ("a: no such file", None));
        let error = error.advise("b exists;\ndid you mean that one?");
        assert_eq!(error.to_string(), "a: no such file\n  b exists;\n  did you mean that one?");
        assert_eq!(error.what(), "a: no such file");
    }
}
