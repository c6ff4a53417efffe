//! The clients that this host refused.

use hashbrown::{HashMap, hash_map::Entry};

use crate::history::key::{ByHash, Moment, Place, fingerprint};
use crate::history::span::Span;

/// Counts of one client that this host refused.
#[derive(Debug, Clone, Copy)]
pub struct ClientCount {
    /// 4xx.
    pub transient: u64,
    /// 5xx.
    pub permanent: u64,
    /// First refusal.
    pub first: i64,
    /// Last refusal.
    pub last: i64,
    ip: Span,
    name: Span,
    /// Where it was named so.
    named_at: Place,
}

/// Counts by client address; of refusals that name none, together.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// By the fingerprint of the address.
    numbers: HashMap<u64, u32, ByHash>,
    list: Vec<ClientCount>,
    /// Addresses and names, one behind the other.
    text: Vec<u8>,
}

impl Clients {
    /// Counts so many refusals of a client, which went by this name.
    pub fn refused(&mut self, ip: &[u8], name: &[u8], at: Moment, is_transient: bool, times: u64) {
        let (transient, permanent) = if is_transient { (times, 0) } else { (0, times) };
        let nothing = Span::of(&[], &mut self.text, &[]);
        let (first, last) = (at.time, at.time);
        let count = ClientCount { transient, permanent, first, last, ip: nothing, name: nothing, named_at: at.place };
        self.add(ip, name, count);
    }

    /// Adds counts of the client with this address and name.
    fn add(&mut self, ip: &[u8], name: &[u8], count: ClientCount) {
        let Self { numbers, list, text } = self;
        let number = match numbers.entry(fingerprint(ip)) {
            Entry::Occupied(known) => *known.get() as usize,
            Entry::Vacant(new) => {
                new.insert(list.len() as u32);
                let (ip, name) = (Span::of(ip, text, &[]), Span::of(name, text, &[]));
                return list.push(ClientCount { ip, name, ..count });
            }
        };
        let Some(known) = list.get_mut(number) else { return };
        let is_named = !known.name.get(text, &[]).is_empty();
        if !is_named || !name.is_empty() && count.named_at < known.named_at {
            (known.name, known.named_at) = (Span::of(name, text, &[]), count.named_at);
        }
        known.transient += count.transient;
        known.permanent += count.permanent;
        known.first = known.first.min(count.first);
        known.last = known.last.max(count.last);
    }

    /// Takes the counts out of another stretch.
    pub fn take(&mut self, other: &mut Self) {
        for count in other.list.drain(..) {
            self.add(count.ip.get(&other.text, &[]), count.name.get(&other.text, &[]), count);
        }
        other.numbers.clear();
        other.text.clear();
    }

    /// All of them, with address and name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], &ClientCount)> {
        let text = |span: Span| span.get(&self.text, &[]);
        self.list.iter().map(move |count| (text(count.ip), text(count.name), count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32) -> Moment {
        Moment { time: i64::from(line), place: Place::new(0, 0, line) }
    }

    #[test]
    fn the_name_that_was_logged_first_counts_wherever_the_log_is_cut() {
        // Some lines name none.
        let lines: [(&[u8], bool); 4] = [(b"", true), (b"mx.a.example", false), (b"b.example", true), (b"", false)];
        for cut in 0..=lines.len() {
            let (mut left, mut right) = (Clients::default(), Clients::default());
            for (number, &(name, transient)) in lines.iter().enumerate() {
                let of = if number < cut { &mut left } else { &mut right };
                of.refused(b"192.0.2.1", name, at(number as u32), transient, 2);
                of.refused(b"", b"", at(number as u32), false, 1);
            }
            for (mut sum, mut other) in [(left.clone(), right.clone()), (right, left)] {
                sum.take(&mut other);
                assert_eq!(other.iter().count(), 0);
                let mut all: Vec<_> = sum.iter().map(|(ip, name, c)| (ip, name, c.transient, c.permanent)).collect();
                all.sort_unstable();
                assert_eq!(all, [(&b""[..], &b""[..], 0, 4), (b"192.0.2.1", b"mx.a.example", 4, 4)], "{cut}");
                assert!(sum.iter().all(|(.., count)| (count.first, count.last) == (0, 3)));
            }
        }
    }
}
