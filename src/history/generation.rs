//! When a queue id names another message than before.
//!
//! Short Postfix queue ids are used again, so an id has *generations*.  What tells them apart is only what the lines of
//! that id say and what the clock of that host did between them.

use super::clocks::Extent;
use super::key::QueueKey;
use super::message::Message;
use crate::event::Mta;

/// How long after a message's last line more of it may still come once it has ended, and how far before its first line,
/// in microseconds of the host's clock.  Relays that collect logs from several hosts reorder lines by a second or two,
/// so that `removed` can stand before the last `status=`.
pub(super) const GRACE: i64 = 5_000_000;

/// The same for a notice of Sendmail, which ends when those of its recipients are done that are known: mostly it has one;
/// a copy to the postmaster, or an alias for the sender, may take a while longer.
const NOTICE_GRACE: i64 = 3_600_000_000;

/// A line, or the first of several, as far as it may begin a generation.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Its time.
    pub time: i64,
    /// It says that a message begins.
    pub begins: bool,
    /// Who wrote it.
    pub mta: Mta,
}

/// Does it speak of the message that was known of this id?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Same,
    /// No, of another generation.
    Another,
    /// What came before the stretch decides.
    Unknown,
}

/// Does what begins so speak of `known`?  `between` is what the host wrote since the last line of `known`, this line
/// with it; `whole` where nothing of that message lies before the stretch.
#[must_use]
pub fn answer(known: &Message, key: &QueueKey, opening: Opening, between: Extent, whole: bool) -> Answer {
    if opening.begins {
        // Only Postfix uses short ids again.  Exim may log a delivery before the arrival (cutthrough, `>>`).
        let anew = match opening.mta {
            Mta::Postfix => known.begun || !known.attempts.is_empty(),
            Mta::Sendmail => known.begun,
            Mta::Exim => false,
        };
        if anew || known.ended.is_some() || is_shut(known.last.time, key, opening, between) {
            return Answer::Another;
        }
        if !whole && !known.begun {
            return Answer::Unknown;
        }
    }
    let out_of_reach = opening.time < known.last.time - GRACE || opening.time > quiet_from(known);
    if out_of_reach || is_quiet(quiet_from(known), between) {
        if known.ended.is_some() && (whole || !known.end_is_inferred) {
            return Answer::Another;
        }
        // Whether all its recipients are done, which ends a message of Sendmail, only the whole message tells.
        if !whole && (!known.begun || known.mta == Mta::Sendmail) {
            return Answer::Unknown;
        }
    }
    Answer::Same
}

/// From when on nothing more comes of a message, if it has ended.
#[must_use]
pub fn quiet_from(message: &Message) -> i64 {
    // Only where the end is inferred: whether the message is a notice may be known to what lies before the stretch alone.
    let waits = message.is_notice && message.end_is_inferred;
    message.last.time.saturating_add(if waits { NOTICE_GRACE } else { GRACE })
}

/// Has the host's clock gone past that?
#[must_use]
pub fn is_quiet(quiet_from: i64, since: Extent) -> bool {
    since.high > quiet_from
}

/// Is a line that begins a message cut off from all that stands before `between`?
#[must_use]
pub fn is_cut_off(key: &QueueKey, opening: Opening, between: Extent) -> bool {
    opening.begins && between.low < floor(key, opening)
}

/// Is a line that begins a message cut off from one at `last`?
fn is_shut(last: i64, key: &QueueKey, opening: Opening, between: Extent) -> bool {
    last.min(between.low) < floor(key, opening)
}

/// No line of a message that begins so is earlier.
fn floor(key: &QueueKey, opening: Opening) -> i64 {
    let begun = match opening.mta {
        Mta::Exim => exim_time(key.id()).filter(|begun| *begun <= opening.time),
        Mta::Postfix | Mta::Sendmail => None,
    };
    begun.unwrap_or(opening.time).saturating_sub(GRACE)
}

/// When Exim began to receive a message: the first six characters of its id are the seconds since 1970, in base 62
/// (Exim specification, chapter 3.4).
fn exim_time(id: &[u8]) -> Option<i64> {
    let digit = |b: &u8| match b {
        b'0'..=b'9' => Some(i64::from(b - b'0')),
        b'A'..=b'Z' => Some(i64::from(b - b'A') + 10),
        b'a'..=b'z' => Some(i64::from(b - b'a') + 36),
        _ => None,
    };
    let digits = id.get(..6)?.iter().map(digit);
    let seconds = digits.into_iter().try_fold(0, |sum, digit| Some(sum * 62 + digit?))?;
    Some(seconds * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exim_ids_hold_their_time() {
        assert_eq!(exim_time(b"1t7WhK-0000000089R-0W7E"), Some(1_730_625_302_000_000));
        assert_eq!(exim_time(b"4F1"), None);
    }
}
