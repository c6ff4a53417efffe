//! Further tries to a domain's hosts that meet the same answer after it said that our address is
//! blocklisted: only delisting helps.

use super::{Case, Detector, Scene, by_domain};
use crate::knowledge::Cause;

pub const DETECTOR: Detector = Detector { kind: "blocklisted_sending", find, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    // The first answer told; what counts are the further ones.
    by_domain(scene, scene.thresholds.blocklist_tries + 1, |one| {
        scene.kept.verdict(one).reply.is_some() && scene.judge(one).cause == Cause::BlocklistedIp
    })
}
