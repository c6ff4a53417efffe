//! What senders and queues did to recipients in trouble: the matter that dead ends are found in.
//!
//! A *passage* is one recipient of one message, from its handing-in to its end.  The passages of one
//! sender and one recipient, in time order, are a *chain*.  Passages are kept only for recipients that
//! failed at least once, whoever wrote to them; all others are forgotten as soon as it is clear that no
//! earlier failure can make them meaningful.
//!
//! There are millions of them in a log of some gigabytes.  So they are written down as bytes, those of one recipient on
//! the same shelf, and read again shelf by shelf when all are there: what is found on one shelf is joined with
//! what is found on the others.

mod kept;
mod packer;
mod passage;
mod passages;
mod shelf;
mod store;

pub use kept::{Kept, Opened};
pub use passage::{BareTry, End, Line, Origin, Passage, Try, Verdict};
pub use passages::Passages;

use crate::history::key::Place;
use crate::history::symbols::Symbol;

/// A try is counted as one after a failure for so long after it, in microseconds: thirty-five days.  It is seven times
/// the longest default queue lifetime (Postfix and Sendmail 5 days), and more than lies between two issues of a monthly
/// letter.
pub const REMEMBERED: i64 = 35 * 24 * 3_600_000_000;

/// The passages of one sender to one recipient, in the order in which they were handed in.
#[derive(Debug)]
pub struct Chain<'a> {
    /// What they did; never none.
    pub passages: &'a [Passage<'a>],
}

impl<'a> Chain<'a> {
    /// Envelope sender; the empty one for the null sender, None where unknown.
    #[must_use]
    pub fn sender(&self) -> Option<&'a [u8]> {
        self.passages.first().and_then(|passage| passage.sender)
    }

    /// Recipient.
    #[must_use]
    pub fn recipient(&self) -> &'a [u8] {
        self.passages.first().map_or(&[], |passage| passage.recipient)
    }

    /// Its domain.
    #[must_use]
    pub fn domain(&self) -> Symbol {
        self.passages.first().map_or(Symbol::NONE, |passage| passage.domain)
    }

    /// All tries in time order, each with the index of its passage.
    #[must_use]
    pub fn tries(&self, opened: &'a Opened<'a>) -> Vec<(usize, &'a Try<'a>)> {
        let all = self.passages.iter().enumerate();
        let mut tries: Vec<(usize, &'a Try<'a>)> =
            all.flat_map(|(i, p)| opened.tries(p).iter().map(move |t| (i, t))).collect();
        tries.sort_by_key(|(_, t)| (t.at.time, t.at.place));
        tries
    }
}

/// All chains on a shelf with a failure in them, those of one recipient side by side.
#[must_use]
pub fn chains<'a>(opened: &'a Opened<'a>) -> Vec<Chain<'a>> {
    let chains = opened.passages.chunk_by(|a, b| (a.recipient, a.sender) == (b.recipient, b.sender));
    chains.map(|passages| Chain { passages }).collect()
}

impl<'a> Passage<'a> {
    /// When it was handed in, and what tells it from others of that time: nothing that depends on how the log was cut.
    #[must_use]
    pub fn time_order(&self, opened: &Opened<'a>) -> impl Ord + use<> {
        self.time_order_by(opened.tries(self).first())
    }

    fn time_order_by(&self, first: Option<&Try<'_>>) -> impl Ord + use<> {
        let first = first.map(|t| t.at);
        let place: Option<Place> = self.arrived.or(first.map(|at| at.place));
        (self.handed_in, place, first, self.index)
    }

    /// When it was delivered.
    #[must_use]
    pub fn delivered_at(&self, opened: &Opened<'a>) -> Option<i64> {
        opened.tries(self).iter().find(|t| t.is_delivery()).map(|t| t.at.time)
    }
}
