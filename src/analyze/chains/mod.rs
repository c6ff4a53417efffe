//! What senders and queues did to recipients in trouble: the matter that dead ends are found in.
//!
//! A *passage* is one recipient of one message, from its handing-in to its end.  The passages of one
//! sender and one recipient, in time order, are a *chain*.  Passages are kept only for recipients that
//! failed at least once, whoever wrote to them; all others are forgotten as soon as it is clear that no
//! earlier failure can make them meaningful.

mod kept;
mod lines;
mod passages;
pub mod tables;

pub use kept::{End, Kept, Origin, Passage, Try, Verdict};
pub use lines::KeptText;
pub use passages::Passages;

use crate::history::key::Place;
use crate::history::symbols::Symbol;

/// The passages of one sender to one recipient, in the order in which they were handed in.
#[derive(Debug)]
pub struct Chain<'a> {
    /// Envelope sender in [`Kept::people`]; the empty one for the null sender, None where unknown.
    pub sender: Option<Symbol>,
    /// Recipient in [`Kept::people`].
    pub recipient: Symbol,
    /// Its domain.
    pub domain: Symbol,
    /// What they did.
    pub passages: Vec<&'a Passage>,
}

impl<'a> Chain<'a> {
    /// All tries in time order, each with the index of its passage.
    #[must_use]
    pub fn tries(&self, kept: &'a Kept) -> Vec<(usize, &'a Try)> {
        let all = self.passages.iter().enumerate();
        let mut tries: Vec<(usize, &'a Try)> =
            all.flat_map(|(i, p)| kept.tries(p).iter().map(move |t| (i, t))).collect();
        tries.sort_by_key(|(_, t)| (t.at.time, t.at.place));
        tries
    }
}

/// All chains with a failure in them, those of one recipient side by side.
#[must_use]
pub fn chains(kept: &Kept) -> Vec<Chain<'_>> {
    let mut order: Vec<&Passage> = kept.passages.iter().collect();
    let pair = |p: &Passage| (p.recipient, p.sender);
    order.sort_unstable_by_key(|p| pair(p));
    let mut chains = Vec::new();
    for passages in order.chunk_by_mut(|a, b| pair(a) == pair(b)) {
        in_time_order(kept, passages);
        let Some(first) = passages.first() else { continue };
        let (sender, recipient, domain) = (first.sender, first.recipient, first.domain);
        chains.push(Chain { sender, recipient, domain, passages: passages.to_vec() });
    }
    chains
}

/// Sorts passages by when they were handed in.  Nothing that depends on how the log was cut decides.
pub fn in_time_order(kept: &Kept, passages: &mut [&Passage]) {
    if passages.len() > 1 {
        let first = |p: &Passage| kept.tries(p).first().map(|t| t.at);
        passages.sort_unstable_by_key(|p| (p.handed_in, p.place(kept), first(p), p.index));
    }
}

impl Passage {
    /// Where it begins in the log: its first line, or its first try.
    #[must_use]
    pub fn place(&self, kept: &Kept) -> Option<Place> {
        self.arrived.or_else(|| kept.tries(self).first().map(|t| t.at.place))
    }

    /// When it was delivered.
    #[must_use]
    pub fn delivered_at(&self, kept: &Kept) -> Option<i64> {
        kept.tries(self).iter().find(|t| t.is_delivery()).map(|t| t.at.time)
    }
}
