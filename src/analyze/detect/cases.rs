//! All cases of one kind, put together from all shelves: those that stand by themselves, and those that are one case only
//! with what lies on other shelves.
//!
//! What is found on two shelves is joined in any order ([`Cases::join`]), and the result is what one shelf with all of it
//! would have shown.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::found::{Found, KeptCase, Sums, counted, is_new, joined};
use super::scene::{Bounds, Case, Enough, Ground, KeptLine, Shown, Taker};
use super::{SECOND, is_later, moments};
use crate::analyze::site::Suspect;
use crate::bytes;
use crate::fold::chains::{BareTry, Try};
use crate::history::key::Moment;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::detectors::Kind;
use crate::knowledge::provider_of;

/// How many messages of one host must hammer before it is the host's schedule and not theirs.
const A_SCHEDULE: u64 = 5;

/// How many lines show a case about a domain.
pub(super) const LINES_OF_DOMAIN: usize = 8;

/// The tries to which a domain gave a certain answer.
#[derive(Debug, Clone, Default)]
struct OfDomain {
    enough: Enough,
    tries: Vec<BareTry>,
    /// The first lines that show them.
    evidence: Vec<KeptLine>,
}

impl OfDomain {
    fn add(&mut self, case: &Case<'_>, enough: Enough, ground: &Ground<'_>) {
        self.enough = enough;
        self.tries.extend(case.tries.iter().map(|one| one.bare()));
        self.show(case.evidence.iter().map(|shown| shown.keep(ground)));
    }

    fn join(&mut self, other: Self) {
        self.enough = other.enough;
        self.tries.extend(other.tries);
        self.show(other.evidence.into_iter());
    }

    fn show(&mut self, lines: impl Iterator<Item = KeptLine>) {
        self.evidence.extend(lines);
        self.evidence.sort_by_key(|line| line.at);
        self.evidence.truncate(LINES_OF_DOMAIN);
    }

    /// The tries, in time order.
    fn tries(&self, ground: &Ground<'_>) -> Vec<Try<'static>> {
        let mut tries: Vec<_> = self.tries.iter().map(|bare| bare.of(&ground.kept.verdicts)).collect();
        tries.sort_by_key(|one| (one.at, one.number));
        tries
    }

    /// All of it as one case, where it is one: by itself, or by what those who take its mail said to others.
    fn case<'t>(
        &'t self,
        domain: Symbol,
        tries: &'t [Try<'t>],
        answerers: &Answerers,
        ground: &Ground<'_>,
    ) -> Option<Case<'t>> {
        let tries: Vec<&Try<'_>> = tries.iter().collect();
        let first = *tries.first()?;
        let told = answerers.first_of(&tries, self.enough.moments).map(|second| second.saturating_mul(SECOND));
        if moments(tries.iter().copied()) < self.enough.moments && told.is_none() {
            return None;
        }
        // The first answer told.
        let told = told.map_or(first.at.time, |told| told.min(first.at.time));
        Some(Case {
            domain,
            relay: first.relay,
            count: tries.len() as u64,
            known: ground.known(&tries),
            wasted: tries.iter().copied().filter(|one| is_later(one.at.time, told)).collect(),
            evidence: self.evidence.iter().map(Shown::Kept).collect(),
            tries,
            ..Case::default()
        })
    }
}

/// Whoever gave a certain answer, to several domains perhaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Answerer {
    NextHop(Symbol),
    Provider(&'static str),
}

/// Who gave a certain answer, and the seconds in which they did.
#[derive(Debug, Default)]
struct Answerers {
    of_relay: HashMap<Symbol, Answerer>,
    seconds: HashMap<Answerer, BTreeSet<i64>>,
}

impl Answerers {
    fn see(&mut self, one: &Try<'_>, by: Taker, names: &Names) {
        // Where the log names no next hop, only the domain answers for itself.
        if by == Taker::None || names.relays.get(one.relay).is_empty() {
            return;
        }
        let answerer = *self.of_relay.entry(one.relay).or_insert_with(|| {
            let provider = provider_of(&bytes::text(names.relays.get(one.relay)));
            provider.filter(|_| by == Taker::Provider).map_or(Answerer::NextHop(one.relay), Answerer::Provider)
        });
        self.seconds.entry(answerer).or_default().insert(one.at.time.div_euclid(SECOND));
    }

    /// The first second in which those who answered to these tries, in at least so many, did.
    fn first_of(&self, tries: &[&Try<'_>], at_least: usize) -> Option<i64> {
        let all = tries.iter().filter_map(|one| self.seconds.get(self.of_relay.get(&one.relay)?));
        all.filter(|seconds| seconds.len() >= at_least).filter_map(|seconds| seconds.first().copied()).min()
    }
}

/// Messages of one host that were tried often.
#[derive(Debug, Clone, Default)]
struct OfHost {
    tried_often: u64,
    /// Those that make cases.
    hammered: u64,
    /// The cases by themselves.
    apart: Found,
    all: Schedule,
}

impl OfHost {
    fn add(&mut self, kind: Kind, case: &Case<'_>, ground: &Ground<'_>) {
        self.tried_often += 1;
        if case.count > 0 {
            self.hammered += 1;
            self.apart.add(kind, case, ground);
            self.all.join(Schedule::of(case, ground));
        }
    }

    fn join(&mut self, other: Self, names: &Names) {
        self.tried_often += other.tried_often;
        self.hammered += other.hammered;
        self.apart.join(other.apart, names);
        self.all.join(other.all);
    }

    /// Are most messages of the host tried so?  Then that is its own schedule, told once and not for each of them.
    fn is_schedule(&self) -> bool {
        self.hammered >= A_SCHEDULE && self.hammered * 2 > self.tried_often
    }
}

/// All cases of a host as one.
#[derive(Debug, Clone, Default)]
struct Schedule {
    sums: Sums,
    /// How many of the cases' tries this run counts.
    counted: u64,
    is_new: bool,
    /// Verdicts on failed tries.
    verdicts: HashSet<u32>,
    /// The cases put together.
    all: Option<KeptCase>,
    /// The one that shows it best.
    worst: Option<KeptCase>,
}

/// What decides which case shows a schedule best: most wasted tries, recipient, sender, first try.
type Weight<'a> = (usize, Option<&'a [u8]>, Option<&'a [u8]>, Option<Moment>);

fn weight(case: &KeptCase) -> Weight<'_> {
    (case.wasted, case.recipient.as_deref(), case.sender.as_deref(), case.first)
}

impl Schedule {
    fn of(case: &Case<'_>, ground: &Ground<'_>) -> Self {
        let mut sums = Sums::default();
        sums.add(case, ground);
        let failed = case.tries.iter().filter(|one| !one.is_delivery());
        let kept = KeptCase::of(case, ground);
        Self {
            sums,
            counted: counted(case, ground).count() as u64,
            is_new: is_new(case, ground),
            verdicts: failed.map(|one| one.verdict).collect(),
            all: Some(KeptCase { evidence: Vec::new(), ..kept.clone() }),
            worst: Some(kept),
        }
    }

    fn join(&mut self, other: Self) {
        self.sums.join(&other.sums);
        self.counted += other.counted;
        self.is_new |= other.is_new;
        self.verdicts.extend(other.verdicts);
        self.all = joined(self.all.take(), other.all, KeptCase::and);
        let worse = |a: KeptCase, b: KeptCase| if weight(&a) < weight(&b) { b } else { a };
        self.worst = joined(self.worst.take(), other.worst, worse);
    }

    /// It as the one case that it is.
    fn tell(self, kind: Kind, ground: &Ground<'_>, to: &mut Found) {
        let (Some(all), Some(worst)) = (self.all.filter(|_| self.is_new), self.worst) else { return };
        let has_cause =
            |cause: &str| self.verdicts.iter().any(|&verdict| ground.judge_number(verdict).cause.as_str() == cause);
        if let Some(why) = ground.site.ignores(Suspect { kind: kind.as_str(), sender: None, domain: b"" }, has_cause) {
            to.leave_alone(why, self.counted);
            return;
        }
        to.sums.join(&self.sums);
        to.keep(KeptCase { evidence: worst.evidence, ..all }, ground.names);
    }
}

/// All cases of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Cases {
    alone: Found,
    domains: HashMap<Symbol, OfDomain>,
    hosts: HashMap<Symbol, OfHost>,
}

impl Cases {
    pub(super) fn add(&mut self, kind: Kind, case: &Case<'_>, ground: &Ground<'_>) {
        match case.bounds {
            Bounds::Own => self.alone.add(kind, case, ground),
            Bounds::Domain(enough) => self.domains.entry(case.domain).or_default().add(case, enough, ground),
            Bounds::Host(host) => self.hosts.entry(host).or_default().add(kind, case, ground),
        }
    }

    pub(super) fn join(&mut self, other: Self, names: &Names) {
        self.alone.join(other.alone, names);
        for (domain, theirs) in other.domains {
            self.domains.entry(domain).or_default().join(theirs);
        }
        for (host, theirs) in other.hosts {
            self.hosts.entry(host).or_default().join(theirs, names);
        }
    }

    /// Nothing more comes: which cases there are.
    pub(super) fn found(self, kind: Kind, ground: &Ground<'_>) -> Found {
        let mut found = self.alone;
        let mut answerers = Answerers::default();
        let domains: Vec<_> = self.domains.iter().map(|(&domain, all)| (domain, all, all.tries(ground))).collect();
        for (_, all, tries) in &domains {
            tries.iter().for_each(|one| answerers.see(one, all.enough.by, ground.names));
        }
        for (domain, all, tries) in &domains {
            if let Some(case) = all.case(*domain, tries, &answerers, ground) {
                found.add(kind, &case, ground);
            }
        }
        for host in self.hosts.into_values() {
            if host.is_schedule() {
                host.all.tell(kind, ground, &mut found);
            } else {
                found.join(host.apart, ground.names);
            }
        }
        found
    }
}
