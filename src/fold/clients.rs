//! The clients that this host refused.

use crate::history::key::{Moment, Place};
use crate::history::symbols::{BySymbol, Symbol, Symbols};

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
    name: Symbol,
    /// Where it was named so.
    named_at: Place,
}

impl Default for ClientCount {
    fn default() -> Self {
        let named_at = Place::default();
        Self { transient: 0, permanent: 0, first: i64::MAX, last: i64::MIN, name: Symbol::NONE, named_at }
    }
}

/// Counts by client address; of refusals that name none, together.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    addresses: Symbols,
    names: Symbols,
    counts: BySymbol<ClientCount>,
}

impl Clients {
    /// Counts so many refusals of a client, which went by this name.
    pub fn refused(&mut self, ip: &[u8], name: &[u8], at: Moment, is_transient: bool, times: u64) {
        let (transient, permanent) = if is_transient { (times, 0) } else { (0, times) };
        let (first, last) = (at.time, at.time);
        let count = ClientCount { transient, permanent, first, last, name: Symbol::NONE, named_at: at.place };
        self.add(ip, name, count);
    }

    /// Adds counts of the client with this address and name.
    fn add(&mut self, ip: &[u8], name: &[u8], count: ClientCount) {
        let known = self.counts.of(self.addresses.intern(ip));
        // The name that was logged first counts.
        if known.name == Symbol::NONE || !name.is_empty() && count.named_at < known.named_at {
            (known.name, known.named_at) = (self.names.intern(name), count.named_at);
        }
        known.transient += count.transient;
        known.permanent += count.permanent;
        known.first = known.first.min(count.first);
        known.last = known.last.max(count.last);
    }

    /// Takes the counts out of another stretch.
    pub fn take(&mut self, other: &mut Self) {
        let other = std::mem::take(other);
        other.iter().for_each(|(ip, name, count)| self.add(ip, name, *count));
    }

    /// All of them, with address and name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], &ClientCount)> {
        self.counts.iter().map(|(&ip, count)| (self.addresses.get(ip), self.names.get(count.name), count))
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
