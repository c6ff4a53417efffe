//! The rows of the `events` command while the log is read: small, in chunks, before causes, file names and line
//! numbers are known.
//!
//! A chunk is what one block of lines gave.  Chunks are never copied together, so joining two stretches costs the
//! translation of symbols only.  There are more rows than all else that is kept, so that every byte of a row counts:
//! what the rows of a message share is kept once, and texts are told by their lengths.

use std::borrow::Cow;

use super::analysis::Direction;
use super::complete::{Complete, Fate, Logged};
use crate::bytes;
use crate::event::{Disposition, Mta, Refusal};
use crate::history::key::Moment;
use crate::history::message::{Attempt, Message};
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

/// Texts that lie one behind the other in a chunk's text.
#[derive(Debug, Clone, Copy)]
struct Pieces {
    start: u32,
    /// [`NONE`] where the log does not say it.
    lens: [u16; 5],
}

/// The length of a text that is not there.
const NONE: u16 = u16::MAX;

/// Microseconds that may not be known, in half the memory of an [`Option`].
#[derive(Debug, Clone, Copy)]
struct Micros(i64);

impl Micros {
    const NONE: Self = Self(i64::MIN);

    fn of(micros: Option<i64>) -> Self {
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
    texts: Pieces,
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
    delay: Micros,
    handed_in: Micros,
    ended: Micros,
    /// Its message's place in the chunk.
    letter: u32,
    /// Recipient, the client's name, the address of next hop or client, the reply, the queue id under which it goes on.
    texts: Pieces,
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
    rows: Box<[Row]>,
    letters: Box<[Letter]>,
    text: Text,
}

/// The texts of a chunk.
#[derive(Debug)]
enum Text {
    /// They were looked through once, so that no row needs to.
    Utf8(Box<str>),
    Bytes(Box<[u8]>),
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
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
struct Open {
    rows: Vec<Row>,
    letters: Vec<Letter>,
    text: Vec<u8>,
}

impl Open {
    /// Stores texts.  Lines end long before a text is too long for a piece.
    fn store(&mut self, texts: [Option<&[u8]>; 5]) -> Pieces {
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
    fn letter(&mut self, letter: Letter) -> u32 {
        self.letters.push(letter);
        self.letters.len() as u32 - 1
    }
}

/// The rows of a stretch of the log, in no order.
#[derive(Debug, Default)]
pub struct Rows {
    closed: Vec<Chunk>,
    open: Open,
    /// Where the message at hand begins in the open chunk.
    begin: usize,
    /// Where what its rows share stands, once it has one.
    letter: Option<u32>,
    /// Of the message at hand, known as soon as it has a row.
    endings: Vec<Ending>,
}

/// What a row has that others of its message have not.
struct Own<'a> {
    recipient: Option<u32>,
    at: Moment,
    outcome: RowOutcome,
    relay_ip: Option<&'a [u8]>,
    text: Option<&'a [u8]>,
}

impl Rows {
    /// A message's rows follow.
    pub fn begin(&mut self) {
        self.begin = self.open.rows.len();
        self.letter = None;
    }

    /// A row with what all rows of a recipient share.
    fn row(&mut self, one: Complete<'_>, own: Own<'_>) -> Row {
        let Complete { key, message, block } = one;
        let Own { recipient, at, outcome, relay_ip, text } = own;
        let open = &mut self.open;
        let letter = *self.letter.get_or_insert_with(|| {
            Ending::all(one, &mut self.endings);
            let texts = open.store([
                Some(key.id()),
                message.message_id(block),
                message.sender(block),
                message.login(block),
                message.client_ip(block),
            ]);
            let &Message { first, host, mta, begun, held, .. } = message;
            open.letter(Letter { first: Some(first), host, mta, begun, held, texts })
        });
        let index = recipient.unwrap_or_default();
        let known = recipient.and_then(|index| message.recipients.get(index as usize));
        let ending = self.endings.get(index as usize).copied().unwrap_or_else(|| Ending::of_message(one));
        let onward = ending.onward.and_then(|attempt| message.attempts.get(attempt)?.handoff.as_ref());
        let recipient = known.map(|r| message.address(r, block));
        Row {
            at,
            index,
            nth: 1,
            domain: known.map_or(Symbol::NONE, |r| r.domain),
            relay: Symbol::NONE,
            reason: Symbol::NONE,
            attempt: 0,
            reply: None,
            enhanced: None,
            stage: None,
            outcome,
            class: match outcome {
                RowOutcome::Deferred | RowOutcome::Skipped => Some(ReplyClass::Transient),
                RowOutcome::Bounced | RowOutcome::Expired => Some(ReplyClass::Permanent),
                _ => None,
            },
            cause: None,
            fate: None,
            local: false,
            delay: Micros::NONE,
            handed_in: Micros(ending.handed_in),
            ended: Micros::of(ending.ended),
            letter,
            texts: open.store([recipient, None, relay_ip, text, onward.map(|handoff| handoff.key.id())]),
        }
    }

    /// The row of a verdict, the `tries`th attempt of its recipient.
    pub fn attempt(&mut self, one: Complete<'_>, attempt: &Attempt, tries: u32, delay_us: Option<u64>) {
        let outcome = RowOutcome::of(attempt);
        let detail = attempt.detail.as_deref();
        let text = |span| one.message.slice(span, one.block);
        let own = Own {
            recipient: Some(attempt.recipient),
            at: attempt.at,
            outcome,
            relay_ip: detail.map(|detail| text(detail.relay_ip)),
            text: detail.map(|detail| text(detail.text)),
        };
        let mut row = self.row(one, own);
        row.local = attempt.local;
        row.relay = attempt.relay;
        row.stage = detail.and_then(|detail| detail.stage);
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
        row.delay = Micros::of(delay_us.map(|delay| i64::try_from(delay).unwrap_or(i64::MAX)));
        row.attempt = tries;
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
        let row = self.row(one, Own { recipient, at, outcome, relay_ip: None, text: None });
        self.open.rows.push(Row { attempt: tries, ..row });
    }

    /// No more rows of this message: writes down what is known only now.  `fates` has a word for each recipient; no
    /// earlier run has spoken of a message that `is_new`.
    pub fn end(&mut self, one: Complete<'_>, is_new: bool, fates: impl Fn(usize) -> Fate) {
        let message = one.message;
        if is_new && self.open.rows.len() == self.begin && message.attempts.is_empty() {
            self.conclusion(one, None, message.first, RowOutcome::Unattempted, 0);
        }
        for row in self.open.rows.iter_mut().skip(self.begin) {
            row.fate = Some(fates(row.index as usize));
        }
        if self.open.text.len() > CHUNK {
            self.close();
        }
    }

    /// The row of a refusal, as often as it was logged.
    pub fn refusal(&mut self, refusal: &Refusal<'_>, reason: Symbol, domain: Symbol, logged: Logged) {
        let open = &mut self.open;
        let texts = open.store([refusal.id, None, refusal.sender, None, refusal.client_ip]);
        let (host, mta) = (logged.host, logged.mta);
        let letter = open.letter(Letter { first: None, host, mta, begun: false, held: false, texts });
        let row = Row {
            at: logged.at,
            index: 0,
            nth: 1,
            domain,
            relay: Symbol::NONE,
            reason,
            attempt: 0,
            reply: refusal.reply.code,
            enhanced: refusal.reply.enhanced,
            stage: refusal.stage,
            outcome: RowOutcome::Rejected,
            class: Some(refusal.class),
            cause: None,
            fate: None,
            local: false,
            delay: Micros::NONE,
            handed_in: Micros::NONE,
            ended: Micros::NONE,
            letter,
            texts: open.store([
                refusal.recipient,
                refusal.client_name,
                refusal.client_ip,
                Some(refusal.reply.text),
                None,
            ]),
        };
        open.rows.extend((1..=logged.times).map(|nth| Row { nth, ..row }));
    }

    /// No more rows into the open chunk: they are put away in as much memory as they need, and its own goes on.
    pub fn close(&mut self) {
        let Open { rows, letters, text } = &mut self.open;
        if rows.is_empty() {
            return;
        }
        self.closed.push(Chunk {
            rows: rows.as_slice().into(),
            letters: letters.as_slice().into(),
            text: Text::of(text),
        });
        rows.clear();
        letters.clear();
        text.clear();
    }

    /// Adds the rows of another stretch, whose symbols `names` translates, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation) {
        other.close();
        for mut chunk in other.closed.drain(..) {
            for letter in &mut chunk.letters {
                letter.host = names.hosts.of(letter.host);
            }
            for row in &mut chunk.rows {
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
