//! Counts that add up: the only way to a figure is through here, from threads, files and hosts alike.
//!
//! Failures are counted in *cells*, the finest groups any table needs; each table is a projection of the
//! cells.  "Distinct messages" and "distinct recipients" are not sums over cells, so for every recipient
//! and every message the *set* of cells it touched is counted too: a table adds up the sets that touch
//! its row.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::clients::Clients;
use super::delays::Delays;
use super::outcome::{Direction, Outcome};
use super::totals::{CountedApart, Fates, Totals};
use crate::history::names::NamesTranslation;
use crate::history::symbols::{BySymbol, Symbol};
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// Width of the finest time bucket, in seconds: every zone's offset is a multiple of it.
pub const SERIES_STEP: i64 = 900;

/// What a cell counts: failures that are equal in all these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKey {
    /// Outbound or inbound.
    pub direction: Direction,
    /// What happened.
    pub outcome: Outcome,
    /// Transient or permanent, by the MTA's verdict.
    pub class: ReplyClass,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// Recipient's domain; inbound the sender's.
    pub domain: Symbol,
    /// Reply template.
    pub reason: Symbol,
}

/// Failures that are equal in all of [`CellKey`].
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// What they have in common.
    pub key: CellKey,
    /// How many.
    pub attempts: u64,
    /// The first.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// Those that touched this cell and no other: nearly all.
    pub alone: Touched,
}

/// How many recipients and messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touched {
    /// Recipients.
    pub recipients: u64,
    /// Messages.
    pub messages: u64,
}

impl Touched {
    /// So many recipients.
    #[must_use]
    pub fn recipients(recipients: u64) -> Self {
        Self { recipients, messages: 0 }
    }

    /// So many messages.
    #[must_use]
    pub fn messages(messages: u64) -> Self {
        Self { recipients: 0, messages }
    }
}

/// Index of a cell in one tally.
pub type CellId = u32;

/// Counts of one recipient domain.
#[derive(Debug, Clone, Default)]
pub struct DomainCount {
    /// Deliveries.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// Recipients given up.
    pub expired: u64,
    /// Recipients delivered after a deferral.
    pub recovered: u64,
}

/// Counts of one stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeriesCount {
    /// Deliveries.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// Recipients given up.
    pub expired: u64,
    /// Refusals.
    pub rejected: u64,
}

/// What follows from a message as a whole, so far as its lines are known; a later line may change it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Concluded {
    /// Sums of messages and of recipients.
    pub totals: Totals,
    /// What became of recipients.
    pub fates: Fates,
}

impl Concluded {
    /// Forgets what is true of a time and not of a stretch of it: who is still in the queue is, now as before.
    pub fn keep_flows(&mut self) {
        self.totals.still_queued = 0;
        self.fates.still_queued = 0;
    }
}

/// A try, as far as it counts for the recipient's domain and for the next hop.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    /// Recipient's domain.
    pub domain: Symbol,
    /// Next hop; None where it went into a mailbox of this host.
    pub relay: Option<Symbol>,
    /// How often the line says it happened.
    pub times: u32,
    /// Delivered, deferred or bounced.
    pub outcome: Outcome,
    /// The first delivery after a deferral.
    pub recovered: bool,
}

/// All counts of a stretch of the log.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// The sums; those of [`Concluded`] only after [`Tally::finish`].
    pub totals: Totals,
    /// What became of recipients; only after [`Tally::finish`].
    pub fates: Fates,
    /// What is concluded of messages.
    pub concluded: Concluded,
    /// Of those, what an earlier run has concluded and counted.
    pub before: Concluded,
    /// What stands in no other sum.
    pub counted_apart: CountedApart,
    /// By recipient domain; complete after [`Tally::finish`].
    pub domains: BySymbol<DomainCount>,
    /// Failures.
    pub cells: Vec<Cell>,
    /// By their keys, which stand in `cells`.
    cell_ids: HashTable<CellId>,
    hasher: DefaultHashBuilder,
    /// How many recipients and messages touched exactly these cells (sorted), two or more.
    pub sets: HashMap<Vec<CellId>, Touched>,
    /// How long deliveries took; complete after [`Tally::finish`].
    pub delays: Delays,
    /// Tries that are not in `hops` yet: looked up one right behind the other, they wait for memory together.
    tried: Vec<Tried>,
    /// By next hop (none for mailboxes of this host) and recipient domain: delivered, deferred, bounced.
    pub hops: HashMap<(Option<Symbol>, Symbol), [u64; 3]>,
    /// The stretch of time at hand, not in `series` yet.
    now: (i64, SeriesCount),
    /// By [`SERIES_STEP`] since 1970 UTC; complete after [`Tally::finish`].
    pub series: HashMap<i64, SeriesCount>,
    /// Clients that this host refused.
    pub clients: Clients,
    /// The n-th attempt (from 1) of a recipient: how many had one, how many were delivered by it.
    pub nth_attempts: Vec<(u64, u64)>,
}

impl Tally {
    /// Counts failures of one kind and returns their cell.
    pub fn count(&mut self, key: CellKey, time: i64, times: u64) -> CellId {
        let Self { cells, cell_ids, hasher, .. } = self;
        let hash = |cell: &Cell| hasher.hash_one(cell.key);
        let of = |id: CellId| cells.get(id as usize);
        let same = |&id: &CellId| of(id).is_some_and(|cell| cell.key == key);
        let id = match cell_ids.find(hasher.hash_one(key), same) {
            Some(&known) => known,
            None => {
                let id = cells.len() as CellId;
                cell_ids.insert_unique(hasher.hash_one(key), id, |&id| of(id).map_or(0, hash));
                cells.push(Cell { key, attempts: 0, first: time, last: time, alone: Touched::default() });
                id
            }
        };
        if let Some(cell) = cells.get_mut(id as usize) {
            cell.attempts += times;
            cell.first = cell.first.min(time);
            cell.last = cell.last.max(time);
        }
        id
    }

    /// The counts of the stretch of time that `time` (in microseconds) lies in.
    pub fn series_at(&mut self, time: i64) -> &mut SeriesCount {
        let step = time.div_euclid(SERIES_STEP * 1_000_000);
        if self.now.0 != step {
            self.lay_down_now();
            self.now.0 = step;
        }
        &mut self.now.1
    }

    /// Puts the stretch of time at hand to the others.
    fn lay_down_now(&mut self) {
        let count = std::mem::take(&mut self.now.1);
        if count != SeriesCount::default() {
            *self.series.entry(self.now.0).or_default() += count;
        }
    }

    /// Counts a try for its domain and its next hop, from the next [`Tally::lay_down_tries`] on.
    pub fn tried(&mut self, one: Tried) {
        self.tried.push(one);
    }

    /// Puts tries where they belong.
    pub fn lay_down_tries(&mut self) {
        for Tried { domain, times, outcome, relay, recovered } in self.tried.drain(..) {
            if let Some(count) = self.hops.entry((relay, domain)).or_default().get_mut(outcome as usize) {
                *count += u64::from(times);
            }
            if recovered {
                self.domains.of(domain).recovered += 1;
            }
        }
    }

    /// Sums up the tries of each domain.
    fn sum_up_domains(&mut self) {
        for (&(relay, domain), &[delivered, deferred, bounced]) in &self.hops {
            let count = self.domains.of(domain);
            count.delivered += delivered;
            count.delivered_local += if relay.is_none() { delivered } else { 0 };
            count.deferred += deferred;
            count.bounced += bounced;
        }
    }

    /// Counts recipients or messages that touched these cells.  The list is sorted here.
    pub fn touched(&mut self, cells: &mut Vec<CellId>, by: Touched) {
        cells.sort_unstable();
        cells.dedup();
        let count = match cells.as_slice() {
            [] => return,
            [single] => self.cells.get_mut(*single as usize).map(|cell| &mut cell.alone),
            many => Some(self.sets.entry_ref(many).or_default()),
        };
        if let Some(count) = count {
            *count += by;
        }
    }

    /// Adds the counts of another stretch, whose symbols `names` translates, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self, names: &NamesTranslation) {
        other.lay_down_tries();
        other.lay_down_now();
        // Every field is named: a new one cannot be forgotten.
        let Self {
            totals,
            fates,
            concluded,
            before,
            counted_apart,
            domains,
            cells,
            cell_ids,
            hasher: _,
            sets,
            delays,
            tried: _,
            hops,
            now: _,
            series,
            clients,
            nth_attempts,
        } = other;
        self.totals += std::mem::take(totals);
        self.fates += std::mem::take(fates);
        self.concluded += std::mem::take(concluded);
        self.before += std::mem::take(before);
        self.counted_apart += std::mem::take(counted_apart);
        for (domain, count) in domains.drain() {
            *self.domains.of(names.domains.of(domain)) += count;
        }
        let ids: Vec<CellId> = cells.drain(..).map(|cell| self.absorb_cell(&cell, names)).collect();
        cell_ids.clear();
        let mut here = Vec::new();
        for (set, by) in sets.drain() {
            here.clear();
            here.extend(set.iter().filter_map(|&id| ids.get(id as usize)));
            self.touched(&mut here, by);
        }
        self.delays.absorb(delays, &names.domains);
        for ((relay, domain), counts) in hops.drain() {
            let hop = (relay.map(|relay| names.relays.of(relay)), names.domains.of(domain));
            let sum = self.hops.entry(hop).or_default();
            sum.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
        }
        for (step, count) in series.drain() {
            *self.series.entry(step).or_default() += count;
        }
        self.clients.take(clients);
        if self.nth_attempts.len() < nth_attempts.len() {
            self.nth_attempts.resize(nth_attempts.len(), (0, 0));
        }
        for (sum, count) in self.nth_attempts.iter_mut().zip(nth_attempts.drain(..)) {
            sum.0 += count.0;
            sum.1 += count.1;
        }
    }

    /// Adds a cell of another stretch, and tells which one it is here.
    fn absorb_cell(&mut self, cell: &Cell, names: &NamesTranslation) -> CellId {
        let &Cell { key, attempts, first, last, alone } = cell;
        let key = CellKey { domain: names.domains.of(key.domain), reason: names.reasons.of(key.reason), ..key };
        let id = self.count(key, first, attempts);
        if let Some(here) = self.cells.get_mut(id as usize) {
            here.last = here.last.max(last);
            here.alone += alone;
        }
        id
    }

    /// Nothing more comes: brings everything into the tables that reports read.
    pub fn finish(&mut self) {
        let Concluded { totals, fates } = std::mem::take(&mut self.concluded);
        self.totals += totals.less(&mut self.before.totals);
        self.fates += fates.less(&mut self.before.fates);
        self.lay_down_now();
        self.lay_down_tries();
        self.sum_up_domains();
        self.delays.count_new();
        self.cell_ids = HashTable::new();
    }
}

/// Implements `+=` field by field.  The pattern names every field, so that a new one cannot be forgotten.
macro_rules! add_fields {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl std::ops::AddAssign for $type {
            fn add_assign(&mut self, other: Self) {
                let $type { $($field),* } = other;
                $(self.$field += $field;)*
            }
        }

        impl $type {
            /// What is left when `before` was counted already; `before` keeps what there is not enough of.
            #[allow(dead_code, reason = "asked of what is concluded only")]
            fn less(self, before: &mut Self) -> Self {
                $type {
                    $($field: {
                        let counted = self.$field.min(before.$field);
                        before.$field -= counted;
                        self.$field - counted
                    },)*
                }
            }
        }
    };
}

impl std::ops::AddAssign for Concluded {
    fn add_assign(&mut self, other: Self) {
        self.totals += other.totals;
        self.fates += other.fates;
    }
}

add_fields!(Touched { recipients, messages });
add_fields!(DomainCount { delivered, delivered_local, deferred, bounced, expired, recovered });
add_fields!(SeriesCount { delivered, delivered_local, deferred, bounced, expired, rejected });
add_fields!(CountedApart { local_notices, failed_logins });
add_fields!(Fates {
    delivered_first_try,
    delivered_after_deferral,
    delivered_local,
    bounced,
    expired,
    removed_by_hand,
    discarded,
    handed_on,
    still_queued,
    messages,
});
add_fields!(Totals {
    messages,
    recipients,
    attempts,
    delivered,
    delivered_local,
    deferred,
    bounced,
    expired,
    rejected,
    rejected_transient,
    internal_hops,
    skipped,
    discarded,
    held,
    recipients_deferred,
    recovered,
    failed,
    expired_recipients,
    still_queued,
    dropped,
    delivered_first_try,
});
