//! 503 again and again: the dialogue is broken (a proxy, the client), not the mailbox.

use super::{Case, Detector, Enough, Scene, Taker, by_domain};
use crate::knowledge::detectors::Kind;
use crate::smtp::ReplyCode;

pub const DETECTOR: Detector = Detector { kind: Kind::BadSequence, find, of_host: None, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    by_domain(scene, Enough { moments: scene.ground.thresholds.sequence_tries, by: Taker::NextHop }, |one| {
        scene.ground.verdict(one).reply.map(ReplyCode::get) == Some(503)
    })
}
