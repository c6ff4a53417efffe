//! The same message tried again less than 300 s after a transient reply of the far side.

use super::{Case, Detector, Scene, Shown, is_later};
use crate::analyze::waits::seconds;
use crate::fold::chains::Passage;
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::ImmediateRetry, find, of_host: None, waiting_helps: true };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    scene.passages().filter_map(|passage| case(scene, passage)).collect()
}

fn case<'a>(scene: &Scene<'a>, passage: &'a Passage<'a>) -> Option<Case<'a>> {
    let mut case = Case::of_message(passage);
    for (index, pair) in scene.tries(passage).windows(2).enumerate() {
        let [failed, again] = pair else { continue };
        let replied = failed.is_deferral() && scene.ground.verdict(failed).reply.is_some();
        let first_run = index == 0 && passage.mta.habits().first_retry_may_come_at_once;
        let gap = seconds(failed.at.time, again.at.time);
        let waited = is_later(again.at.time, failed.at.time);
        if !replied || first_run || !waited || gap >= scene.ground.thresholds.retry_within_s {
            continue;
        }
        case.count += 1;
        case.tries.push(again);
        if !again.is_delivery() {
            case.wasted.push(again);
        }
        case.evidence.extend(Shown::of_try(passage, failed));
        case.evidence.extend(Shown::of_try(passage, again));
    }
    case.evidence.dedup_by_key(|shown| shown.at());
    case.known = scene.ground.known(&case.tries);
    (case.count > 0).then_some(case)
}
