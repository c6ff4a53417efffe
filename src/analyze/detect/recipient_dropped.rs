//! A recipient with transient failures only that was taken out of the queue before it was delivered, bounced
//! or expired: by hand, or it vanished while the log goes on.

use hashbrown::HashMap;

use super::{Case, Detector, Scene, Shown};
use crate::fold::chains::{End, Passage};
use crate::history::symbols::Symbol;
use crate::knowledge::detectors::Kind;

pub const DETECTOR: Detector = Detector { kind: Kind::RecipientDropped, find, of_host: None, waiting_helps: true };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    scene.passages().filter_map(|p| case(scene, p)).collect()
}

fn case<'a>(scene: &Scene<'a>, passage: &'a Passage<'a>) -> Option<Case<'a>> {
    let tries = scene.tries(passage);
    if tries.iter().any(|t| !t.is_deferral() || t.is_permanent()) {
        return None;
    }
    let by_silence = match passage.end {
        End::RemovedByHand => false,
        End::Open if vanished(scene, passage, scene.ground.last_line) => {
            // An earlier run may have heard the silence.
            !vanished(scene, passage, scene.ground.last_line_before)
        }
        _ => return None,
    };
    // The last failure and the removal are the decisive lines.
    let mut failures: Vec<Shown<'a>> = tries.iter().filter_map(|t| Shown::of_try(passage, t)).collect();
    let last = failures.pop();
    let removal = Shown::of_end(passage);
    Some(Case {
        relay: tries.last().map(|t| t.relay).unwrap_or_default(),
        count: 1,
        tries: tries.iter().collect(),
        wasted: Vec::new(),
        evidence: last.into_iter().chain(removal).chain(failures).collect(),
        by_silence,
        ..Case::of_message(passage)
    })
}

/// No further line for twice the longest gap of the host, while its log goes on.  Sendmail logs nothing when its
/// queue files are deleted.
fn vanished(scene: &Scene<'_>, passage: &Passage<'_>, last_line: &HashMap<Symbol, i64>) -> bool {
    let gaps = &scene.ground.kept.longest_gaps;
    let (Some(&gap), Some(&last)) = (gaps.get(&passage.host), last_line.get(&passage.host)) else { return false };
    !passage.held && gap > 0 && last - passage.last_seen > gap.saturating_mul(scene.ground.thresholds.vanished_gaps)
}
