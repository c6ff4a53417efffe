//! Our own greylisting, seen from the server: which clients came back after a 4xx of ours.
//!
//! A *triple* is client address, envelope sender and recipient, as greylists take it (RFC 6647 section 2).  It
//! is kept while it may still come back; then only its count is.

use hashbrown::HashMap;

use super::complete::Complete;

use crate::event::{Refusal, is_loopback};
use crate::history::key::{ByHash, fingerprint};
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::smtp::ReplyClass;

/// A triple that did not come back for so long never will (RFC 6647 section 5: a day), in microseconds.
const NEVER: i64 = 48 * 3_600_000_000;

/// A retry within this time of a refusal is early, in microseconds.
const EARLY: i64 = 300_000_000;

/// A refusal is known so much later than it was logged, in microseconds: what Sendmail refuses waits for the line that
/// tells the sender, which is no part of the message where more than five seconds lie between.
const LATE: i64 = 10_000_000;

/// So many triples are kept before those that are long past are looked for.
const MANY: usize = 4096;

/// Refusals in a row, each within [`EARLY`] of the one before.
#[derive(Debug, Clone, Copy)]
struct Bout {
    first: i64,
    last: i64,
    /// Why the first one was given.
    reason: Symbol,
    refusals: u64,
}

/// A triple that was refused for now.  Pieces of a log are not joined in the order of time: a repeated refusal is known
/// only when what it repeats is.
#[derive(Debug, Clone)]
struct Triple {
    /// In the order of time; never none.
    bouts: Vec<Bout>,
    /// When mail was accepted, in the order of time: once at most between two bouts.
    accepted: Vec<i64>,
    named: bool,
    /// An earlier run has said what became of it up to then.
    counted_to: i64,
}

impl Triple {
    fn first(&self) -> i64 {
        self.bouts.first().map_or(i64::MAX, |bout| bout.first)
    }

    fn last(&self) -> i64 {
        self.bouts.last().map_or(i64::MIN, |bout| bout.last)
    }

    fn join(&mut self, other: Self) {
        self.bouts.extend(other.bouts);
        self.bouts.sort_unstable_by_key(|bout| (bout.first, bout.last));
        self.bouts.dedup_by(|next, bout| {
            let same = next.first.saturating_sub(bout.last) < EARLY;
            if same {
                bout.last = bout.last.max(next.last);
                bout.refusals += next.refusals;
            }
            same
        });
        self.named |= other.named;
        self.counted_to = self.counted_to.max(other.counted_to);
        other.accepted.into_iter().for_each(|time| self.accept(time));
    }

    /// Mail was accepted.
    fn accept(&mut self, time: i64) {
        let bout_before = |time: i64| self.bouts.partition_point(|bout| bout.first <= time);
        let at = self.accepted.partition_point(|known| *known < time);
        let is_same = |known: Option<&i64>| known.is_some_and(|known| bout_before(*known) == bout_before(time));
        if is_same(at.checked_sub(1).and_then(|before| self.accepted.get(before))) {
            return;
        }
        match self.accepted.get(at) {
            known if is_same(known) => self.accepted[at] = time,
            _ => self.accepted.insert(at, time),
        }
    }

    /// What came of it, each time that it came: after [`NEVER`] without a refusal it is another one.
    fn stories(&self) -> impl Iterator<Item = Story<'_>> {
        let stories = self.bouts.chunk_by(|bout, next| next.first.saturating_sub(bout.last) <= NEVER);
        stories.map(|bouts| {
            let first = bouts.first().map_or(i64::MAX, |bout| bout.first);
            let last = bouts.last().map_or(i64::MIN, |bout| bout.last);
            let accepted = self.accepted.iter().any(|time| (first..=last.saturating_add(NEVER)).contains(time));
            Story { bouts, first, last, accepted, is_counted: first <= self.counted_to }
        })
    }
}

/// What came of a triple.
struct Story<'t> {
    bouts: &'t [Bout],
    first: i64,
    last: i64,
    accepted: bool,
    /// An earlier run has told it.
    is_counted: bool,
}

/// What became of triples that one reason of ours refused for now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Returns {
    /// Triples refused.
    pub triples: u64,
    /// Of those, accepted later.
    pub accepted: u64,
    /// Of those, refused once only and never seen again.
    pub never_returned: u64,
    /// Of those, whose client has a name.
    pub named_never_returned: u64,
    /// Refusals of a triple within 300 s of its last.
    pub early_retries: u64,
}

/// The triples of a stretch of the log.
#[derive(Debug, Clone, Default)]
pub struct Greylisted {
    triples: HashMap<u64, Triple, ByHash>,
    /// So many were left when they were last looked through.
    kept: usize,
    /// Accepted mail, which a refusal that lies earlier would make meaningful: triple and time.
    accepted: Vec<(u64, i64)>,
    settled: HashMap<Symbol, Returns>,
    key: Vec<u8>,
}

impl Greylisted {
    fn triple(&mut self, client: &[u8], sender: &[u8], recipient: &[u8]) -> u64 {
        self.key.clear();
        for part in [client, sender, recipient] {
            self.key.extend_from_slice(part);
            self.key.push(0);
        }
        self.key.make_ascii_lowercase();
        fingerprint(&self.key)
    }

    /// This host refused a client so many times.
    pub fn refuse(&mut self, refusal: &Refusal<'_>, reason: Symbol, time: i64, times: u32) {
        let (Some(client), Some(sender), Some(recipient)) = (refusal.client_ip, refusal.sender, refusal.recipient)
        else {
            return;
        };
        if refusal.class != ReplyClass::Transient {
            return;
        }
        let named = refusal.client_name.is_some_and(|name| !name.is_empty() && name != b"unknown");
        let bout = Bout { first: time, last: time, reason, refusals: times.into() };
        let triple = Triple { bouts: vec![bout], accepted: Vec::new(), named, counted_to: i64::MIN };
        let key = self.triple(client, sender, recipient);
        self.add(key, triple);
    }

    /// Joins what is known of one triple, in any order.
    fn add(&mut self, key: u64, other: Triple) {
        match self.triples.get_mut(&key) {
            Some(known) => known.join(other),
            None => {
                self.triples.insert(key, other);
            }
        }
    }

    /// A message came in and was taken.
    pub fn accept(&mut self, one: Complete<'_>) {
        let Complete { message, block, .. } = one;
        let (Some(client), Some(sender)) = (message.client_ip(block), message.sender(block)) else { return };
        if !message.begun || is_loopback(client) {
            return;
        }
        for recipient in &message.recipients {
            let asked = recipient.original.map_or(message.address(recipient, block), |o| message.slice(o, block));
            let key = self.triple(client, sender, asked);
            self.accepted.push((key, message.first.time));
        }
    }

    /// Settles what can no longer change: no unread line lies before `horizon`.
    pub fn forget(&mut self, horizon: i64) {
        self.take_accepted(horizon);
        if self.triples.len() > MANY.max(2 * self.kept) || horizon == i64::MAX {
            self.settle_before(horizon.saturating_sub(NEVER + LATE));
        }
    }

    /// Settles the triples whose last refusal lies before that: none of them comes again.
    fn settle_before(&mut self, over: i64) {
        let settled = &mut self.settled;
        self.triples.retain(|_, triple| {
            let waits = triple.last() >= over;
            if !waits {
                settle(settled, triple, |_| true);
            }
            waits
        });
        self.kept = self.triples.len();
    }

    /// Looks which of the accepted mail was refused before.
    fn take_accepted(&mut self, horizon: i64) {
        for (key, time) in &self.accepted {
            if let Some(triple) = self.triples.get_mut(key)
                && triple.first() <= *time
            {
                triple.accept(*time);
            }
        }
        self.accepted.retain(|(_, time)| *time >= horizon.saturating_sub(LATE));
    }

    /// What was read so far was counted by a run that ended at `now`: a triple that had come back, or never will.
    pub fn begin_counting(&mut self, now: i64) {
        self.take_accepted(i64::MIN);
        for triple in self.triples.values_mut() {
            let counted = triple.stories().filter(|story| is_over(story, now)).last();
            triple.counted_to = counted.map_or(i64::MIN, |story| story.last);
        }
        self.settled.clear();
    }

    /// The end, at `now`, of a run that another one will go on from: what may still come back is left to that one.
    pub fn end_run(&mut self, now: i64) {
        self.take_accepted(i64::MAX);
        for (_, triple) in self.triples.drain() {
            settle(&mut self.settled, &triple, |story| is_over(story, now));
        }
    }

    /// Adds the triples of the stretch that follows, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation) {
        for (key, mut triple) in other.triples.drain() {
            triple.bouts.iter_mut().for_each(|bout| bout.reason = names.reasons.of(bout.reason));
            self.add(key, triple);
        }
        self.accepted.append(&mut other.accepted);
        for (reason, returns) in other.settled.drain() {
            let sum = self.settled.entry(names.reasons.of(reason)).or_default();
            sum.triples += returns.triples;
            sum.accepted += returns.accepted;
            sum.never_returned += returns.never_returned;
            sum.named_never_returned += returns.named_never_returned;
            sum.early_retries += returns.early_retries;
        }
    }

    /// What became of the triples, by the reason of their first refusal.
    #[must_use]
    pub fn returns(&self) -> HashMap<Symbol, Returns> {
        let mut returns = self.settled.clone();
        self.triples.values().for_each(|triple| settle(&mut returns, triple, |_| true));
        returns
    }
}

/// Is it known what came of it, at `now`?
fn is_over(story: &Story<'_>, now: i64) -> bool {
    story.accepted || story.last < now.saturating_sub(NEVER)
}

/// Counts what came of a triple, as far as no earlier run did and it `is_wanted`.
fn settle(returns: &mut HashMap<Symbol, Returns>, triple: &Triple, is_wanted: impl Fn(&Story<'_>) -> bool) {
    for story in triple.stories().filter(|story| !story.is_counted && is_wanted(story)) {
        let Some(first) = story.bouts.first() else { continue };
        let sum = returns.entry(first.reason).or_default();
        let never = !story.accepted && story.first == story.last;
        sum.triples += 1;
        sum.accepted += u64::from(story.accepted);
        sum.never_returned += u64::from(never);
        sum.named_never_returned += u64::from(never && triple.named);
        sum.early_retries += story.bouts.iter().map(|bout| bout.refusals.saturating_sub(1)).sum::<u64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// Refusals and acceptances of one triple at these hours, each of them looked at before the next one comes or all
    /// of them at the end.
    fn returns(refused: &[i64], accepted: &[i64], at_once: bool) -> [u64; 4] {
        let mut greylisted = Greylisted::default();
        let mut all: Vec<(i64, bool)> = refused.iter().map(|hour| (hour * HOUR, true)).collect();
        all.extend(accepted.iter().map(|hour| (hour * HOUR, false)));
        all.sort_unstable();
        for (time, is_refusal) in all {
            let bout = Bout { first: time, last: time, reason: Symbol::NONE, refusals: 1 };
            let triple = Triple { bouts: vec![bout], accepted: Vec::new(), named: true, counted_to: i64::MIN };
            if is_refusal {
                greylisted.add(1, triple);
            } else {
                greylisted.accepted.push((1, time));
            }
            if at_once {
                greylisted.take_accepted(time);
                greylisted.settle_before(time - NEVER);
            }
        }
        greylisted.forget(i64::MAX);
        let returns = greylisted.returns().get(&Symbol::NONE).copied().unwrap_or_default();
        [returns.triples, returns.accepted, returns.never_returned, returns.early_retries]
    }

    #[test]
    fn a_triple_that_comes_again_after_days_is_another_one() {
        for at_once in [false, true] {
            assert_eq!(returns(&[0], &[1], at_once), [1, 1, 0, 0]);
            assert_eq!(returns(&[0, 40, 80], &[], at_once), [1, 0, 0, 0]);
            assert_eq!(returns(&[0, 72], &[1], at_once), [2, 1, 1, 0]);
            assert_eq!(returns(&[0, 72], &[73], at_once), [2, 1, 1, 0]);
            assert_eq!(returns(&[0, 72], &[60], at_once), [2, 0, 2, 0]);
            assert_eq!(returns(&[10], &[5], at_once), [1, 0, 1, 0]);
        }
    }
}
