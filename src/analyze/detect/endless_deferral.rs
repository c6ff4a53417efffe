//! Six or more tries of one message and recipient that get the same answer, or its expiry after them:
//! waiting is not the cure for this one.

use super::{Case, Detector, Scene, Shown, moments};
use crate::fold::chains::{End, Passage, Try};
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::EndlessDeferral, find, of_host: None, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    scene.passages().filter_map(|passage| case(scene, passage)).collect()
}

fn case<'a>(scene: &Scene<'a>, passage: &'a Passage<'a>) -> Option<Case<'a>> {
    let tries = scene.tries(passage);
    let same = longest_run(tries);
    let endless = scene.ground.thresholds.endless_tries;
    let moments = moments(same);
    let expired = passage.end == End::Expired && moments >= 2;
    // One that got through in the end had only to wait.
    if passage.delivered_at(scene.opened).is_some() || !(moments >= endless || expired) {
        return None;
    }
    let mut evidence: Vec<Shown<'a>> = tries.iter().filter_map(|t| Shown::of_try(passage, t)).collect();
    // That the last answer is the first again is the point.
    if evidence.len() > 2
        && let Some(last) = evidence.pop()
    {
        evidence.insert(1, last);
    }
    evidence.extend(Shown::of_end(passage));
    Some(Case {
        relay: tries.last().map(|t| t.relay).unwrap_or_default(),
        count: 1,
        tries: tries.iter().collect(),
        wasted: same.iter().skip(endless).collect(),
        evidence,
        ..Case::of_message(passage)
    })
}

/// The longest stretch of deferrals with one answer.
fn longest_run<'t, 'a>(tries: &'t [Try<'a>]) -> &'t [Try<'a>] {
    let runs = tries.chunk_by(|a, b| a.is_deferral() && a.verdict == b.verdict);
    runs.filter(|run| run.iter().all(Try::is_deferral)).max_by_key(|run| run.len()).unwrap_or_default()
}
