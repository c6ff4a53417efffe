//! Lines that are kept for what comes after them: copied, or as places in the block that is being read.

use super::Raw;
use crate::envelope::Line;
use crate::event::Mta;
use crate::history::clocks::Extent;
use crate::history::key::Moment;
use crate::history::span::Span;
use crate::history::symbols::Symbol;

/// A line kept for what comes after it.
#[derive(Debug, Clone)]
pub(super) struct OwnedLine {
    pub(super) mta: Mta,
    pub(super) host: Symbol,
    /// Tag, pid and message, one behind the other.
    text: Vec<u8>,
    tag: usize,
    pid: usize,
    pub(super) at: Moment,
    /// When its last piece was read, where it was split.
    pub(super) read: Option<i64>,
    /// What the host wrote up to it in the stretch.
    pub(super) before: Extent,
}

impl OwnedLine {
    pub(super) fn of(line: &Line<'_>, mta: Mta, host: Symbol, at: Moment, before: Extent) -> Self {
        Self {
            mta,
            host,
            text: [line.tag, line.pid, line.message].concat(),
            tag: line.tag.len(),
            pid: line.pid.len(),
            at,
            read: None,
            before,
        }
    }

    pub(super) fn tag(&self) -> &[u8] {
        self.text.get(..self.tag).unwrap_or_default()
    }

    pub(super) fn pid(&self) -> &[u8] {
        self.text.get(self.tag..self.tag + self.pid).unwrap_or_default()
    }

    pub(super) fn message(&self) -> &[u8] {
        self.text.get(self.tag + self.pid..).unwrap_or_default()
    }

    /// The same line, but that it says this.
    pub(super) fn saying(mut self, message: &[&[u8]]) -> Self {
        self.text.truncate(self.tag + self.pid);
        self.go_on(message);
        self
    }

    /// Adds to what it says.
    pub(super) fn go_on(&mut self, message: &[&[u8]]) {
        message.iter().for_each(|text| self.text.extend_from_slice(text));
    }

    /// As a line of this host.
    pub(super) fn line<'a>(&'a self, host: &'a [u8], time: i64, times: u32) -> Line<'a> {
        Line { time, host, tag: self.tag(), pid: self.pid(), message: self.message(), times }
    }
}

/// A line of the block that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockLine {
    mta: Mta,
    at: Moment,
    before: Extent,
    tag: Span,
    pid: Span,
    message: Span,
}

impl BlockLine {
    fn of(line: &Line<'_>, mta: Mta, at: Moment, raw: Raw<'_>) -> Option<Self> {
        let place = |text: &[u8]| Span::in_block(text, raw.block);
        let (tag, pid, message) = (place(line.tag)?, place(line.pid)?, place(line.message)?);
        Some(Self { mta, at, before: raw.before, tag, pid, message })
    }

    /// A copy of it.
    pub(super) fn owned(self, host: Symbol, block: &[u8]) -> Box<OwnedLine> {
        let Self { mta, at, before, .. } = self;
        let [tag, pid, message] = [self.tag, self.pid, self.message].map(|text| text.get(&[], block));
        let line = Line { time: at.time, host: b"", tag, pid, message, times: 1 };
        Box::new(OwnedLine::of(&line, mta, host, at, before))
    }
}

/// The last line of a host, as far as it matters: only refusals without a queue id can truly be repeated,
/// a line about a message never is (its delays would differ).
#[derive(Debug, Clone, Default)]
pub(super) enum LastLine {
    #[default]
    Unseen,
    Other,
    Refusal(Box<OwnedLine>),
    /// A refusal in the block that is being read: hardly one is repeated, so none is copied before it must be.
    RefusalHere(BlockLine),
}

impl LastLine {
    /// A refusal without a queue id.
    pub(super) fn refusal(line: &Line<'_>, mta: Mta, host: Symbol, at: Moment, raw: Raw<'_>) -> Self {
        match BlockLine::of(line, mta, at, raw) {
            Some(here) => Self::RefusalHere(here),
            None => Self::Refusal(Box::new(OwnedLine::of(line, mta, host, at, raw.before))),
        }
    }
}
