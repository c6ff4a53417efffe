//! Bytes in: which files there are to read, what they hold once decompressed, cut into blocks of whole lines.
//!
//! This room knows paths, compression and line feeds, and nothing of mail, of time stamps or of hosts.
//! Files are read, never mapped: a log that `copytruncate` shortens under a map kills the reader.
//! A file that shrinks while it is read just ends; one that grows is read up to the end that it has when
//! the reading gets there.  It needs a Unix: owners, modes and inodes are part of what it tells.
//!
//! `mail.log.2.gz` → [`Source`] → [`Input`] → [`Block`], [`Block`], …

mod block;
mod copies;
mod decode;
mod host_logs;
mod journal;
mod source;
mod unreadable;

use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

pub use block::{Block, BlockPlan, Blocks, ENTRY_LIMIT, LINE_KEPT, LINE_LIMIT};
pub use host_logs::{host_inputs, host_logs, log_of, rotated_siblings};
pub use journal::Journal;
pub use source::{Source, resolve};
pub(crate) use unreadable::shown;

use crate::error::{Error, ErrorKind, Result};
use block::Feed;
use decode::{Break, Intake, STEP, Stream, Unknown};
use unreadable::unreadable;

/// How much of an input is decompressed when it is opened.
pub const HEAD: usize = 1 << 20;
/// One sample is taken about this often, ...
const SAMPLE_EVERY: u64 = 8 << 20;
/// ... but not more than this many.
const SAMPLES_AT_MOST: u64 = 4096;
/// Bytes read for a sample.
const SAMPLE: usize = 4 << 10;
/// Bytes read for the last sample.
const LAST_SAMPLE: usize = 64 << 10;
/// Bytes that go into an [`Identity`].
const IDENTITY: usize = 1 << 10;

/// An opened input: its compression is known, and its beginning is read.
pub struct Input {
    source: Source,
    /// None for pipes and other programs.
    stored: Option<Stored>,
    feed: Feed,
    /// The head is all there is.
    complete: bool,
    position: Arc<AtomicU64>,
}

/// A file as it was when it was opened.
struct Stored {
    file: Arc<File>,
    about: Metadata,
}

impl Input {
    /// Opens a source, tells its compression and reads its head.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`] where it does not exist, may not be read, is no file or pipe, or is
    /// compressed in a way that this program does not read.  Data that breaks off is no error here:
    /// [`Blocks`] delivers what there is first.
    pub fn open(source: &Source) -> Result<Self> {
        let path = match source {
            Source::File(path) => path,
            Source::Stdin if io::stdin().is_terminal() => {
                let error = Error::new(ErrorKind::Unreadable, "standard input is a terminal").at("-");
                return Err(error.advise("Give it a pipe or a file: zcat LOG.gz | mailrake -"));
            }
            Source::Stdin => return Self::from_stream(source.clone(), None, Box::new(io::stdin())),
            Source::Journal(journal) => return Self::from_journal(source, journal),
        };
        let open = || -> io::Result<(File, Metadata)> {
            let file = File::open(path)?;
            let about = file.metadata()?;
            Ok((file, about))
        };
        // Asked before it is opened: to open a device can do things.
        if let Some(kind) = fs::metadata(path).ok().and_then(|about| not_a_log(&about)) {
            return Err(unreadable::wrong_kind(path, kind));
        }
        let (file, about) = open().map_err(|why| unreadable(path, why))?;
        if about.is_file() {
            let file = Arc::new(file);
            Self::from_stream(source.clone(), Some(Stored { file: Arc::clone(&file), about }), Box::new(file))
        } else {
            Self::from_stream(source.clone(), None, Box::new(file))
        }
    }

    /// Reads from anything as if it were the pipe `name`.
    #[cfg(test)]
    fn from_reader(name: &str, reader: impl Read + Send + 'static) -> Result<Self> {
        Self::from_stream(Source::File(name.into()), None, Box::new(reader))
    }

    /// Asks the journal.  Where its reader failed before it gave anything away, nothing can be read.
    fn from_journal(source: &Source, journal: &Journal) -> Result<Self> {
        let input = Self::from_stream(source.clone(), None, Box::new(journal.open()?))?;
        match input.feed {
            Feed { ref head, broken: Some(Break::Unread { why, .. }), .. } if head.is_empty() => {
                Err(Error::new(ErrorKind::Unreadable, format!("{source}: {why}")).at(source.name()))
            }
            _ => Ok(input),
        }
    }

    fn from_stream(source: Source, stored: Option<Stored>, reader: Box<dyn Read + Send>) -> Result<Self> {
        let position = Arc::new(AtomicU64::new(0));
        let stream = Stream::open(Intake::new(reader, Arc::clone(&position))).map_err(|why| refused(&source, why))?;
        let feed = Feed { head: Vec::new(), used: 0, broken: None, stream };
        let mut input = Self { source, stored, feed, complete: false, position };
        input.read_head();
        Ok(input)
    }

    fn read_head(&mut self) {
        let mut head = Vec::new();
        let mut filled = 0;
        while filled < HEAD && !self.complete {
            head.resize(filled + STEP, 0);
            match self.feed.stream.read(head.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => self.complete = true,
                Ok(n) => filled += n,
                Err(broken) => {
                    self.complete = true;
                    self.feed.broken = Some(broken);
                }
            }
        }
        head.truncate(filled);
        self.feed.head = head;
    }

    /// What it was opened from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The name as it was given; `-` for standard input.
    #[must_use]
    pub fn name(&self) -> String {
        self.source.name()
    }

    /// When the file was last written to; None for pipes.
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        self.stored.as_ref().and_then(|stored| stored.about.modified().ok())
    }

    /// Is it stored as it is, not compressed?
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.feed.stream, Stream::Plain(_))
    }

    /// The file, where its bytes can be read again as they were read first: one that is not compressed.
    #[must_use]
    pub fn again(&self) -> Option<Arc<File>> {
        self.stored.as_ref().filter(|_| self.is_plain()).map(|stored| Arc::clone(&stored.file))
    }

    /// Bytes on disk; None for pipes.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.stored.as_ref().map(|stored| stored.about.len())
    }

    /// The first bytes, decompressed: [`HEAD`] of them or a little more, or all there are.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.feed.head
    }

    /// Some lines from all over a long plain file: pieces of about 4 KiB every 8 MiB and the last 64 KiB, each from a
    /// line's beginning to a line's end.  Empty for compressed files and pipes, and where the head is all.
    #[must_use]
    pub fn samples(&self) -> Vec<Vec<u8>> {
        let (Some(Stored { file, about }), true, false) = (&self.stored, self.is_plain(), self.complete) else {
            return Vec::new();
        };
        let size = about.len();
        let step = SAMPLE_EVERY.max(size / SAMPLES_AT_MOST);
        let last = size.saturating_sub(LAST_SAMPLE as u64).max(HEAD as u64);
        let places = (1..).map(|i| i * step).take_while(|&at| at < last).map(|at| (at, SAMPLE));
        places.chain([(last, LAST_SAMPLE)]).filter_map(|(at, len)| read_lines_at(file, at, len)).collect()
    }

    /// Tells this file from others, also after it was renamed or compressed.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let hashed = self.head().len().min(IDENTITY);
        Identity {
            device: self.stored.as_ref().map(|stored| stored.about.dev()),
            inode: self.stored.as_ref().map(|stored| stored.about.ino()),
            hashed,
            hash: fnv1a(self.head().get(..hashed).unwrap_or_default()),
        }
    }

    /// Frees the memory of head and decoder, for one of many inputs that wait; [`Input::head`] is empty from here on.
    /// The file stays open, so that a rotation in the meantime does no harm.  A pipe keeps what it has read.
    pub fn lay_aside(&mut self) {
        let Some(Stored { file, .. }) = &self.stored else { return };
        if file.as_ref().rewind().is_ok() {
            let intake = Intake::new(Box::new(Arc::clone(file)), Arc::clone(&self.position));
            if let Ok(stream) = Stream::open(intake) {
                self.feed = Feed { head: Vec::new(), used: 0, broken: None, stream };
                self.complete = false;
            }
        }
    }

    /// Cuts the input into blocks.
    #[must_use]
    pub fn blocks(mut self, plan: BlockPlan) -> Blocks {
        let name = self.source.to_string();
        let mut before = 0;
        if let (Some(Stored { file, .. }), Stream::Plain(intake)) = (&self.stored, &mut self.feed.stream)
            && plan.from > self.feed.head.len() as u64
            && file.as_ref().seek(SeekFrom::Start(plan.from)).is_ok()
        {
            intake.moved(plan.from);
            self.feed.head = Vec::new();
            before = plan.from;
        }
        if !self.complete {
            self.feed.stream = self.feed.stream.run_ahead();
        }
        let mut blocks = Blocks::new(name, self.feed, plan, self.position);
        blocks.leave_out(before);
        blocks
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("source", &self.source).field("size", &self.size()).finish_non_exhaustive()
    }
}

/// What tells one log from another across renaming, truncation and compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// Device and inode: the same until the log is compressed or copied.
    pub device: Option<u64>,
    /// See `device`.
    pub inode: Option<u64>,
    /// How many of its first decompressed bytes were hashed, up to 1 KiB.
    pub hashed: usize,
    /// Their hash (FNV-1a, 64 bits): the same in every version of this program.
    pub hash: u64,
}

impl Identity {
    /// Does `input` begin with the bytes that were hashed here?  A log that has grown since still does.
    #[must_use]
    pub fn begins(&self, input: &Input) -> bool {
        input.head().get(..self.hashed).is_some_and(|head| fnv1a(head) == self.hash)
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// The whole lines in `len` bytes of a file, the first of which is taken for the middle of a line.
fn read_lines_at(file: &File, at: u64, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while filled < len {
        match file.read_at(bytes.get_mut(filled..).unwrap_or_default(), at + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    bytes.truncate(filled);
    let start = memchr::memchr(b'\n', &bytes)? + 1;
    let end = memchr::memrchr(b'\n', &bytes)? + 1;
    (start < end).then(|| bytes.drain(start..end).collect())
}

/// What a path is, when nothing can be read from it as from a file or a pipe.
fn not_a_log(about: &Metadata) -> Option<&'static str> {
    let kind = about.file_type();
    if kind.is_dir() {
        Some("a directory")
    } else if kind.is_char_device() || kind.is_block_device() {
        Some("a device")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        None
    }
}

fn refused(source: &Source, Unknown { name, tool }: Unknown) -> Error {
    let given = source.name();
    let what = format!("{source}: {name} data, which this mailrake was built without");
    let advice = format!("Use: {tool} {given} | mailrake -");
    Error::new(ErrorKind::Unreadable, what).advise(advice).at(given)
}

#[cfg(all(test, feature = "gz"))]
mod tests;
