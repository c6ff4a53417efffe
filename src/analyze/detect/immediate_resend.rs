//! A NEW message from the same sender to the same recipient, handed in later than, and within 300 s of, a
//! transient failure, while the first was still queued.

use super::{Case, Chain, Detector, SECOND, Scene, Shown, is_later};
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::ImmediateResend, find, of_host: None, waiting_helps: true };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    scene.people().filter(|chain| chain.passages.len() > 1).filter_map(|chain| case(scene, chain)).collect()
}

fn case<'a>(scene: &Scene<'a>, chain: &Chain<'a>) -> Option<Case<'a>> {
    let within = i64::try_from(scene.ground.thresholds.resend_within_s).unwrap_or(i64::MAX).saturating_mul(SECOND);
    let failures: Vec<_> = chain.tries(scene.opened).into_iter().filter(|(_, t)| t.is_deferral()).collect();
    let mut case = Case::of(chain);
    for (index, resent) in chain.passages.iter().enumerate().filter(|(_, p)| scene.is_new(p)) {
        let handed_in = resent.handed_in;
        let from = failures.partition_point(|(_, t)| t.at.time < handed_in.saturating_sub(within));
        let to = failures.partition_point(|(_, t)| t.at.time < handed_in);
        // The last failure before it, of a message that was still queued then.
        let before = failures.get(from..to).unwrap_or_default().iter().rev().find_map(|(of, failed)| {
            let first = chain.passages.get(*of)?;
            let counts = *of != index && is_later(handed_in, failed.at.time) && first.is_queued_at(handed_in);
            counts.then_some((first, *failed))
        });
        let Some((first, failed)) = before else { continue };
        case.count += 1;
        let tries = scene.tries(resent);
        case.known += u64::from(!scene.ground.has_news(resent, tries));
        case.tries.extend(tries);
        case.wasted.extend(tries.iter().filter(|t| !t.is_delivery()));
        case.evidence.extend(Shown::of_try(first, failed));
        case.evidence.extend(Shown::of_arrival(resent));
    }
    (case.count > 0).then_some(case)
}
