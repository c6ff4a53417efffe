//! Four or more tries in a row, of one message or of one sender and recipient, with gaps that do not grow and
//! stay under 600 s.

use hashbrown::HashMap;

use super::{Case, Chain, Detector, SECOND, Scene, Shown, is_later, moments};
use crate::analyze::chains::{Passage, Try};
use crate::history::symbols::Symbol;

pub const DETECTOR: Detector = Detector { kind: "no_backoff", find, waiting_helps: true };

/// A try and the passage it belongs to.
type Step<'a> = (&'a Passage, &'a Try);

/// How many messages of one host must hammer before it is the host's schedule and not theirs.
const A_SCHEDULE: usize = 5;

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    // A program that submits a new message every two minutes: the first try of each.
    let programs = scene.people().filter_map(|chain| {
        let new = chain.passages.iter().filter(|p| scene.is_new(p));
        let steps: Vec<Step<'a>> = new.filter_map(|p| scene.kept.tries(p).first().map(|t| (p, t))).collect();
        case(scene, chain, &steps)
    });
    let mut cases: Vec<Case<'a>> = programs.collect();
    let mut by_host: HashMap<Symbol, (usize, Vec<Case<'a>>)> = HashMap::new();
    for chain in scene.chains.iter().filter(|c| c.sender() != Some(Symbol::NONE)) {
        for passage in chain.passages.iter().filter(|p| scene.kept.tries(p).len() >= scene.thresholds.backoff_tries) {
            let (tried_often, hammered) = by_host.entry(passage.host).or_default();
            *tried_often += 1;
            let steps: Vec<Step<'a>> = scene.kept.tries(passage).iter().map(|t| (passage, t)).collect();
            hammered.extend(case(scene, chain, &steps));
        }
    }
    for (tried_often, hammered) in by_host.into_values() {
        if hammered.len() >= A_SCHEDULE && hammered.len() * 2 > tried_often {
            cases.extend(schedule(hammered));
        } else {
            cases.extend(hammered);
        }
    }
    cases
}

/// Most messages of a host are tried so: that is its own schedule, told once and not for each of them.
fn schedule(hammered: Vec<Case<'_>>) -> Option<Case<'_>> {
    let worst =
        hammered.iter().max_by_key(|c| (c.wasted.len(), c.recipient, c.sender, c.tries.first().map(|t| t.at)))?;
    Some(Case {
        count: hammered.iter().map(|c| c.count).sum(),
        tries: hammered.iter().flat_map(|c| c.tries.iter().copied()).collect(),
        wasted: hammered.iter().flat_map(|c| c.wasted.iter().copied()).collect(),
        evidence: worst.evidence.clone(),
        ..Case::default()
    })
}

fn case<'a>(scene: &Scene<'a>, chain: &Chain<'a>, steps: &[Step<'a>]) -> Option<Case<'a>> {
    let mut case = Case::of(scene, chain);
    for run in runs(steps, scene.thresholds.backoff_gap_s) {
        if moments(run.iter().map(|(_, t)| *t)) < scene.thresholds.backoff_tries {
            continue;
        }
        case.count += run.len() as u64;
        case.tries.extend(run.iter().map(|(_, t)| *t));
        case.wasted.extend(run.iter().skip(1).map(|(_, t)| *t).filter(|t| !t.is_delivery()));
        case.evidence.extend(run.iter().filter_map(|(p, t)| Shown::of_try(p, t)).take(4));
    }
    (case.count > 0).then_some(case)
}

/// Stretches of tries, each after a failure, whose gaps stay under `limit_s` and do not grow.
fn runs<'s, 'a>(steps: &'s [Step<'a>], limit_s: u64) -> Vec<&'s [Step<'a>]> {
    let limit = i64::try_from(limit_s).unwrap_or(i64::MAX).saturating_mul(SECOND);
    let mut runs = Vec::new();
    let (mut start, mut gap_before) = (0, i64::MAX);
    for (i, pair) in steps.windows(2).enumerate() {
        let [(_, before), (_, this)] = pair else { continue };
        if before.is_deferral() && !is_later(this.at.time, before.at.time) {
            continue;
        }
        let gap = this.at.time - before.at.time;
        let close = before.is_deferral() && gap < limit;
        // A quarter more, and ten seconds, is jitter; a schedule that grows grows faster.
        let grows = gap > gap_before.saturating_add(gap_before / 4).saturating_add(10 * SECOND);
        if close && !grows {
            gap_before = gap;
            continue;
        }
        runs.push(steps.get(start..=i).unwrap_or_default());
        // The gap that grew may begin a stretch of its own.
        (start, gap_before) = if close { (i, gap) } else { (i + 1, i64::MAX) };
    }
    runs.push(steps.get(start..).unwrap_or_default());
    runs
}
