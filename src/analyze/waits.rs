//! What waiting did: tries by the time since the last failure, and the windows that greylists use.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::analyze::analysis::{Gap, Greylist, Schedule};
use crate::event::Mta;
use crate::fold::chains::{Chain, End, Opened, Passage, REMEMBERED, Try};
use crate::history::symbols::Symbol;

/// Borders of the gap table in seconds: contract, section 3.
const BORDERS: [u64; 7] = [0, 60, 300, 600, 1800, 3600, 14_400];

const SECOND: i64 = 1_000_000;

/// Fewer messages that were given up show no limit.
const FEW: u64 = 3;

/// RFC 5321 section 4.5.4.1 advises to give up after four to five days.  Two, in seconds, are far less.
const SHORT_LIFE: u64 = 2 * 86_400;

/// Seconds from one moment to a later one.
#[must_use]
pub fn seconds(from: i64, to: i64) -> u64 {
    u64::try_from((to - from).max(0) / SECOND).unwrap_or(0)
}

/// What is asked of a try.
pub struct Asked<'q> {
    /// Does this run count it?
    pub counts: &'q dyn Fn(&Try<'_>) -> bool,
    /// Was it greylisted?
    pub is_greylisting: &'q dyn Fn(&Try<'_>) -> bool,
    /// Does the answer say that an early retry starts the wait again?
    pub says_restart: &'q dyn Fn(&Try<'_>) -> bool,
}

/// What waiting did to some recipients, or to many of them.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    /// By gap: delivered, deferred, bounced.
    gaps: [[u64; 3]; BORDERS.len()],
    greylists: HashMap<Symbol, Window>,
    schedules: HashMap<(Symbol, Mta), Seen>,
}

impl Waits {
    /// Adds what it did to the recipients of one shelf.
    pub fn see(&mut self, chains: &[Chain<'_>], opened: &Opened<'_>, asked: &Asked<'_>) {
        for chain in chains.iter().filter(|c| c.sender().is_some()) {
            let tries = chain.tries(opened);
            self.count_gaps(&tries, asked);
            self.see_greylist(chain, &tries, asked);
        }
        for passage in &opened.passages {
            self.schedules.entry((passage.host, passage.mta)).or_default().see(passage, opened.tries(passage));
        }
    }

    /// Tries after a transient failure of the same sender and recipient, by the time since.
    fn count_gaps(&mut self, tries: &[(usize, &Try<'_>)], asked: &Asked<'_>) {
        for (waited, one) in after_deferrals(tries).filter(|(_, one)| (asked.counts)(one)) {
            let row = BORDERS.partition_point(|from| *from <= waited).saturating_sub(1);
            let outcome = if one.is_delivery() { 0 } else { 2 - usize::from(one.is_deferral()) };
            self.gaps[row][outcome] += 1;
        }
    }

    /// How long a domain's greylist refuses, and from when it lets in.
    fn see_greylist(&mut self, chain: &Chain<'_>, tries: &[(usize, &Try<'_>)], asked: &Asked<'_>) {
        let greylisted = |one: &Try<'_>| (asked.is_greylisting)(one);
        let Some(begin) = tries.iter().position(|(_, t)| t.is_deferral() && greylisted(t)) else { return };
        let rest = tries.get(begin..).unwrap_or_default();
        let end = rest.iter().position(|(_, t)| t.is_delivery()).map_or(rest.len(), |at| at + 1);
        let story = rest.get(..end).unwrap_or_default();
        // What an earlier run has counted it has told; what comes of it now is all that this one adds.
        let count = |one: &Try<'_>| u64::from((asked.counts)(one));
        let Some((_, first)) = story.first().filter(|_| story.iter().any(|(_, one)| count(one) > 0)) else { return };
        let window = self.greylists.entry(chain.domain()).or_default();
        window.chains += count(first);
        window.says_restart |= (asked.says_restart)(first);
        let (mut latest_refusal, mut before) = (None, *first);
        for (_, one) in story.iter().skip(1) {
            let waited = seconds(first.at.time, one.at.time);
            let gap = seconds(before.at.time, one.at.time);
            before = one;
            if one.is_delivery() {
                window.gap_high = Some(window.gap_high.map_or(gap, |h| h.min(gap)));
                window.passed += count(one);
                window.high = Some(window.high.map_or(waited, |h| h.min(waited)));
                window.longest = Some(window.longest.map_or(waited, |h| h.max(waited)));
            }
            if greylisted(one) {
                window.gap_low = Some(window.gap_low.map_or(gap, |l| l.max(gap)));
                window.early += count(one);
                latest_refusal = Some(waited);
            }
        }
        window.low = window.low.max(latest_refusal);
    }

    /// Joins what it did to others.
    pub fn join(&mut self, other: Self) {
        let sums = self.gaps.as_flattened_mut().iter_mut();
        sums.zip(other.gaps.as_flattened()).for_each(|(sum, count)| *sum += count);
        for (domain, theirs) in &other.greylists {
            self.greylists.entry(*domain).or_default().join(theirs);
        }
        for (host, theirs) in other.schedules {
            self.schedules.entry(host).or_default().join(theirs);
        }
    }

    /// Tries after a transient failure of the same sender and recipient, by the time since.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let row = |(i, [delivered, deferred, bounced]): (usize, [u64; 3])| {
            let attempts = delivered + deferred + bounced;
            Gap {
                from_s: BORDERS.get(i).copied().unwrap_or_default(),
                to_s: BORDERS.get(i + 1).copied(),
                attempts,
                delivered,
                deferred,
                bounced,
                success_rate: rate(delivered, attempts),
            }
        };
        self.gaps.into_iter().enumerate().map(row).collect()
    }

    /// Greylisting by recipient domain.
    #[must_use]
    pub fn greylisting(&self, name: impl Fn(Symbol) -> String) -> Vec<Greylist> {
        // Bytes that are no text may give two domains one name.
        let mut by_name: BTreeMap<String, Window> = BTreeMap::new();
        for (&domain, window) in &self.greylists {
            by_name.entry(name(domain)).or_default().join(window);
        }
        let mut rows: Vec<Greylist> = by_name
            .into_iter()
            .map(|(domain, window)| Greylist {
                restarts: window.restarts(),
                domain,
                chains: window.chains,
                passed: window.passed,
                wait_low_s: window.low,
                wait_high_s: window.high,
                passed_max_s: window.longest,
                early_retries: window.early,
            })
            .collect();
        rows.sort_by(|a, b| b.chains.cmp(&a.chains).then_with(|| a.domain.cmp(&b.domain)));
        rows
    }

    /// When each host tries again by itself, from the recipients that were tried at least twice.
    #[must_use]
    pub fn schedules(&self, host: impl Fn(Symbol) -> Option<String>) -> Vec<Schedule> {
        let mut hosts: BTreeMap<(Option<String>, Mta), Seen> = BTreeMap::new();
        for (&(symbol, mta), seen) in &self.schedules {
            hosts.entry((host(symbol), mta)).or_default().join(seen.clone());
        }
        hosts.into_iter().filter_map(|((host, mta), seen)| seen.schedule(host, mta)).collect()
    }
}

/// Whole numbers, and how often each came.
#[derive(Debug, Clone, Default)]
struct Counts(HashMap<u64, u64>);

impl Counts {
    fn add(&mut self, value: u64) {
        *self.0.entry(value).or_default() += 1;
    }

    fn join(&mut self, other: Self) {
        for (value, count) in other.0 {
            *self.0.entry(value).or_default() += count;
        }
    }

    /// The middle one.
    fn median(&self) -> Option<u64> {
        self.behind(self.len() / 2)
    }

    /// One that at most a tenth of them goes beyond.
    fn high(&self) -> Option<u64> {
        self.behind(self.len() * 9 / 10)
    }

    /// The one that comes behind so many smaller ones.
    fn behind(&self, mut left: u64) -> Option<u64> {
        let mut values: Vec<(u64, u64)> = self.0.iter().map(|(&value, &count)| (value, count)).collect();
        values.sort_unstable();
        let middle = values.into_iter().find(|(_, count)| {
            let here = left < *count;
            left = left.saturating_sub(*count);
            here
        });
        middle.map(|(value, _)| value)
    }

    fn len(&self) -> u64 {
        self.0.values().sum()
    }
}

/// The times between the tries of a host's messages, in seconds; how they grow, in per cent.
#[derive(Debug, Clone, Default)]
struct Seen {
    first: Counts,
    growth: Counts,
    longest: Counts,
    lifetime: Counts,
}

impl Seen {
    fn see(&mut self, passage: &Passage<'_>, tries: &[Try<'_>]) {
        // The hosts of one try are logged one by one.
        let all = tries.array_windows().map(|[a, b]| seconds(a.at.time, b.at.time));
        let gaps = all.filter(|gap| *gap > 2);
        gaps.clone().take(1).for_each(|gap| self.first.add(gap));
        if gaps.clone().next().is_some() {
            age_given_up(passage, tries).into_iter().for_each(|age| self.lifetime.add(age));
        }
        if gaps.clone().nth(2).is_some() {
            gaps.clone().max().into_iter().for_each(|gap| self.longest.add(gap));
            let pairs = gaps.clone().zip(gaps.skip(1));
            let growth = pairs.filter_map(|(gap, next)| next.saturating_mul(100).checked_div(gap));
            growth.for_each(|percent| self.growth.add(percent));
        }
    }

    fn join(&mut self, other: Self) {
        self.first.join(other.first);
        self.growth.join(other.growth);
        self.longest.join(other.longest);
        self.lifetime.join(other.lifetime);
    }

    fn schedule(&self, host: Option<String>, mta: Mta) -> Option<Schedule> {
        let first_retry_s = self.first.median()?;
        let growth = self.growth.median().map(|percent| percent as f64 / 100.0);
        let longest_gap_s = self.longest.median();
        // Fixed queue runs of ten minutes and more are Sendmail's ordinary schedule; a second or two less than five
        // minutes is the clock's grain.
        let even = growth.is_some_and(|g| g <= 1.0) && longest_gap_s.is_none_or(|gap| gap < 600);
        // Exim gives up what came late together with what waited longest for the same host: many are younger than the
        // limit, none is older.
        let lifetime_s = self.lifetime.high().filter(|_| self.lifetime.len() >= FEW);
        let hasty = first_retry_s < 290 || even;
        let as_advised = !hasty && lifetime_s.is_none_or(|age| age >= SHORT_LIFE);
        Some(Schedule {
            host,
            mta,
            chains: self.first.len(),
            first_retry_s,
            growth,
            longest_gap_s,
            lifetime_s,
            hasty,
            as_advised,
        })
    }
}

/// How old a message was when its host gave it up, where that can be the host's own limit: one that was held waited for
/// a person, and of one that came before the log nobody knows the age.
fn age_given_up(passage: &Passage<'_>, tries: &[Try<'_>]) -> Option<u64> {
    let ended = passage.ended.filter(|_| passage.end == End::Expired && !passage.held)?;
    let first = tries.first()?;
    let is_known = passage.arrived.is_some() || passage.handed_in < first.at.time;
    is_known.then(|| seconds(passage.handed_in, ended))
}

/// A share, where there is a whole.
#[must_use]
pub fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

/// Each try of a chain that follows a deferral within [`REMEMBERED`], and the seconds since that deferral.
fn after_deferrals<'t, 'a>(tries: &'t [(usize, &'a Try<'a>)]) -> impl Iterator<Item = (u64, &'a Try<'a>)> + 't {
    let mut last: Option<&'a Try<'a>> = None;
    tries.iter().filter_map(move |&(_, one)| {
        let failed = last.filter(|failed| one.at.time - failed.at.time <= REMEMBERED);
        // A bounce in between leaves the other message waiting.
        last = if one.is_delivery() { None } else { Some(one).filter(|t| t.is_deferral()).or(last) };
        failed.map(|failed| (seconds(failed.at.time, one.at.time), one))
    })
}

/// What one domain's greylist did.
#[derive(Debug, Clone, Default)]
struct Window {
    chains: u64,
    passed: u64,
    early: u64,
    low: Option<u64>,
    high: Option<u64>,
    longest: Option<u64>,
    /// Longest time since the try before that was still refused, shortest that was let in.
    gap_low: Option<u64>,
    gap_high: Option<u64>,
    says_restart: bool,
}

impl Window {
    /// Does an early retry start the wait again?  It does where the greylist says so, or where the time since the
    /// first refusal contradicts itself and the time since the last does not.
    fn restarts(&self) -> bool {
        let below = |low: Option<u64>, high: Option<u64>| low.zip(high).is_some_and(|(low, high)| low < high);
        self.says_restart || (self.low >= self.high && self.low.is_some() && below(self.gap_low, self.gap_high))
    }

    fn join(&mut self, other: &Self) {
        let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        self.chains += other.chains;
        self.passed += other.passed;
        self.early += other.early;
        self.low = self.low.max(other.low);
        self.high = least(self.high, other.high);
        self.longest = self.longest.max(other.longest);
        self.gap_low = self.gap_low.max(other.gap_low);
        self.gap_high = least(self.gap_high, other.gap_high);
        self.says_restart |= other.says_restart;
    }
}
