//! A reply whose text contradicts its class: 4xx for an unknown user, 5xx for greylisting.  Theirs to us, or ours
//! to them.

use super::{Case, Detector, Enough, Ground, Scene, Shown, Taker, by_domain};
use crate::fold::tally::Cell;
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::WrongCode, find, of_host: Some(ours), waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    by_domain(scene, Enough { moments: 1, by: Taker::None }, |one| {
        scene.ground.verdict(one).reply.is_some() && scene.ground.judge(one).wrong_code.is_some()
    })
}

/// What this host itself says.
fn ours<'a>(ground: &'a Ground<'a>) -> Vec<Case<'a>> {
    let wrong = ground.refusals.iter().filter(|cell| ground.judge_refusal(cell).wrong_code.is_some());
    let case = |cell: &&'a Cell| Case {
        domain: cell.key.domain,
        count: cell.attempts,
        evidence: Shown::of_refusal(cell, ground.names).into_iter().collect(),
        ..Case::default()
    };
    wrong.map(case).collect()
}
