//! The inputs as reports name them: what came of each, where a line stands, and what it says.

use std::borrow::Cow;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Serialize, Serializer};

use super::health::Health;
use crate::bytes;
use crate::history::key::Place;

/// A file whose lines can be read again.
#[derive(Debug, Clone)]
pub struct Again {
    /// Still open, so that a rotation does no harm.
    pub file: Arc<File>,
    /// How far it was read, in bytes: one that has become shorter holds other lines.
    pub end: u64,
}

impl Again {
    /// Is it as long as it was, at least?
    fn is_there(&self) -> bool {
        self.file.metadata().is_ok_and(|now| now.len() >= self.end)
    }

    fn read(&self, position: u64, len: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, position).ok()?;
        // One that was cut off meanwhile, and grew again, holds other lines there.
        self.is_there().then_some(bytes)
    }
}

/// What stands for a line that is not there any more.
const CUT_OFF: &str = "(the file was cut off since it was read)";

/// A line as it was logged.
#[derive(Debug, Clone)]
pub enum LoggedLine {
    /// What it says.
    Text(String),
    /// It was left in its file, and is read again when it is asked for: of thousands that show something, a report
    /// shows a few.
    InFile {
        /// The file.
        again: Again,
        /// Where it begins, in bytes.
        position: u64,
        /// Its bytes.
        len: u32,
    },
}

impl LoggedLine {
    /// What it says.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::InFile { again, position, len } => match again.read(*position, *len as usize) {
                Some(line) => Cow::Owned(bytes::text(&line).into_owned()),
                None => Cow::Borrowed(CUT_OFF),
            },
        }
    }
}

impl From<String> for LoggedLine {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Serialize for LoggedLine {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

/// What came of one input.
#[derive(Debug, Default)]
pub struct InputFate {
    /// As named on the command line or found.
    pub name: String,
    /// Lines over the length limit, of which only the beginning was read.
    pub long_lines: u64,
    /// Why it could not be read to its end, or at all.
    pub error: Option<String>,
    /// An earlier run has read it; lines of it that were handed on are from there.
    pub recalled: bool,
    /// Its lines can be read again.
    pub again: Option<Again>,
}

/// The way from a [`Place`] to a file name and a line number.
#[derive(Debug)]
pub struct Places<'a> {
    files: &'a [InputFate],
    first_lines: HashMap<(u32, u32), u64>,
    positions: &'a HashMap<(u32, u32), u64>,
}

impl<'a> Places<'a> {
    /// The way for these files.
    #[must_use]
    pub fn new(health: &'a Health, files: &'a [InputFate]) -> Self {
        let mut blocks: Vec<((u32, u32), u32)> = health.blocks.iter().map(|(&key, &lines)| (key, lines)).collect();
        blocks.sort_unstable();
        let mut first_lines = HashMap::with_capacity(blocks.len());
        let (mut file, mut line) = (u32::MAX, 1);
        for (key, lines) in blocks {
            if key.0 != file {
                (file, line) = (key.0, 1);
            }
            first_lines.insert(key, line);
            line += u64::from(lines);
        }
        Self { files, first_lines, positions: &health.positions }
    }

    /// File name and line number (from 1) of a place.
    #[must_use]
    pub fn of(&self, place: Place) -> (&'a str, u64) {
        let name = self.files.get(place.file() as usize).map_or("", |f| f.name.as_str());
        let first = self.first_lines.get(&(place.file(), place.block())).copied().unwrap_or(1);
        (name, first + u64::from(place.line()))
    }

    /// A line that begins so many bytes behind the beginning of its block.
    #[must_use]
    pub fn line(&self, place: Place, start: u32, len: u32) -> LoggedLine {
        let block = self.positions.get(&(place.file(), place.block()));
        let again = self.files.get(place.file() as usize).and_then(|file| file.again.clone());
        match (block, again) {
            (Some(block), Some(again)) => LoggedLine::InFile { again, position: block + u64::from(start), len },
            _ => LoggedLine::Text(CUT_OFF.to_owned()),
        }
    }
}
