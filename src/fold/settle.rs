//! What is concluded from a complete message: each recipient's fate, and the counts that follow from it.
//!
//! A pure function of one [`Message`]; counting rules are those of the contract, section 2.

use super::complete::{Complete, Fate};
use super::outcome::{Direction, Outcome};
use super::rows::{RowOutcome, Rows};
use super::tally::{CellId, CellKey, Concluded, Tally, Touched, Tried};
use crate::event::{Disposition, Ending};
use crate::history::message::{Attempt, Message};
use crate::history::symbols::Symbol;
use crate::smtp::ReplyClass;

/// What is known of one recipient while its verdicts are read.
#[derive(Debug, Clone, Copy)]
struct State {
    fate: Fate,
    tries: u32,
    deferred: bool,
    /// It was deferred before the time window.
    waited: bool,
    /// Something happened to it within the time window.
    seen: bool,
}

impl State {
    const NEW: Self = Self { fate: Fate::Queued, tries: 0, deferred: false, waited: false, seen: false };

    /// After one more verdict.
    fn after(mut self, attempt: &Attempt) -> Self {
        let hop = attempt.is_hop();
        if !hop && matches!(attempt.disposition, Disposition::Delivered | Disposition::Deferred | Disposition::Bounced)
        {
            self.tries += attempt.times;
        }
        self.seen |= attempt.in_window;
        match attempt.disposition {
            _ if hop => self.fate = Fate::HandedOn,
            Disposition::Delivered => self.fate = if attempt.local { Fate::DeliveredHere } else { Fate::Delivered },
            Disposition::Deferred => {
                self.fate = Fate::Queued;
                self.deferred |= attempt.in_window;
                self.waited |= !attempt.in_window;
            }
            Disposition::Bounced => self.fate = Fate::Bounced,
            Disposition::Expired => self.fate = Fate::Expired,
            Disposition::Discarded => self.fate = Fate::Discarded,
            Disposition::Skipped | Disposition::Probed | Disposition::HandedOn => {}
        }
        self
    }
}

/// Concludes from messages; keeps its lists between them.
#[derive(Debug, Default)]
pub struct Settler {
    states: Vec<State>,
    /// Files before this one hold what an earlier run has counted.
    border: u32,
    /// What that run concluded of the message at hand.
    before: Concluded,
    touched: Vec<(u32, CellId)>,
    cells: Vec<CellId>,
}

impl Settler {
    /// Adds what a complete message says to the tally, and its rows to `rows`, where they are wanted.  What stands in
    /// files before `border` was counted by an earlier run, and so was what that run concluded.
    pub fn settle(
        &mut self,
        one: Complete<'_>,
        mut tally: Option<&mut Tally>,
        mut rows: Option<&mut Rows>,
        border: u32,
        concluded: Option<Concluded>,
    ) {
        self.before = concluded.unwrap_or_default();
        if let Some(tally) = tally.as_deref_mut() {
            tally.before += self.before;
        }
        let message = one.message;
        if message.probe || !message.in_window || !message.was_queued() {
            return;
        }
        self.border = border;
        self.states.clear();
        self.states.resize(message.recipients.len(), State::NEW);
        self.touched.clear();
        if let Some(rows) = rows.as_deref_mut() {
            rows.begin();
        }
        for attempt in &message.attempts {
            let Some(state) = self.states.get_mut(attempt.recipient as usize) else { continue };
            let (before, after) = (*state, state.after(attempt));
            *state = after;
            if attempt.at.place.file() < border || !attempt.in_window {
                continue;
            }
            if let Some(tally) = tally.as_deref_mut() {
                self.count(one, attempt, before, after, tally);
            }
            if let Some(rows) = rows.as_deref_mut() {
                rows.attempt(one, attempt, after.tries, delay(message, attempt));
            }
        }
        self.conclude(one, tally.as_deref_mut(), rows);
        if let Some(tally) = tally {
            self.count_sets(tally);
        }
    }

    /// What follows from a message as a whole, so far.
    pub fn concluded(&mut self, one: Complete<'_>) -> Concluded {
        let mut tally = Tally::default();
        self.settle(one, Some(&mut tally), None, 0, None);
        tally.concluded
    }

    /// Counts one verdict on one recipient, of which `before` was known, and `after` is now.
    fn count(&mut self, one: Complete<'_>, attempt: &Attempt, before: State, after: State, tally: &mut Tally) {
        let Complete { message, block, .. } = one;
        let domain = message.recipients.get(attempt.recipient as usize).map_or(Symbol::NONE, |r| r.domain);
        let times = u64::from(attempt.times);
        let hop = attempt.is_hop();
        if after.tries > before.tries {
            tally.totals.attempts += times;
            let nth = after.tries as usize;
            if tally.nth_attempts.len() < nth {
                tally.nth_attempts.resize(nth, (0, 0));
            }
            if let Some(count) = tally.nth_attempts.get_mut(nth - 1) {
                count.0 += 1;
                count.1 += u64::from(attempt.disposition == Disposition::Delivered);
            }
        }
        let mut tried = |outcome: Outcome, recovered: bool| {
            let relay = (!attempt.local).then_some(attempt.relay);
            tally.tried(Tried { domain, relay, times: attempt.times, outcome, recovered });
        };
        // The first time that it went on after a deferral.
        let recovers =
            before.deferred && !matches!(before.fate, Fate::Delivered | Fate::DeliveredHere | Fate::HandedOn);
        match attempt.disposition {
            _ if hop => {
                tally.totals.internal_hops += times;
                if recovers {
                    tally.domains.of(domain).recovered += 1;
                }
            }
            Disposition::Delivered => {
                tried(Outcome::Delivered, recovers);
                tally.totals.delivered += times;
                if let Some(delay) = delay(message, attempt) {
                    tally.delays.see(domain, delay, attempt.times);
                }
                if attempt.local {
                    tally.totals.delivered_local += times;
                    if message.sender(block) == Some(b"") {
                        tally.counted_apart.local_notices += times;
                    }
                } else if after.tries == attempt.times && !before.deferred && !before.waited {
                    tally.totals.delivered_first_try += 1;
                }
                let series = tally.series_at(attempt.at.time);
                series.delivered += times;
                series.delivered_local += if attempt.local { times } else { 0 };
            }
            Disposition::Deferred | Disposition::Bounced => {
                let deferred = attempt.disposition == Disposition::Deferred;
                let outcome = if deferred { Outcome::Deferred } else { Outcome::Bounced };
                tried(outcome, false);
                if deferred {
                    tally.totals.deferred += times;
                    tally.series_at(attempt.at.time).deferred += times;
                } else {
                    tally.totals.bounced += times;
                    tally.series_at(attempt.at.time).bounced += times;
                }
                let key = CellKey {
                    direction: Direction::Outbound,
                    outcome,
                    class: if deferred { ReplyClass::Transient } else { ReplyClass::Permanent },
                    reply: attempt.reply,
                    enhanced: attempt.enhanced,
                    domain,
                    reason: attempt.reason,
                };
                let cell = tally.count(key, attempt.at.time, times);
                self.touched.push((attempt.recipient, cell));
            }
            Disposition::Expired => {
                let cell = expire(tally, domain, attempt.at.time);
                self.touched.push((attempt.recipient, cell));
            }
            Disposition::Skipped => tally.totals.skipped += times,
            Disposition::Discarded => tally.totals.discarded += times,
            Disposition::Probed | Disposition::HandedOn => {}
        }
    }

    /// Each recipient's fate.
    fn conclude(&mut self, one: Complete<'_>, mut tally: Option<&mut Tally>, mut rows: Option<&mut Rows>) {
        let message = one.message;
        // An earlier run has written so many rows of them.
        let mut told = self.before.totals.discarded;
        let mut is_new = || {
            let is_new = told == 0;
            told = told.saturating_sub(1);
            is_new
        };
        let mut discarded = 0;
        if message.discarded && !self.states.iter().any(|state| state.seen) {
            discarded += 1;
            if let Some(rows) = rows.as_deref_mut().filter(|_| is_new()) {
                rows.conclusion(one, None, message.last, RowOutcome::Discarded, 0);
            }
        }
        for (index, state) in self.states.iter_mut().enumerate() {
            if state.fate != Fate::Queued || !state.seen && message.given_up.is_none() {
                continue;
            }
            state.seen = true;
            state.fate = match (message.given_up, message.ended) {
                (Some(at), _) if at.place.file() < self.border => Fate::Expired,
                (Some(at), _) => {
                    if let Some(tally) = tally.as_deref_mut() {
                        let domain = message.recipients.get(index).map_or(Symbol::NONE, |r| r.domain);
                        self.touched.push((index as u32, expire(tally, domain, at.time)));
                    }
                    if let Some(rows) = rows.as_deref_mut() {
                        rows.conclusion(one, Some(index as u32), at, RowOutcome::Expired, state.tries);
                    }
                    Fate::Expired
                }
                (None, Some((Ending::RemovedByHand | Ending::Done, _))) => Fate::Removed,
                (None, Some((Ending::Requeued, _))) => Fate::HandedOn,
                (None, _) if message.discarded => {
                    discarded += 1;
                    if let Some(rows) = rows.as_deref_mut().filter(|_| is_new()) {
                        rows.conclusion(one, Some(index as u32), message.last, RowOutcome::Discarded, state.tries);
                    }
                    Fate::Discarded
                }
                (None, _) => Fate::Queued,
            };
        }
        if let Some(tally) = tally {
            tally.concluded.totals.discarded += discarded;
            self.count_fates(message, &mut tally.concluded);
        }
        if let Some(rows) = rows {
            let alone = if message.discarded { Fate::Discarded } else { Fate::Queued };
            let is_new = self.before.totals.messages == 0;
            rows.end(one, is_new, |recipient| self.states.get(recipient).map_or(alone, |state| state.fate));
        }
    }

    /// Counts the message, and what became of its recipients.
    fn count_fates(&self, message: &Message, concluded: &mut Concluded) {
        let Concluded { totals, fates } = concluded;
        totals.messages += 1;
        totals.held += u64::from(message.held);
        let mut remote = false;
        for state in self.states.iter().filter(|state| state.seen) {
            totals.recipients += 1;
            match state.fate {
                Fate::Queued => fates.still_queued += 1,
                Fate::Delivered if state.deferred || state.waited => fates.delivered_after_deferral += 1,
                Fate::Delivered => fates.delivered_first_try += 1,
                Fate::DeliveredHere => fates.delivered_local += 1,
                Fate::HandedOn => fates.handed_on += 1,
                Fate::Bounced => fates.bounced += 1,
                Fate::Expired => fates.expired += 1,
                Fate::Discarded => fates.discarded += 1,
                Fate::Removed => fates.removed_by_hand += 1,
            }
            remote |= !matches!(state.fate, Fate::DeliveredHere | Fate::HandedOn);
            if state.deferred {
                totals.recipients_deferred += 1;
                match state.fate {
                    Fate::Delivered | Fate::DeliveredHere | Fate::HandedOn => totals.recovered += 1,
                    Fate::Bounced => totals.failed += 1,
                    Fate::Expired => totals.expired_recipients += 1,
                    Fate::Queued => totals.still_queued += 1,
                    Fate::Removed | Fate::Discarded => totals.dropped += 1,
                }
            }
        }
        fates.messages += u64::from(remote);
    }

    /// Which cells each recipient, and the message, touched.
    fn count_sets(&mut self, tally: &mut Tally) {
        if self.touched.is_empty() {
            return;
        }
        self.touched.sort_unstable();
        for of_one in self.touched.chunk_by(|a, b| a.0 == b.0) {
            self.cells.clear();
            self.cells.extend(of_one.iter().map(|(_, cell)| cell));
            tally.touched(&mut self.cells, Touched::recipients(1));
        }
        self.cells.clear();
        self.cells.extend(self.touched.iter().map(|(_, cell)| cell));
        tally.touched(&mut self.cells, Touched::messages(1));
    }
}

/// Counts a recipient given up.
fn expire(tally: &mut Tally, domain: Symbol, time: i64) -> CellId {
    tally.totals.expired += 1;
    tally.domains.of(domain).expired += 1;
    tally.series_at(time).expired += 1;
    let key = CellKey {
        direction: Direction::Outbound,
        outcome: Outcome::Expired,
        class: ReplyClass::Permanent,
        reply: None,
        enhanced: None,
        domain,
        reason: Symbol::NONE,
    };
    tally.count(key, time, 1)
}

/// Microseconds from the message's arrival to this attempt: as logged, else by the clock of the log.
fn delay(message: &Message, attempt: &Attempt) -> Option<u64> {
    attempt.delay_us.or_else(|| message.begun.then(|| u64::try_from(attempt.at.time - message.first.time).unwrap_or(0)))
}
