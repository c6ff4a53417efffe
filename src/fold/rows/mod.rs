//! The rows of the `events` command while the log is read: small, in chunks, before causes, file names and line
//! numbers are known.
//!
//! A chunk is what one block of lines gave.  Chunks are never copied together, so joining two stretches costs the
//! translation of symbols only.  There are more rows than all else that is kept, so that every byte of a row counts:
//! what the rows of a message share is kept once, and texts are told by their lengths.

mod chunk;

use super::complete::{Complete, Fate, Logged};
use crate::event::{Disposition, Refusal};
use crate::history::key::Moment;
use crate::history::message::{Attempt, Message};
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::smtp::ReplyClass;

pub use chunk::{Chunk, Letter, Row, RowOutcome, Texts};
use chunk::{Micros, Open, Text};

/// A chunk that grows while blocks are joined is closed at this many bytes of text.
const CHUNK: usize = 1 << 20;

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
            handed_in: Micros::of(Some(ending.handed_in)),
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
        if is_new && self.open.rows.len() == self.begin && !message.attempts.iter().any(|a| a.in_window) {
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
