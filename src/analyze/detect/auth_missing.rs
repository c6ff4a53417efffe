//! 530, 535 and the like again and again from one domain or next hop: no retry can succeed before AUTH or STARTTLS is
//! set up.

use super::{Case, Detector, Enough, Scene, Taker, by_domain};
use crate::fold::chains::Try;
use crate::knowledge::Cause;
use crate::knowledge::detectors::Kind;
use crate::smtp::ReplyCode;

pub const DETECTOR: Detector = Detector { kind: Kind::AuthMissing, find, of_host: None, waiting_helps: false };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    by_domain(scene, Enough { moments: scene.ground.thresholds.auth_tries, by: Taker::NextHop }, |one| {
        wants_login(scene, one)
    })
}

/// RFC 4954 section 6 and RFC 3207 section 4.
fn wants_login(scene: &Scene<'_>, one: &Try<'_>) -> bool {
    let verdict = scene.ground.verdict(one);
    let Some(code) = verdict.reply.map(ReplyCode::get) else { return false };
    matches!(code, 530 | 534 | 535 | 538)
        || verdict.enhanced.is_some_and(|e| e.subject() == 7 && matches!(e.detail(), 8 | 9 | 11))
        || scene.ground.judge(one).cause == Cause::AuthRequired
}
