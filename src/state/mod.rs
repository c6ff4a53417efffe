//! What a run leaves for the next one (`--state FILE`): how far each log was read, and the lines that are needed to
//! understand what comes ([`Excerpt`]).
//!
//! # The order of things
//!
//! 1. The lock `FILE.lock` is taken, for the whole run: a second run says so and ends.
//! 2. `FILE` is read, what is new is read, all outputs are written beside their targets and then put in place.
//! 3. Only then the new state is written beside `FILE`, brought to the disk, and renamed over it, and the folder is
//!    brought to the disk too.
//!
//! That rename is the moment at which lines are counted.  A run that is killed before it has counted nothing: the
//! next one reads the same lines again and writes the same outputs again, over those that are there already.  One
//! that is killed after it has counted everything.  Nothing lies between: the positions, the lines that wait, the
//! counters and the figures to compare with are one file.  Were the state written first, a kill between would lose
//! the report; this way a report that went to a mailbox may come twice, with more in it the second time, but no line
//! is ever lost, and in the sums of the state none is there twice.
//!
//! # The file
//!
//! A line `mailrake state 1 zstd`, then a zstd frame with a checksum around [postcard](https://postcard.jamesmunns.com)
//! (its wire format is specified and stable since 1.0; unlike JSON it holds bytes as they are, and log lines are
//! bytes).  The figure is raised with every change of [`State`]; another figure than ours is an error that says so.
//! It holds lines of the log and with them addresses, so that a new one is readable by its owner only.

mod files;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use files::{FileMark, Logs};

use crate::analyze::analysis::Totals;
use crate::error::{Error, ErrorKind, Result};
use crate::files::replace_file;
use crate::fold::carry::Excerpt;

/// The version of the file's shape.
const VERSION: u32 = 1;

/// How the first line begins.
const MAGIC: &str = "mailrake state ";

/// How hard zstd tries: the level that halves what level 1 leaves of log lines, at a few ten MB a second.
#[cfg(feature = "zst")]
const LEVEL: i32 = 9;

/// A state that claims to be larger than this is none of ours, in bytes.
#[cfg(feature = "zst")]
const MOST: usize = 1 << 30;

/// Runs whose sums are kept to compare with.
const SUMMARIES: usize = 50;

/// Counters at most.
const COUNTERS: usize = 2000;

/// What a run leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// How many runs there were.
    pub runs: u64,
    /// When the last one began, in microseconds since 1970 UTC.
    pub last_run: i64,
    /// How far each file was read.
    pub files: Vec<FileMark>,
    /// The journal's entry that was read last.
    pub cursor: Option<String>,
    /// Lines for the next run.
    pub excerpt: Excerpt,
    /// Counters over all runs, by the name and labels of their metric.
    pub counters: BTreeMap<String, u64>,
    /// The sums of the last runs, oldest first.
    pub summaries: Vec<Summary>,
}

/// The sums of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Time of its first line of an MTA, in microseconds since 1970 UTC.
    pub first: i64,
    /// Time of its last one.
    pub last: i64,
    /// Its sums.
    pub totals: Totals,
}

impl State {
    /// The sums of the last runs, as many as cover about as long a time as `window` (first and last line).
    #[must_use]
    pub fn before(&self, window: Option<(i64, i64)>) -> Option<Summary> {
        let length = window.map(|(first, last)| last - first).filter(|length| *length > 0)?;
        let mut runs = self.summaries.iter().rev();
        let mut sum = *runs.next()?;
        let long_enough = |sum: &Summary| (sum.last - sum.first) as f64 >= length as f64 * 0.7;
        while !long_enough(&sum) {
            let earlier = runs.next()?;
            sum.first = earlier.first.min(sum.first);
            sum.totals += earlier.totals;
        }
        ((sum.last - sum.first) as f64 <= length as f64 * 1.4).then_some(sum)
    }

    /// Adds the counters of the run at hand.  New ones are left out when there are very many.
    pub fn add_counters(&mut self, counters: BTreeMap<String, u64>) {
        for (name, count) in counters {
            if self.counters.len() < COUNTERS || self.counters.contains_key(&name) {
                *self.counters.entry(name).or_default() += count;
            }
        }
    }

    /// Adds the sums of the run at hand; one without a line of mail leaves none.
    pub fn summarise(&mut self, window: Option<(i64, i64)>, totals: Totals) {
        if let Some((first, last)) = window {
            self.summaries.push(Summary { first, last, totals });
        }
        let too_many = self.summaries.len().saturating_sub(SUMMARIES);
        self.summaries.drain(..too_many);
    }
}

/// A state file that this run has for itself.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// Held until the run ends.
    _lock: File,
}

impl StateFile {
    /// Takes the file for this run, and reads it.  Where there is none, one without anything in it is made.
    ///
    /// # Errors
    /// [`ErrorKind::State`] where another run has it, where it cannot be read or written, or is not a state of this
    /// version.
    pub fn open(path: &Path) -> Result<(Self, State)> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = private().open(&beside).map_err(|why| failed(path, "cannot be locked", &why))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let error = Error::new(ErrorKind::State, format_args!("{} is in use by another run", path.display()));
                let advice = "Only one run at a time may use a state file. Nothing was counted; try again\n\
                              when it has ended.";
                return Err(error.advise(advice).at(path));
            }
            Err(TryLockError::Error(why)) => return Err(failed(path, "cannot be locked", &why)),
        }
        // Whoever may not write it is told so before anything is read.
        drop(private().open(path).map_err(|why| failed(path, "cannot be written", &why))?);
        let bytes = fs::read(path).map_err(|why| failed(path, "cannot be read", &why))?;
        let state = if bytes.is_empty() {
            State::default()
        } else {
            decode(&bytes).map_err(|what| {
                let error = Error::new(ErrorKind::State, format_args!("{}: {what}", path.display()));
                let advice = "Nothing was counted. Move it away to begin anew: the logs are then read from their\n\
                              beginning.";
                error.advise(advice).at(path)
            })?
        };
        Ok((Self { path: path.to_path_buf(), _lock: lock }, state))
    }

    /// Puts a new state in the place of the old one.
    ///
    /// # Errors
    /// [`ErrorKind::State`] where that fails; the old one is whole then.
    pub fn replace(&self, state: &State) -> Result<()> {
        let written = encode(state).and_then(|bytes| replace_file(&self.path, |out| out.write_all(&bytes)));
        written.map_err(|why| {
            let error = failed(&self.path, "cannot be written", &why);
            let first = error.advice().map(|advice| format!("{advice}\n")).unwrap_or_default();
            let advice = "The report was written, but its lines were not counted: the next run tells\nthem again.";
            error.advise(first + advice)
        })
    }
}

/// Opens for reading and writing, makes what is missing, for its owner only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

/// `/var/lib/x/state: cannot be locked: no such directory` + `Make /var/lib/x first.`
fn failed(path: &Path, what: &str, why: &io::Error) -> Error {
    let reason = match why.kind() {
        io::ErrorKind::NotFound => "no such directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => why.to_string(),
    };
    let error = Error::new(ErrorKind::State, format_args!("{}: {what}: {reason}", path.display())).at(path);
    if why.kind() != io::ErrorKind::NotFound {
        return error;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    error.advise(format!("Make {} first.", folder.display()))
}

fn encode(state: &State) -> io::Result<Vec<u8>> {
    let plain = postcard::to_stdvec(state).map_err(io::Error::other)?;
    #[cfg(feature = "zst")]
    {
        let mut out = format!("{MAGIC}{VERSION} zstd\n").into_bytes();
        let mut encoder = zstd::Encoder::new(&mut out, LEVEL)?;
        encoder.include_checksum(true)?;
        // Lines of a message lie far apart.
        encoder.long_distance_matching(true)?;
        encoder.write_all(&plain)?;
        encoder.finish()?;
        Ok(out)
    }
    #[cfg(not(feature = "zst"))]
    {
        let mut out = format!("{MAGIC}{VERSION} plain\n").into_bytes();
        out.write_all(&plain)?;
        Ok(out)
    }
}

/// Reads a state, or says what is wrong with it.
fn decode(bytes: &[u8]) -> Result<State, String> {
    let no_state = || "no state file of mailrake".to_owned();
    let end = bytes.iter().take(64).position(|&b| b == b'\n').ok_or_else(no_state)?;
    let (head, rest) = bytes.split_at(end);
    let head = std::str::from_utf8(head).ok().and_then(|head| head.strip_prefix(MAGIC)).ok_or_else(no_state)?;
    let (version, packing) = head.split_once(' ').ok_or_else(no_state)?;
    if version != VERSION.to_string() {
        return Err(format!("state version {version}, and this mailrake reads {VERSION}"));
    }
    let rest = rest.get(1..).unwrap_or_default();
    let damaged = |why: &dyn std::fmt::Display| format!("damaged: {why}");
    let plain = match packing {
        "plain" => rest.to_vec(),
        #[cfg(feature = "zst")]
        "zstd" => {
            use std::io::Read as _;
            let mut plain = Vec::new();
            let decoder = zstd::Decoder::new(rest).map_err(|why| damaged(&why))?;
            decoder.take(MOST as u64).read_to_end(&mut plain).map_err(|why| damaged(&why))?;
            plain
        }
        other => return Err(format!("packed with {other}, which this mailrake was built without")),
    };
    match postcard::take_from_bytes(&plain) {
        Ok((state, [])) => Ok(state),
        Ok(_) => Err(damaged(&"something follows its end")),
        Err(why) => Err(damaged(&why)),
    }
}

#[cfg(test)]
mod tests;
