//! A new message to a recipient after the far side answered that sender-recipient pair with a 5xx, or the MTA
//! bounced it, when nothing was delivered between.

use super::{Case, Chain, Detector, Scene, Shown, is_later};
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::RetryAfterPermanent, find, of_host: None, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    scene.people().filter(|chain| chain.passages.len() > 1).filter_map(|chain| case(scene, chain)).collect()
}

fn case<'a>(scene: &Scene<'a>, chain: &Chain<'a>) -> Option<Case<'a>> {
    let mut words = chain.tries(scene.opened);
    words.retain(|(_, t)| t.is_delivery() || t.is_permanent());
    let mut case = Case::of(chain);
    for (index, again) in chain.passages.iter().enumerate().filter(|(_, p)| scene.is_new(p)) {
        let earlier = words.partition_point(|(_, t)| is_later(again.handed_in, t.at.time));
        // The last word of the pair before it: a refusal, or a delivery that makes it good.
        let last_word = words.get(..earlier).unwrap_or_default().iter().rev().find(|(of, _)| *of != index);
        let Some((of, refusal)) = last_word.filter(|(_, t)| !t.is_delivery()) else { continue };
        case.count += 1;
        let tries = scene.tries(again);
        case.known += u64::from(!scene.ground.has_news(again, tries));
        case.tries.extend(tries);
        case.wasted.extend(tries.iter().filter(|t| !t.is_delivery()));
        case.evidence.extend(chain.passages.get(*of).and_then(|first| Shown::of_try(first, refusal)));
        let answer = tries.iter().find_map(|t| Shown::of_try(again, t));
        case.evidence.extend(answer.or_else(|| Shown::of_arrival(again)));
    }
    case.evidence.dedup_by_key(|shown| shown.at());
    (case.count > 0).then_some(case)
}
