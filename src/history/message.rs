//! One message, as far as the lines read so far tell: a fragment that can be joined with what another
//! piece of the log tells of it.
//!
//! Nothing is concluded here.  Facts are kept in the order in which they were logged, so that joining
//! two fragments is putting one list behind the other; [`crate::analyze::settle`] concludes once
//! the message is complete.

use super::key::{Moment, QueueKey};
use super::names::{Names, NamesTranslation};
use super::symbols::Symbol;
use crate::event::{self, Arrival, Disposition, Ending, Mta};
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyCode, address};

/// Longest line that is kept as evidence, in bytes.
const LINE_KEPT: usize = 600;

/// A piece of a message's text store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    len: u32,
}

/// A recipient of the message.
#[derive(Debug, Clone, Copy)]
pub struct Recipient {
    /// The address; its domain in lower case.
    pub address: Span,
    /// What it was before aliases and rewriting, where logged.
    pub original: Option<Span>,
    /// Its domain in lower case; none where it has no domain.
    pub domain: Symbol,
}

/// A verdict on one recipient.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When and where it was logged.
    pub at: Moment,
    /// Index in [`Message::recipients`].
    pub recipient: u32,
    /// How often the line says it happened (1, but for `message repeated`).
    pub times: u32,
    /// What the MTA did.
    pub disposition: Disposition,
    /// Into a mailbox, file or program of this host.
    pub local: bool,
    /// Three digits of the far side.
    pub reply: Option<ReplyCode>,
    /// The reply's enhanced code; where it has none, the one that the MTA logged.
    pub enhanced: Option<EnhancedCode>,
    /// Template of the reply or reason; none for deliveries.
    pub reason: Symbol,
    /// Name of the next hop.
    pub relay: Symbol,
    /// Microseconds since arrival, where the line says it.
    pub delay_us: Option<u64>,
    /// The id in this host's own queue under which the next hop says it goes on.
    pub handoff: Option<Handoff>,
    /// The line, for failures: evidence.
    pub line: Option<Span>,
    /// What only the `events` command shows; kept only for it.
    pub detail: Option<Box<Detail>>,
}

/// A delivery to this machine itself that names the queue id it was given.
#[derive(Debug, Clone, Copy)]
pub struct Handoff {
    /// That id, on the same host.
    pub key: QueueKey,
    /// The id was seen in the log: an internal hop, no delivery.
    pub seen: bool,
}

/// Parts of an attempt that only the `events` command shows.
#[derive(Debug, Clone, Default)]
pub struct Detail {
    /// Next hop: name.
    pub relay_host: Box<[u8]>,
    /// Next hop: address.
    pub relay_ip: Box<[u8]>,
    /// Where in the dialogue the answer came.
    pub stage: Option<Stage>,
    /// The reply or reason as logged.
    pub text: Box<[u8]>,
}

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
    /// When and how it left the queue.
    pub ended: Option<(Ending, i64)>,
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
    /// How many recipients its arrival announced.
    pub announced: Option<u32>,
    /// The message it comes from.
    pub parent: Option<QueueKey>,
    /// Recipients in the order in which they were seen.
    pub recipients: Vec<Recipient>,
    /// Verdicts in the order in which they were logged.
    pub attempts: Vec<Attempt>,
    sender: Option<Span>,
    client_name: Option<Span>,
    client_ip: Option<Span>,
    login: Option<Span>,
    message_id: Option<Span>,
    arrival_line: Option<Span>,
    end_line: Option<(Moment, Span)>,
    text: Vec<u8>,
}

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
            ended: None,
            given_up: None,
            held: false,
            probe: false,
            discarded: false,
            continues: false,
            announced: None,
            parent: None,
            recipients: Vec::new(),
            attempts: Vec::new(),
            sender: None,
            client_name: None,
            client_ip: None,
            login: None,
            message_id: None,
            arrival_line: None,
            end_line: None,
            text: Vec::new(),
        }
    }

    /// Makes it as new, keeping its memory.
    pub fn reset(&mut self, mta: Mta, host: Symbol, at: Moment) {
        let (mut recipients, mut attempts, mut text) =
            (std::mem::take(&mut self.recipients), std::mem::take(&mut self.attempts), std::mem::take(&mut self.text));
        recipients.clear();
        attempts.clear();
        text.clear();
        *self = Self { recipients, attempts, text, ..Self::new(mta, host, at) };
    }

    /// The envelope sender; empty for the null sender, None where no line told.
    #[must_use]
    pub fn sender(&self) -> Option<&[u8]> {
        self.sender.map(|s| self.slice(s))
    }

    /// The client's name.
    #[must_use]
    pub fn client_name(&self) -> Option<&[u8]> {
        self.client_name.map(|s| self.slice(s))
    }

    /// The client's address.
    #[must_use]
    pub fn client_ip(&self) -> Option<&[u8]> {
        self.client_ip.map(|s| self.slice(s))
    }

    /// Who logged in, or the local user.
    #[must_use]
    pub fn login(&self) -> Option<&[u8]> {
        self.login.map(|s| self.slice(s))
    }

    /// The Message-ID header.
    #[must_use]
    pub fn message_id(&self) -> Option<&[u8]> {
        self.message_id.map(|s| self.slice(s))
    }

    /// The first line of its life.
    #[must_use]
    pub fn arrival_line(&self) -> Option<&[u8]> {
        self.arrival_line.map(|s| self.slice(s))
    }

    /// The line that took it out of the queue, or gave it up, with its moment.
    #[must_use]
    pub fn end_line(&self) -> Option<(Moment, &[u8])> {
        self.end_line.map(|(at, s)| (at, self.slice(s)))
    }

    /// Keeps a line as evidence.
    pub fn keep_line(&mut self, raw: &[u8]) -> Span {
        self.store(raw.get(..LINE_KEPT).unwrap_or(raw))
    }

    /// Keeps the first line of its life.
    pub fn keep_arrival_line(&mut self, raw: &[u8]) {
        self.arrival_line = Some(self.keep_line(raw));
    }

    /// Keeps the line that took it out of the queue.
    pub fn keep_end_line(&mut self, at: Moment, raw: &[u8]) {
        self.end_line = Some((at, self.keep_line(raw)));
    }

    /// A recipient's address, its domain in lower case.
    #[must_use]
    pub fn address(&self, recipient: &Recipient) -> &[u8] {
        self.slice(recipient.address)
    }

    /// A piece of the text store.
    #[must_use]
    pub fn slice(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.text.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// Is it (or was it) in the queue, as far as the log tells?  A client that connected and never
    /// finished leaves no message.
    #[must_use]
    pub fn was_queued(&self) -> bool {
        !matches!(self.ended, Some((Ending::Cancelled, _)))
            && (self.sender.is_some() || !self.attempts.is_empty() || self.ended.is_some() || self.given_up.is_some())
            && !(self.mta == Mta::Sendmail && self.announced == Some(0) && self.attempts.is_empty())
    }

    fn store(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        Span { start, len: bytes.len() as u32 }
    }

    /// Takes in what a line says of how it came.  What is known already stays: the first line of a
    /// generation tells best.
    pub fn arrive(&mut self, arrival: &Arrival<'_>, key: &QueueKey) {
        self.begun |= arrival.begins;
        // The later line tells better: Postfix's queue manager has the sender after canonical mapping,
        // and says it again at every retry.
        if let Some(sender) = arrival.sender
            && !self.sender().is_some_and(|known| same_address(known, sender))
        {
            self.sender = Some(self.store_address(sender));
        }
        if self.client_name.is_none() {
            self.client_name = arrival.client_name.map(|v| self.store(v));
        }
        if self.client_ip.is_none() {
            self.client_ip = arrival.client_ip.map(|v| self.store(v));
        }
        if self.login.is_none() {
            self.login = arrival.login.map(|v| self.store(v));
        }
        if self.message_id.is_none() {
            self.message_id = arrival.message_id.map(|v| self.store(v));
        }
        if self.announced.is_none() {
            self.announced = arrival.recipients;
        }
        if self.parent.is_none() {
            self.parent = arrival.parent.map(|id| key.sibling(id));
        }
    }

    /// Stores an address with its domain in lower case.
    fn store_address(&mut self, address: &[u8]) -> Span {
        let span = self.store(address);
        if let Some(at) = memchr::memrchr(b'@', address) {
            let start = span.start as usize + at;
            self.text[start..].make_ascii_lowercase();
        }
        span
    }

    /// The index of this recipient, a new one where it was not known.
    ///
    /// Two originals that lead to one address are two recipients; a line that does not tell the original
    /// speaks of whoever has the address.
    pub fn recipient(&mut self, address: &[u8], original: Option<&[u8]>, names: &mut Names) -> u32 {
        let known = self.recipients.iter().position(|r| {
            same_address(self.slice(r.address), address)
                && match (r.original, original) {
                    (Some(known), Some(original)) => same_address(self.slice(known), original),
                    _ => true,
                }
        });
        if let Some(index) = known {
            if let (None, Some(original)) = (self.recipients[index].original, original) {
                let span = self.store(original);
                self.recipients[index].original = Some(span);
            }
            return index as u32;
        }
        let address = self.store_address(address);
        let original = original.map(|o| self.store(o));
        let domain = address::domain(self.slice(address)).map_or(Symbol::NONE, |d| names.domains.intern(d));
        self.recipients.push(Recipient { address, original, domain });
        (self.recipients.len() - 1) as u32
    }

    /// Puts what a later piece of the log tells of the same message behind what is known.
    pub fn append(&mut self, later: &Self, names: &mut Names) {
        self.begun |= later.begun;
        self.in_window |= later.in_window;
        self.last = later.last;
        if let Some((ending, at)) = later.ended {
            self.end(ending, at);
        }
        self.given_up = later.given_up.or(self.given_up);
        self.held |= later.held;
        self.probe |= later.probe;
        self.discarded |= later.discarded;
        self.continues |= later.continues;
        self.announced = self.announced.or(later.announced);
        self.parent = self.parent.or(later.parent);
        if let Some(sender) = later.sender()
            && self.sender() != Some(sender)
        {
            self.sender = Some(self.store(sender));
        }
        self.client_name = self.client_name.or_else(|| later.client_name().map(|v| self.store(v)));
        self.client_ip = self.client_ip.or_else(|| later.client_ip().map(|v| self.store(v)));
        self.login = self.login.or_else(|| later.login().map(|v| self.store(v)));
        self.message_id = self.message_id.or_else(|| later.message_id().map(|v| self.store(v)));
        self.arrival_line = self.arrival_line.or_else(|| later.arrival_line().map(|v| self.store(v)));
        if let Some((at, line)) = later.end_line() {
            self.end_line = Some((at, self.store(line)));
        }
        for attempt in &later.attempts {
            let recipient = later.recipients.get(attempt.recipient as usize);
            let recipient = recipient
                .map_or(0, |r| self.recipient(later.slice(r.address), r.original.map(|o| later.slice(o)), names));
            let line = attempt.line.map(|l| self.store(later.slice(l)));
            self.attempts.push(Attempt { recipient, line, ..attempt.clone() });
        }
    }

    /// It left the queue.  That an administrator took it out is not forgotten when the MTA then says that
    /// it is done with it (Exim writes both).
    pub fn end(&mut self, ending: Ending, at: i64) {
        match (self.ended, ending) {
            (Some((Ending::RemovedByHand | Ending::Requeued, _)), Ending::Done) => {}
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

    /// Did every recipient that the arrival announced get a final verdict?  Sendmail writes no other
    /// sign of a message's end at its default log level.
    #[must_use]
    pub fn all_recipients_done(&self) -> bool {
        let Some(announced) = self.announced else { return false };
        if self.attempts.is_empty() || self.recipients.len() < announced as usize {
            return false;
        }
        let mut open = vec![true; self.recipients.len()];
        for attempt in &self.attempts {
            if let Some(open) = open.get_mut(attempt.recipient as usize) {
                *open = matches!(attempt.disposition, Disposition::Deferred | Disposition::Skipped);
            }
        }
        self.given_up.is_some() || !open.contains(&true)
    }
}

/// Are these two the same mailbox?  Local parts as written, domains without regard to case.
fn same_address(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match memchr::memrchr(b'@', a) {
        Some(at) => a[..at] == b[..at] && a[at..].eq_ignore_ascii_case(&b[at..]),
        None => a == b,
    }
}

/// The disposition's word in reports.
#[must_use]
pub fn outcome(disposition: event::Disposition) -> &'static str {
    match disposition {
        Disposition::Delivered => "delivered",
        Disposition::HandedOn => "internal_hop",
        Disposition::Deferred => "deferred",
        Disposition::Bounced => "bounced",
        Disposition::Expired => "expired",
        Disposition::Skipped => "skipped",
        Disposition::Discarded => "discarded",
        Disposition::Probed => "probed",
    }
}
