//! What waiting did: tries by the time since the last failure, and the windows that greylists use.

use std::collections::BTreeMap;

use super::{Chain, Passage, Try};
use crate::analyze::analysis::{Gap, Greylist};
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
pub fn gaps(chains: &[Chain<'_>]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = BORDERS
        .iter()
        .enumerate()
        .map(|(i, &from_s)| Gap {
            from_s,
            to_s: BORDERS.get(i + 1).copied(),
            attempts: 0,
            delivered: 0,
            deferred: 0,
            bounced: 0,
            success_rate: None,
        })
        .collect();
    for chain in chains.iter().filter(|c| c.sender.is_some()) {
        for (waited, _, one) in after_deferrals(chain) {
            let Some(gap) = gaps.iter_mut().rev().find(|g| g.from_s <= waited) else { continue };
            gap.attempts += 1;
            gap.delivered += u64::from(one.is_delivery());
            gap.deferred += u64::from(one.is_deferral());
            gap.bounced += u64::from(!one.is_delivery() && !one.is_deferral());
        }
    }
    for gap in &mut gaps {
        gap.success_rate = rate(gap.delivered, gap.attempts);
    }
    gaps
}

/// A share, where there is a whole.
#[must_use]
pub fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

/// Each try that follows a deferral in its chain: seconds since that deferral, the deferral, the try.
/// Sendmail logs each host of one try; lines of one message within two seconds are one try.
pub fn after_deferrals<'a>(chain: &Chain<'a>) -> Vec<(u64, &'a Try, &'a Try)> {
    let tries = chain.tries();
    let mut out = Vec::new();
    let mut last: Option<(usize, &'a Try)> = None;
    for (passage, one) in tries {
        if let Some((from, failed)) = last
            && !(from == passage && one.at.time - failed.at.time <= 2 * SECOND && !one.is_delivery())
        {
            out.push((seconds(failed.at.time, one.at.time), failed, one));
        }
        last = one.is_deferral().then_some((passage, one)).or(if one.is_delivery() { None } else { last });
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
}

/// Greylisting by recipient domain: how long it refuses, from when it lets in.  `is_greylisting` judges a
/// failed try.
pub fn greylisting(
    chains: &[Chain<'_>],
    is_greylisting: impl Fn(&Try) -> bool,
    name: impl Fn(Symbol) -> String,
) -> Vec<Greylist> {
    let mut windows: BTreeMap<String, Window> = BTreeMap::new();
    for chain in chains.iter().filter(|c| c.sender.is_some()) {
        let tries = chain.tries();
        let Some(begin) = tries.iter().position(|(_, t)| t.is_deferral() && is_greylisting(t)) else { continue };
        let window = windows.entry(name(chain.domain)).or_default();
        window.chains += 1;
        let Some((_, first)) = tries.get(begin) else { continue };
        let mut latest_refusal = None;
        for (_, one) in tries.iter().skip(begin + 1) {
            let waited = seconds(first.at.time, one.at.time);
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
pub fn longest_gaps(passages: &[Passage]) -> hashbrown::HashMap<Symbol, i64> {
    let mut longest = hashbrown::HashMap::new();
    for passage in passages {
        for pair in passage.tries.windows(2) {
            let [a, b] = pair else { continue };
            let gap = longest.entry(passage.host).or_insert(0);
            *gap = (b.at.time - a.at.time).max(*gap);
        }
    }
    longest
}
