//! Compressed or not: one stream of plain bytes.
//!
//! The format is told by magic bytes, never by the name.  Compressed files are read member by member
//! (gzip members, zstd frames, xz and bzip2 streams), since `cat a.gz b.gz` and `logrotate` with
//! `pigz`, `pbzip2` or `pzstd` write several.  This file must not know lines.
//!
//! `1f 8b 08 …` → gzip → `Nov  3 09:15:02 mx1 …`

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::error::{Error, ErrorKind};
use crate::prose::thousands;

/// How much one call asks a decoder for.  What a decoder wrote before it met damage in the same call is
/// lost with some of the crates, so this is small; and it is fixed, so that the loss is the same in
/// every run.
pub(super) const STEP: usize = 32 << 10;
/// What the decoder's thread hands over at once.
const CHUNK: usize = 256 << 10;
/// How many chunks wait for the parser: enough to never let it wait, few enough to bound the memory.
const CHUNKS_AHEAD: usize = 4;
/// Read from the source at once, when a decoder asks.
const INTAKE: usize = 64 << 10;
/// The longest magic, bzip2's with the first block's.
const MAGIC: usize = 10;
/// An xz header may ask for 4 GiB; `xz -9` writes files that need 65 MiB.
#[cfg(feature = "xz")]
const XZ_MEMORY: u64 = 256 << 20;

/// Where the bytes of an input break off, and why.  Positions count the bytes as stored.
#[derive(Debug)]
pub(super) enum Break {
    /// The source ended inside compressed data.
    Short { at: u64 },
    /// Something that is no compressed data follows the compressed data.
    Foreign { at: u64 },
    /// The decoder cannot go on: damage, or more memory needed than it may have.
    Undecodable { at: u64, why: io::Error },
    /// The system failed to read.
    Unread { at: u64, why: io::Error },
}

impl Break {
    /// The error for the user, about the input called `name`.
    pub(super) fn into_error(self, name: &str) -> Error {
        let early = |text: String| Error::new(ErrorKind::EndsEarly, format_args!("{name}: {text}")).at(name);
        match self {
            Self::Short { at } => early(format!("compressed data ends early, at byte {}", thousands(at))),
            Self::Foreign { at } => {
                early(format!("compressed data ends at byte {}, and something else follows", thousands(at)))
            }
            Self::Undecodable { at, why } => {
                early(format!("compressed data cannot be read beyond byte {}: {why}", thousands(at))).because(why)
            }
            Self::Unread { at, why } => early(format!("reading failed at byte {}: {why}", thousands(at))).because(why),
        }
    }
}

/// The source's own bytes, counted as they are used.
pub(super) struct Intake {
    from: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    used: u64,
    /// `used` for the progress bar's thread.
    position: Arc<AtomicU64>,
    ended: bool,
    failed: bool,
}

impl Intake {
    pub(super) fn new(from: Box<dyn Read + Send>, position: Arc<AtomicU64>) -> Self {
        Self { from, buffer: Vec::new(), start: 0, end: 0, used: 0, position, ended: false, failed: false }
    }

    fn buffered(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads behind what is buffered, until `least` bytes are or the source ends.
    fn buffer_up(&mut self, least: usize) -> io::Result<()> {
        if self.buffer.is_empty() {
            self.buffer.resize(INTAKE, 0);
        }
        if self.end - self.start < least && self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        while self.end - self.start < least && !self.ended {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            self.end += read_once(&mut self.from, room, &mut self.ended, &mut self.failed)?;
        }
        Ok(())
    }

    /// The next `n` bytes, fewer only at the end.
    fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        self.buffer_up(n)?;
        let all = self.buffered();
        Ok(all.get(..n).unwrap_or(all))
    }

    fn count(&mut self, n: usize) {
        self.used += n as u64;
        self.position.store(self.used, Ordering::Relaxed);
    }

    /// The source was moved to `to` behind our back: what is buffered is not what comes next.
    pub(super) fn moved(&mut self, to: u64) {
        (self.start, self.end, self.ended) = (0, 0, false);
        self.used = to;
        self.count(0);
    }

    /// What stopped a decoder that was reading from here.
    fn blame(&self, why: io::Error) -> Break {
        let at = self.used;
        if self.failed {
            Break::Unread { at, why }
        } else if self.ended && why.kind() == io::ErrorKind::UnexpectedEof {
            Break::Short { at }
        } else {
            Break::Undecodable { at, why }
        }
    }
}

/// One `read` that a signal does not disturb.
fn read_once(from: &mut dyn Read, room: &mut [u8], ended: &mut bool, failed: &mut bool) -> io::Result<usize> {
    loop {
        match from.read(room) {
            Ok(n) => {
                *ended = n == 0;
                return Ok(n);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                *failed = true;
                return Err(e);
            }
        }
    }
}

impl BufRead for Intake {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.buffer_up(1)?;
        Ok(self.buffered())
    }

    fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.count(n);
    }
}

impl Read for Intake {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && into.len() >= INTAKE && !self.ended {
            let n = read_once(&mut self.from, into, &mut self.ended, &mut self.failed)?;
            self.count(n);
            return Ok(n);
        }
        let n = self.fill_buf()?.read(into)?;
        self.consume(n);
        Ok(n)
    }
}

/// A decoder at work on one member: gives 0 bytes at the member's end, and the source back.
trait Member: Read + Send {
    fn intake(&self) -> &Intake;
    fn into_intake(self: Box<Self>) -> Intake;
}

macro_rules! member {
    ($feature:literal, $decoder:ty) => {
        #[cfg(feature = $feature)]
        impl Member for $decoder {
            fn intake(&self) -> &Intake {
                self.get_ref()
            }
            fn into_intake(self: Box<Self>) -> Intake {
                (*self).into_inner()
            }
        }
    };
}

member!("gz", flate2::bufread::GzDecoder<Intake>);
member!("zst", zstd::Decoder<'static, Intake>);
member!("xz", liblzma::bufread::XzDecoder<Intake>);
member!("bz2", bzip2::bufread::BzDecoder<Intake>);

type Start = fn(Intake) -> io::Result<Box<dyn Member>>;

/// A format of compressed data.
struct Codec {
    name: &'static str,
    /// The program that undoes it.
    tool: &'static str,
    /// Do these first bytes belong to it?  Fewer than [`MAGIC`] are the whole input.
    tells: fn(&[u8]) -> bool,
    /// None where this program was built without it, or never reads it.
    start: Option<Start>,
}

static CODECS: [Codec; 7] = [
    Codec {
        name: "gzip",
        tool: "gzip -dc",
        tells: |head| begins(head, b"\x1f\x8b"),
        #[cfg(feature = "gz")]
        start: Some(|intake| Ok(Box::new(flate2::bufread::GzDecoder::new(intake)))),
        #[cfg(not(feature = "gz"))]
        start: None,
    },
    Codec {
        name: "zstd",
        tool: "zstd -dc",
        tells: |head| begins(head, b"\x28\xb5\x2f\xfd") || is_skippable_frame(head),
        #[cfg(feature = "zst")]
        start: Some(|intake| Ok(Box::new(zstd::Decoder::with_buffer(intake)?.single_frame()))),
        #[cfg(not(feature = "zst"))]
        start: None,
    },
    Codec {
        name: "xz",
        tool: "xz -dc",
        tells: |head| begins(head, b"\xfd7zXZ\0"),
        #[cfg(feature = "xz")]
        start: Some(|intake| {
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, 0)?;
            Ok(Box::new(liblzma::bufread::XzDecoder::new_stream(intake, stream)))
        }),
        #[cfg(not(feature = "xz"))]
        start: None,
    },
    Codec {
        name: "bzip2",
        tool: "bzip2 -dc",
        tells: is_bzip2,
        #[cfg(feature = "bz2")]
        start: Some(|intake| Ok(Box::new(bzip2::bufread::BzDecoder::new(intake)))),
        #[cfg(not(feature = "bz2"))]
        start: None,
    },
    Codec { name: "compress (.Z)", tool: "gzip -dc", tells: |head| begins(head, b"\x1f\x9d"), start: None },
    Codec { name: "lz4", tool: "lz4 -dc", tells: |head| begins(head, b"\x04\x22\x4d\x18"), start: None },
    Codec { name: "zip", tool: "unzip -p", tells: |head| head.starts_with(b"PK\x03\x04"), start: None },
];

/// The magic, or the two bytes or more of it that a cut input still has.
fn begins(head: &[u8], magic: &[u8]) -> bool {
    head.starts_with(magic) || (head.len() >= 2 && magic.starts_with(head))
}

/// RFC 8878 section 3.1.2: sixteen magics for frames without data of their own.
fn is_skippable_frame(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// `BZh9` could be text; the six bytes after it (pi, or for an empty stream its root) could not.
fn is_bzip2(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"BZh") else { return false };
    match rest.split_first() {
        None => true,
        Some((b'1'..=b'9', block)) => {
            let is = |magic: &[u8]| block.iter().zip(magic).all(|(a, b)| a == b);
            is(b"\x31\x41\x59\x26\x53\x59") || is(b"\x17\x72\x45\x38\x50\x90")
        }
        Some(_) => false,
    }
}

fn sniff(head: &[u8]) -> Option<&'static Codec> {
    CODECS.iter().find(|codec| (codec.tells)(head))
}

/// Compressed in a way that this program does not read.
#[derive(Debug)]
pub(super) struct Unknown {
    pub(super) name: &'static str,
    /// The program that undoes it.
    pub(super) tool: &'static str,
}

/// The plain bytes of an input.
pub(super) enum Stream {
    /// As stored.
    Plain(Intake),
    /// Decoded in the caller's thread.
    Packed(Decoder),
    /// Decoded in a thread of its own.
    Ahead(Ahead),
}

impl Stream {
    /// Looks at the first bytes and chooses the decoder.
    pub(super) fn open(mut intake: Intake) -> Result<Self, Unknown> {
        // A source that fails so early fails again, or goes on, when it is read.
        let codec = intake.peek(MAGIC).ok().and_then(sniff);
        match codec {
            None => Ok(Self::Plain(intake)),
            Some(Codec { name, tool, start: None, .. }) => Err(Unknown { name, tool }),
            Some(_) => Ok(Self::Packed(Decoder { stage: Stage::Between(intake), members: 0 })),
        }
    }

    /// Plain bytes, 0 at the end.  After a break nothing more comes.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, Break> {
        match self {
            Self::Plain(intake) => intake.read(into).map_err(|why| intake.blame(why)),
            Self::Packed(decoder) => decoder.read(into),
            Self::Ahead(ahead) => ahead.read(into),
        }
    }

    /// Lets the decoding run ahead in a thread, where there is any.
    pub(super) fn run_ahead(self) -> Self {
        match self {
            Self::Packed(decoder) => Ahead::spawn(decoder),
            other => other,
        }
    }
}

/// Decodes member after member.
pub(super) struct Decoder {
    stage: Stage,
    members: u64,
}

enum Stage {
    Between(Intake),
    Inside(Box<dyn Member>),
    Ended,
}

impl Decoder {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Break> {
        let room = into.len().min(STEP);
        let Some(into) = into.get_mut(..room).filter(|room| !room.is_empty()) else { return Ok(0) };
        loop {
            match std::mem::replace(&mut self.stage, Stage::Ended) {
                Stage::Ended => return Ok(0),
                Stage::Between(intake) => self.stage = self.next_member(intake)?,
                Stage::Inside(mut member) => match member.read(into) {
                    Ok(0) => self.stage = Stage::Between(member.into_intake()),
                    Ok(n) => {
                        self.stage = Stage::Inside(member);
                        return Ok(n);
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => self.stage = Stage::Inside(member),
                    Err(why) => return Err(member.intake().blame(why)),
                },
            }
        }
    }

    fn next_member(&mut self, mut intake: Intake) -> Result<Stage, Break> {
        if self.members > 0 {
            // Tapes and some archivers fill up with zeros; gzip(1) and xz(1) skip them too.
            loop {
                let zeros = match intake.fill_buf() {
                    Ok([]) => return Ok(Stage::Ended),
                    Ok(bytes) => bytes.iter().take_while(|&&b| b == 0).count(),
                    Err(why) => return Err(intake.blame(why)),
                };
                if zeros == 0 {
                    break;
                }
                intake.consume(zeros);
            }
        }
        let start = match intake.peek(MAGIC) {
            Ok(head) => sniff(head).and_then(|codec| codec.start),
            Err(why) => return Err(intake.blame(why)),
        };
        let at = intake.used;
        let Some(start) = start else { return Err(Break::Foreign { at }) };
        self.members += 1;
        start(intake).map(Stage::Inside).map_err(|why| Break::Undecodable { at, why })
    }
}

/// A decoder in a thread of its own.
pub(super) struct Ahead {
    chunks: Receiver<Result<Vec<u8>, Break>>,
    empties: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    used: usize,
    ended: bool,
}

impl Ahead {
    /// Where no thread is to be had, the decoder works in the caller's.
    fn spawn(decoder: Decoder) -> Stream {
        let (hand_over, take_over) = channel();
        let (filled, chunks) = sync_channel(CHUNKS_AHEAD);
        let (empties, emptied) = channel();
        let work = move || {
            if let Ok(decoder) = take_over.recv() {
                decode_ahead(decoder, &filled, &emptied);
            }
        };
        if thread::Builder::new().name("decode".into()).spawn(work).is_err() {
            return Stream::Packed(decoder);
        }
        match hand_over.send(decoder) {
            Ok(()) => Stream::Ahead(Self { chunks, empties, chunk: Vec::new(), used: 0, ended: false }),
            Err(back) => Stream::Packed(back.0),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Break> {
        while self.used >= self.chunk.len() {
            if self.ended {
                return Ok(0);
            }
            // The thread is done with it, or gone: both are fine.
            let _ = self.empties.send(std::mem::take(&mut self.chunk));
            self.used = 0;
            match self.chunks.recv() {
                Ok(Ok(chunk)) => {
                    self.ended = chunk.is_empty();
                    self.chunk = chunk;
                }
                Ok(Err(broken)) => {
                    self.ended = true;
                    return Err(broken);
                }
                Err(_) => {
                    self.ended = true;
                    return Err(Break::Undecodable { at: 0, why: io::Error::other("the decoder died") });
                }
            }
        }
        let mut rest = self.chunk.get(self.used..).unwrap_or_default();
        let n = rest.read(into).unwrap_or_default();
        self.used += n;
        Ok(n)
    }
}

/// The thread: full chunks, then an empty one or what broke.  It ends when nobody listens any more.
fn decode_ahead(mut decoder: Decoder, filled: &SyncSender<Result<Vec<u8>, Break>>, emptied: &Receiver<Vec<u8>>) {
    loop {
        let mut chunk = emptied.try_recv().unwrap_or_default();
        chunk.resize(CHUNK, 0);
        let mut len = 0;
        let end = loop {
            match decoder.read(chunk.get_mut(len..).unwrap_or_default()) {
                Ok(0) if len < CHUNK => break Some(Ok(Vec::new())),
                Ok(0) => break None,
                Ok(n) => len += n,
                Err(broken) => break Some(Err(broken)),
            }
        };
        chunk.truncate(len);
        if len > 0 && filled.send(Ok(chunk)).is_err() {
            return;
        }
        if let Some(end) = end {
            let _ = filled.send(end);
            return;
        }
    }
}

#[cfg(all(test, feature = "gz", feature = "zst", feature = "xz", feature = "bz2"))]
mod tests;
