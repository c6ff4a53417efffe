//! Joins the facts about each queue id to messages, over block, file and host borders.
//!
//! A correlator works on one stretch of the log.  Two neighbouring stretches are joined with
//! [`Correlator::append`], and the result is what one correlator would have made of both: see the
//! merge law in the crate's documentation.
//!
//! Short Postfix queue ids are used again, so an id has *generations*.  Within a stretch three places
//! matter per id: the `lead`, which may go on from the stretch to the left; the `current` one, which may
//! go on to the right; and whether there is a border between them.

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::key::{ByHash, Moment, QueueKey};
use super::message::{Attempt, Detail, Handoff, Message};
use super::names::{Names, NamesTranslation};
use super::reasons::Reasons;
use super::symbols::Symbol;
use crate::event::{self, Disposition, Ending, Fact, Mta, Recipients};

/// How long after a message's end lines of it may still come, in microseconds of log time.  Relays that
/// collect logs from several hosts reorder lines by a second or two, so that `removed` can stand before
/// the last `status=`.
const GRACE: i64 = 5_000_000;

/// What a correlator needs to know of the line at hand.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The block of lines that is being read; empty where the line is not from one.
    pub block: &'a [u8],
    /// The line as it stands in the file.
    pub raw: &'a [u8],
    /// When and where.
    pub at: Moment,
    /// Who wrote it.
    pub mta: Mta,
    /// The host that logged it.
    pub host: Symbol,
    /// How often it was said.
    pub times: u32,
    /// It lies in the time window; a line before the window only tells how a message came.
    pub in_window: bool,
    /// Keep what only the `events` command shows.
    pub details: bool,
}

/// How many emptied messages are kept.
const SPARES: usize = 256;

/// What a stretch knows of one queue id.
#[derive(Debug, Default)]
struct Entry {
    lead: Option<Box<Message>>,
    current: Option<Box<Message>>,
    /// Something separates `current` from what came before the stretch.
    border: bool,
}

/// Messages that are not complete yet.
#[derive(Debug)]
pub struct Correlator {
    /// Nothing came before this stretch.
    first: bool,
    entries: HashMap<QueueKey, Entry, ByHash>,
    /// Ends of messages, oldest first: candidates for leaving.
    ends: VecDeque<(i64, QueueKey)>,
    /// Ids that a delivery to this machine named and that were not seen yet, and which message was
    /// delivered so.
    wanted: HashMap<QueueKey, QueueKey>,
    /// Messages that are complete but for the question whether such an id is in the log.
    #[expect(clippy::vec_box, reason = "they came boxed and go on so")]
    undecided: HashMap<QueueKey, Vec<Box<Message>>>,
    /// Complete messages, for the caller to conclude from.
    complete: Vec<(QueueKey, Box<Message>)>,
    /// Emptied messages, to be used again.
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    spare: Vec<Box<Message>>,
    reasons: Reasons,
}

impl Correlator {
    /// A correlator for a stretch; `first` where nothing comes before it.
    #[must_use]
    pub fn new(first: bool) -> Self {
        Self {
            first,
            entries: HashMap::default(),
            ends: VecDeque::new(),
            wanted: HashMap::new(),
            undecided: HashMap::new(),
            complete: Vec::new(),
            spare: Vec::new(),
            reasons: Reasons::default(),
        }
    }

    /// Takes in one fact.
    pub fn observe(&mut self, key: QueueKey, fact: &Fact<'_>, context: Context<'_>, names: &mut Names) {
        let at = context.at;
        if !self.wanted.is_empty() && !self.entries.contains_key(&key) {
            self.see(key);
        }
        if let Fact::Quiet(_) | Fact::HostTrouble | Fact::Notice { .. } = fact {
            // They tell nothing of a recipient, and may come after the message's end.
            return;
        }
        let begins = matches!(fact, Fact::Arrival(arrival) if arrival.begins);
        // Only Postfix uses short ids again.  Exim may log a delivery before the arrival (cutthrough, `>>`).
        let anew = begins && context.mta != Mta::Exim;
        let handoffs = self.handoffs(&key, fact);
        let entry = self.entries.entry(key).or_default();
        if let Some(current) = &entry.current
            && (anew && (current.begun || !current.attempts.is_empty()) || is_over(current, at.time))
        {
            let old = entry.current.take();
            if entry.border || self.first {
                if let Some(old) = old {
                    self.complete.push((key, old));
                }
            } else {
                entry.lead = old;
            }
            entry.border = true;
        } else if anew {
            if !self.first && !entry.border && entry.current.is_some() {
                entry.lead = entry.current.take();
            }
            entry.border = true;
        }
        let spare = &mut self.spare;
        let message = entry.current.get_or_insert_with(|| match spare.pop() {
            Some(mut message) => {
                message.reset(context.mta, context.host, at);
                message
            }
            None => Box::new(Message::new(context.mta, context.host, at)),
        });
        message.last = at;
        message.in_window |= context.in_window;
        match fact {
            Fact::Arrival(arrival) => {
                message.arrive(arrival, &key, context.block);
                if begins {
                    message.keep_arrival_line(context.raw, context.block);
                }
            }
            _ if !context.in_window => {}
            Fact::Attempt(attempt) => {
                record(message, attempt, context, names, handoffs, &mut self.reasons);
                if attempt.disposition == Disposition::Probed {
                    message.probe = true;
                }
            }
            Fact::GivenUp => {
                message.given_up = Some(at);
                message.keep_end_line(at, context.raw, context.block);
            }
            Fact::Ended(ending) => {
                message.end(*ending, at.time);
                if *ending == Ending::RemovedByHand {
                    message.keep_end_line(at, context.raw, context.block);
                }
            }
            Fact::ContinuesAs(_) => message.continues = true,
            Fact::Held => message.held = true,
            Fact::Discarded => message.discarded = true,
            Fact::Probe => message.probe = true,
            Fact::Released | Fact::Notice { .. } | Fact::HostTrouble | Fact::Quiet(_) => {}
        }
        infer_end(message);
        if message.ended.is_some_and(|(_, ended)| ended == at.time) && (entry.border || self.first) {
            self.ends.push_back((at.time, key));
        }
        self.sweep(at.time);
    }

    /// The id under which a delivery to this machine goes on, where the next hop named one.
    fn handoffs(&mut self, key: &QueueKey, fact: &Fact<'_>) -> Option<Box<Handoff>> {
        let Fact::Attempt(attempt) = fact else { return None };
        let id = attempt.queued_as?;
        let handed = attempt.disposition == Disposition::HandedOn;
        if !(handed || attempt.disposition == Disposition::Delivered && attempt.relay.is_this_machine()) {
            return None;
        }
        let next = key.sibling(id);
        if next == *key && !handed {
            // Nothing goes on as itself: a reply that names the message's own id says nothing of this host's queue.
            return None;
        }
        let seen = handed || self.entries.contains_key(&next);
        if !seen {
            self.wanted.insert(next, *key);
        }
        Some(Box::new(Handoff { key: next, seen }))
    }

    /// An id that was not known is in the log: the delivery that named it was an internal hop.
    fn see(&mut self, key: QueueKey) {
        let Some(waiting) = self.wanted.remove(&key) else { return };
        if let Some(entry) = self.entries.get_mut(&waiting) {
            for message in entry.lead.iter_mut().chain(entry.current.iter_mut()) {
                mark_seen(message, |handoff| *handoff == key);
            }
        }
        for mut message in self.undecided.remove(&waiting).unwrap_or_default() {
            mark_seen(&mut message, |handoff| *handoff == key);
            self.complete.push((waiting, message));
        }
    }

    /// Lets messages go whose end lies long enough back.
    fn sweep(&mut self, now: i64) {
        while let Some(&(ended, key)) = self.ends.front()
            && !(ended - GRACE..=ended + GRACE).contains(&now)
        {
            self.ends.pop_front();
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            if entry.current.as_ref().is_some_and(|m| m.ended.is_some_and(|(_, at)| at == ended)) {
                if let Some(message) = entry.current.take() {
                    self.complete.push((key, message));
                }
                if self.first {
                    self.entries.remove(&key);
                }
            }
        }
    }

    /// Complete messages, to be concluded from and handed back with [`Correlator::recycle`].
    pub fn next_complete(&mut self) -> Option<(QueueKey, Box<Message>)> {
        while let Some((key, mut message)) = self.complete.pop() {
            // A split line stands where it began, but is known only when its last piece is.
            if !message.attempts.is_sorted_by_key(|a| a.at.place) {
                message.attempts.sort_by_key(|a| a.at.place);
            }
            if message.attempts.iter().any(|a| a.handoff.as_ref().is_some_and(|h| !h.seen)) {
                self.undecided.entry(key).or_default().push(message);
            } else {
                return Some((key, message));
            }
        }
        None
    }

    /// Takes an emptied message back.
    pub fn recycle(&mut self, message: Box<Message>) {
        if self.spare.len() < SPARES {
            self.spare.push(message);
        }
    }

    /// The block that was read here goes: takes the texts of all messages out of it.
    pub fn settle_down(&mut self, block: &[u8]) {
        let open = self.entries.values_mut().flat_map(|entry| [&mut entry.lead, &mut entry.current]).flatten();
        let undecided = self.undecided.values_mut().flatten();
        for message in open.chain(undecided).chain(self.complete.iter_mut().map(|(_, message)| message)) {
            message.settle_down(block);
        }
    }

    /// Joins the stretch that follows, which has settled down, and leaves it empty.  `translation` is that of its
    /// names to `names`; `now` is the time of its last line.
    pub fn append(&mut self, right: &mut Self, names: &mut Names, translation: &NamesTranslation, now: Option<i64>) {
        // An id that the right stretch wants may be known here, and the other way round.
        let newly_seen: Vec<QueueKey> =
            self.wanted.keys().filter(|k| right.entries.contains_key(*k)).copied().collect();
        for (&wanted, &by) in &right.wanted {
            if !self.entries.contains_key(&wanted) {
                self.wanted.insert(wanted, by);
            }
        }
        for (key, entry) in right.entries.drain() {
            let arriving = |mut message: Box<Message>| {
                message.translate(translation);
                mark_seen(&mut message, |handoff| *handoff != key && self.entries.contains_key(handoff));
                message
            };
            let (lead, current) = (entry.lead.map(arriving), entry.current.map(arriving));
            if entry.border {
                if let Some(lead) = lead {
                    self.join(key, lead, names);
                }
                self.put_behind_border(key, current);
            } else if let Some(current) = current {
                self.join(key, current, names);
            }
        }
        for (key, messages) in right.undecided.drain() {
            for mut message in messages {
                message.translate(translation);
                mark_seen(&mut message, |handoff| *handoff != key && self.entries.contains_key(handoff));
                self.complete.push((key, message));
            }
        }
        for (key, mut message) in right.complete.drain(..) {
            message.translate(translation);
            self.complete.push((key, message));
        }
        for key in newly_seen {
            self.see(key);
        }
        right.wanted.clear();
        right.ends.clear();
        // What was joined here is of use there.
        right.spare.append(&mut self.spare);
        right.spare.truncate(SPARES);
        if let Some(now) = now {
            self.sweep(now);
        }
    }

    /// Joins a fragment whose beginning may lie here.
    fn join(&mut self, key: QueueKey, mut fragment: Box<Message>, names: &mut Names) {
        let first = self.first;
        let entry = self.entries.entry(key).or_default();
        match &mut entry.current {
            Some(current) if !is_over(current, fragment.first.time) => {
                current.append(&mut fragment, names);
                if self.spare.len() < SPARES {
                    self.spare.push(fragment);
                }
            }
            Some(_) => {
                let old = entry.current.replace(fragment);
                if entry.border || first {
                    self.complete.extend(old.map(|m| (key, m)));
                } else {
                    entry.lead = old;
                }
                entry.border = true;
            }
            None => entry.current = Some(fragment),
        }
        Self::note_end(&mut self.ends, key, entry, first);
    }

    /// What was known of the id ends here; `current` is another generation.
    fn put_behind_border(&mut self, key: QueueKey, current: Option<Box<Message>>) {
        let first = self.first;
        if first && current.is_none() && !self.entries.contains_key(&key) {
            return;
        }
        let entry = self.entries.entry(key).or_default();
        let old = entry.current.take();
        if entry.border || first {
            self.complete.extend(old.map(|m| (key, m)));
        } else {
            entry.lead = old;
        }
        entry.border = true;
        entry.current = current;
        Self::note_end(&mut self.ends, key, entry, first);
        if first && entry.current.is_none() {
            self.entries.remove(&key);
        }
    }

    fn note_end(ends: &mut VecDeque<(i64, QueueKey)>, key: QueueKey, entry: &mut Entry, first: bool) {
        if let Some(message) = &mut entry.current {
            if message.ended.is_none() && message.mta == Mta::Sendmail && message.begun && message.all_recipients_done()
            {
                message.ended = Some((Ending::Done, message.last.time));
            }
            if let Some((_, ended)) = message.ended
                && (entry.border || first)
            {
                ends.push_back((ended, key));
            }
        }
    }

    /// The log ends here: everything that is left is complete, as far as it will ever be.
    pub fn finish(&mut self) {
        for (key, entry) in self.entries.drain() {
            self.complete.extend(entry.lead.into_iter().chain(entry.current).map(|m| (key, m)));
        }
        for (key, messages) in self.undecided.drain() {
            self.complete.extend(messages.into_iter().map(|m| (key, m)));
        }
        for (_, message) in &mut self.complete {
            for attempt in &mut message.attempts {
                if attempt.handoff.as_ref().is_some_and(|h| !h.seen) {
                    attempt.handoff = None;
                }
            }
        }
    }
}

/// Marks the handoffs whose id is in the log.
fn mark_seen(message: &mut Message, is_seen: impl Fn(&QueueKey) -> bool) {
    for handoff in message.attempts.iter_mut().filter_map(|a| a.handoff.as_mut()) {
        handoff.seen |= is_seen(&handoff.key);
    }
}

/// Sendmail writes no line when a message leaves the queue (below log level 10): it ends when every
/// recipient that its arrival announced is done.
fn infer_end(message: &mut Message) {
    if message.mta == Mta::Sendmail && message.begun && message.announced.is_some() {
        message.ended = message.all_recipients_done().then_some((Ending::Done, message.last.time));
    }
}

/// Did the message end so long ago that a line at `now` speaks of another one?
fn is_over(message: &Message, now: i64) -> bool {
    message.ended.is_some_and(|(_, ended)| !(ended - GRACE..=ended + GRACE).contains(&now))
}

/// Writes down the verdicts of one line.
fn record(
    message: &mut Message,
    attempt: &event::Attempt<'_>,
    context: Context<'_>,
    names: &mut Names,
    handoff: Option<Box<Handoff>>,
    reasons: &mut Reasons,
) {
    let failed = matches!(attempt.disposition, Disposition::Deferred | Disposition::Bounced | Disposition::Expired);
    let reason = if failed {
        let recipient = match attempt.recipients {
            Recipients::One(recipient) => Some(recipient),
            Recipients::List(_) => None,
        };
        reasons.of(attempt.reply.text, recipient, &mut names.reasons)
    } else {
        Symbol::NONE
    };
    let relay = names.relays.intern(attempt.relay.host);
    for address in attempt.recipients.iter() {
        let recipient = message.recipient(address, attempt.original, names, context.block);
        if failed {
            let domain = message.recipients.get(recipient as usize).map_or(Symbol::NONE, |r| r.domain);
            names.sample(domain, reason, context.at.place, attempt.reply.text);
        }
        let line = failed.then(|| message.keep_line(context.raw, context.block));
        let detail = context.details.then(|| {
            Box::new(Detail {
                relay_ip: message.store(attempt.relay.ip, context.block),
                stage: attempt.stage,
                text: message.store(attempt.reply.text, context.block),
            })
        });
        message.attempt(Attempt {
            at: context.at,
            recipient,
            times: context.times,
            disposition: attempt.disposition,
            local: attempt.local,
            reply: attempt.reply.code,
            enhanced: attempt.reply.enhanced.or(attempt.dsn),
            reason,
            relay,
            delay_us: attempt.delay_us,
            handoff: handoff.clone(),
            line,
            detail,
        });
    }
}
