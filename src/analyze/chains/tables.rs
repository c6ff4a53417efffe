//! What waiting did: tries by the time since the last failure, and the windows that greylists use.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{Chain, End, Kept, REMEMBERED, Try};
use crate::analyze::analysis::{Gap, Greylist, Schedule};
use crate::event::Mta;
use crate::history::symbols::Symbol;

/// Borders of the gap table in seconds: contract, section 3.
const BORDERS: [u64; 7] = [0, 60, 300, 600, 1800, 3600, 14_400];

const SECOND: i64 = 1_000_000;

/// Seconds from one moment to a later one.
#[must_use]
pub fn seconds(from: i64, to: i64) -> u64 {
    u64::try_from((to - from).max(0) / SECOND).unwrap_or(0)
}

/// Tries after a transient failure of the same sender and recipient, by the time since.
#[must_use]
pub fn gaps(chains: &[Chain<'_>], kept: &Kept, is_counted: impl Fn(&Try) -> bool + Sync) -> Vec<Gap> {
    // By gap: delivered, deferred, bounced.
    type Counts = [[u64; 3]; BORDERS.len()];
    let count = |mut counts: Counts, chain: &Chain<'_>| {
        for (waited, _, one) in after_deferrals(chain, kept).into_iter().filter(|(_, _, one)| is_counted(one)) {
            let row = BORDERS.partition_point(|from| *from <= waited).saturating_sub(1);
            let outcome = if one.is_delivery() { 0 } else { 2 - usize::from(one.is_deferral()) };
            counts[row][outcome] += 1;
        }
        counts
    };
    let sum = |mut left: Counts, right: Counts| {
        left.as_flattened_mut().iter_mut().zip(right.as_flattened()).for_each(|(sum, count)| *sum += count);
        left
    };
    let known = chains.par_iter().filter(|c| c.sender().is_some());
    let counts = known.fold(Counts::default, count).reduce(Counts::default, sum);
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
    counts.into_iter().enumerate().map(row).collect()
}

/// A share, where there is a whole.
#[must_use]
pub fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

/// Each try that follows a deferral in its chain within [`REMEMBERED`]: seconds since that deferral, the deferral, the
/// try.
fn after_deferrals<'a>(chain: &Chain<'a>, kept: &'a Kept) -> Vec<(u64, &'a Try, &'a Try)> {
    let mut out = Vec::new();
    let mut last: Option<&'a Try> = None;
    for (_, one) in chain.tries(kept) {
        if let Some(failed) = last.filter(|failed| one.at.time - failed.at.time <= REMEMBERED) {
            out.push((seconds(failed.at.time, one.at.time), failed, one));
        }
        // A bounce in between leaves the other message waiting.
        last = if one.is_delivery() { None } else { Some(one).filter(|t| t.is_deferral()).or(last) };
    }
    out
}

/// What one domain's greylist did.
#[derive(Debug, Default)]
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
}

/// Greylisting by recipient domain: how long it refuses, from when it lets in.  `is_greylisting` judges a
/// failed try.
pub fn greylisting(
    chains: &[Chain<'_>],
    kept: &Kept,
    is_greylisting: impl Fn(&Try) -> bool,
    says_restart: impl Fn(&Try) -> bool,
    name: impl Fn(Symbol) -> String,
) -> Vec<Greylist> {
    let mut windows: BTreeMap<String, Window> = BTreeMap::new();
    for chain in chains.iter().filter(|c| c.sender().is_some()) {
        let tries = chain.tries(kept);
        let Some(begin) = tries.iter().position(|(_, t)| t.is_deferral() && is_greylisting(t)) else { continue };
        let window = windows.entry(name(chain.domain())).or_default();
        window.chains += 1;
        let Some((_, first)) = tries.get(begin) else { continue };
        window.says_restart |= says_restart(first);
        let (mut latest_refusal, mut before) = (None, first);
        for (_, one) in tries.iter().skip(begin + 1) {
            let waited = seconds(first.at.time, one.at.time);
            let gap = seconds(before.at.time, one.at.time);
            before = one;
            if one.is_delivery() {
                window.gap_high = Some(window.gap_high.map_or(gap, |h| h.min(gap)));
            } else if is_greylisting(one) {
                window.gap_low = Some(window.gap_low.map_or(gap, |l| l.max(gap)));
            }
            if one.is_delivery() {
                window.passed += 1;
                window.high = Some(window.high.map_or(waited, |h| h.min(waited)));
                window.longest = Some(window.longest.map_or(waited, |h| h.max(waited)));
                break;
            }
            if is_greylisting(one) {
                window.early += 1;
                latest_refusal = Some(waited);
            }
        }
        if let Some(waited) = latest_refusal {
            window.low = Some(window.low.map_or(waited, |l| l.max(waited)));
        }
    }
    let mut rows: Vec<Greylist> = windows
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

/// The longest time between two tries of one message on each host, in microseconds.
#[must_use]
pub fn longest_gaps(kept: &Kept) -> hashbrown::HashMap<Symbol, i64> {
    let mut longest = hashbrown::HashMap::new();
    for passage in &kept.passages {
        for pair in kept.tries(passage).windows(2) {
            let [a, b] = pair else { continue };
            let gap = longest.entry(passage.host).or_insert(0);
            *gap = (b.at.time - a.at.time).max(*gap);
        }
    }
    longest
}

/// When each host tries again by itself, from the recipients that were tried at least twice.
#[must_use]
pub fn schedules(kept: &Kept, host: impl Fn(Symbol) -> Option<String>) -> Vec<Schedule> {
    #[derive(Default)]
    struct Seen {
        first: Vec<u64>,
        growth: Vec<u64>,
        longest: Vec<u64>,
        lifetime: Vec<u64>,
    }
    let mut hosts: BTreeMap<(Option<String>, Mta), Seen> = BTreeMap::new();
    for passage in &kept.passages {
        let seen = hosts.entry((host(passage.host), passage.mta)).or_default();
        if passage.end == End::Expired
            && let Some(ended) = passage.ended
        {
            seen.lifetime.push(seconds(passage.handed_in, ended));
        }
        // The hosts of one try are logged one by one.
        let times = kept.tries(passage).iter().map(|t| t.at.time);
        let gaps: Vec<u64> =
            times.clone().zip(times.skip(1)).map(|(a, b)| seconds(a, b)).filter(|gap| *gap > 2).collect();
        seen.first.extend(gaps.first());
        if gaps.len() >= 3 {
            seen.longest.extend(gaps.iter().max());
            seen.growth.extend(gaps.windows(2).filter_map(|g| g.get(1)?.saturating_mul(100).checked_div(*g.first()?)));
        }
    }
    let schedule = |((host, mta), seen): ((Option<String>, Mta), Seen)| {
        let chains = seen.first.len() as u64;
        let first_retry_s = median(seen.first)?;
        let growth = median(seen.growth).map(|percent| percent as f64 / 100.0);
        let longest_gap_s = median(seen.longest);
        // Fixed queue runs of ten minutes and more are Sendmail's ordinary schedule; a second or two less than five
        // minutes is the clock's grain.
        let spaced = growth.is_none_or(|g| g > 1.0) || longest_gap_s.is_some_and(|gap| gap >= 600);
        Some(Schedule {
            host,
            mta,
            chains,
            first_retry_s,
            growth,
            longest_gap_s,
            lifetime_s: median(seen.lifetime),
            as_advised: first_retry_s >= 290 && spaced,
        })
    };
    hosts.into_iter().filter_map(schedule).collect()
}

/// The middle value.
fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
