//! A chunk of rows: what a row is, and where its texts lie.

use std::borrow::Cow;

use crate::bytes;
use crate::event::{Disposition, Mta};
use crate::fold::complete::Fate;
use crate::fold::outcome::Direction;
use crate::history::key::Moment;
use crate::history::message::Attempt;
use crate::history::symbols::Symbol;
use crate::knowledge::Cause;
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowOutcome {
    /// Taken by the next hop or a mailbox.
    Delivered,
    /// Will be tried again.
    Deferred,
    /// Refused for good.
    Bounced,
    /// Given up after deferrals.
    Expired,
    /// Refused by this host as a server.
    Rejected,
    /// Thrown away by a rule.
    Discarded,
    /// Put off though nothing was tried.
    Skipped,
    /// Handed over on the same host.
    InternalHop,
    /// No attempt at all: the message is in the log and none of its recipients is.
    Unattempted,
}

impl RowOutcome {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Discarded => "discarded",
            Self::Skipped => "skipped",
            Self::InternalHop => "internal_hop",
            Self::Unattempted => "unattempted",
        }
    }

    /// Is it shown only where all rows are asked for?
    #[must_use]
    pub fn is_extra(self) -> bool {
        matches!(self, Self::Skipped | Self::InternalHop | Self::Unattempted)
    }

    pub(super) fn of(attempt: &Attempt) -> Self {
        match attempt.disposition {
            _ if attempt.is_hop() => Self::InternalHop,
            Disposition::Delivered => Self::Delivered,
            Disposition::Deferred => Self::Deferred,
            Disposition::Bounced => Self::Bounced,
            Disposition::Expired => Self::Expired,
            Disposition::Discarded => Self::Discarded,
            Disposition::Skipped | Disposition::Probed => Self::Skipped,
            Disposition::HandedOn => Self::InternalHop,
        }
    }
}

/// Texts that lie one behind the other in a chunk's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces {
    pub(super) start: u32,
    /// [`NONE`] where the log does not say it.
    pub(super) lens: [u16; 5],
}

/// The length of a text that is not there.
pub(super) const NONE: u16 = u16::MAX;

/// Microseconds that may not be known, in half the memory of an [`Option`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Micros(i64);

impl Micros {
    pub(super) const NONE: Self = Self(i64::MIN);

    pub(super) fn of(micros: Option<i64>) -> Self {
        micros.map_or(Self::NONE, Self)
    }

    fn get(self) -> Option<i64> {
        Some(self.0).filter(|&micros| micros != i64::MIN)
    }
}

/// What the rows of one message share.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// The first line that spoke of the message; none for refusals.
    pub first: Option<Moment>,
    /// The host that logged it.
    pub host: Symbol,
    /// Who wrote it.
    pub mta: Mta,
    /// The message's beginning is among the lines read: `first` is it.
    pub begun: bool,
    /// The message was held.
    pub held: bool,
    /// Queue id, Message-ID, sender, login, the client's address.
    pub(super) texts: Pieces,
}

/// One delivery attempt, expiry or refusal.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// When and where it was logged.
    pub at: Moment,
    /// The recipient's number in its message, from 0: rows of one line, in order.
    pub index: u32,
    /// The how-manieth of equal rows, for `message repeated`; from 1.
    pub nth: u32,
    /// Recipient's domain; inbound the sender's.
    pub domain: Symbol,
    /// Name of the next hop; none for refusals.
    pub relay: Symbol,
    /// Reply template, from which the cause is told.
    pub reason: Symbol,
    /// The how-manieth attempt for this recipient of this message; 0 for none.
    pub attempt: u32,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// What happened.
    pub outcome: RowOutcome,
    /// Transient or permanent.
    pub class: Option<ReplyClass>,
    /// Why; known when all is read.
    pub cause: Option<Cause>,
    /// What became of the recipient; none for refusals.
    pub fate: Option<Fate>,
    /// Into a mailbox, file or program of this host.
    pub local: bool,
    pub(super) delay: Micros,
    pub(super) handed_in: Micros,
    pub(super) ended: Micros,
    /// Its message's place in the chunk.
    pub(super) letter: u32,
    /// Recipient, the client's name, the address of next hop or client, the reply, the queue id under which it goes on.
    pub(super) texts: Pieces,
}

impl Row {
    /// Outbound or inbound.
    #[must_use]
    pub fn direction(&self) -> Direction {
        if self.outcome == RowOutcome::Rejected { Direction::Inbound } else { Direction::Outbound }
    }

    /// Microseconds since arrival.
    #[must_use]
    pub fn delay_us(&self) -> Option<u64> {
        self.delay.get().map(i64::cast_unsigned)
    }

    /// When the message was handed in, for this recipient.
    #[must_use]
    pub fn handed_in(&self) -> Option<i64> {
        self.handed_in.get()
    }

    /// When the recipient left the queue.
    #[must_use]
    pub fn ended(&self) -> Option<i64> {
        self.ended.get()
    }
}

/// The rows of one block, with their texts.
#[derive(Debug)]
pub struct Chunk {
    pub(super) rows: Box<[Row]>,
    pub(super) letters: Box<[Letter]>,
    pub(super) text: Text,
}

/// The texts of a chunk.
#[derive(Debug)]
pub(super) enum Text {
    /// They were looked through once, so that no row needs to.
    Utf8(Box<str>),
    Bytes(Box<[u8]>),
}

impl Text {
    pub(super) fn of(bytes: &[u8]) -> Self {
        std::str::from_utf8(bytes).map_or_else(|_| Self::Bytes(bytes.into()), |text| Self::Utf8(text.into()))
    }

    /// The text of `len` bytes at `start`, where there is one; `start` goes on behind it.
    #[inline]
    fn next(&self, start: &mut usize, len: u16) -> Option<Cow<'_, str>> {
        if len == NONE {
            return None;
        }
        let piece = *start..*start + usize::from(len);
        *start = piece.end;
        let bytes = match self {
            Self::Utf8(text) => match text.get(piece.clone()) {
                Some(text) => return Some(Cow::Borrowed(text)),
                // It begins or ends within a character.
                None => text.as_bytes(),
            },
            Self::Bytes(bytes) => bytes,
        };
        Some(bytes::text(bytes.get(piece).unwrap_or_default()))
    }

    /// Texts that were stored together.
    #[inline]
    fn get(&self, pieces: &Pieces) -> [Option<Cow<'_, str>>; 5] {
        let mut start = pieces.start as usize;
        let [a, b, c, d, e] = pieces.lens;
        // In this order: an array's `map` is no loop but a call for each.
        let mut next = |len| self.next(&mut start, len);
        [next(a), next(b), next(c), next(d), next(e)]
    }
}

/// Texts of a row.
#[derive(Debug, Clone)]
pub struct Texts<'a> {
    /// Queue id; empty for a refusal before there was one.
    pub queue_id: Option<Cow<'a, str>>,
    /// Message-ID.
    pub message_id: Option<Cow<'a, str>>,
    /// Envelope sender; empty for the null sender.
    pub sender: Option<Cow<'a, str>>,
    /// Recipient.
    pub recipient: Option<Cow<'a, str>>,
    /// The client's name, for refusals.
    pub relay_host: Option<Cow<'a, str>>,
    /// Next hop, or the client: address.
    pub relay_ip: Option<Cow<'a, str>>,
    /// The reply or reason as logged.
    pub text: Option<Cow<'a, str>>,
    /// Who handed it in.
    pub login: Option<Cow<'a, str>>,
    /// From where.
    pub client_ip: Option<Cow<'a, str>>,
    /// The queue id of this host under which it goes on.
    pub onward: Option<Cow<'a, str>>,
}

impl Chunk {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The same, to be judged, and their messages.
    pub fn rows_mut(&mut self) -> (&mut [Row], &[Letter]) {
        (&mut self.rows, &self.letters)
    }

    /// What a row has in common with the others of its message, and its texts.
    #[must_use]
    pub fn parts(&self, row: &Row) -> Option<(&Letter, Texts<'_>)> {
        let letter = row.letter(&self.letters)?;
        let [queue_id, message_id, sender, login, client_ip] = self.text.get(&letter.texts);
        let [recipient, relay_host, relay_ip, text, onward] = self.text.get(&row.texts);
        let texts =
            Texts { queue_id, message_id, sender, recipient, relay_host, relay_ip, text, login, client_ip, onward };
        Some((letter, texts))
    }
}

impl Row {
    /// Its message, one of those of its chunk.
    #[must_use]
    pub fn letter<'l>(&self, letters: &'l [Letter]) -> Option<&'l Letter> {
        letters.get(self.letter as usize)
    }
}

/// A chunk that rows are put into.  Its memory is used for one chunk after the other.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) rows: Vec<Row>,
    pub(super) letters: Vec<Letter>,
    pub(super) text: Vec<u8>,
}

impl Open {
    /// Stores texts.  Lines end long before a text is too long for a piece.
    pub(super) fn store(&mut self, texts: [Option<&[u8]>; 5]) -> Pieces {
        let mut pieces = Pieces { start: self.text.len() as u32, lens: [NONE; 5] };
        for (len, text) in pieces.lens.iter_mut().zip(texts) {
            if let Some(text) = text {
                let text = text.get(..usize::from(NONE) - 1).unwrap_or(text);
                self.text.extend_from_slice(text);
                *len = text.len() as u16;
            }
        }
        pieces
    }

    /// Stores what the rows that follow share, and gives its place.
    pub(super) fn letter(&mut self, letter: Letter) -> u32 {
        self.letters.push(letter);
        self.letters.len() as u32 - 1
    }
}
