//! A recipient with transient failures only that was taken out of the queue before it was delivered, bounced
//! or expired: by hand, or it vanished while the log goes on.

use hashbrown::HashMap;

use super::{Case, Detector, Scene, Shown};
use crate::analyze::chains::tables::longest_gaps;
use crate::analyze::chains::{End, Passage};
use crate::history::symbols::Symbol;

pub const DETECTOR: Detector = Detector { kind: "recipient_dropped", find, waiting_helps: true };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    let gaps = longest_gaps(scene.kept);
    scene.passages().filter_map(|p| case(scene, p, &gaps)).collect()
}

fn case<'a>(scene: &Scene<'a>, passage: &'a Passage, gaps: &HashMap<Symbol, i64>) -> Option<Case<'a>> {
    let tries = scene.kept.tries(passage);
    if tries.iter().any(|t| !t.is_deferral() || t.is_permanent()) {
        return None;
    }
    let by_silence = match passage.end {
        End::RemovedByHand => false,
        End::Open if vanished(scene, passage, gaps, scene.last_line) => {
            // An earlier run may have heard the silence.
            !vanished(scene, passage, gaps, scene.last_line_before)
        }
        _ => return None,
    };
    // The last failure and the removal are the decisive lines.
    let mut failures: Vec<Shown<'a>> = tries.iter().filter_map(|t| Shown::of_try(passage, t)).collect();
    let last = failures.pop();
    let removal = Shown::of_end(passage);
    Some(Case {
        sender: scene.sender(passage),
        recipient: Some(scene.kept.person(passage.recipient)),
        domain: passage.domain,
        relay: tries.last().map(|t| t.relay).unwrap_or_default(),
        count: 1,
        tries: tries.iter().collect(),
        wasted: Vec::new(),
        evidence: last.into_iter().chain(removal).chain(failures).collect(),
        by_silence,
    })
}

/// No further line for twice the longest gap of the host, while its log goes on.  Sendmail logs nothing when its
/// queue files are deleted.
fn vanished(
    scene: &Scene<'_>,
    passage: &Passage,
    gaps: &HashMap<Symbol, i64>,
    last_line: &HashMap<Symbol, i64>,
) -> bool {
    let (Some(&gap), Some(&last)) = (gaps.get(&passage.host), last_line.get(&passage.host)) else { return false };
    !passage.held && gap > 0 && last - passage.last_seen > gap.saturating_mul(scene.thresholds.vanished_gaps)
}
