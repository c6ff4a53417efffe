//! The cases of one kind, put together from all shelves: their sums, and the worst of them.
//!
//! What is found on two shelves is joined in any order ([`Kind::join`]), and the result is what one shelf with all of it
//! would have shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::scene::{Bounds, Case, Ground, KeptLine, Shown};
use super::{ITEMS, is_later, moments};
use crate::analyze::chains::{BareTry, Try};
use crate::analyze::site::{Suspect, Why};
use crate::history::key::Moment;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::smtp::{EnhancedCode, ReplyCode};

/// How many messages of one host must hammer before it is the host's schedule and not theirs.
const A_SCHEDULE: u64 = 5;

/// So many cases more than are shown are kept, so that they need not be sorted for each of them.
const SOME_MORE: usize = 128;

/// How many lines show a case about a domain.
pub(super) const LINES_OF_DOMAIN: usize = 8;

/// A set of tries, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries(BTreeMap<u32, Vec<u64>>);

impl Tries {
    fn extend<'t>(&mut self, tries: impl Iterator<Item = &'t Try<'t>>) {
        for one in tries {
            let words = self.0.entry(one.shelf()).or_default();
            let (word, bit) = (one.index() / 64, one.index() % 64);
            if words.len() <= word {
                words.resize(word + 1, 0);
            }
            if let Some(word) = words.get_mut(word) {
                *word |= 1 << bit;
            }
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (&shelf, theirs) in &other.0 {
            let words = self.0.entry(shelf).or_default();
            if words.len() < theirs.len() {
                words.resize(theirs.len(), 0);
            }
            words.iter_mut().zip(theirs).for_each(|(word, theirs)| *word |= theirs);
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.0.values().flatten().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|(shelf, words)| {
            let theirs = other.0.get(shelf).map(Vec::as_slice).unwrap_or_default();
            words.iter().enumerate().all(|(i, word)| word & !theirs.get(i).unwrap_or(&0) == 0)
        })
    }
}

/// What decides which cases are shown: wasted tries, count, recipient, sender, domain, first try.
type Rank<'a> = (Reverse<usize>, Reverse<u64>, Option<&'a [u8]>, Option<&'a [u8]>, &'a [u8], Option<Moment>);

fn rank<'a>(case: &Case<'a>, names: &'a Names) -> Rank<'a> {
    let domain = names.domains.get(case.domain);
    (Reverse(case.wasted.len()), Reverse(case.count), case.recipient, case.sender, domain, case.first())
}

/// The codes of failed tries, and how often each came.
#[derive(Debug, Clone, Default)]
pub(super) struct Codes(Vec<(Code, u64)>);

type Code = (Option<ReplyCode>, Option<EnhancedCode>);

impl Codes {
    fn count(&mut self, code: Code, times: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += times,
            None => self.0.push((code, times)),
        }
    }

    fn join(&mut self, other: Self) {
        other.0.into_iter().for_each(|(code, times)| self.count(code, times));
    }

    fn of<'t>(tries: impl Iterator<Item = &'t Try<'t>>, ground: &Ground<'_>) -> Self {
        let mut codes = Self::default();
        for one in tries.filter(|t| !t.is_delivery()) {
            let verdict = ground.verdict(one);
            codes.count((verdict.reply, verdict.enhanced), 1);
        }
        codes
    }

    /// As text, most frequent first.
    pub(super) fn texts(&self) -> Vec<String> {
        let text = |code: &Code| match code {
            (Some(reply), Some(enhanced)) => Some(format!("{reply} {enhanced}")),
            (Some(reply), None) => Some(reply.to_string()),
            (None, Some(enhanced)) => Some(enhanced.to_string()),
            (None, None) => None,
        };
        let mut codes: Vec<(String, u64)> =
            self.0.iter().filter_map(|(code, count)| Some((text(code)?, *count))).collect();
        codes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        codes.into_iter().map(|(code, _)| code).collect()
    }
}

/// Both, joined, or the one that there is.
fn joined<T>(a: Option<T>, b: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (a, b) => a.or(b),
    }
}

/// From the first to the last of some times.
type Period = Option<(i64, i64)>;

fn period(times: impl Iterator<Item = i64>) -> Period {
    times.fold(None, |period, time| both(period, Some((time, time))))
}

fn both(a: Period, b: Period) -> Period {
    joined(a, b, |a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// A case, for itself.
#[derive(Debug, Clone)]
pub(super) struct KeptCase {
    pub(super) sender: Option<Box<[u8]>>,
    pub(super) recipient: Option<Box<[u8]>>,
    pub(super) domain: Symbol,
    pub(super) relay: Symbol,
    pub(super) attempts: u64,
    pub(super) period: Period,
    pub(super) codes: Codes,
    pub(super) evidence: Vec<KeptLine>,
    wasted: usize,
    count: u64,
    first: Option<Moment>,
}

impl KeptCase {
    fn of(case: &Case<'_>, ground: &Ground<'_>) -> Self {
        let times = case.tries.iter().map(|t| t.at.time).chain(case.evidence.iter().map(|e| e.at().time));
        Self {
            sender: case.sender.map(Into::into),
            recipient: case.recipient.map(Into::into),
            domain: case.domain,
            relay: case.relay,
            attempts: case.tries.len() as u64,
            period: period(times),
            codes: Codes::of(case.tries.iter().copied(), ground),
            evidence: case.evidence.iter().map(|shown| shown.keep(ground)).collect(),
            wasted: case.wasted.len(),
            count: case.count,
            first: case.first(),
        }
    }

    fn rank<'a>(&'a self, names: &'a Names) -> Rank<'a> {
        let domain = names.domains.get(self.domain);
        let (recipient, sender) = (self.recipient.as_deref(), self.sender.as_deref());
        (Reverse(self.wasted), Reverse(self.count), recipient, sender, domain, self.first)
    }
}

/// What cases come to together, as far as this run counts it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) tries: Tries,
    pub(super) delivered: Tries,
    pub(super) wasted: Tries,
}

impl Sums {
    fn add(&mut self, case: &Case<'_>, ground: &Ground<'_>) {
        self.count += case.count;
        self.tries.extend(counted(case, ground));
        self.delivered.extend(counted(case, ground).filter(|one| one.is_delivery()));
        self.wasted.extend(case.wasted.iter().copied().filter(|one| ground.counts(one)));
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.tries.join(&other.tries);
        self.delivered.join(&other.delivered);
        self.wasted.join(&other.wasted);
    }
}

/// The tries of a case that this run counts.
fn counted<'c>(case: &'c Case<'c>, ground: &'c Ground<'_>) -> impl Iterator<Item = &'c Try<'c>> {
    case.tries.iter().copied().filter(|one| ground.counts(one))
}

/// Is anything of a case new to this run?  What an earlier run knew it has told.
fn is_new(case: &Case<'_>, ground: &Ground<'_>) -> bool {
    case.by_silence
        || counted(case, ground).next().is_some()
        || case.evidence.iter().any(|shown| ground.is_fresh(shown))
}

/// Cases that stand by themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) sums: Sums,
    /// The worst ones, and some more.
    cases: Vec<KeptCase>,
    /// So many of them are sorted and as many as are wanted: no worse one is.
    full: bool,
    /// What the site leaves alone: cases and tries.
    pub(super) ignored: BTreeMap<Why, (u64, u64)>,
}

impl Found {
    pub(super) fn add(&mut self, kind: &'static str, case: &Case<'_>, ground: &Ground<'_>) {
        if !is_new(case, ground) {
            return;
        }
        let has_cause =
            |cause: &str| case.tries.iter().any(|t| !t.is_delivery() && ground.judge(t).cause.as_str() == cause);
        let suspect = Suspect { kind, sender: case.sender, domain: ground.names.domains.get(case.domain) };
        if let Some(why) = ground.site.ignores(suspect, has_cause) {
            self.leave_alone(why, counted(case, ground).count() as u64);
            return;
        }
        self.sums.add(case, ground);
        let names = ground.names;
        let last = self.cases.get(ITEMS - 1).filter(|_| self.full);
        if last.is_none_or(|last| rank(case, names) < last.rank(names)) {
            self.keep(KeptCase::of(case, ground), names);
        }
    }

    fn leave_alone(&mut self, why: Why, attempts: u64) {
        let count = self.ignored.entry(why).or_default();
        count.0 += 1;
        count.1 += attempts;
    }

    fn keep(&mut self, case: KeptCase, names: &Names) {
        self.cases.push(case);
        if self.cases.len() >= ITEMS + SOME_MORE {
            self.cut(names);
        }
    }

    fn cut(&mut self, names: &Names) {
        self.cases.sort_by(|a, b| a.rank(names).cmp(&b.rank(names)));
        self.full |= self.cases.len() >= ITEMS;
        self.cases.truncate(ITEMS);
    }

    /// The worst cases, worst first.
    pub(super) fn worst(&mut self, names: &Names) -> Vec<KeptCase> {
        self.cut(names);
        std::mem::take(&mut self.cases)
    }

    fn join(&mut self, other: Self, names: &Names) {
        self.sums.join(&other.sums);
        for (why, (cases, attempts)) in other.ignored {
            let count = self.ignored.entry(why).or_default();
            count.0 += cases;
            count.1 += attempts;
        }
        self.cases.extend(other.cases);
        self.cut(names);
    }
}

/// The tries to which a domain gave a certain answer.
#[derive(Debug, Clone, Default)]
struct OfDomain {
    at_least: usize,
    tries: Vec<BareTry>,
    /// The first lines that show them.
    evidence: Vec<KeptLine>,
}

impl OfDomain {
    fn add(&mut self, case: &Case<'_>, at_least: usize, ground: &Ground<'_>) {
        self.at_least = at_least;
        self.tries.extend(case.tries.iter().map(|one| one.bare()));
        self.show(case.evidence.iter().map(|shown| shown.keep(ground)));
    }

    fn join(&mut self, other: Self) {
        self.at_least = other.at_least;
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

    /// All of it as one case, where it is one.
    fn case<'t>(&'t self, domain: Symbol, tries: &'t [Try<'t>]) -> Option<Case<'t>> {
        let tries: Vec<&Try<'_>> = tries.iter().collect();
        let first = *tries.first()?;
        (moments(tries.iter().copied()) >= self.at_least).then(|| Case {
            domain,
            relay: first.relay,
            count: tries.len() as u64,
            // The first answer told.
            wasted: tries.iter().copied().filter(|one| is_later(one.at.time, first.at.time)).collect(),
            evidence: self.evidence.iter().map(Shown::Kept).collect(),
            tries,
            ..Case::default()
        })
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
    fn add(&mut self, kind: &'static str, case: &Case<'_>, ground: &Ground<'_>) {
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

impl KeptCase {
    fn weight(&self) -> Weight<'_> {
        (self.wasted, self.recipient.as_deref(), self.sender.as_deref(), self.first)
    }

    /// Both as one case, which is about nobody alone.
    fn and(self, other: Self) -> Self {
        let mut codes = self.codes;
        codes.join(other.codes);
        Self {
            sender: None,
            recipient: None,
            domain: Symbol::NONE,
            relay: Symbol::NONE,
            attempts: self.attempts + other.attempts,
            period: both(self.period, other.period),
            codes,
            evidence: Vec::new(),
            wasted: self.wasted + other.wasted,
            count: self.count + other.count,
            first: self.first.into_iter().chain(other.first).min(),
        }
    }
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
        let worse = |a: KeptCase, b: KeptCase| if a.weight() < b.weight() { b } else { a };
        self.worst = joined(self.worst.take(), other.worst, worse);
    }

    /// It as the one case that it is.
    fn tell(self, kind: &'static str, ground: &Ground<'_>, to: &mut Found) {
        let (Some(all), Some(worst)) = (self.all.filter(|_| self.is_new), self.worst) else { return };
        let has_cause =
            |cause: &str| self.verdicts.iter().any(|&verdict| ground.judge_number(verdict).cause.as_str() == cause);
        if let Some(why) = ground.site.ignores(Suspect { kind, sender: None, domain: b"" }, has_cause) {
            to.leave_alone(why, self.counted);
            return;
        }
        to.sums.join(&self.sums);
        to.keep(KeptCase { evidence: worst.evidence, ..all }, ground.names);
    }
}

/// All cases of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Kind {
    alone: Found,
    domains: HashMap<Symbol, OfDomain>,
    hosts: HashMap<Symbol, OfHost>,
}

impl Kind {
    pub(super) fn add(&mut self, kind: &'static str, case: &Case<'_>, ground: &Ground<'_>) {
        match case.bounds {
            Bounds::Own => self.alone.add(kind, case, ground),
            Bounds::Domain { at_least } => self.domains.entry(case.domain).or_default().add(case, at_least, ground),
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
    pub(super) fn found(self, kind: &'static str, ground: &Ground<'_>) -> Found {
        let mut found = self.alone;
        for (domain, of_domain) in self.domains {
            let tries = of_domain.tries(ground);
            if let Some(case) = of_domain.case(domain, &tries) {
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
