//! The lines that a later run needs to understand what comes then: those of messages that are not done with, of
//! recipients in trouble, and of clients that may come back.
//!
//! What a run hands on is lines and no structures: the next one, or the next version of this program, reads them as
//! it reads a log.  See [`Partial::recall`](super::partial::Partial::recall) for how they are read without being
//! counted again.

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use super::chains::REMEMBERED;
use super::inputs::Places;
use super::tally::Concluded;
use crate::envelope::Line;
use crate::event::Mta;
use crate::history::key::{Moment, QueueKey};
use crate::history::names::{Names, NamesTranslation};
use crate::history::symbols::Symbol;

/// A message that no line spoke of for so long leaves, in microseconds.  No gap is counted over more, so that a row of
/// runs adds up to one; only a finding of a single run may name an older refusal.
pub const KEPT_FOR: i64 = REMEMBERED;

/// Our own 4xx are kept for so long: a greylisted client has 48 hours to come back, and once more.
pub const REFUSALS_KEPT_FOR: i64 = 4 * DAY;

/// A refusal that Exim may write once more for its reject log is kept for so long.
pub const COPIES_KEPT_FOR: i64 = 10_000_000;

/// Every line about a message is kept for so long: a later one may say that it was handed over to this id.
pub const ALL_KEPT_FOR: i64 = 60_000_000;

/// A hand-over to this machine's own queue waits so long for the id that it named.
pub const HANDOFF_WAITS: i64 = 300_000_000;

/// Bytes of lines that are kept at most.  Past it the oldest messages that are done with leave early.
const MOST_BYTES: usize = 48 << 20;

/// Lines are looked through for such as need not be kept when there are so many bytes of them.
const FIRST_SWEEP: usize = 64 << 20;

const DAY: i64 = 24 * 3_600_000_000;

/// A part of a line: a piece of its raw text, or a text of its own (an unescaped or joined one).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// From here, so many bytes.
    Of(u32, u32),
    /// Another text.
    Own(Box<[u8]>),
}

impl Piece {
    /// Finds `part` within `raw`, of which it is a part if it lies there in memory.
    fn of(part: &[u8], raw: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(raw.as_ptr() as usize);
        if start <= raw.len() && part.len() <= raw.len() - start {
            Self::Of(start as u32, part.len() as u32)
        } else {
            Self::Own(part.into())
        }
    }

    /// The text.
    #[must_use]
    pub fn get<'t>(&'t self, raw: &'t [u8]) -> &'t [u8] {
        match self {
            Self::Of(start, len) => {
                let start = *start as usize;
                raw.get(start..start + *len as usize).unwrap_or_default()
            }
            Self::Own(text) => text,
        }
    }
}

/// A line as it is handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Microseconds since 1970 UTC.
    pub time: i64,
    /// Its file, in [`Excerpt::files`].
    pub file: u32,
    /// Its number in the file, from 1.
    pub number: u64,
    /// Who wrote it.
    pub mta: Mta,
    /// The host that logged it, in [`Excerpt::hosts`].
    pub host: u32,
    /// How often it was said.
    pub times: u32,
    /// The syslog tag.
    pub tag: Piece,
    /// The process id.
    pub pid: Piece,
    /// What the program said.
    pub message: Piece,
    /// As it stands in the file.
    pub raw: Box<[u8]>,
}

/// The beginning of a line of which later pieces may come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldPiece {
    /// What tells it from others that are under way.
    pub key: Box<[u8]>,
    /// What there is of it.
    pub line: Told,
    /// The number of the piece to come.
    pub next: u32,
    /// What stands between them.
    pub joint: Box<[u8]>,
}

/// What a run hands on to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Names of hosts.
    pub hosts: Vec<Box<[u8]>>,
    /// Names of files.
    pub files: Vec<String>,
    /// Lines that were counted, in the order in which they were read.
    pub counted: Vec<Told>,
    /// Lines that are to be counted by the next run.
    pub waiting: Vec<Told>,
    /// Beginnings of lines.
    pub pieces: Vec<ToldPiece>,
    /// The last line of a host where it was a refusal, which may be said to be repeated.
    pub last_refusals: Vec<Told>,
    /// The host of the last line.
    pub last_host: Option<u32>,
    /// When each host's MTAs last said anything.
    pub last_times: Vec<(u32, i64)>,
    /// The time of the last line.
    pub last_time: Option<i64>,
    /// Conclusions that were drawn too early and are to be taken back.
    pub debt: Concluded,
}

/// A line that may be handed on.
#[derive(Debug, Clone)]
struct Noted {
    /// The messages that it is about: two where it says that one is a notice about the other.
    keys: [Option<QueueKey>; 2],
    refused: Refused,
    at: Moment,
    mta: Mta,
    host: Symbol,
    times: u32,
    tag: Piece,
    pid: Piece,
    message: Piece,
    start: usize,
    len: usize,
}

/// A refusal of ours, as far as it is of use later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// None.
    No,
    /// A 4xx for a recipient: its client may come back.
    ForNow,
    /// It may be written once more.
    Twice,
}

/// The lines that may be handed on.
#[derive(Debug, Clone, Default)]
pub struct Carry {
    lines: Vec<Noted>,
    text: Vec<u8>,
    sweep_at: usize,
}

/// What is kept, and for how long.
#[derive(Debug)]
pub struct Keep {
    /// Messages that are not done with.
    pub open: HashSet<QueueKey>,
    /// Messages that are done with, and when a line last spoke of them.
    pub done: hashbrown::HashMap<QueueKey, i64>,
    /// Our 4xx since this time.
    pub refusals_since: i64,
    /// Everything since this time.
    pub all_since: i64,
    /// Refusals that may be written twice since this time.
    pub copies_since: i64,
}

impl Carry {
    /// Notes a line about messages, or a refusal.
    pub fn note(&mut self, keys: [Option<QueueKey>; 2], refused: Refused, from: Noting<'_>) {
        let Noting { line, raw, mta, host, at } = from;
        let piece = |part: &[u8]| Piece::of(part, raw);
        self.lines.push(Noted {
            keys,
            refused,
            at,
            mta,
            host,
            times: line.times,
            tag: piece(line.tag),
            pid: piece(line.pid),
            message: piece(line.message),
            start: self.text.len(),
            len: raw.len(),
        });
        self.text.extend_from_slice(raw);
    }

    /// Takes in the lines of a stretch that follows, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation) {
        let offset = self.text.len();
        self.text.append(&mut other.text);
        self.lines.extend(other.lines.drain(..).map(|noted| Noted {
            host: names.hosts.of(noted.host),
            start: noted.start + offset,
            ..noted
        }));
    }

    /// Are there so many that those which need not be kept are to be dropped?
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.text.len() > self.sweep_at.max(FIRST_SWEEP)
    }

    /// Drops what need not be kept.
    pub fn sweep(&mut self, keep: &Keep) {
        // Which client a refusal was for, another line about the message may tell.
        let of_use = |noted: &&Noted| noted.refused == Refused::ForNow && noted.at.time >= keep.refusals_since;
        let refused: HashSet<QueueKey> = self.lines.iter().filter(of_use).filter_map(|noted| noted.keys[0]).collect();
        let old = std::mem::take(&mut self.text);
        let text = &mut self.text;
        self.lines.retain_mut(|noted| {
            let is_kept =
                |key: &QueueKey| keep.open.contains(key) || keep.done.contains_key(key) || refused.contains(key);
            let of_message = noted.keys.iter().flatten().any(is_kept);
            let stays = of_message
                || noted.at.time >= keep.all_since
                || match noted.refused {
                    Refused::No => false,
                    Refused::ForNow => noted.at.time >= keep.refusals_since,
                    Refused::Twice => noted.at.time >= keep.copies_since,
                };
            if stays {
                let start = text.len();
                text.extend_from_slice(old.get(noted.start..noted.start + noted.len).unwrap_or_default());
                noted.start = start;
            }
            stays
        });
        self.sweep_at = text.len() * 2;
    }

    /// Drops what is too much: first what is done with longest ago, and our oldest refusals.
    pub fn bound(&mut self, keep: &mut Keep, now: i64) {
        let mut kept_for = KEPT_FOR;
        let mut refusals_for = REFUSALS_KEPT_FOR;
        while self.text.len() > MOST_BYTES && kept_for > DAY / 24 {
            kept_for /= 2;
            refusals_for /= 2;
            keep.done.retain(|_, last| *last >= now.saturating_sub(kept_for));
            keep.refusals_since = now.saturating_sub(refusals_for);
            self.sweep(keep);
        }
    }

    /// The lines in the order in which they were read: those that were counted, and those that wait.
    pub fn told(
        &mut self,
        is_waiting: impl Fn(&QueueKey, Moment) -> bool,
        to: &mut Telling<'_>,
    ) -> (Vec<Told>, Vec<Told>) {
        self.lines.sort_by_key(|noted| noted.at.place);
        let (mut counted, mut waiting) = (Vec::new(), Vec::new());
        for noted in &self.lines {
            let raw = self.text.get(noted.start..noted.start + noted.len).unwrap_or_default();
            let told = Told {
                mta: noted.mta,
                times: noted.times,
                tag: noted.tag.clone(),
                pid: noted.pid.clone(),
                message: noted.message.clone(),
                raw: raw.into(),
                ..to.place(noted.host, noted.at)
            };
            let waits = noted.keys[0].is_some_and(|key| is_waiting(&key, noted.at));
            if waits { &mut waiting } else { &mut counted }.push(told);
        }
        (counted, waiting)
    }
}

/// A line at hand, and where it was said.
#[derive(Debug, Clone, Copy)]
pub struct Noting<'a> {
    /// The line.
    pub line: &'a Line<'a>,
    /// As it stands in the file.
    pub raw: &'a [u8],
    /// Who wrote it.
    pub mta: Mta,
    /// The host that logged it.
    pub host: Symbol,
    /// When and where.
    pub at: Moment,
}

/// Makes numbers of hosts and files as an [`Excerpt`] has them.
#[derive(Debug)]
pub struct Telling<'a> {
    names: &'a Names,
    places: Places<'a>,
    host_numbers: hashbrown::HashMap<Symbol, u32>,
    file_numbers: hashbrown::HashMap<&'a str, u32>,
    hosts: Vec<Box<[u8]>>,
    files: Vec<String>,
}

impl<'a> Telling<'a> {
    /// No number was made yet.
    #[must_use]
    pub fn new(names: &'a Names, places: Places<'a>) -> Self {
        Self {
            names,
            places,
            host_numbers: hashbrown::HashMap::new(),
            file_numbers: hashbrown::HashMap::new(),
            hosts: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The names of the numbered hosts and files.
    #[must_use]
    pub fn into_lists(self) -> (Vec<Box<[u8]>>, Vec<String>) {
        (self.hosts, self.files)
    }

    /// The number of a host.
    pub fn host(&mut self, host: Symbol) -> u32 {
        *self.host_numbers.entry(host).or_insert_with(|| {
            self.hosts.push(self.names.hosts.get(host).into());
            self.hosts.len() as u32 - 1
        })
    }

    /// A line of which only host, time and place are known.
    pub fn place(&mut self, host: Symbol, at: Moment) -> Told {
        let (name, number) = self.places.of(at.place);
        let file = *self.file_numbers.entry(name).or_insert_with(|| {
            self.files.push(name.to_owned());
            self.files.len() as u32 - 1
        });
        Told {
            time: at.time,
            file,
            number,
            mta: Mta::Postfix,
            host: self.host(host),
            times: 1,
            tag: Piece::Of(0, 0),
            pid: Piece::Of(0, 0),
            message: Piece::Of(0, 0),
            raw: Box::default(),
        }
    }
}
