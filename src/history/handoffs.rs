//! Deliveries to this machine that name the queue id they were given: internal hops, where the log speaks of that id.
//!
//! A delivery was a hop if the last line about the named id before it, or the first one after it, was written within a
//! minute of it by the host's clock.  Nothing else decides, so that the answer is the same wherever the log is cut.

use hashbrown::HashMap;

use super::clocks::{Clocks, Extent};
use super::key::{ByHash, Moment, QueueKey};
use super::symbols::{BySymbol, Symbol, Translation};

/// How far from the delivery the next id is spoken of, in microseconds.  Its arrival is logged before the delivery that
/// hands it in is answered.
const REACH: i64 = 60_000_000;

/// So many ids may be remembered before those that are long past are looked for.
const MANY: usize = 4096;

/// Are a line and a later one near each other, `between` which the host wrote this?
fn is_near(earlier: i64, later: i64, between: Extent) -> bool {
    let all = between.and(Extent::at(later));
    all.low >= earlier.saturating_sub(REACH) && all.high <= earlier.saturating_add(REACH)
}

/// What a stretch knows of the lines about one id.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    /// The host.
    pub host: Symbol,
    /// Time of the first line, and what the host wrote up to it.
    pub first: (i64, Extent),
    /// Time of the last line, and what the host wrote since.
    pub last: (i64, Extent),
    /// The joined stretch that the last line stands in.
    pub part: u32,
}

impl Trace {
    /// Could a delivery outside of the stretch be near?
    #[must_use]
    pub fn matters(&self) -> bool {
        let (first, before) = self.first;
        let (last, since) = self.last;
        is_near(last, last, since) || before.high.saturating_sub(before.low.min(first)) <= 2 * REACH
    }
}

/// A delivery that names an id.
#[derive(Debug, Clone, Copy)]
pub struct Naming {
    /// The message that is delivered.
    pub by: QueueKey,
    /// The id that it goes on under.
    pub next: QueueKey,
    /// When and where.
    pub at: Moment,
    /// The host.
    pub host: Symbol,
    /// How many lines the host has written in the stretch.
    pub line: u32,
    /// What the host has written in the stretch, this line with it.
    pub before: Extent,
}

/// Whether a delivery was a hop.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// The message that was delivered.
    pub by: QueueKey,
    /// The id that it named.
    pub next: QueueKey,
    /// The delivery.
    pub at: Moment,
    /// It was.
    pub hop: bool,
}

/// A delivery that is not judged yet.
#[derive(Debug, Clone)]
struct Wish {
    naming: Naming,
    /// What the host wrote since.
    after: Extent,
    /// The line before it about the id may lie before the stretch.
    looks_back: bool,
    /// The line after it about the id has not come.
    looks_on: bool,
}

/// Where two stretches are joined.
#[derive(Debug, Clone, Copy)]
pub struct Joint<'a> {
    /// What hosts wrote in each of the stretches that were joined before.
    pub parts: &'a Clocks,
    /// The same of the stretch that follows.
    pub parts_there: &'a Clocks,
    /// The number that the stretch that follows gets.
    pub part: u32,
    /// The hosts of the stretch that follows, here.
    pub hosts: &'a Translation,
    /// What hosts wrote before, all in all.
    pub left: &'a BySymbol<Extent>,
    /// What they wrote in the stretch that follows.
    pub right: &'a BySymbol<Extent>,
    /// Nothing comes before.
    pub whole: bool,
}

fn all(of: &BySymbol<Extent>, host: Symbol) -> Extent {
    of.get(host).copied().unwrap_or_default()
}

/// The ids that a stretch speaks of.  Few hosts hand over to themselves, so they are only looked up once one does.
#[derive(Debug, Default)]
struct Traces {
    by_id: HashMap<QueueKey, Trace, ByHash>,
    /// Later ones, in their order, that were not put there yet.
    recent: Vec<(QueueKey, Trace)>,
    /// So many were left when they were last looked through.
    kept: usize,
}

impl Traces {
    /// What is known of one id.
    fn of(&mut self, key: &QueueKey) -> Option<&Trace> {
        for (key, mut trace) in self.recent.drain(..) {
            if let Some(known) = self.by_id.get(&key) {
                trace.first = known.first;
            }
            self.by_id.insert(key, trace);
        }
        self.by_id.get(key)
    }

    /// Forgets ids that are long past, once there are many.
    fn forget(&mut self, is_past: impl Fn(&Trace) -> bool) {
        if self.by_id.len() + self.recent.len() > MANY.max(2 * self.kept) {
            self.by_id.retain(|_, trace| !is_past(trace));
            self.recent.retain(|(_, trace)| !is_past(trace));
            self.kept = self.by_id.len() + self.recent.len();
        }
    }
}

/// The deliveries of a stretch that are not judged yet, and the ids that it speaks of.
#[derive(Debug, Default)]
pub struct Handoffs {
    wishes: HashMap<QueueKey, Vec<Wish>>,
    traces: Traces,
    judged: Vec<Judged>,
}

impl Handoffs {
    /// Takes in a delivery.  `last` is what is known of the last line about the id before it in the stretch: its time,
    /// and what the host wrote since; `whole` where nothing comes before the stretch.
    pub fn name(&mut self, naming: Naming, last: Option<(i64, Extent)>, whole: bool) {
        let near = last.is_some_and(|(time, since)| is_near(time, naming.at.time, since));
        if near {
            self.judge(&naming, true);
        } else {
            let looks_back = last.is_none() && !whole;
            let wish = Wish { naming, after: Extent::NONE, looks_back, looks_on: true };
            self.wishes.entry(naming.next).or_default().push(wish);
        }
    }

    /// What is known of the last line about an id in joined stretches: its time, and what the host wrote since.
    #[must_use]
    pub fn last_line(&mut self, key: &QueueKey, parts: &Clocks) -> Option<(i64, Extent)> {
        let trace = self.traces.of(key)?;
        Some((trace.last.0, trace.last.1.and(parts.since(trace.host, trace.part + 1))))
    }

    fn judge(&mut self, naming: &Naming, hop: bool) {
        self.judged.push(Judged { by: naming.by, next: naming.next, at: naming.at, hop });
    }

    /// A line about an id that is told only now, behind the joined stretch of this number.
    pub fn remember(&mut self, key: QueueKey, host: Symbol, line: (i64, Extent), part: u32) {
        let last = (line.0, Extent::NONE);
        self.traces.recent.push((key, Trace { host, first: line, last, part }));
    }

    /// Is none waiting?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wishes.is_empty()
    }

    /// A line about an id at `time`; `since` tells what its host wrote since its line of a number.
    pub fn see(&mut self, key: &QueueKey, time: i64, since: impl Fn(u32) -> Extent) {
        if self.wishes.contains_key(key) {
            self.look_on(key, time, |wish| since(wish.naming.line));
        }
    }

    /// The first line about an id after those that wait for it.
    fn look_on(&mut self, key: &QueueKey, time: i64, between: impl Fn(&Wish) -> Extent) {
        let Some(mut wishes) = self.wishes.remove(key) else { return };
        wishes.retain_mut(|wish| {
            let hop = wish.looks_on && is_near(wish.naming.at.time, time, between(wish));
            wish.looks_on = false;
            if hop || !wish.looks_back {
                self.judge(&wish.naming, hop);
            }
            !hop && wish.looks_back
        });
        if !wishes.is_empty() {
            self.wishes.insert(*key, wishes);
        }
    }

    /// The block ends here: `since` tells what a host wrote since its line of a number, `traces` the ids.
    pub fn settle_down(
        &mut self,
        since: impl Fn(Symbol, u32) -> Extent,
        traces: impl Iterator<Item = (QueueKey, Trace)>,
    ) {
        for wish in self.wishes.values_mut().flatten() {
            wish.after = wish.after.and(since(wish.naming.host, wish.naming.line));
        }
        self.traces.recent.extend(traces.filter(|(_, trace)| trace.matters()));
    }

    /// Joins the stretch that follows, and leaves it empty.
    pub fn append(&mut self, other: &mut Self, joint: &Joint<'_>) {
        // Lines there, for deliveries here.
        if !self.wishes.is_empty() {
            let seen = |key: &QueueKey| Some((*key, other.traces.of(key)?.first));
            let seen: Vec<(QueueKey, (i64, Extent))> = self.wishes.keys().filter_map(seen).collect();
            for (key, (time, before)) in seen {
                self.look_on(&key, time, |wish| wish.after.and(before));
            }
            for wish in self.wishes.values_mut().flatten() {
                wish.after = wish.after.and(all(joint.right, wish.naming.host));
            }
        }
        // Lines here, for deliveries there.
        self.judged.append(&mut other.judged);
        for (next, wishes) in other.wishes.drain() {
            for mut wish in wishes {
                wish.naming.host = joint.hosts.of(wish.naming.host);
                if wish.looks_back
                    && let Some((time, since)) = self.last_line(&next, joint.parts)
                {
                    wish.looks_back = false;
                    if is_near(time, wish.naming.at.time, since.and(wish.naming.before)) {
                        self.judge(&wish.naming, true);
                        continue;
                    }
                }
                wish.looks_back &= !joint.whole;
                if !wish.looks_back && !wish.looks_on {
                    self.judge(&wish.naming, false);
                    continue;
                }
                wish.naming.before = wish.naming.before.and(all(joint.left, wish.naming.host));
                self.wishes.entry(next).or_default().push(wish);
            }
        }
        for (key, mut trace) in other.traces.by_id.drain().chain(other.traces.recent.drain(..)) {
            trace.last.1 = trace.last.1.and(joint.parts_there.since(trace.host, trace.part + 1));
            trace.host = joint.hosts.of(trace.host);
            trace.part = joint.part;
            trace.first.1 = trace.first.1.and(all(joint.left, trace.host));
            self.traces.recent.push((key, trace));
        }
        if joint.whole {
            self.give_up(false);
            let since = |trace: &Trace| trace.last.1.and(joint.parts.since(trace.host, trace.part + 1));
            self.traces.forget(|trace| !is_near(trace.last.0, trace.last.0, since(trace)));
        }
    }

    /// Gives up those that nothing more can make a hop: all, where the log `ends`.
    pub fn give_up(&mut self, ends: bool) {
        let judged = &mut self.judged;
        self.wishes.retain(|_, wishes| {
            wishes.retain(|wish| {
                let naming = &wish.naming;
                let over = ends || !wish.looks_back && !is_near(naming.at.time, naming.at.time, wish.after);
                if over {
                    judged.push(Judged { by: naming.by, next: naming.next, at: naming.at, hop: false });
                }
                !over
            });
            !wishes.is_empty()
        });
    }

    /// What has become known.
    pub fn take_judged(&mut self) -> Vec<Judged> {
        std::mem::take(&mut self.judged)
    }
}
