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

use std::borrow::Cow;

use hashbrown::HashMap;

use super::clocks::Extent;
use super::key::{ByHash, Moment, Place, QueueKey, fingerprint};
use super::names::{Names, NamesTranslation};
use super::span::Span;
use super::symbols::Symbol;
use crate::bytes;
use crate::event::{Arrival, Disposition, Ending, Mta};
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyCode, address};

/// Longest line that is kept as evidence, in bytes.
const LINE_KEPT: usize = 600;

/// A line that shows what happened.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// As it stands in the file.
    pub raw: &'a [u8],
    /// The block that is being read.
    pub block: &'a [u8],
    /// The block can be read again, so that its lines need not be copied.
    pub stays: bool,
}

/// A recipient of the message.
#[derive(Debug, Clone, Copy)]
pub struct Recipient {
    /// The address; its domain in lower case.
    pub address: Span,
    /// What it was before aliases and rewriting, where logged.
    pub original: Option<Span>,
    /// Its [print](address_print): the same mailbox is known by it.
    pub print: u64,
    /// Its domain in lower case; none where it has no domain.
    pub domain: Symbol,
    /// The last verdict on it was not final, or there was none.
    open: bool,
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
    pub handoff: Option<Box<Handoff>>,
    /// The line, for failures: evidence.
    pub line: Option<Span>,
    /// What only the `events` command shows; kept only for it.
    pub detail: Option<Box<Detail>>,
    /// One that lies before the time window counts for nothing: it tells who was waiting when the window began.
    pub in_window: bool,
}

impl Attempt {
    /// Did the message go on in this host's own queue?
    #[must_use]
    pub fn is_hop(&self) -> bool {
        self.disposition == Disposition::HandedOn || self.handoff.as_ref().is_some_and(|h| h.hop == Some(true))
    }
}

/// A delivery to this machine itself that names the queue id it was given.
#[derive(Debug, Clone, Copy)]
pub struct Handoff {
    /// That id, on the same host.
    pub key: QueueKey,
    /// Whether the log speaks of that id, once it is known: then it is an internal hop, no delivery.
    pub hop: Option<bool>,
}

/// Parts of an attempt that only the `events` command shows.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// Next hop: address.
    pub relay_ip: Span,
    /// Where in the dialogue the answer came.
    pub stage: Option<Stage>,
    /// The reply or reason as logged.
    pub text: Span,
}

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

/// So many bytes for texts a message has at least that outlives its block: nearly all need no more, and the next one
/// that is written there need not ask for memory.
const TEXT_LEAST: usize = 512;

/// A message with more recipients than this looks them up by their address.
const FEW_RECIPIENTS: usize = 16;

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

    /// The envelope sender; empty for the null sender, None where no line told.
    #[must_use]
    pub fn sender<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.sender.map(|s| self.slice(s, block))
    }

    /// The client's address.
    #[must_use]
    pub fn client_ip<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.client_ip.map(|s| self.slice(s, block))
    }

    /// Who logged in, or the local user.
    #[must_use]
    pub fn login<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.login.map(|s| self.slice(s, block))
    }

    /// The Message-ID header.
    #[must_use]
    pub fn message_id<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.message_id.map(|s| self.slice(s, block))
    }

    /// The first line of its life.
    #[must_use]
    pub fn arrival_line(&self) -> Option<(Place, Span)> {
        self.arrival_line
    }

    /// The line that took it out of the queue, or gave it up, with its moment.
    #[must_use]
    pub fn end_line(&self) -> Option<(Moment, Span)> {
        self.end_line
    }

    /// Keeps a line as evidence, or the way to it.  Not in line: few lines are.
    #[inline(never)]
    pub fn keep_line(&mut self, line: Evidence<'_>) -> Span {
        let Evidence { raw, block, stays } = line;
        let raw = raw.get(..LINE_KEPT).unwrap_or(raw);
        let left = stays.then(|| Span::left_in_file(raw, block)).flatten();
        left.unwrap_or_else(|| self.store(raw, block))
    }

    /// Keeps the first line of its life.
    pub fn keep_arrival_line(&mut self, place: Place, line: Evidence<'_>) {
        if self.arrival_line.is_none() {
            self.arrival_line = Some((place, self.keep_line(line)));
        }
    }

    /// Keeps the line that took it out of the queue.
    pub fn keep_end_line(&mut self, at: Moment, line: Evidence<'_>) {
        self.end_line = Some((at, self.keep_line(line)));
    }

    /// A recipient's address, its domain in lower case.
    #[must_use]
    pub fn address<'t>(&'t self, recipient: &Recipient, block: &'t [u8]) -> &'t [u8] {
        self.slice(recipient.address, block)
    }

    /// Sender, login, client's address and Message-ID, taken out of its texts into a store like a [line](Self::moved).
    pub fn origin(&self, to: &mut Vec<u8>) -> [Option<Span>; 4] {
        let mut moved = |span: Option<Span>| span.map(|span| span.moved(&self.text, to));
        [moved(self.sender), moved(self.login), moved(self.client_ip), moved(self.message_id)]
    }

    /// Takes a line out of its texts into a store; one in a block or a file stays there.
    #[inline]
    pub fn moved(&self, line: Span, to: &mut Vec<u8>) -> Span {
        line.moved(&self.text, to)
    }

    /// A text of it.
    #[must_use]
    pub fn slice<'t>(&'t self, span: Span, block: &'t [u8]) -> &'t [u8] {
        span.get(&self.text, block)
    }

    /// Takes its texts out of the block, which it outlives.
    pub fn settle_down(&mut self, block: &[u8]) {
        let mut len = 0;
        self.each_span(|span, _| len += if span.is_in_block() { span.len() as usize } else { 0 });
        self.text.reserve_exact(if len > 0 { len.max(TEXT_LEAST) } else { 0 });
        self.each_span(|span, text| {
            if span.is_in_block() {
                *span = Span::of(span.get(&[], block), text, &[]);
            }
        });
    }

    /// Every text that it has, and where those are that do not lie in a block.
    fn each_span(&mut self, mut see: impl FnMut(&mut Span, &mut Vec<u8>)) {
        let Self { text, recipients, attempts, refusals, .. } = self;
        let mut see = |span: &mut Span| see(span, text);
        for span in [&mut self.sender, &mut self.client_ip, &mut self.login, &mut self.message_id] {
            span.iter_mut().for_each(&mut see);
        }
        self.arrival_line.iter_mut().for_each(|(_, span)| see(span));
        self.end_line.iter_mut().for_each(|(_, span)| see(span));
        refusals.iter_mut().flat_map(|refusals| &mut refusals.0).for_each(|refused| see(&mut refused.text));
        for recipient in recipients {
            see(&mut recipient.address);
            recipient.original.iter_mut().for_each(&mut see);
        }
        for attempt in attempts {
            attempt.line.iter_mut().for_each(&mut see);
            for detail in attempt.detail.iter_mut() {
                see(&mut detail.relay_ip);
                see(&mut detail.text);
            }
        }
    }

    /// Is it (or was it) in the queue, as far as the log tells?  A client that connected and never
    /// finished leaves no message.
    #[must_use]
    pub fn was_queued(&self) -> bool {
        // Postfix's qmgr, which tells the sender, never sees what a rule holds or throws away as it comes in.
        let kept_back = self.discarded || self.held && self.message_id.is_some();
        let seen =
            self.sender.is_some() || !self.attempts.is_empty() || self.ended.is_some() || self.given_up.is_some();
        !matches!(self.ended, Some((Ending::Cancelled, _)))
            && (seen || kept_back)
            && !(self.mta.habits().empty_arrival_is_logged && self.announced == Some(0) && self.attempts.is_empty())
    }

    /// Keeps a text.
    pub fn store(&mut self, bytes: &[u8], block: &[u8]) -> Span {
        Span::of(bytes, &mut self.text, block)
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

    /// The index of this recipient, a new one where it was not known.
    ///
    /// Two originals that lead to one address are two recipients; whom a line speaks of that does not tell the original
    /// is known at the end, see [`Message::unite_recipients`].
    pub fn recipient(&mut self, address: &[u8], original: Option<&[u8]>, names: &mut Names, block: &[u8]) -> u32 {
        let mailbox = original
            .filter(|_| self.mta.habits().mailbox_is_local_part)
            .and_then(|original| mailbox(address, original));
        let address = mailbox.as_deref().unwrap_or(address);
        let address = lowered(address);
        self.recipient_of(fingerprint(&address), &address, original, block, |domain| names.domains.intern(domain))
    }

    /// The same of an address with its domain in lower case and of this print; `symbol_of` is asked for the domain of a
    /// new one.
    #[inline(always)]
    fn recipient_of(
        &mut self,
        print: u64,
        address: &[u8],
        original: Option<&[u8]>,
        block: &[u8],
        symbol_of: impl FnOnce(&[u8]) -> Symbol,
    ) -> u32 {
        let fits = |index: usize| {
            self.recipients.get(index).is_some_and(|r| {
                r.print == print
                    && match (r.original, original) {
                        (Some(known), Some(original)) => same_address(self.slice(known, block), original),
                        (known, original) => known.is_none() == original.is_none(),
                    }
            })
        };
        let many = self.recipients.len() > FEW_RECIPIENTS;
        let known = if many {
            let places = self.by_address.as_ref().and_then(|by_address| by_address.get(&print));
            let places = places.map(Vec::as_slice).unwrap_or_default();
            places.iter().map(|&place| place as usize).find(|&place| fits(place))
        } else {
            (0..self.recipients.len()).find(|&place| fits(place))
        };
        if let Some(index) = known {
            return index as u32;
        }
        let domain = address::domain(address).map_or(Symbol::NONE, symbol_of);
        let address = self.store(address, block);
        let original = original.map(|o| self.store(o, block));
        self.recipients.push(Recipient { address, original, print, domain, open: true });
        self.open += 1;
        let index = self.recipients.len() - 1;
        if index >= FEW_RECIPIENTS {
            let new = if index == FEW_RECIPIENTS { 0..index + 1 } else { index..index + 1 };
            for place in new {
                let print = self.recipients[place].print;
                self.by_address.get_or_insert_default().entry(print).or_default().push(place as u32);
            }
        }
        index as u32
    }

    /// Nothing more comes: a recipient without an original is the first one with its address.
    pub fn unite_recipients(&mut self) {
        let some = |told: bool| self.recipients.iter().any(|r| r.original.is_some() == told);
        if self.recipients.len() < 2 || !some(true) || !some(false) {
            return;
        }
        let mut first: HashMap<(u64, bool), usize> = HashMap::new();
        for (place, recipient) in self.recipients.iter().enumerate() {
            first.entry((recipient.print, recipient.original.is_some())).or_insert(place);
        }
        let mut place_of: Vec<usize> = (0..self.recipients.len()).collect();
        for (&(print, told), &bare) in &first {
            if let (false, Some(&named)) = (told, first.get(&(print, true))) {
                let (stays, goes) = (bare.min(named), bare.max(named));
                let original = self.recipients.get(named).and_then(|r| r.original);
                if let (Some(stays), Some(goes)) = (self.recipients.get_mut(stays), place_of.get_mut(goes)) {
                    stays.original = original;
                    *goes = bare.min(named);
                }
            }
        }
        let mut new_place = vec![0; place_of.len()];
        let mut kept = 0;
        for place in 0..place_of.len() {
            let target = place_of.get(place).copied().unwrap_or(place);
            let new = if target == place { kept } else { new_place.get(target).copied().unwrap_or(0) };
            if let Some(slot) = new_place.get_mut(place) {
                *slot = new;
            }
            if target == place {
                self.recipients.swap(place, kept);
                kept += 1;
            }
        }
        self.recipients.truncate(kept);
        for attempt in &mut self.attempts {
            attempt.recipient = new_place.get(attempt.recipient as usize).map_or(0, |&place| place as u32);
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

/// The address of a mailbox that is named by its local part alone, where an alias led to it.
fn mailbox(local: &[u8], original: &[u8]) -> Option<Vec<u8>> {
    let domain = bytes::rfind(original, b'@').and_then(|at| original.get(at..))?;
    bytes::find(local, b'@').is_none().then(|| [local, domain].concat())
}

/// An address with its domain in lower case, as it nearly always is.
fn lowered(address: &[u8]) -> Cow<'_, [u8]> {
    let domain = bytes::rfind(address, b'@').unwrap_or(address.len());
    if !bytes::holds_upper_case(address.get(domain..).unwrap_or_default()) {
        return Cow::Borrowed(address);
    }
    let mut address = address.to_vec();
    address.get_mut(domain..).unwrap_or_default().make_ascii_lowercase();
    Cow::Owned(address)
}

/// A fingerprint of an address with its domain in lower case: the same for the same mailbox.
#[must_use]
pub fn address_print(address: &[u8]) -> u64 {
    fingerprint(&lowered(address))
}

/// Are these two the same mailbox?  Local parts as written, domains without regard to case.
fn same_address(a: &[u8], b: &[u8]) -> bool {
    // Where the first letters differ, so do the local parts.
    if a.len() != b.len() || a.first() != b.first() && a.first() != Some(&b'@') {
        return false;
    }
    if bytes::same(a, b) {
        return true;
    }
    match bytes::rfind(a, b'@') {
        Some(at) => bytes::same(&a[..at], &b[..at]) && a[at..].eq_ignore_ascii_case(&b[at..]),
        None => false,
    }
}
