//! When a queue id names another message than before.
//!
//! Short Postfix queue ids are used again, so an id has *generations*.  What tells them apart is only what the lines of
//! that id say and what the clock of that host did between them.

use super::clocks::Extent;
use super::key::QueueKey;
use super::message::Message;
use crate::event::Mta;
use crate::habits::ComesAgain;

/// How long after a message's last line more of it may still come once it has ended, and how far before its first line,
/// in microseconds of the host's clock.  Relays that collect logs from several hosts reorder lines by a second or two,
/// so that `removed` can stand before the last `status=`.
pub(super) const GRACE: i64 = 5_000_000;

/// The same for a notice of which neither the arrival nor the end is logged (Sendmail).  It ends when those of its
/// recipients are done that are known: mostly it has one; a copy to the postmaster, or an alias for the sender, may take
/// a while longer.
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
        let anew = match opening.mta.habits().ids_come_again {
            ComesAgain::Never => false,
            ComesAgain::AtSecondBeginning => known.begun,
            ComesAgain::AtAnyBeginning => known.begun || !known.attempts.is_empty(),
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
        // Where no line says that a message ended, all its recipients are to be done, which only the whole message tells.
        if !whole && (!known.begun || !known.mta.habits().end_is_logged) {
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
    let begun = opening.mta.habits().id_time.and_then(|id_time| id_time(key.id())).map(|secs| secs * 1_000_000);
    begun.filter(|begun| *begun <= opening.time).unwrap_or(opening.time).saturating_sub(GRACE)
}
