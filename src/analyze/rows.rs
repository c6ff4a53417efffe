//! The rows of the `events` command while the log is read: small, in chunks, before causes, file names and line
//! numbers are known.
//!
//! A chunk is what one block of lines gave.  Chunks are never copied together, so joining two stretches costs the
//! translation of symbols only.

use super::analysis::Direction;
use super::settle::Complete;
use crate::event::{Disposition, Mta, Refusal};
use crate::history::key::Moment;
use crate::history::message::Attempt;
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::knowledge::Cause;
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// A chunk that grows while blocks are joined is closed at this many bytes of text.
const CHUNK: usize = 1 << 20;

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

    fn of(attempt: &Attempt) -> Self {
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

/// A text of a row, by its place in the chunk's text.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: u32,
    /// [`Piece::NONE`] where the log does not say it.
    len: u16,
}

impl Piece {
    const NONE: Self = Self { start: 0, len: u16::MAX };
}

/// What the rows of one message share.
#[derive(Debug, Clone, Copy)]
struct Shared {
    queue_id: Piece,
    message_id: Piece,
    sender: Piece,
    login: Piece,
    client_ip: Piece,
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
    /// The host that logged it.
    pub host: Symbol,
    /// Who wrote it.
    pub mta: Mta,
    /// Outbound or inbound.
    pub direction: Direction,
    /// Recipient's domain; inbound the sender's.
    pub domain: Symbol,
    /// Name of the next hop; none for refusals.
    pub relay: Symbol,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// What happened.
    pub outcome: RowOutcome,
    /// Transient or permanent.
    pub class: Option<ReplyClass>,
    /// Why; known when all is read.
    pub cause: Option<Cause>,
    /// Reply template, from which the cause is told.
    pub reason: Symbol,
    /// Microseconds since arrival.
    pub delay_us: Option<u64>,
    /// The how-manieth attempt for this recipient of this message; 0 for none.
    pub attempt: u32,
    /// The first line that spoke of the message.
    pub first: Option<Moment>,
    /// The message's beginning is among the lines read: `first` is it.
    pub begun: bool,
    /// When the message was handed in, for this recipient.
    pub handed_in: Option<i64>,
    /// What became of the recipient; empty for refusals.
    pub fate: &'static str,
    /// When.
    pub ended: Option<i64>,
    /// Into a mailbox, file or program of this host.
    pub local: bool,
    /// The message was held.
    pub held: bool,
    shared: Shared,
    recipient: Piece,
    relay_host: Piece,
    relay_ip: Piece,
    text: Piece,
    onward: Piece,
}

/// The rows of one block, with their texts.
#[derive(Debug, Default)]
pub struct Chunk {
    rows: Vec<Row>,
    text: Vec<u8>,
}

/// Texts of a row.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// Queue id; empty for a refusal before there was one.
    pub queue_id: Option<&'a [u8]>,
    /// Message-ID.
    pub message_id: Option<&'a [u8]>,
    /// Envelope sender; empty for the null sender.
    pub sender: Option<&'a [u8]>,
    /// Recipient.
    pub recipient: Option<&'a [u8]>,
    /// The client's name, for refusals.
    pub relay_host: Option<&'a [u8]>,
    /// Next hop, or the client: address.
    pub relay_ip: Option<&'a [u8]>,
    /// The reply or reason as logged.
    pub text: Option<&'a [u8]>,
    /// Who handed it in.
    pub login: Option<&'a [u8]>,
    /// From where.
    pub client_ip: Option<&'a [u8]>,
    /// The queue id of this host under which it goes on.
    pub onward: Option<&'a [u8]>,
}

impl Chunk {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The same, to be judged.
    pub fn rows_mut(&mut self) -> &mut [Row] {
        &mut self.rows
    }

    /// A row's texts.
    #[must_use]
    pub fn texts(&self, row: &Row) -> Texts<'_> {
        let get = |piece: Piece| {
            let start = piece.start as usize;
            (piece.len != Piece::NONE.len)
                .then(|| self.text.get(start..start + usize::from(piece.len)).unwrap_or_default())
        };
        Texts {
            queue_id: get(row.shared.queue_id),
            message_id: get(row.shared.message_id),
            sender: get(row.shared.sender),
            recipient: get(row.recipient),
            relay_host: get(row.relay_host),
            relay_ip: get(row.relay_ip),
            text: get(row.text),
            login: get(row.shared.login),
            client_ip: get(row.shared.client_ip),
            onward: get(row.onward),
        }
    }

    /// Stores a text.  Lines end long before a text is too long for a piece.
    fn store(&mut self, text: Option<&[u8]>) -> Piece {
        let Some(text) = text else { return Piece::NONE };
        let text = text.get(..usize::from(Piece::NONE.len) - 1).unwrap_or(text);
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        Piece { start, len: text.len() as u16 }
    }
}

/// The rows of a stretch of the log, in no order.
#[derive(Debug, Default)]
pub struct Rows {
    closed: Vec<Chunk>,
    open: Chunk,
    /// Where the message at hand begins in the open chunk.
    begin: usize,
    shared: Option<Shared>,
    /// Of the message at hand.
    endings: Vec<Ending>,
}

impl Rows {
    /// A message's rows follow.
    pub fn begin(&mut self) {
        self.begin = self.open.rows.len();
        self.shared = None;
    }

    /// A row with what all rows of a recipient share.
    fn row(&mut self, one: Complete<'_>, recipient: Option<u32>, at: Moment, outcome: RowOutcome) -> Row {
        let Complete { key, message, block } = one;
        let open = &mut self.open;
        let shared = *self.shared.get_or_insert_with(|| Shared {
            queue_id: open.store(Some(key.id())),
            message_id: open.store(message.message_id(block)),
            sender: open.store(message.sender(block)),
            login: open.store(message.login(block)),
            client_ip: open.store(message.client_ip(block)),
        });
        let known = recipient.and_then(|index| message.recipients.get(index as usize));
        Row {
            at,
            index: recipient.unwrap_or_default(),
            nth: 1,
            host: message.host,
            mta: message.mta,
            direction: Direction::Outbound,
            domain: known.map_or(Symbol::NONE, |r| r.domain),
            relay: Symbol::NONE,
            stage: None,
            reply: None,
            enhanced: None,
            outcome,
            class: match outcome {
                RowOutcome::Deferred | RowOutcome::Skipped => Some(ReplyClass::Transient),
                RowOutcome::Bounced | RowOutcome::Expired => Some(ReplyClass::Permanent),
                _ => None,
            },
            cause: None,
            reason: Symbol::NONE,
            delay_us: None,
            attempt: 0,
            first: Some(message.first),
            begun: message.begun,
            handed_in: None,
            fate: "",
            ended: None,
            local: false,
            held: message.held,
            shared,
            recipient: open.store(known.map(|r| message.address(r, block))),
            relay_host: Piece::NONE,
            relay_ip: Piece::NONE,
            text: Piece::NONE,
            onward: Piece::NONE,
        }
    }

    /// The row of a verdict, the `tries`th attempt of its recipient.
    pub fn attempt(&mut self, one: Complete<'_>, attempt: &Attempt, tries: u32, delay_us: Option<u64>) {
        let outcome = RowOutcome::of(attempt);
        let mut row = self.row(one, Some(attempt.recipient), attempt.at, outcome);
        row.local = attempt.local;
        row.relay = attempt.relay;
        if outcome == RowOutcome::InternalHop {
            // What the next hop said is no verdict.
            row.class = match attempt.disposition {
                Disposition::Deferred => Some(ReplyClass::Transient),
                Disposition::Bounced => Some(ReplyClass::Permanent),
                _ => None,
            };
        }
        if outcome != RowOutcome::Expired {
            (row.reply, row.enhanced, row.reason) = (attempt.reply, attempt.enhanced, attempt.reason);
        }
        row.delay_us = delay_us;
        row.attempt = tries;
        if let Some(detail) = &attempt.detail {
            row.relay_ip = self.open.store(Some(one.message.slice(detail.relay_ip, one.block)));
            row.text = self.open.store(Some(one.message.slice(detail.text, one.block)));
            row.stage = detail.stage;
        }
        self.open.rows.extend((1..=attempt.times).map(|nth| Row { nth, ..row }));
    }

    /// A row for what became of a recipient, or of a message without any, where no line says it of the recipient.
    pub fn conclusion(
        &mut self,
        one: Complete<'_>,
        recipient: Option<u32>,
        at: Moment,
        outcome: RowOutcome,
        tries: u32,
    ) {
        let row = self.row(one, recipient, at, outcome);
        self.open.rows.push(Row { attempt: tries, ..row });
    }

    /// No more rows of this message: writes down what is known only now.  `fates` has a word for each recipient; no
    /// earlier run has spoken of a message that `is_new`.
    pub fn end(&mut self, one: Complete<'_>, is_new: bool, fates: impl Fn(usize) -> &'static str) {
        let message = one.message;
        if is_new && self.open.rows.len() == self.begin && message.attempts.is_empty() {
            self.conclusion(one, None, message.first, RowOutcome::Unattempted, 0);
        }
        let mut endings = std::mem::take(&mut self.endings);
        Ending::all(one, &mut endings);
        for number in self.begin..self.open.rows.len() {
            let Some(index) = self.open.rows.get(number).map(|row| row.index as usize) else { continue };
            let ending = endings.get(index).copied().unwrap_or_else(|| Ending::of_message(one));
            let onward = ending.onward.and_then(|attempt| message.attempts.get(attempt)?.handoff.as_ref());
            let onward = self.open.store(onward.map(|handoff| handoff.key.id()));
            if let Some(row) = self.open.rows.get_mut(number) {
                row.fate = fates(index);
                row.handed_in = Some(ending.handed_in);
                row.ended = ending.ended;
                row.onward = onward;
            }
        }
        self.endings = endings;
        if self.open.text.len() > CHUNK {
            self.close();
        }
    }

    /// The row of a refusal, as often as it was logged.
    pub fn refusal(&mut self, refusal: &Refusal<'_>, reason: Symbol, domain: Symbol, logged: super::refusals::Logged) {
        let open = &mut self.open;
        let row = Row {
            at: logged.at,
            index: 0,
            nth: 1,
            host: logged.host,
            mta: logged.mta,
            direction: Direction::Inbound,
            domain,
            relay: Symbol::NONE,
            stage: refusal.stage,
            reply: refusal.reply.code,
            enhanced: refusal.reply.enhanced,
            outcome: RowOutcome::Rejected,
            class: Some(refusal.class),
            cause: None,
            reason,
            delay_us: None,
            attempt: 0,
            first: None,
            begun: false,
            handed_in: None,
            fate: "",
            ended: None,
            local: false,
            held: false,
            shared: Shared {
                queue_id: open.store(refusal.id),
                message_id: Piece::NONE,
                sender: open.store(refusal.sender),
                login: Piece::NONE,
                client_ip: open.store(refusal.client_ip),
            },
            recipient: open.store(refusal.recipient),
            relay_host: open.store(refusal.client_name),
            relay_ip: open.store(refusal.client_ip),
            text: open.store(Some(refusal.reply.text)),
            onward: Piece::NONE,
        };
        open.rows.extend((1..=logged.times).map(|nth| Row { nth, ..row }));
    }

    /// No more rows into the open chunk.
    fn close(&mut self) {
        if !self.open.rows.is_empty() {
            let mut chunk = std::mem::take(&mut self.open);
            chunk.rows.shrink_to_fit();
            chunk.text.shrink_to_fit();
            self.closed.push(chunk);
        }
    }

    /// Adds the rows of another stretch, whose symbols `names` translates, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation) {
        other.close();
        for mut chunk in other.closed.drain(..) {
            for row in &mut chunk.rows {
                row.host = names.hosts.of(row.host);
                row.domain = names.domains.of(row.domain);
                row.reason = names.reasons.of(row.reason);
                row.relay = names.relays.of(row.relay);
            }
            self.closed.push(chunk);
        }
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// All rows; nothing is left.
    pub fn take(&mut self) -> Vec<Chunk> {
        self.close();
        std::mem::take(&mut self.closed)
    }
}

/// How a recipient's stay in the queue began and ended, as in [`super::chains`].
#[derive(Debug, Clone, Copy)]
struct Ending {
    handed_in: i64,
    ended: Option<i64>,
    /// The attempt that names the queue id under which it goes on.
    onward: Option<usize>,
}

impl Ending {
    /// What holds for a recipient of which nothing is known but the message.
    fn of_message(one: Complete<'_>) -> Self {
        let message = one.message;
        let left = message.given_up.map(|at| at.time).or(message.ended.map(|(_, at)| at));
        let ended = left.or(message.discarded.then_some(message.last.time));
        Self { handed_in: message.first.time, ended, onward: None }
    }

    /// That of each recipient.
    fn all(one: Complete<'_>, endings: &mut Vec<Self>) {
        let message = one.message;
        endings.clear();
        endings.resize(message.recipients.len(), Self { handed_in: i64::MAX, ended: None, onward: None });
        for (number, attempt) in message.attempts.iter().enumerate() {
            let Some(ending) = endings.get_mut(attempt.recipient as usize) else { continue };
            let (time, hop) = (attempt.at.time, attempt.is_hop());
            let is_try = matches!(
                attempt.disposition,
                Disposition::Delivered | Disposition::Deferred | Disposition::Bounced if !hop
            );
            if is_try || attempt.delay_us.is_some() {
                let arrived = time.saturating_sub_unsigned(attempt.delay_us.unwrap_or_default());
                ending.handed_in = ending.handed_in.min(arrived);
            }
            match attempt.disposition {
                _ if hop => (ending.ended, ending.onward) = (Some(time), Some(number)),
                Disposition::Delivered | Disposition::Bounced | Disposition::Expired | Disposition::Discarded => {
                    ending.ended = Some(time);
                }
                Disposition::Deferred => ending.ended = None,
                Disposition::Skipped | Disposition::HandedOn | Disposition::Probed => {}
            }
        }
        let whole = Self::of_message(one);
        for ending in endings {
            ending.ended = ending.ended.or(whole.ended);
            if message.begun || ending.handed_in == i64::MAX {
                ending.handed_in = whole.handed_in;
            }
        }
    }
}
