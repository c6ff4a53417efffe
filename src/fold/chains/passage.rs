//! One recipient of one message, what was tried, and what was said to each try.

use crate::event::{Disposition, Mta};
use crate::history::key::{Moment, Place, QueueKey};
use crate::history::symbols::Symbol;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// What was said to a try: a row of [`Kept::verdicts`](super::Kept::verdicts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Delivered, Deferred or Bounced.
    pub disposition: Disposition,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// Reply template.
    pub reason: Symbol,
}

impl Verdict {
    /// Did the far side say never, or the MTA?
    #[must_use]
    #[inline]
    pub fn is_permanent(&self) -> bool {
        let deferred = self.disposition == Disposition::Deferred;
        self.disposition == Disposition::Bounced
            || deferred && self.reply.is_some_and(|r| r.class() == ReplyClass::Permanent)
    }

    /// It in a word.
    #[inline]
    fn answer(&self) -> Answer {
        match self.disposition {
            Disposition::Deferred if self.is_permanent() => Answer::DeferredForGood,
            Disposition::Deferred => Answer::DeferredForNow,
            Disposition::Bounced => Answer::Bounced,
            _ => Answer::Delivered,
        }
    }
}

/// A verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Delivered,
    DeferredForNow,
    /// The far side said never, and the MTA tries again.
    DeferredForGood,
    Bounced,
}

/// A line that shows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line<'a> {
    /// None was kept.
    #[default]
    None,
    /// Its text.
    Text(&'a [u8]),
    /// It can be read again: where it begins in its block, and its bytes.
    InFile(u32, u32),
}

/// One try of a passage.
#[derive(Debug, Clone, Copy)]
pub struct Try<'a> {
    /// Its shelf, and which of the tries there it is.
    pub number: u64,
    /// When and where.
    pub at: Moment,
    /// What was said: the number of a row of [`Kept::verdicts`](super::Kept::verdicts).
    pub verdict: u32,
    /// Next hop.
    pub relay: Symbol,
    /// The line, for some.
    pub line: Line<'a>,
    pub(super) answer: Answer,
    /// A later run will count it, see [`Passage::waits`].
    pub waits: bool,
}

impl<'a> Try<'a> {
    /// A try that got this one of the `verdicts`.
    #[inline]
    pub(super) fn new(at: Moment, verdict: u32, verdicts: &[Verdict], relay: Symbol, line: Line<'a>) -> Self {
        let answer = verdicts.get(verdict as usize).map_or(Answer::Delivered, Verdict::answer);
        Self { number: 0, at, verdict, relay, line, answer, waits: false }
    }

    /// What is needed of it after the shelf is closed.
    #[must_use]
    #[inline]
    pub fn bare(&self) -> BareTry {
        BareTry { number: self.number, at: self.at, verdict: self.verdict, relay: self.relay, waits: self.waits }
    }

    /// Its shelf.
    #[must_use]
    #[inline]
    pub fn shelf(&self) -> u32 {
        (self.number >> 32) as u32
    }

    /// Which of the tries there it is.
    #[must_use]
    #[inline]
    pub fn index(&self) -> usize {
        self.number as u32 as usize
    }

    /// Did it fail for now?
    #[must_use]
    #[inline]
    pub fn is_deferral(&self) -> bool {
        matches!(self.answer, Answer::DeferredForNow | Answer::DeferredForGood)
    }

    /// Did the far side say never, or the MTA?
    #[must_use]
    #[inline]
    pub fn is_permanent(&self) -> bool {
        matches!(self.answer, Answer::DeferredForGood | Answer::Bounced)
    }

    /// Was it delivered?
    #[must_use]
    #[inline]
    pub fn is_delivery(&self) -> bool {
        self.answer == Answer::Delivered
    }
}

/// A try without its line.
#[derive(Debug, Clone, Copy)]
pub struct BareTry {
    number: u64,
    at: Moment,
    verdict: u32,
    relay: Symbol,
    waits: bool,
}

impl BareTry {
    /// The try.
    #[must_use]
    #[inline]
    pub fn of(&self, verdicts: &[Verdict]) -> Try<'static> {
        let &Self { number, at, verdict, relay, waits } = self;
        Try { number, waits, ..Try::new(at, verdict, verdicts, relay, Line::None) }
    }
}

/// How a passage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum End {
    /// Nothing final in the log.
    Open,
    /// Delivered.
    Delivered,
    /// Bounced.
    Bounced,
    /// Given up.
    Expired,
    /// An administrator took it out of the queue.
    RemovedByHand,
    /// Thrown away by a rule, handed on, or gone without a verdict.
    Gone,
}

/// Who handed a message in, as far as the log tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// The login, or the local user; empty for none.
    pub login: &'a [u8],
    /// The client's address; empty for none.
    pub client_ip: &'a [u8],
    /// Forty bits of a fingerprint of the Message-ID header; 0 for none.
    pub message_id: u64,
}

/// One recipient of one message.
#[derive(Debug, Clone)]
pub struct Passage<'a> {
    /// The queue id.
    pub key: QueueKey,
    /// When it was handed in: its first line, or an attempt's time less its delay.
    pub handed_in: i64,
    /// Where its first line is, if the log has it.
    pub arrived: Option<Place>,
    /// The line of its arrival.
    pub arrival: Option<(Place, Line<'a>)>,
    /// When it ended.
    pub ended: Option<i64>,
    /// When and where it was removed or given up, and the line of that.
    pub end_line: Option<(Moment, Line<'a>)>,
    /// The last line that spoke of the message.
    pub last_seen: i64,
    /// Who handed it in.
    pub origin: Origin<'a>,
    /// Envelope sender; empty for the null sender, None where unknown.
    pub sender: Option<&'a [u8]>,
    /// Recipient, its domain in lower case.
    pub recipient: &'a [u8],
    /// Its domain.
    pub domain: Symbol,
    /// The host that logged it.
    pub host: Symbol,
    /// Its tries in [`Opened`](super::Opened); never none.
    pub(super) tries: (u32, u32),
    /// Which of the message's recipients.
    pub index: u32,
    /// Who wrote of it.
    pub mta: Mta,
    /// How it ended.
    pub end: End,
    /// It was held or frozen.
    pub held: bool,
    /// Too much is open to conclude from it: a later run will read its lines again, and count them.
    pub waits: bool,
}

impl Passage<'_> {
    /// Was it still in the queue at `time`?
    #[must_use]
    #[inline]
    pub fn is_queued_at(&self, time: i64) -> bool {
        self.handed_in <= time && self.ended.is_none_or(|ended| ended > time)
    }

    /// A bounce: for these a host does what it would not do for people.
    #[must_use]
    #[inline]
    pub fn is_from_nobody(&self) -> bool {
        self.sender == Some(b"")
    }
}
