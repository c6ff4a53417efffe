//! A reply whose text contradicts its class: 4xx for an unknown user, 5xx for greylisting.

use super::{Case, Detector, Scene, by_domain};

pub const DETECTOR: Detector = Detector { kind: "wrong_code", find, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    by_domain(scene, 1, |one| one.reply.is_some() && scene.judge(one).wrong_code.is_some())
}
