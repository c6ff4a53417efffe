//! How long deliveries took, by recipient domain: exact counts in buckets of known width, so that partial results add
//! up.

use crate::history::symbols::{BySymbol, Symbol, Translation};

/// The delays of the deliveries of a stretch.
///
/// They are counted in milliseconds, exactly up to 255 ms, above that in buckets at most 1/128 of the value wide; a
/// percentile is the middle of its bucket and so at most 0.4 % off.  The longest delay is kept exactly.
#[derive(Debug, Clone, Default)]
pub struct Delays {
    /// What is not in `counts` yet, as it came.
    new: Vec<Uncounted>,
    /// In the order of their domains and buckets.
    counts: Vec<Count>,
    /// By domain.
    longest_us: BySymbol<u64>,
}

/// A delay that is not counted yet: its domain, bucket and how often it came, in one number that sorts by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Uncounted(u64);

/// Where domain and bucket stand in an [`Uncounted`].
const DOMAIN_AT: u32 = 32;
const BUCKET_AT: u32 = 19;

impl Uncounted {
    /// As often as can be said.
    const MOST_TIMES: u32 = (1 << BUCKET_AT) - 1;

    fn new(domain: Symbol, bucket: u16, times: u32) -> Self {
        Self((domain.index() as u64) << DOMAIN_AT | u64::from(bucket) << BUCKET_AT | u64::from(times))
    }

    fn domain(self) -> Symbol {
        Symbol::at((self.0 >> DOMAIN_AT) as usize)
    }

    /// The same for the domain of another table.
    fn of(self, domain: Symbol) -> Self {
        Self((domain.index() as u64) << DOMAIN_AT | self.0 & ((1 << DOMAIN_AT) - 1))
    }

    fn count(self) -> Count {
        let (bucket, times) = (self.0 >> BUCKET_AT & ((1 << (DOMAIN_AT - BUCKET_AT)) - 1), self.0);
        Count { domain: self.domain(), bucket: bucket as u16, times: times as u32 & Self::MOST_TIMES }
    }
}

/// How many deliveries to a domain took as long.
#[derive(Debug, Clone, Copy)]
struct Count {
    domain: Symbol,
    times: u32,
    bucket: u16,
}

/// Uncounted delays wait until there are so many of them, and a quarter of what is counted: so each is moved a few times only,
/// and counting them never takes long.
const MANY_NEW: usize = 1 << 15;

impl Delays {
    /// Sees a delay of deliveries to a domain, in microseconds.
    pub fn see(&mut self, domain: Symbol, delay_us: u64, times: u32) {
        let longest = self.longest_us.of(domain);
        *longest = delay_us.max(*longest);
        let bucket = bucket(delay_us / 1000);
        let mut left = times;
        while left > 0 {
            let times = left.min(Uncounted::MOST_TIMES);
            self.new.push(Uncounted::new(domain, bucket, times));
            left -= times;
        }
    }

    /// Takes what is new out of another stretch, whose domains are translated.
    pub fn take_new(&mut self, other: &mut Self, domains: &Translation) {
        self.new.extend(other.new.drain(..).map(|new| new.of(domains.of(new.domain()))));
        if self.new.len() >= MANY_NEW.max(self.counts.len() / 4) {
            self.count_new();
        }
    }

    /// Adds the delays of another stretch, whose domains are translated, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self, domains: &Translation) {
        self.take_new(other, domains);
        if !other.counts.is_empty() {
            self.counts.extend(other.counts.drain(..).map(|count| Count { domain: domains.of(count.domain), ..count }));
            self.put_together();
        }
        for (domain, longest_us) in other.longest_us.drain() {
            let longest = self.longest_us.of(domains.of(domain));
            *longest = longest_us.max(*longest);
        }
    }

    /// Counts what is new.
    pub fn count_new(&mut self) {
        self.new.sort_unstable();
        self.counts.extend(self.new.drain(..).map(Uncounted::count));
        self.put_together();
    }

    /// Brings the counts in their order, one of each kind.
    fn put_together(&mut self) {
        // What is in order already is only merged by this sort.
        self.counts.sort_by_key(|count| (count.domain, count.bucket));
        self.counts.dedup_by(|one, kept| {
            let same = (one.domain, one.bucket) == (kept.domain, kept.bucket);
            if same {
                kept.times = kept.times.saturating_add(one.times);
            }
            same
        });
    }

    /// The delays of one domain, if there are any; all that is new must have been [counted](Delays::count_new).
    #[must_use]
    pub fn of(&self, domain: Symbol) -> Option<DelaysOf<'_>> {
        let longest_us = *self.longest_us.get(domain)?;
        let start = self.counts.partition_point(|count| count.domain < domain);
        let rest = self.counts.get(start..)?;
        let counts = rest.get(..rest.partition_point(|count| count.domain == domain))?;
        Some(DelaysOf { counts, total: counts.iter().map(|count| u64::from(count.times)).sum(), longest_us })
    }
}

/// The delays of one domain.
#[derive(Debug, Clone, Copy)]
pub struct DelaysOf<'a> {
    counts: &'a [Count],
    total: u64,
    longest_us: u64,
}

impl DelaysOf<'_> {
    /// The longest, in seconds.
    #[must_use]
    pub fn longest(&self) -> f64 {
        round(self.longest_us as f64 / 1e6)
    }

    /// The delay that `percent` of the deliveries did not exceed, in seconds: the nearest-rank percentile.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<f64> {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|count| {
            seen += u64::from(count.times);
            (seen >= rank).then(|| round((middle_us(count.bucket) as f64).min(self.longest_us as f64) / 1e6))
        })
    }
}

/// Milliseconds are the finest that reports show.
fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// The bucket of a delay: itself below 256, then 128 buckets for each power of two.
fn bucket(ms: u64) -> u16 {
    if ms < 256 {
        return ms as u16;
    }
    let exponent = 63 - ms.leading_zeros();
    let mantissa = (ms >> (exponent - 7)) & 127;
    (256 + u64::from(exponent - 8) * 128 + mantissa) as u16
}

/// The middle of a bucket, in microseconds.
fn middle_us(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < 256 {
        return bucket * 1000;
    }
    let (exponent, mantissa) = ((bucket - 256) / 128 + 8, (bucket - 256) % 128);
    let width = 1 << (exponent - 7);
    ((128 + mantissa) * width + width / 2) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::symbols::Symbols;

    /// What was seen in stretches of their own, which have the same domains, joined.
    fn joined(stretches: impl IntoIterator<Item = Delays>, domains: &Translation) -> Delays {
        let mut whole = Delays::default();
        stretches.into_iter().for_each(|mut one| whole.absorb(&mut one, domains));
        whole.count_new();
        whole
    }

    /// The first domains of a table, as they are numbered there.
    fn domains(count: usize) -> (Vec<Symbol>, Translation) {
        let (mut left, mut right, mut same) = (Symbols::default(), Symbols::default(), Translation::default());
        let all = (0..count).map(|n| right.intern(format!("{n}.example").as_bytes())).collect();
        left.learn(&right, &mut same);
        (all, same)
    }

    #[test]
    fn buckets_are_at_most_0_4_percent_off() {
        for ms in [0, 1, 255, 256, 257, 1_000, 86_400_000, 5 * 86_400_000, 1 << 40] {
            let middle = middle_us(bucket(ms)) / 1000;
            assert!(middle.abs_diff(ms) * 256 <= ms.max(1), "{ms} {middle}");
        }
    }

    #[test]
    fn every_bucket_has_its_place() {
        let widest = bucket(u64::MAX);
        let domain = Symbol::at(u32::MAX as usize - 1);
        let Count { domain: got, bucket: kept, times } = Uncounted::new(domain, widest, Uncounted::MOST_TIMES).count();
        assert_eq!((got, kept, times), (domain, widest, Uncounted::MOST_TIMES));
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let (all, same) = domains(2);
        let mut delays = Delays::default();
        assert!(delays.of(all[0]).is_none());
        [10, 20, 30, 40].into_iter().for_each(|ms| delays.see(all[0], ms * 1000, 1));
        let mut other = Delays::default();
        other.see(all[0], 200_000, 1);
        other.see(all[1], 7_000, 3_000_000);
        let delays = joined([delays, other], &same);
        let of = delays.of(all[0]).unwrap();
        assert_eq!((of.percentile(50), of.percentile(95), of.longest()), (Some(0.03), Some(0.2), 0.2));
        let of = delays.of(all[1]).unwrap();
        assert_eq!((of.total, of.percentile(50), of.longest()), (3_000_000, Some(0.007), 0.007));
    }

    #[test]
    fn delays_may_come_one_by_one_or_together() {
        let (all, same) = domains(3);
        // Domains and delays have nothing to do with each other.
        let values: Vec<(Symbol, u64)> =
            (0..60_000).map(|n: u64| (all[n as usize * 31 % 7 % 3], n * 7919 % 613 * 11)).collect();
        let of = |some: &[(Symbol, u64)]| {
            let mut delays = Delays::default();
            some.iter().for_each(|&(domain, ms)| delays.see(domain, ms * 1000, 1));
            delays
        };
        let counted = |mut delays: Delays| {
            delays.count_new();
            delays
        };
        let together = joined([of(&values)], &same);
        let in_many = joined(values.chunks(100).map(of), &same);
        let counted_before = joined(values.chunks(10_000).map(of).map(counted), &same);
        for &domain in &all {
            let mut exact: Vec<u64> = values.iter().filter(|(of, _)| *of == domain).map(|&(_, ms)| ms).collect();
            exact.sort_unstable();
            for delays in [&together, &in_many, &counted_before] {
                let got = delays.of(domain).unwrap();
                assert_eq!((got.total, got.longest()), (exact.len() as u64, exact[exact.len() - 1] as f64 / 1000.0));
                for percent in [1, 50, 95, 99, 100] {
                    let exact = exact[(exact.len() * percent).div_ceil(100) - 1] as f64 / 1000.0;
                    let got = got.percentile(percent as u64).unwrap();
                    assert!((got - exact).abs() <= exact * 0.005 + 0.001, "{percent}: {got} {exact}");
                }
            }
        }
    }
}
