//! The one error type of the library.
//!
//! A strange log line is never an error (it is counted); an error is something the user must
//! act on: an input that cannot be read to its end, a bad option, an output that cannot be written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

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
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    source_path: Option<PathBuf>,
    message: String,
    #[source]
    io: Option<io::Error>,
}

impl Error {
    /// An error whose whole text is `message`: the first line says what is wrong with what, further
    /// lines (indented by two spaces) what to do.
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, source_path: None, message: message.to_string(), io: None }
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

/// A number as messages show it: `61440` as `61,440`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
