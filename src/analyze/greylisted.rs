//! Our own greylisting, seen from the server: which clients came back after a 4xx of ours.
//!
//! A *triple* is client address, envelope sender and recipient, as greylists take it (RFC 6647 section 2).  It
//! is kept while it may still come back; then only its count is.

use hashbrown::HashMap;

use super::settle::Complete;

use crate::event::{Refusal, is_loopback};
use crate::history::key::{ByHash, fingerprint};
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::smtp::ReplyClass;

/// A triple that did not come back for so long never will (RFC 6647 section 5: a day), in microseconds.
const NEVER: i64 = 48 * 3_600_000_000;

/// A retry within this time of a refusal is early, in microseconds.
const EARLY: i64 = 300_000_000;

/// A triple that was refused for now.
#[derive(Debug, Clone)]
struct Triple {
    /// Why it was refused first.
    reason: Symbol,
    first: i64,
    last: i64,
    refusals: u64,
    /// Refusals in a row, each within [`EARLY`] of the one before: their first and last, in the order of time.
    /// Pieces of a log are not joined in that order: a repeated refusal is known only when what it repeats is.
    bouts: Vec<(i64, i64)>,
    named: bool,
    accepted: bool,
    /// An earlier run has said what became of it.
    counted: bool,
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
        let triple = Triple {
            reason,
            first: time,
            last: time,
            refusals: times.into(),
            bouts: vec![(time, time)],
            named,
            accepted: false,
            counted: false,
        };
        let key = self.triple(client, sender, recipient);
        self.add(key, triple);
    }

    /// Joins what is known of one triple, in any order.
    fn add(&mut self, key: u64, other: Triple) {
        let Some(known) = self.triples.get_mut(&key) else {
            self.triples.insert(key, other);
            return;
        };
        if other.first < known.first {
            (known.reason, known.first) = (other.reason, other.first);
        }
        known.last = known.last.max(other.last);
        known.refusals += other.refusals;
        known.bouts.extend(other.bouts);
        known.bouts.sort_unstable();
        known.bouts.dedup_by(|next, bout| {
            let same = next.0.saturating_sub(bout.1) < EARLY;
            if same {
                bout.1 = bout.1.max(next.1);
            }
            same
        });
        known.named |= other.named;
        known.accepted |= other.accepted;
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
        let (over, settled) = (horizon.saturating_sub(NEVER), &mut self.settled);
        self.triples.retain(|_, triple| {
            let waits = triple.last >= over;
            if !waits && !triple.counted {
                settle(settled, triple);
            }
            waits
        });
    }

    /// Looks which of the accepted mail was refused before.
    fn take_accepted(&mut self, horizon: i64) {
        for (key, time) in &self.accepted {
            if let Some(triple) = self.triples.get_mut(key)
                && triple.first <= *time
            {
                triple.accepted = true;
            }
        }
        self.accepted.retain(|(_, time)| *time >= horizon);
    }

    /// What was read so far was counted by a run that ended at `now`: a triple that had come back, or never will.
    pub fn begin_counting(&mut self, now: i64) {
        self.take_accepted(i64::MIN);
        for triple in self.triples.values_mut() {
            triple.counted = triple.accepted || triple.last < now.saturating_sub(NEVER);
        }
        self.settled.clear();
    }

    /// The end, at `now`, of a run that another one will go on from: what may still come back is left to that one.
    pub fn end_run(&mut self, now: i64) {
        self.take_accepted(i64::MAX);
        for (_, triple) in self.triples.drain() {
            if !triple.counted && (triple.accepted || triple.last < now.saturating_sub(NEVER)) {
                settle(&mut self.settled, &triple);
            }
        }
    }

    /// Adds the triples of the stretch that follows.
    pub fn absorb(&mut self, other: Self, names: &NamesTranslation) {
        for (key, triple) in other.triples {
            self.add(key, Triple { reason: names.reasons.of(triple.reason), ..triple });
        }
        self.accepted.extend(other.accepted);
        for (reason, returns) in other.settled {
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
        for triple in self.triples.values().filter(|triple| !triple.counted) {
            settle(&mut returns, triple);
        }
        returns
    }
}

fn settle(returns: &mut HashMap<Symbol, Returns>, triple: &Triple) {
    let sum = returns.entry(triple.reason).or_default();
    let never = !triple.accepted && triple.first == triple.last;
    sum.triples += 1;
    sum.accepted += u64::from(triple.accepted);
    sum.never_returned += u64::from(never);
    sum.named_never_returned += u64::from(never && triple.named);
    sum.early_retries += triple.refusals - triple.bouts.len() as u64;
}
