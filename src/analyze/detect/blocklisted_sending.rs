//! Further tries to the hosts of a domain, or of its provider, that meet the same answer after they said that our
//! address is blocklisted: only delisting helps.

use super::{Case, Detector, Enough, Scene, Taker, by_domain};
use crate::knowledge::Cause;
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::BlocklistedSending, find, of_host: None, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    // The first answer told; what counts are the further ones.
    by_domain(scene, Enough { moments: scene.ground.thresholds.blocklist_tries + 1, by: Taker::Provider }, |one| {
        scene.ground.verdict(one).reply.is_some() && scene.ground.judge(one).cause == Cause::BlocklistedIp
    })
}
