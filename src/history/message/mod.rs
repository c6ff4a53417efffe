//! One message, as far as the lines read so far tell: a fragment that can be joined with what another
//! piece of the log tells of it.
//!
//! While a block of lines is read, most texts of a message are not copied: they are places in the block, and the
//! block is handed to whoever asks for a text.  A message that outlives the block takes its texts out with
//! [`Message::settle_down`]; from then on the block may be empty.
//!
//! Nothing is concluded here.  Facts are kept in the order in which they were logged, so that joining
//! two fragments is putting one list behind the other; [`crate::fold::settle`] concludes once
//! the message is complete.

mod attempt;
mod recipients;
mod texts;

use hashbrown::HashMap;

use super::clocks::Extent;
use super::key::{ByHash, Moment, Place};
use super::names::NamesTranslation;
use super::span::Span;
use super::symbols::Symbol;
use crate::event::{Arrival, Disposition, Ending, Mta};

pub use attempt::{Attempt, Detail, Handoff};
pub use recipients::{Recipient, address_print};
use recipients::{lowered, same_address};
pub use texts::Evidence;

/// A refusal by this host of which a later line tells the sender and the client.
#[derive(Debug, Clone, Copy)]
pub struct Refused {
    /// When and where it was logged.
    pub at: Moment,
    /// How often.
    pub times: u32,
    /// What the line said.
    pub text: Span,
}

/// Refusals of a message, boxed together: few messages have any.
#[derive(Debug, Clone, Default)]
struct RefusalList(Vec<Refused>);

/// A message, or a fragment of one.
#[derive(Debug, Clone)]
pub struct Message {
    /// Who wrote of it.
    pub mta: Mta,
    /// The host that logged it.
    pub host: Symbol,
    /// Its beginning is among the lines read.
    pub begun: bool,
    /// A line within the time window spoke of it.
    pub in_window: bool,
    /// First line.
    pub first: Moment,
    /// Last line.
    pub last: Moment,
    /// The first line says that a message begins.
    pub opens: bool,
    /// When the first line was read: of a split line its last piece.
    pub opened: i64,
    /// What the host wrote in the stretch up to the first line, that line with it.
    pub before: Extent,
    /// What the host wrote in the stretch since the last line; known once the stretch has ended.
    pub after: Extent,
    /// How many lines the host had written in the block by the last line.
    pub line: u32,
    /// The joined stretch that the last line stands in.
    pub part: u32,
    /// When and how it left the queue.
    pub ended: Option<(Ending, i64)>,
    /// No line says that it ended, but that all its recipients are done.
    pub end_is_inferred: bool,
    /// When it was given up.
    pub given_up: Option<Moment>,
    /// It was held or frozen at some time.
    pub held: bool,
    /// It is an address probe.
    pub probe: bool,
    /// All of it was thrown away by a rule.
    pub discarded: bool,
    /// It goes on, or came, under another queue id.
    pub continues: bool,
    /// It is a notice that this host made; nothing told how many recipients it has.
    pub is_notice: bool,
    /// How many recipients its arrival announced.
    pub announced: Option<u32>,
    /// Recipients in the order in which they were seen.
    pub recipients: Vec<Recipient>,
    /// Verdicts in the order in which they were logged.
    pub attempts: Vec<Attempt>,
    /// Refusals that were not counted yet.
    refusals: Option<Box<RefusalList>>,
    sender: Option<Span>,
    client_ip: Option<Span>,
    login: Option<Span>,
    message_id: Option<Span>,
    arrival_line: Option<(Place, Span)>,
    end_line: Option<(Moment, Span)>,
    /// How many recipients are open.
    open: usize,
    /// Places of recipients by their address, once there are many.
    by_address: Option<Box<HashMap<u64, Vec<u32>, ByHash>>>,
    text: Vec<u8>,
}

/// How many bytes for texts an emptied message keeps: those of a message with a few lines that were copied.
const TEXT_KEPT: usize = 4096;

impl Message {
    /// A message of which nothing is known but that a line spoke of it.
    #[must_use]
    pub fn new(mta: Mta, host: Symbol, at: Moment) -> Self {
        Self {
            mta,
            host,
            begun: false,
            in_window: false,
            first: at,
            last: at,
            opens: false,
            opened: at.time,
            before: Extent::NONE,
            after: Extent::NONE,
            line: 0,
            part: 0,
            ended: None,
            end_is_inferred: false,
            given_up: None,
            held: false,
            probe: false,
            discarded: false,
            continues: false,
            is_notice: false,
            announced: None,
            recipients: Vec::new(),
            attempts: Vec::new(),
            refusals: None,
            sender: None,
            client_ip: None,
            login: None,
            message_id: None,
            arrival_line: None,
            end_line: None,
            open: 0,
            by_address: None,
            text: Vec::new(),
        }
    }

    /// Nothing is asked of it any more: forgets its lists while they are at hand, and keeps their memory.
    pub fn empty(&mut self) {
        self.recipients.clear();
        self.attempts.clear();
        self.text.clear();
        self.text.shrink_to(TEXT_KEPT);
    }

    /// Makes one that was [emptied](Message::empty) as new.
    pub fn reset(&mut self, mta: Mta, host: Symbol, at: Moment) {
        let (recipients, attempts, text) =
            (std::mem::take(&mut self.recipients), std::mem::take(&mut self.attempts), std::mem::take(&mut self.text));
        *self = Self { recipients, attempts, text, ..Self::new(mta, host, at) };
    }

    /// Is it (or was it) in the queue, as far as the log tells?  A client that connected and never
    /// finished leaves no message.
    #[must_use]
    pub fn was_queued(&self) -> bool {
        // Postfix's qmgr, which tells the sender, never sees what a rule holds or throws away as it comes in.
        let kept_back = self.discarded || self.held && self.message_id.is_some();
        // The line that says that a notice was made is about another message.
        let begins = self.sender.is_some() && !self.is_notice;
        let seen = begins || !self.attempts.is_empty() || self.ended.is_some() || self.given_up.is_some();
        let taken_in = match self.ended {
            Some((Ending::Cancelled, _)) => false,
            Some((Ending::Discarded, _)) => self.discarded || !self.attempts.is_empty(),
            _ => true,
        };
        taken_in
            && (seen || kept_back)
            && !(self.mta.habits().empty_arrival_is_logged && self.announced == Some(0) && self.attempts.is_empty())
    }

    /// Takes in what a line says of how it came.  What is known already stays: the first line of a
    /// generation tells best.
    pub fn arrive(&mut self, arrival: &Arrival<'_>, block: &[u8]) {
        self.begun |= arrival.begins;
        self.is_notice |= arrival.notice;
        // The later line tells better: Postfix's queue manager has the sender after canonical mapping,
        // and says it again at every retry.
        if let Some(sender) = arrival.sender
            && !self.sender(block).is_some_and(|known| same_address(known, sender))
        {
            self.sender = Some(self.store(&lowered(sender), block));
        }
        if self.client_ip.is_none() {
            self.client_ip = arrival.client_ip.map(|v| self.store(v, block));
        }
        if self.login.is_none() {
            self.login = arrival.login.map(|v| self.store(v, block));
        }
        if self.message_id.is_none() {
            self.message_id = arrival.message_id.map(|v| self.store(v, block));
        }
        if self.announced.is_none() {
            self.announced = arrival.recipients;
        }
    }

    /// Adds a verdict.
    pub fn attempt(&mut self, attempt: Attempt) {
        if let Some(recipient) = self.recipients.get_mut(attempt.recipient as usize) {
            let open = matches!(attempt.disposition, Disposition::Deferred | Disposition::Skipped);
            self.open = self.open + usize::from(open) - usize::from(recipient.open);
            recipient.open = open;
        }
        self.attempts.push(attempt);
    }

    /// Puts what a later piece of the log tells of the same message behind what is known.  Both have settled down, and
    /// their symbols are of one table.
    pub fn append(&mut self, later: &mut Self) {
        // Every field is named: a new one cannot be forgotten.
        #[rustfmt::skip]
        let Self {
            mta: _, host: _, opens: _, opened: _, before: _, line: _, open: _, by_address: _,
            begun, in_window, first, last, after, part, ended, end_is_inferred, given_up, held, probe, discarded,
            continues, is_notice, announced, recipients, attempts, refusals, sender, client_ip, login, message_id,
            arrival_line, end_line, text: texts,
        } = later;
        self.begun |= *begun;
        self.in_window |= *in_window;
        if first.place < self.first.place {
            self.first = *first;
        }
        self.last = *last;
        self.after = *after;
        self.part = *part;
        if let Some((ending, at)) = ended.filter(|_| !*end_is_inferred) {
            self.end(ending, at);
        }
        self.given_up = given_up.or(self.given_up);
        self.held |= *held;
        self.probe |= *probe;
        self.discarded |= *discarded;
        self.continues |= *continues;
        self.is_notice |= *is_notice;
        self.announced = self.announced.or(*announced);
        let text = |span: Span| span.get(texts, &[]);
        if let Some(sender) = sender.map(text)
            && self.sender(&[]) != Some(sender)
        {
            self.sender = Some(self.store(sender, &[]));
        }
        self.client_ip = self.client_ip.or_else(|| client_ip.map(|ip| self.store(text(ip), &[])));
        self.login = self.login.or_else(|| login.map(|login| self.store(text(login), &[])));
        self.message_id = self.message_id.or_else(|| message_id.map(|id| self.store(text(id), &[])));
        if self.arrival_line.is_none() {
            self.arrival_line = arrival_line.map(|(at, line)| (at, line.moved(texts, &mut self.text)));
        }
        if let Some((at, line)) = *end_line {
            self.end_line = Some((at, line.moved(texts, &mut self.text)));
        }
        for refused in refusals.take().map_or_else(Vec::new, |refusals| refusals.0) {
            let text = refused.text.moved(texts, &mut self.text);
            self.refusals.get_or_insert_default().0.push(Refused { text, ..refused });
        }
        self.text.reserve(texts.len());
        for attempt in attempts.drain(..) {
            let recipient = recipients.get(attempt.recipient as usize);
            let here =
                |r: &Recipient| self.recipient_of(r.print, text(r.address), r.original.map(text), &[], |_| r.domain);
            let recipient = recipient.map_or(0, here);
            let line = attempt.line.map(|line| line.moved(texts, &mut self.text));
            let mut detail = attempt.detail;
            for detail in detail.iter_mut() {
                detail.relay_ip = self.store(text(detail.relay_ip), &[]);
                detail.text = self.store(text(detail.text), &[]);
            }
            self.attempt(Attempt { recipient, line, detail, ..attempt });
        }
    }

    /// It left the queue.  That an administrator took it out is not forgotten when the MTA then says that
    /// it is done with it (Exim writes both).
    pub fn end(&mut self, ending: Ending, at: i64) {
        self.end_is_inferred = false;
        match (self.ended, ending) {
            (Some((by_hand @ (Ending::RemovedByHand | Ending::Requeued), _)), Ending::Done) => {
                self.ended = Some((by_hand, at));
            }
            _ => self.ended = Some((ending, at)),
        }
    }

    /// Translates its symbols to another table's.
    pub fn translate(&mut self, names: &NamesTranslation) {
        self.host = names.hosts.of(self.host);
        for recipient in &mut self.recipients {
            recipient.domain = names.domains.of(recipient.domain);
        }
        for attempt in &mut self.attempts {
            attempt.reason = names.reasons.of(attempt.reason);
            attempt.relay = names.relays.of(attempt.relay);
        }
    }

    /// This host refused something of it.
    pub fn refuse(&mut self, at: Moment, times: u32, text: &[u8], block: &[u8]) {
        let text = self.store(text, block);
        self.refusals.get_or_insert_default().0.push(Refused { at, times, text });
    }

    /// The refusals that were not counted yet.
    #[must_use]
    pub fn refusals(&self) -> &[Refused] {
        self.refusals.as_ref().map_or(&[], |refusals| &refusals.0)
    }

    /// Takes out the refusals, to be counted.
    pub fn take_refusals(&mut self) -> Vec<Refused> {
        self.refusals.take().map_or_else(Vec::new, |refusals| refusals.0)
    }

    /// Are there refusals whose sender and client are known by now, if ever?
    #[must_use]
    pub fn knows_who_was_refused(&self) -> bool {
        self.refusals.is_some() && self.begun
    }

    /// Is a recipient without a final verdict?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open > 0
    }

    /// Where no line says that a message leaves the queue, it ends when every recipient that its arrival announced is
    /// done.
    pub fn infer_end(&mut self) {
        let may_infer = self.ended.is_none() || self.end_is_inferred;
        if !self.mta.habits().end_is_logged && self.begun && self.announced.is_some() && may_infer {
            self.ended = self.all_recipients_done().then_some((Ending::Done, self.last.time));
            self.end_is_inferred = self.ended.is_some();
        }
    }

    /// Did every recipient that the arrival announced get a final verdict?
    fn all_recipients_done(&self) -> bool {
        let Some(announced) = self.announced else { return false };
        if self.recipients.len() < announced as usize {
            return false;
        }
        // One that announces none was refused: there is nothing to try.
        let tried = !self.attempts.is_empty() || announced == 0;
        tried && (self.given_up.is_some() || self.open == 0)
    }
}
