//! The inputs as reports name them: what came of each, and where a line stands.

use hashbrown::HashMap;

use super::health::Health;
use crate::history::key::Place;

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
}

/// The way from a [`Place`] to a file name and a line number.
#[derive(Debug)]
pub struct Places<'a> {
    files: &'a [InputFate],
    first_lines: HashMap<(u32, u32), u64>,
}

impl<'a> Places<'a> {
    /// The way for these files.
    #[must_use]
    pub fn new(health: &Health, files: &'a [InputFate]) -> Self {
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
        Self { files, first_lines }
    }

    /// File name and line number (from 1) of a place.
    #[must_use]
    pub fn of(&self, place: Place) -> (&'a str, u64) {
        let name = self.files.get(place.file() as usize).map_or("", |f| f.name.as_str());
        let first = self.first_lines.get(&(place.file(), place.block())).copied().unwrap_or(1);
        (name, first + u64::from(place.line()))
    }
}
