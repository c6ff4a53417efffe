//! How long deliveries took: exact counts in buckets of known width, so that partial results add up.

/// A distribution of delays.
///
/// Delays are counted in milliseconds, exactly up to 255 ms, above that in buckets at most 1/128 of the
/// value wide; a percentile is the middle of its bucket and so at most 0.4 % off.  The greatest delay is
/// kept exactly.
#[derive(Debug, Clone, Default)]
pub struct Delays {
    /// Counts by bucket, in order.
    buckets: Vec<(u16, u32)>,
    count: u64,
    max_us: u64,
}

impl Delays {
    /// Counts delays in microseconds, each with how often it came, the shortest first.
    pub fn add(&mut self, sorted: impl Iterator<Item = (u64, u32)>) {
        let mut at = 0;
        for (delay_us, times) in sorted {
            at = self.add_bucket(bucket(delay_us / 1000), times, at);
            self.count += u64::from(times);
            self.max_us = self.max_us.max(delay_us);
        }
    }

    /// Adds to a bucket, which stands at `from` or behind; gives its place.
    fn add_bucket(&mut self, bucket: u16, times: u32, from: usize) -> usize {
        let rest = self.buckets.get(from..).unwrap_or_default();
        let at = from + rest.partition_point(|known| known.0 < bucket);
        match self.buckets.get_mut(at) {
            Some((known, count)) if *known == bucket => *count = count.saturating_add(times),
            _ => self.buckets.insert(at, (bucket, times)),
        }
        at
    }

    /// Adds another distribution.
    pub fn merge(&mut self, other: &Self) {
        let mut at = 0;
        for &(bucket, times) in &other.buckets {
            at = self.add_bucket(bucket, times, at);
        }
        self.count += other.count;
        self.max_us = self.max_us.max(other.max_us);
    }

    /// The longest, in seconds.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then(|| round(self.max_us as f64 / 1e6))
    }

    /// The delay that `percent` of the deliveries did not exceed, in seconds: the nearest-rank percentile.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<f64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.buckets.iter().find_map(|&(bucket, count)| {
            seen += u64::from(count);
            (seen >= rank).then(|| round((middle_us(bucket) as f64).min(self.max_us as f64) / 1e6))
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

    #[test]
    fn buckets_are_at_most_0_4_percent_off() {
        for ms in [0, 1, 255, 256, 257, 1_000, 86_400_000, 5 * 86_400_000, 1 << 40] {
            let middle = middle_us(bucket(ms)) / 1000;
            assert!(middle.abs_diff(ms) * 256 <= ms.max(1), "{ms} {middle}");
        }
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let mut delays = Delays::default();
        assert_eq!(delays.percentile(50), None);
        delays.add([10, 20, 30, 40].map(|ms| (ms * 1000, 1)).into_iter());
        let mut other = Delays::default();
        other.add([(200_000, 1)].into_iter());
        delays.merge(&other);
        assert_eq!(delays.percentile(50), Some(0.03));
        assert_eq!(delays.percentile(95), Some(0.2));
        assert_eq!(delays.max(), Some(0.2));
    }

    #[test]
    fn delays_may_come_one_by_one_or_together() {
        let mut values: Vec<u64> = (0..1000).map(|n: u64| n * 7919 % 613 * 11).collect();
        let (mut one_by_one, mut together, mut merged) = (Delays::default(), Delays::default(), Delays::default());
        for &ms in &values {
            one_by_one.add([(ms * 1000, 1)].into_iter());
            let mut single = Delays::default();
            single.add([(ms * 1000, 1)].into_iter());
            merged.merge(&single);
        }
        values.sort_unstable();
        together.add(values.iter().map(|ms| (ms * 1000, 2)));
        assert_eq!(one_by_one.buckets, merged.buckets);
        for percent in [1, 50, 95, 99, 100] {
            let exact = values[(10 * percent - 1) as usize] as f64 / 1000.0;
            for delays in [&one_by_one, &together] {
                let got = delays.percentile(percent).unwrap();
                assert!((got - exact).abs() <= exact * 0.005 + 0.001, "{percent}: {got} {exact}");
            }
        }
    }
}
