//! A reply whose text contradicts its class: 4xx for an unknown user, 5xx for greylisting.  Theirs to us, or ours
//! to them.

use super::{Case, Detector, Scene, Shown, by_domain};

pub const DETECTOR: Detector = Detector { kind: "wrong_code", find, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    let theirs =
        by_domain(scene, 1, |one| scene.kept.verdict(one).reply.is_some() && scene.judge(one).wrong_code.is_some());
    let ours = scene.refusals.iter().filter(|cell| scene.judge_refusal(cell).wrong_code.is_some()).map(|cell| Case {
        domain: cell.key.domain,
        count: cell.attempts,
        evidence: Shown::of_refusal(cell, scene.names).into_iter().collect(),
        ..Case::default()
    });
    theirs.into_iter().chain(ours).collect()
}
