//! Cases, for themselves: their sums, and the worst of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::ITEMS_KEPT;
use super::scene::{Case, Ground, KeptLine};
use super::tries::Tries;
use crate::analyze::site::{Suspect, Why};
use crate::fold::chains::Try;
use crate::history::key::Moment;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::detectors::Kind;
use crate::smtp::{EnhancedCode, ReplyCode};

/// So many cases more than are shown are kept, so that they need not be sorted for each of them.
const SOME_MORE: usize = 128;

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
pub(super) fn joined<T>(a: Option<T>, b: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
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
    pub(super) wasted: usize,
    pub(super) count: u64,
    pub(super) first: Option<Moment>,
}

impl KeptCase {
    pub(super) fn of(case: &Case<'_>, ground: &Ground<'_>) -> Self {
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

    /// Both as one case, which is about nobody alone.
    pub(super) fn and(self, other: Self) -> Self {
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
    pub(super) fn add(&mut self, case: &Case<'_>, ground: &Ground<'_>) {
        self.count += case.count.saturating_sub(case.known);
        self.tries.extend(counted(case, ground));
        self.delivered.extend(counted(case, ground).filter(|one| one.is_delivery()));
        self.wasted.extend(case.wasted.iter().copied().filter(|one| ground.counts(one)));
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.tries.join(&other.tries);
        self.delivered.join(&other.delivered);
        self.wasted.join(&other.wasted);
    }
}

/// The tries of a case that this run counts.
pub(super) fn counted<'c>(case: &'c Case<'c>, ground: &'c Ground<'_>) -> impl Iterator<Item = &'c Try<'c>> {
    case.tries.iter().copied().filter(|one| ground.counts(one))
}

/// Is anything of a case new to this run?  What an earlier run knew it has told.
pub(super) fn is_new(case: &Case<'_>, ground: &Ground<'_>) -> bool {
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
    pub(super) fn add(&mut self, kind: Kind, case: &Case<'_>, ground: &Ground<'_>) {
        if !is_new(case, ground) {
            return;
        }
        let has_cause =
            |cause: &str| case.tries.iter().any(|t| !t.is_delivery() && ground.judge(t).cause.as_str() == cause);
        let suspect =
            Suspect { kind: kind.as_str(), sender: case.sender, domain: ground.names.domains.get(case.domain) };
        if let Some(why) = ground.site.ignores(suspect, has_cause) {
            self.leave_alone(why, counted(case, ground).count() as u64);
            return;
        }
        self.sums.add(case, ground);
        let names = ground.names;
        let last = self.cases.get(ITEMS_KEPT - 1).filter(|_| self.full);
        if last.is_none_or(|last| rank(case, names) < last.rank(names)) {
            self.keep(KeptCase::of(case, ground), names);
        }
    }

    pub(super) fn leave_alone(&mut self, why: Why, attempts: u64) {
        let count = self.ignored.entry(why).or_default();
        count.0 += 1;
        count.1 += attempts;
    }

    pub(super) fn keep(&mut self, case: KeptCase, names: &Names) {
        self.cases.push(case);
        if self.cases.len() >= ITEMS_KEPT + SOME_MORE {
            self.cut(names);
        }
    }

    fn cut(&mut self, names: &Names) {
        self.cases.sort_by(|a, b| a.rank(names).cmp(&b.rank(names)));
        self.full |= self.cases.len() >= ITEMS_KEPT;
        self.cases.truncate(ITEMS_KEPT);
    }

    /// The worst cases, worst first.
    pub(super) fn worst(&mut self, names: &Names) -> Vec<KeptCase> {
        self.cut(names);
        std::mem::take(&mut self.cases)
    }

    pub(super) fn join(&mut self, other: Self, names: &Names) {
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
