//! All passages of recipients in trouble: there are many, and they stay to the end.
//!
//! They lie on [shelves](Shelf), all those of one recipient on the same one, and each shelf is opened and judged by
//! itself: what is in memory as it is read is one shelf a thread.

use std::cmp;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::{HashMap, HashSet};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::packer::Unpacker;
use super::passage::{Passage, Try, Verdict};
use super::shelf::{Shelf, Text};
use super::store::Store;
use crate::event::Disposition;
use crate::history::key::{ByHash, QueueKey, fingerprint};
use crate::history::symbols::Symbol;
use crate::smtp::address;

/// How many shelves there are.
const SHELVES: usize = 256;

/// All passages of recipients in trouble, and what is known of all of them together.
#[derive(Debug, Default)]
pub struct Kept {
    /// None before the first passage comes.
    shelves: Vec<Shelf>,
    /// Where what lies on them is put away.
    store: Store,
    /// Memory to write a passage in.
    desk: Vec<u8>,
    /// All that was ever said to a try, once.
    pub verdicts: Vec<Verdict>,
    numbers: HashMap<Verdict, u32>,
    /// Messages that are the continuation of another under a new queue id.
    continued: HashSet<u64, ByHash>,
    /// The longest time between two tries of one message on each host, in microseconds.
    pub longest_gaps: HashMap<Symbol, i64>,
    /// The sender domains of clients, by the fingerprint of the client's address.
    clients: HashMap<u64, SenderDomains, ByHash>,
}

/// A client that hands in mail of more sender domains than this is a relay: who uses it says nothing.
const DOMAINS_OF_ONE_CLIENT: usize = 3;

/// Fingerprints of a client's first sender domains.
#[derive(Debug, Clone, Copy, Default)]
struct SenderDomains {
    first: [u64; DOMAINS_OF_ONE_CLIENT],
    count: usize,
}

impl SenderDomains {
    fn are_many(&self) -> bool {
        self.count > DOMAINS_OF_ONE_CLIENT
    }

    fn add(&mut self, domain: u64) {
        if self.are_many() || self.first.iter().take(self.count).any(|known| *known == domain) {
            return;
        }
        if let Some(place) = self.first.get_mut(self.count) {
            *place = domain;
        }
        self.count += 1;
    }
}

impl Kept {
    /// Keeps a passage, the fingerprint of whose recipient this is.
    pub(super) fn keep(&mut self, print: u64, passage: &Passage<'_>, tries: &[Try<'_>], onward: Option<&QueueKey>) {
        self.continued.extend(onward.map(QueueKey::print));
        for pair in tries.windows(2) {
            let [a, b] = pair else { continue };
            let gap = self.longest_gaps.entry(passage.host).or_insert(0);
            *gap = (b.at.time - a.at.time).max(*gap);
        }
        self.note_client(passage);
        self.shelves.resize_with(SHELVES, Shelf::default);
        if let Some(shelf) = self.shelves.get_mut(print as usize % SHELVES) {
            shelf.put(passage, tries, &mut self.desk, &mut self.store);
        }
    }

    /// The number of a verdict.
    pub(super) fn number_of(&mut self, verdict: Verdict) -> u32 {
        let next = self.verdicts.len() as u32;
        let number = *self.numbers.entry(verdict).or_insert(next);
        if number == next {
            self.verdicts.push(verdict);
        }
        number
    }

    fn note_client(&mut self, passage: &Passage<'_>) {
        let Some(domain) = passage.sender.and_then(address::domain) else { return };
        self.clients.entry(fingerprint(passage.origin.client_ip)).or_default().add(fingerprint(domain));
    }

    /// Does this client hand in mail of many sender domains?
    #[must_use]
    pub fn is_relay(&self, client: &[u8]) -> bool {
        self.clients.get(&fingerprint(client)).is_some_and(SenderDomains::are_many)
    }

    /// Is this message the continuation of another under a new queue id?
    #[must_use]
    pub fn continues(&self, key: &QueueKey) -> bool {
        self.continued.contains(&key.print())
    }

    /// The messages of which a line spoke since then, and when it did last.
    #[must_use]
    pub fn keys_since(&self, since: i64) -> HashMap<QueueKey, i64> {
        let keys = |keys: &mut HashMap<QueueKey, i64>, opened: &Opened<'_>| {
            keys.extend(opened.passages.iter().map(|p| (p.key, p.last_seen)).filter(|(_, last)| *last >= since));
        };
        let join = |mut all: HashMap<QueueKey, i64>, more: HashMap<QueueKey, i64>| {
            all.extend(more);
            all
        };
        self.look_through(keys, join)
    }

    /// What was said to a try.
    #[must_use]
    pub fn verdict(&self, one: &Try<'_>) -> &Verdict {
        const NOTHING: Verdict =
            Verdict { disposition: Disposition::Delivered, reply: None, enhanced: None, reason: Symbol::NONE };
        self.verdicts.get(one.verdict as usize).unwrap_or(&NOTHING)
    }

    /// Could something that was put away not be read again?  Then what was found is not all there is.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.store.has_lost()
    }

    /// Opens each shelf, on all cores, for `look`, which adds what it finds there to what it found before; joins what the
    /// threads found, in no order.
    pub fn look_through<T: Default + Send>(
        &self,
        look: impl Fn(&mut T, &Opened<'_>) + Sync,
        join: impl Fn(T, T) -> T + Send + Sync,
    ) -> T {
        let next = AtomicUsize::new(0);
        let look_on = |_| {
            let (mut found, mut unpacker) = (T::default(), Unpacker::default());
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(shelf) = self.shelves.get(number)
            {
                if !shelf.is_empty() {
                    let text = shelf.text(&self.store, &mut unpacker);
                    look(&mut found, &self.open(number as u32, shelf, &text));
                }
            }
            found
        };
        let threads = 0..rayon::current_num_threads();
        threads.into_par_iter().with_max_len(1).map(look_on).reduce_with(join).unwrap_or_default()
    }

    fn open<'a>(&'a self, shelf: u32, from: &Shelf, text: &'a Text<'_>) -> Opened<'a> {
        let (mut passages, mut tries) = (Vec::with_capacity(from.passages()), Vec::with_capacity(from.tries()));
        text.read(shelf, &self.verdicts, &mut passages, &mut tries);
        let mut opened = Opened { passages, tries };
        opened.put_in_order();
        opened
    }
}

/// What lies on a shelf.
#[derive(Debug)]
pub struct Opened<'a> {
    /// The passages: of each recipient together, of these those of each sender, in time order.
    pub passages: Vec<Passage<'a>>,
    tries: Vec<Try<'a>>,
}

impl<'a> Opened<'a> {
    fn put_in_order(&mut self) {
        let tries = &self.tries;
        let order = |a: &Passage<'_>, b: &Passage<'_>| -> cmp::Ordering {
            let time = |p: &Passage<'_>| p.time_order_by(tries.get(p.tries.0 as usize));
            (a.recipient, a.sender).cmp(&(b.recipient, b.sender)).then_with(|| time(a).cmp(&time(b)))
        };
        self.passages.sort_unstable_by(order);
    }

    /// The tries of a passage in time order.
    #[must_use]
    pub fn tries(&self, passage: &Passage<'a>) -> &[Try<'a>] {
        let (start, len) = (passage.tries.0 as usize, passage.tries.1 as usize);
        self.tries.get(start..start + len).unwrap_or_default()
    }
}
