//! From complete messages to passages, and which of them are kept.

use hashbrown::{HashMap, HashSet};

use super::kept::Kept;
use super::passage::{End, Line, Origin, Passage, Try, Verdict};
use crate::event::{Disposition, Ending, Mta};
use crate::fold::complete::Complete;
use crate::history::key::{ByHash, Moment, Place, QueueKey, fingerprint};
use crate::history::message::{Attempt, address_print};
use crate::history::names::NamesTranslation;
use crate::history::span::Span;
use crate::history::symbols::Symbol;

/// How many failed tries of a passage keep their line as evidence: the first ones and the last.
const LINES_KEPT: usize = 8;

/// Where one try takes several lines, they are logged within so many microseconds.
const ONE_TRY: i64 = 2_000_000;

/// A try of a [`Draft`].
#[derive(Debug, Clone, Copy)]
struct DraftTry {
    at: Moment,
    verdict: Verdict,
    relay: Symbol,
    line: Option<Span>,
}

/// A passage before its texts are copied: nearly all are forgotten again at once.
#[derive(Debug, Clone)]
struct Draft {
    /// Fingerprint of the recipient.
    print: u64,
    key: QueueKey,
    arrived: Option<Place>,
    handed_in: i64,
    ended: Option<i64>,
    end_line: Option<(Moment, Option<Span>)>,
    last_seen: i64,
    onward: Option<Box<QueueKey>>,
    recipient: Span,
    /// Sender, login, client's address, Message-ID.
    texts: [Option<Span>; 4],
    arrival: Option<(Place, Span)>,
    host: Symbol,
    domain: Symbol,
    index: u32,
    tries: (u32, u32),
    mta: Mta,
    end: End,
    held: bool,
    waits: bool,
    in_trouble: bool,
}

/// Passages that wait for it to be known whether they matter.
#[derive(Debug, Clone, Default)]
struct Drafts {
    list: Vec<Draft>,
    tries: Vec<DraftTry>,
    /// The texts that do not lie in a block.
    text: Vec<u8>,
}

impl Drafts {
    fn tries(&self, draft: &Draft) -> &[DraftTry] {
        let (start, len) = (draft.tries.0 as usize, draft.tries.1 as usize);
        self.tries.get(start..start + len).unwrap_or_default()
    }

    /// Takes in a draft of `other`, with all its texts.
    fn adopt(&mut self, draft: &Draft, other: &Self, block: &[u8]) {
        let mut draft = draft.clone();
        let text = &mut self.text;
        let mut take = |span: &mut Span| *span = span.taken(&other.text, block, text);
        take(&mut draft.recipient);
        draft.texts.iter_mut().flatten().for_each(&mut take);
        draft.arrival.iter_mut().for_each(|(_, line)| take(line));
        draft.end_line.iter_mut().filter_map(|(_, line)| line.as_mut()).for_each(&mut take);
        let start = self.tries.len() as u32;
        for mut one in other.tries(&draft).iter().copied() {
            one.line.iter_mut().for_each(&mut take);
            self.tries.push(one);
        }
        draft.tries.0 = start;
        self.list.push(draft);
    }

    fn clear(&mut self) {
        self.list.clear();
        self.tries.clear();
        self.text.clear();
    }

    fn translate(&mut self, names: &NamesTranslation) {
        for draft in &mut self.list {
            draft.host = names.hosts.of(draft.host);
            draft.domain = names.domains.of(draft.domain);
        }
        for one in &mut self.tries {
            one.relay = names.relays.of(one.relay);
            one.verdict.reason = names.reasons.of(one.verdict.reason);
        }
    }
}

/// The passages of a stretch of the log.
///
/// A passage waits until it is known whether it matters: one without a failure of its own does where a failure of the
/// recipient's lies earlier.
#[derive(Debug, Default)]
pub struct Passages {
    /// Of recipients in trouble.
    pub kept: Kept,
    waiting: Drafts,
    /// Those that were looked through last: none, but their memory.
    sifted: Drafts,
    /// Fingerprints of recipients with a failure.
    troubled: HashSet<u64, ByHash>,
    /// Last line of each host's MTAs.
    pub last_line: HashMap<Symbol, i64>,
    /// Attempts of a message by recipient.
    order: Vec<u32>,
    /// Which of the drafts at hand are to be kept.
    matters: Vec<bool>,
}

impl Passages {
    /// A recipient failed.
    pub fn trouble(&mut self, recipient: &[u8]) {
        self.troubled.insert(address_print(recipient));
    }

    /// The messages of all passages of which a line spoke since then, and when it did last.
    #[must_use]
    pub fn keys_since(&self, since: i64) -> HashMap<QueueKey, i64> {
        let mut keys = self.kept.keys_since(since);
        let waiting = self.waiting.list.iter().map(|draft| (draft.key, draft.last_seen));
        keys.extend(waiting.filter(|(_, last)| *last >= since));
        keys
    }

    /// A line of an MTA on this host.
    pub fn saw(&mut self, host: Symbol, time: i64) {
        let last = self.last_line.entry(host).or_insert(time);
        *last = time.max(*last);
    }

    /// Writes down what a complete message did to its recipients.
    pub fn collect(&mut self, one: Complete<'_>) {
        self.collect_as(one, false);
    }

    /// Writes down what a message did so far that a later run will conclude from: failures of others may follow from it.
    pub fn collect_waiting(&mut self, one: Complete<'_>) {
        self.collect_as(one, true);
    }

    fn collect_as(&mut self, one: Complete<'_>, waits: bool) {
        let message = one.message;
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend(0..message.attempts.len() as u32);
        if message.recipients.len() > 1 {
            // Stable: the tries of each stay in their order.
            order.sort_by_key(|&index| message.attempts.get(index as usize).map(|a| a.recipient));
        }
        let of = |index: &u32| message.attempts.get(*index as usize);
        for attempts in order.chunk_by(|a, b| of(a).map(|a| a.recipient) == of(b).map(|b| b.recipient)) {
            self.draft(one, attempts, waits);
        }
        self.order = order;
    }

    /// Writes down what a message did to one of its recipients, where anything was tried.
    fn draft(&mut self, one: Complete<'_>, attempts: &[u32], waits: bool) {
        let Complete { key, message, .. } = one;
        let attempts = attempts.iter().filter_map(|&index| message.attempts.get(index as usize));
        let attempts = attempts.filter(|attempt| attempt.in_window);
        let Some(index) = attempts.clone().next().map(|a| a.recipient) else { return };
        let Some(recipient) = message.recipients.get(index as usize) else { return };
        let Drafts { list, tries, text } = &mut self.waiting;
        let start = tries.len();
        let (mut end, mut ended, mut end_line, mut onward) = (End::Open, None, None, None);
        let mut earliest = i64::MAX;
        for attempt in attempts {
            let hop = attempt.is_hop();
            let time = attempt.at.time;
            if let Some(delay) = attempt.delay_us {
                earliest = earliest.min(time.saturating_sub_unsigned(delay));
            }
            (end, ended) = match attempt.disposition {
                _ if hop => (End::Gone, Some(time)),
                Disposition::Delivered => (End::Delivered, Some(time)),
                Disposition::Bounced => (End::Bounced, Some(time)),
                Disposition::Expired => (End::Expired, Some(time)),
                Disposition::Discarded => (End::Gone, Some(time)),
                Disposition::Deferred => (End::Open, None),
                Disposition::Skipped | Disposition::HandedOn | Disposition::Probed => (end, ended),
            };
            if hop {
                onward = attempt.handoff.as_ref().map(|h| Box::new(h.key));
            }
            let line = attempt.line.map(|line| message.moved(line, text));
            if attempt.disposition == Disposition::Expired {
                end_line = Some((attempt.at, line));
            }
            let is_try =
                matches!(attempt.disposition, Disposition::Delivered | Disposition::Deferred | Disposition::Bounced);
            if is_try && !hop {
                push(tries, start, message.mta, attempt, line);
            }
        }
        let Some(of_this) = tries.get(start..).filter(|tries| !tries.is_empty()) else { return };
        let Some(first) = of_this.first().map(|t| t.at.time) else { return };
        let in_trouble = of_this.iter().any(|t| t.verdict.disposition != Disposition::Delivered);
        if end == End::Open {
            (end, ended) = match (message.given_up, message.ended) {
                (Some(at), _) => (End::Expired, Some(at.time)),
                (None, Some((Ending::RemovedByHand, at))) => (End::RemovedByHand, Some(at)),
                (None, Some((_, at))) => (End::Gone, Some(at)),
                (None, None) if message.discarded => (End::Gone, Some(message.last.time)),
                (None, None) => (End::Open, None),
            };
            if let Some((at, line)) = message.end_line() {
                end_line = Some((at, Some(message.moved(line, text))));
            }
        }
        let arrival = message.arrival_line().map(|(place, line)| (place, message.moved(line, text)));
        list.push(Draft {
            print: recipient.print,
            key: *key,
            arrived: message.begun.then_some(message.first.place),
            handed_in: if message.begun { message.first.time } else { earliest.min(first) },
            ended,
            end_line,
            last_seen: message.last.time,
            onward,
            recipient: message.moved(recipient.address, text),
            texts: message.origin(text),
            arrival,
            host: message.host,
            domain: recipient.domain,
            index,
            tries: (start as u32, of_this.len() as u32),
            mta: message.mta,
            end,
            held: message.held,
            waits,
            in_trouble,
        });
    }

    /// The block that was read here goes: takes all texts out of it.
    pub fn settle_down(&mut self, block: &[u8]) {
        let drafts = std::mem::take(&mut self.waiting);
        for draft in &drafts.list {
            self.waiting.adopt(draft, &drafts, block);
        }
    }

    /// Keeps the passages that matter, and forgets those that no failure can make meaningful any more: those handed in
    /// before `horizon`, before which no unread line lies.
    pub fn forget(&mut self, horizon: i64) {
        let sifted = std::mem::take(&mut self.sifted);
        let mut drafts = std::mem::replace(&mut self.waiting, sifted);
        self.sift(&mut drafts, &[], horizon);
        self.sifted = drafts;
    }

    /// Nothing more comes: keeps what matters, and forgets all else.
    pub fn close(&mut self) {
        self.forget(i64::MAX);
        // Of millions of recipients it is much.
        self.troubled = HashSet::default();
        self.sifted = Drafts::default();
    }

    /// Adds the passages of the stretch that follows, and leaves it empty.  Those of its texts that it has not taken
    /// out lie in `block`.  Where nothing comes before this stretch, what matters is kept and what can be forgotten is:
    /// see [`Passages::forget`].
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation, block: &[u8], first: bool, horizon: i64) {
        for (host, time) in other.last_line.drain() {
            self.saw(names.hosts.of(host), time);
        }
        self.troubled.extend(other.troubled.drain());
        other.waiting.translate(names);
        if first {
            self.sift(&mut other.waiting, block, horizon);
        } else {
            for draft in &other.waiting.list {
                self.waiting.adopt(draft, &other.waiting, block);
            }
            other.waiting.clear();
        }
    }

    /// Keeps, lets wait or forgets each of these drafts.
    fn sift(&mut self, drafts: &mut Drafts, block: &[u8], horizon: i64) {
        // All are looked up before any is dealt with: they are far apart, and so the ways to them are gone side by side.
        let mut matters = std::mem::take(&mut self.matters);
        matters.extend(drafts.list.iter().map(|draft| draft.in_trouble | self.troubled.contains(&draft.print)));
        let mut tries = Vec::new();
        for (draft, matters) in drafts.list.iter().zip(matters.drain(..)) {
            if matters {
                self.keep(draft, drafts, block, &mut tries);
            } else if draft.last_seen >= horizon {
                self.waiting.adopt(draft, drafts, block);
            }
        }
        self.matters = matters;
        drafts.clear();
    }

    /// Keeps a passage for good.  `tries` is memory for its tries.
    fn keep<'t>(&mut self, draft: &Draft, drafts: &'t Drafts, block: &'t [u8], tries: &mut Vec<Try<'t>>) {
        let kept = &mut self.kept;
        let text = |span: Span| span.get(&drafts.text, block);
        let line = |span: Span| match span.in_file() {
            Some((start, len)) => Line::InFile(start, len),
            None => Line::Text(text(span)),
        };
        tries.clear();
        for one in drafts.tries(draft) {
            let verdict = kept.number_of(one.verdict);
            let line = one.line.map_or(Line::None, line);
            tries.push(Try::new(one.at, verdict, &kept.verdicts, one.relay, line));
        }
        let [sender, login, client_ip, message_id] = draft.texts.map(|span| span.map(text));
        let passage = Passage {
            key: draft.key,
            handed_in: draft.handed_in,
            arrived: draft.arrived,
            arrival: draft.arrival.map(|(place, span)| (place, line(span))),
            ended: draft.ended,
            end_line: draft.end_line.map(|(at, span)| (at, span.map_or(Line::None, line))),
            last_seen: draft.last_seen,
            origin: Origin {
                login: login.unwrap_or_default(),
                client_ip: client_ip.unwrap_or_default(),
                message_id: message_id.filter(|id| !id.is_empty()).map_or(0, |id| fingerprint(id) >> 24),
            },
            sender,
            recipient: text(draft.recipient),
            domain: draft.domain,
            host: draft.host,
            tries: draft.tries,
            index: draft.index,
            mta: draft.mta,
            end: draft.end,
            held: draft.held,
            waits: draft.waits,
        };
        kept.keep(draft.print, &passage, tries, draft.onward.as_deref());
    }
}

/// Adds a try to those from `start` on.  Of many failed ones only the first lines and the last are kept.
fn push(tries: &mut Vec<DraftTry>, start: usize, mta: Mta, attempt: &Attempt, line: Option<Span>) {
    let so_far = tries.get(start..).unwrap_or_default();
    // Two lines for two hosts of one try: the last host's word counts.
    if let Some(last) = so_far.last()
        && mta.habits().one_try_may_take_lines
        && attempt.at.time - last.at.time <= ONE_TRY
        && last.verdict.disposition == Disposition::Deferred
        && last.relay != attempt.relay
    {
        tries.pop();
    }
    if tries.len() - start > LINES_KEPT
        && let Some(last) = tries.last_mut()
    {
        last.line = None;
    }
    let (disposition, reply, enhanced) = (attempt.disposition, attempt.reply, attempt.enhanced);
    let verdict = Verdict { disposition, reply, enhanced, reason: attempt.reason };
    tries.push(DraftTry { at: attempt.at, verdict, relay: attempt.relay, line });
}
