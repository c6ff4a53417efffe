//! Four or more tries in a row, of one message or of one sender and recipient, with gaps that do not grow and
//! stay under 600 s.

use super::{Bounds, Case, Chain, Detector, SECOND, Scene, Shown, is_later, moments};
use crate::fold::chains::{Passage, Try};
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::NoBackoff, find, of_host: None, waiting_helps: true };

/// A try and the passage it belongs to.
type Step<'a> = (&'a Passage<'a>, &'a Try<'a>);

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    // A program that submits a new message every two minutes: the first try of each.
    let often = |chain: &&Chain<'a>| chain.passages.len() >= scene.ground.thresholds.backoff_tries;
    let programs = scene.people().filter(often).filter_map(|chain| {
        let new = chain.passages.iter().filter(|p| scene.is_new(p));
        let steps: Vec<Step<'a>> = new.filter_map(|p| scene.tries(p).first().map(|t| (p, t))).collect();
        case(scene, chain, &steps)
    });
    // Those that do not hammer are named as well: whether it is the host's schedule depends on how many there are.
    let messages = often_tried(scene).map(|(chain, passage)| {
        let steps: Vec<Step<'a>> = scene.tries(passage).iter().map(|t| (passage, t)).collect();
        Case { bounds: Bounds::Host(passage.host), ..case(scene, chain, &steps).unwrap_or_default() }
    });
    programs.chain(messages).collect()
}

/// Messages that were tried often enough to hammer, with the chains that they are in.
fn often_tried<'s, 'a>(scene: &'s Scene<'a>) -> impl Iterator<Item = (&'s Chain<'a>, &'a Passage<'a>)> {
    let chains = scene.chains.iter().filter(|c| c.sender() != Some(b""));
    let passages = chains.flat_map(|chain| chain.passages.iter().map(move |passage| (chain, passage)));
    passages.filter(|(_, p)| scene.tries(p).len() >= scene.ground.thresholds.backoff_tries)
}

fn case<'a>(scene: &Scene<'a>, chain: &Chain<'a>, steps: &[Step<'a>]) -> Option<Case<'a>> {
    let thresholds = &scene.ground.thresholds;
    let mut case = Case::of(chain);
    for run in runs(steps, thresholds.backoff_gap_s) {
        if moments(run.iter().map(|(_, t)| *t)) < thresholds.backoff_tries {
            continue;
        }
        case.count += run.len() as u64;
        case.tries.extend(run.iter().map(|(_, t)| *t));
        case.wasted.extend(run.iter().skip(1).map(|(_, t)| *t).filter(|t| !t.is_delivery()));
        case.evidence.extend(run.iter().filter_map(|(p, t)| Shown::of_try(p, t)).take(4));
    }
    case.known = scene.ground.known(&case.tries);
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
