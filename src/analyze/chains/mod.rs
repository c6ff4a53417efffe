//! What senders and queues did to recipients in trouble: the matter that dead ends are found in.
//!
//! A *passage* is one recipient of one message, from its handing-in to its end.  The passages of one
//! sender and one recipient, in time order, are a *chain*.  Passages are kept only for recipients that
//! failed at least once, whoever wrote to them; all others are forgotten as soon as it is clear that no
//! earlier failure can make them meaningful.

pub mod tables;

use hashbrown::{HashMap, HashSet};

use super::settle::Complete;
use crate::event::{Disposition, Ending, Mta};
use crate::history::key::{ByHash, Moment, Place, QueueKey, fingerprint};
use crate::history::message::{Attempt, Span};
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// How many failed tries of a passage keep their line as evidence: the first ones and the last.
const LINES_KEPT: usize = 8;

/// Longest line that is kept as evidence, in bytes.
pub const LINE_KEPT: usize = 600;

/// A log line kept as evidence.
#[derive(Debug, Clone, Default)]
pub struct KeptLine {
    /// When and where; none where no line was kept.
    pub at: Option<Moment>,
    /// The line as it stands in the file.
    pub text: Box<[u8]>,
}

/// One try of a passage.
#[derive(Debug, Clone)]
pub struct Try {
    /// When and where.
    pub at: Moment,
    /// Delivered, Deferred or Bounced.
    pub disposition: Disposition,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// Reply template.
    pub reason: Symbol,
    /// Next hop.
    pub relay: Symbol,
    /// The line, for some.
    pub line: Box<[u8]>,
}

impl Try {
    /// Did it fail for now?
    #[must_use]
    pub fn is_deferral(&self) -> bool {
        self.disposition == Disposition::Deferred
    }

    /// Was it delivered?
    #[must_use]
    pub fn is_delivery(&self) -> bool {
        self.disposition == Disposition::Delivered
    }

    /// Did the far side say never, or the MTA?
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.disposition == Disposition::Bounced
            || self.is_deferral() && self.reply.is_some_and(|r| r.class() == ReplyClass::Permanent)
    }
}

/// How a passage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The login, or the local user.
    pub login: Box<[u8]>,
    /// The client's address.
    pub client_ip: Box<[u8]>,
    /// The Message-ID header.
    pub message_id: Box<[u8]>,
}

/// One recipient of one message.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Who wrote of it.
    pub mta: Mta,
    /// The host that logged it.
    pub host: Symbol,
    /// The queue id.
    pub key: QueueKey,
    /// Envelope sender; empty for the null sender, None where unknown.
    pub sender: Option<Box<[u8]>>,
    /// Recipient, its domain in lower case.
    pub recipient: Box<[u8]>,
    /// Its domain.
    pub domain: Symbol,
    /// When it was handed in: its first line, or an attempt's time less its delay.
    pub handed_in: i64,
    /// Its first line, where the log has it.
    pub arrival: KeptLine,
    /// The tries in time order; never empty.
    pub tries: Vec<Try>,
    /// How it ended.
    pub end: End,
    /// When it ended.
    pub ended: Option<i64>,
    /// Removal or expiry.
    pub end_line: KeptLine,
    /// The last line that spoke of the message.
    pub last_seen: i64,
    /// It was held or frozen.
    pub held: bool,
    /// The queue id of this host under which it went on.
    pub onward: Option<QueueKey>,
    /// Who handed it in.
    pub origin: Origin,
}

impl Passage {
    /// Did a try of it fail?
    #[must_use]
    pub fn in_trouble(&self) -> bool {
        self.tries.iter().any(|t| !t.is_delivery())
    }

    /// Was it still in the queue at `time`?
    #[must_use]
    pub fn is_queued_at(&self, time: i64) -> bool {
        self.handed_in <= time && self.ended.is_none_or(|ended| ended > time)
    }

    /// When it was delivered.
    #[must_use]
    pub fn delivered_at(&self) -> Option<i64> {
        self.tries.iter().find(|t| t.is_delivery()).map(|t| t.at.time)
    }
}

/// A passage without any failure, before its texts are copied: nearly all are forgotten again at once.
#[derive(Debug, Clone)]
struct Smooth {
    /// Fingerprint of the recipient.
    print: u64,
    mta: Mta,
    held: bool,
    host: Symbol,
    domain: Symbol,
    relay: Symbol,
    reply: Option<ReplyCode>,
    enhanced: Option<EnhancedCode>,
    key: QueueKey,
    begun: Option<Moment>,
    handed_in: i64,
    delivered: Moment,
    last_seen: i64,
    recipient: Span,
    /// Sender, arrival line, login, client's address, Message-ID.
    texts: [Option<Span>; 5],
}

impl Smooth {
    /// Moves its texts into `store`.
    fn settle_down(&mut self, from: &[u8], block: &[u8], store: &mut Vec<u8>) {
        for span in [Some(&mut self.recipient)].into_iter().chain(self.texts.iter_mut().map(Option::as_mut)).flatten() {
            *span = Span::of(span.get(from, block), store, &[]);
        }
    }

    fn translate(&mut self, names: &NamesTranslation) {
        self.host = names.hosts.of(self.host);
        self.domain = names.domains.of(self.domain);
        self.relay = names.relays.of(self.relay);
    }

    /// The same with all its texts.
    fn passage(&self, store: &[u8], block: &[u8]) -> Passage {
        let text = |span: Option<Span>| -> Option<Box<[u8]>> { span.map(|s| s.get(store, block).into()) };
        let [sender, arrival, login, client_ip, message_id] = self.texts.map(text);
        Passage {
            mta: self.mta,
            host: self.host,
            key: self.key,
            sender,
            recipient: self.recipient.get(store, block).into(),
            domain: self.domain,
            handed_in: self.handed_in,
            arrival: KeptLine { at: self.begun, text: arrival.unwrap_or_default() },
            tries: vec![Try {
                at: self.delivered,
                disposition: Disposition::Delivered,
                reply: self.reply,
                enhanced: self.enhanced,
                reason: Symbol::NONE,
                relay: self.relay,
                line: Box::default(),
            }],
            end: End::Delivered,
            ended: Some(self.delivered.time),
            end_line: KeptLine::default(),
            last_seen: self.last_seen,
            held: self.held,
            onward: None,
            origin: Origin {
                login: login.unwrap_or_default(),
                client_ip: client_ip.unwrap_or_default(),
                message_id: message_id.unwrap_or_default(),
            },
        }
    }
}

/// The passages of a stretch of the log.
///
/// Without a failure of its own a passage waits: a failure of the recipient's that lies earlier would make it matter.
#[derive(Debug, Clone, Default)]
pub struct Passages {
    /// Of recipients in trouble.
    pub kept: Vec<Passage>,
    /// Waiting, delivered at the first try.
    smooth: Vec<Smooth>,
    /// The texts of those that do not lie in a block.
    text: Vec<u8>,
    /// Waiting, all others.
    pending: Vec<Passage>,
    /// Fingerprints of recipients with a failure.
    troubled: HashSet<u64, ByHash>,
    /// Last line of each host's MTAs.
    pub last_line: HashMap<Symbol, i64>,
    address: Vec<u8>,
    /// Attempts of a message by recipient.
    order: Vec<u32>,
}

impl Passages {
    /// A recipient failed.
    pub fn trouble(&mut self, recipient: &[u8]) {
        self.address.clear();
        self.address.extend_from_slice(recipient);
        let domain = memchr::memrchr(b'@', recipient).unwrap_or(recipient.len());
        self.address.get_mut(domain..).unwrap_or_default().make_ascii_lowercase();
        self.troubled.insert(fingerprint(&self.address));
    }

    /// The messages of all passages, and when a line last spoke of them.
    pub fn keys(&self) -> impl Iterator<Item = (QueueKey, i64)> {
        let whole = self.kept.iter().chain(&self.pending).map(|p| (p.key, p.last_seen));
        whole.chain(self.smooth.iter().map(|p| (p.key, p.last_seen)))
    }

    /// A line of an MTA on this host.
    pub fn saw(&mut self, host: Symbol, time: i64) {
        let last = self.last_line.entry(host).or_insert(time);
        *last = time.max(*last);
    }

    /// Writes down what a complete message did to its recipients.
    pub fn collect(&mut self, one: Complete<'_>) {
        let message = one.message;
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend(0..message.attempts.len() as u32);
        if message.recipients.len() > 1 {
            // Stable: the tries of each stay in their order.
            order.sort_by_key(|&index| message.attempts.get(index as usize).map(|a| a.recipient));
        }
        let of = |index: &u32| message.attempts.get(*index as usize);
        for tries in order.chunk_by(|a, b| of(a).map(|a| a.recipient) == of(b).map(|b| b.recipient)) {
            let (Some(first), is_alone) = (tries.first().and_then(of), tries.len() == 1) else { continue };
            let hop = first.handoff.as_ref().is_some_and(|h| h.seen);
            if is_alone && first.disposition == Disposition::Delivered && !hop {
                self.collect_smooth(one, first);
            } else if let Some(passage) = passage(one, first.recipient, tries) {
                if passage.in_trouble() {
                    self.kept.push(passage);
                } else {
                    self.pending.push(passage);
                }
            }
        }
        self.order = order;
    }

    /// Writes down a delivery at the first try.
    fn collect_smooth(&mut self, one: Complete<'_>, attempt: &Attempt) {
        let Complete { key, message, block } = one;
        let Some(recipient) = message.recipients.get(attempt.recipient as usize) else { return };
        let address = message.address(recipient, block);
        let mut store = |text: &[u8]| Span::of(text, &mut self.text, block);
        let texts = [
            message.sender(block),
            message.arrival_line(block),
            message.login(block),
            message.client_ip(block),
            message.message_id(block),
        ];
        let time = attempt.at.time;
        self.smooth.push(Smooth {
            print: fingerprint(address),
            mta: message.mta,
            held: message.held,
            host: message.host,
            domain: recipient.domain,
            relay: attempt.relay,
            reply: attempt.reply,
            enhanced: attempt.enhanced,
            key: *key,
            begun: message.begun.then_some(message.first),
            handed_in: match attempt.delay_us {
                _ if message.begun => message.first.time,
                Some(delay) => time.min(time.saturating_sub_unsigned(delay)),
                None => time,
            },
            delivered: attempt.at,
            last_seen: message.last.time,
            recipient: store(address),
            texts: texts.map(|text| text.map(&mut store)),
        });
    }

    /// The block that was read here goes: takes all texts out of it.
    pub fn settle_down(&mut self, block: &[u8]) {
        let mut text = Vec::new();
        for smooth in &mut self.smooth {
            smooth.settle_down(&self.text, block, &mut text);
        }
        self.text = text;
    }

    /// Forgets the passages that no failure can make meaningful any more: those handed in before `horizon`,
    /// before which no unread line lies.
    pub fn forget(&mut self, horizon: i64) {
        let troubled = &self.troubled;
        if !self.pending.is_empty() {
            let (matters, rest): (Vec<Passage>, Vec<Passage>) =
                self.pending.drain(..).partition(|p| troubled.contains(&fingerprint(&p.recipient)));
            self.kept.extend(matters);
            self.pending.extend(rest.into_iter().filter(|p| p.last_seen >= horizon));
        }
        let (kept, text) = (&mut self.kept, &self.text);
        self.smooth.retain(|smooth| {
            let matters = troubled.contains(&smooth.print);
            if matters {
                kept.push(smooth.passage(text, &[]));
            }
            !matters && smooth.last_seen >= horizon
        });
        self.settle_down(&[]);
    }

    /// Adds the passages of the stretch that follows, and leaves it empty.  Those of its texts that it has not taken
    /// out lie in `block`; what can be forgotten, see [`Passages::forget`], is not taken in.
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation, block: &[u8], horizon: i64) {
        let translated = |mut passage: Passage| {
            passage.host = names.hosts.of(passage.host);
            passage.domain = names.domains.of(passage.domain);
            for one in &mut passage.tries {
                one.reason = names.reasons.of(one.reason);
                one.relay = names.relays.of(one.relay);
            }
            passage
        };
        self.kept.extend(other.kept.drain(..).map(translated));
        self.pending.extend(other.pending.drain(..).map(translated));
        self.troubled.extend(other.troubled.drain());
        for mut smooth in other.smooth.drain(..) {
            let matters = self.troubled.contains(&smooth.print);
            if !matters && smooth.last_seen < horizon {
                continue;
            }
            smooth.translate(names);
            if matters {
                self.kept.push(smooth.passage(&other.text, block));
            } else {
                smooth.settle_down(&other.text, block, &mut self.text);
                self.smooth.push(smooth);
            }
        }
        other.text.clear();
        for (host, time) in other.last_line.drain() {
            self.saw(names.hosts.of(host), time);
        }
    }
}

/// What a message did to one of its recipients; None where nothing was tried.
fn passage(one: Complete<'_>, index: u32, attempts: &[u32]) -> Option<Passage> {
    let Complete { key, message, block } = one;
    let recipient = message.recipients.get(index as usize)?;
    let attempts = attempts.iter().filter_map(|&index| message.attempts.get(index as usize));
    let mut tries: Vec<Try> = Vec::with_capacity(attempts.clone().count());
    let mut end = End::Open;
    let mut ended = None;
    let mut earliest = i64::MAX;
    let mut end_line = KeptLine::default();
    let mut onward = None;
    for attempt in attempts {
        let hop = attempt.disposition == Disposition::HandedOn || attempt.handoff.as_ref().is_some_and(|h| h.seen);
        if let Some(delay) = attempt.delay_us {
            earliest = earliest.min(attempt.at.time.saturating_sub_unsigned(delay));
        }
        (end, ended) = match attempt.disposition {
            _ if hop => (End::Gone, Some(attempt.at.time)),
            Disposition::Delivered => (End::Delivered, Some(attempt.at.time)),
            Disposition::Bounced => (End::Bounced, Some(attempt.at.time)),
            Disposition::Expired => (End::Expired, Some(attempt.at.time)),
            Disposition::Discarded => (End::Gone, Some(attempt.at.time)),
            Disposition::Deferred => (End::Open, None),
            Disposition::Skipped | Disposition::HandedOn | Disposition::Probed => (end, ended),
        };
        if hop {
            onward = attempt.handoff.as_ref().map(|h| h.key);
        }
        if attempt.disposition == Disposition::Expired {
            end_line = kept(one, attempt);
        }
        let is_try =
            matches!(attempt.disposition, Disposition::Delivered | Disposition::Deferred | Disposition::Bounced);
        if is_try && !hop {
            push(&mut tries, one, attempt);
        }
    }
    let first = tries.first()?.at.time;
    if end == End::Open {
        (end, ended) = match (message.given_up, message.ended) {
            (Some(at), _) => (End::Expired, Some(at.time)),
            (None, Some((Ending::RemovedByHand, at))) => (End::RemovedByHand, Some(at)),
            (None, Some((_, at))) => (End::Gone, Some(at)),
            (None, None) if message.discarded => (End::Gone, Some(message.last.time)),
            (None, None) => (End::Open, None),
        };
        if let Some((at, line)) = message.end_line(block) {
            end_line = KeptLine { at: Some(at), text: line.into() };
        }
    }
    let boxed = |bytes: Option<&[u8]>| bytes.unwrap_or_default().into();
    Some(Passage {
        mta: message.mta,
        host: message.host,
        key: *key,
        sender: message.sender(block).map(Into::into),
        recipient: message.address(recipient, block).into(),
        domain: recipient.domain,
        handed_in: if message.begun { message.first.time } else { earliest.min(first) },
        arrival: KeptLine { at: message.begun.then_some(message.first), text: boxed(message.arrival_line(block)) },
        tries,
        end,
        ended,
        end_line,
        last_seen: message.last.time,
        held: message.held,
        onward,
        origin: Origin {
            login: boxed(message.login(block)),
            client_ip: boxed(message.client_ip(block)),
            message_id: boxed(message.message_id(block)),
        },
    })
}

fn kept(one: Complete<'_>, attempt: &Attempt) -> KeptLine {
    let text = attempt.line.map_or(&b""[..], |line| one.message.slice(line, one.block));
    KeptLine { at: Some(attempt.at), text: text.into() }
}

/// The hosts of one try are logged within so many microseconds by Sendmail, each in a line of its own.
const ONE_TRY: i64 = 2_000_000;

/// Adds a try.  Of many failed ones only the first lines and the last are kept.
fn push(tries: &mut Vec<Try>, one: Complete<'_>, attempt: &Attempt) {
    // Two lines for two hosts of one try: the last host's word counts.
    tries.pop_if(|last| {
        let close = attempt.at.time - last.at.time <= ONE_TRY;
        one.message.mta == Mta::Sendmail && close && last.is_deferral() && last.relay != attempt.relay
    });
    if tries.len() > LINES_KEPT
        && let Some(last) = tries.last_mut()
    {
        last.line = Box::default();
    }
    tries.push(Try {
        at: attempt.at,
        disposition: attempt.disposition,
        reply: attempt.reply,
        enhanced: attempt.enhanced,
        reason: attempt.reason,
        relay: attempt.relay,
        line: kept(one, attempt).text,
    });
}

/// The passages of one sender to one recipient, in the order in which they were handed in.
#[derive(Debug)]
pub struct Chain<'a> {
    /// Envelope sender; empty for the null sender, None where unknown.
    pub sender: Option<&'a [u8]>,
    /// Recipient.
    pub recipient: &'a [u8],
    /// Its domain.
    pub domain: Symbol,
    /// What they did.
    pub passages: Vec<&'a Passage>,
}

impl<'a> Chain<'a> {
    /// All tries in time order, each with the index of its passage.
    #[must_use]
    pub fn tries(&self) -> Vec<(usize, &'a Try)> {
        let mut tries: Vec<(usize, &'a Try)> =
            self.passages.iter().enumerate().flat_map(|(i, p)| p.tries.iter().map(move |t| (i, t))).collect();
        tries.sort_by_key(|(_, t)| (t.at.time, t.at.place));
        tries
    }
}

/// All chains with a failure in them, in an order that does not depend on how the log was cut.
#[must_use]
pub fn chains(passages: &[Passage]) -> Vec<Chain<'_>> {
    let mut index: HashMap<(Option<&[u8]>, &[u8]), usize> = HashMap::new();
    let mut chains: Vec<Chain<'_>> = Vec::new();
    for passage in passages {
        let (sender, recipient) = (passage.sender.as_deref(), &*passage.recipient);
        let at = *index.entry((sender, recipient)).or_insert_with(|| {
            chains.push(Chain { sender, recipient, domain: passage.domain, passages: Vec::new() });
            chains.len() - 1
        });
        if let Some(chain) = chains.get_mut(at) {
            chain.passages.push(passage);
        }
    }
    for chain in &mut chains {
        chain.passages.sort_by_key(|p| (p.handed_in, p.place()));
    }
    chains.sort_unstable_by(|a, b| (a.recipient, a.sender).cmp(&(b.recipient, b.sender)));
    chains
}

impl Passage {
    /// Where it begins in the log: its first line, or its first try.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.arrival.at.map(|at| at.place).or_else(|| self.tries.first().map(|t| t.at.place))
    }
}
