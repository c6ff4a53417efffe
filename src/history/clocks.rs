//! How far each host's clock went while a stretch of the log was written.
//!
//! Whether two lines about one queue id speak of the same message depends on what the host's clock did between them,
//! and on nothing else: so the answer is the same wherever the log is cut.  Clocks run forward, nearly always; what is
//! kept here is short where they do, and right where they do not.

use super::symbols::Symbol;

/// The earliest and the latest time of some lines, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Earliest.
    pub low: i64,
    /// Latest.
    pub high: i64,
}

impl Default for Extent {
    fn default() -> Self {
        Self::NONE
    }
}

impl Extent {
    /// No line.
    pub const NONE: Self = Self { low: i64::MAX, high: i64::MIN };

    /// One line.
    #[must_use]
    pub fn at(time: i64) -> Self {
        Self { low: time, high: time }
    }

    /// These lines and others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// The times of one host's lines.
#[derive(Debug, Clone)]
struct HostClock {
    lines: u32,
    last: i64,
    all: Extent,
    /// Of the lines that are earlier than the one before those after which no such line is as early: times rise.
    drops: Vec<(u32, i64)>,
    /// The lines after which no later time comes, with falling times: mostly one.
    peaks: Vec<(u32, i64)>,
}

impl Default for HostClock {
    fn default() -> Self {
        Self { lines: 0, last: i64::MIN, all: Extent::NONE, drops: Vec::new(), peaks: Vec::new() }
    }
}

impl HostClock {
    #[inline]
    fn tick(&mut self, time: i64) {
        let line = self.lines;
        if time < self.last {
            self.drop_to(line, time);
        }
        match self.peaks.as_mut_slice() {
            // Nearly always: the clock runs forward.
            [only] if only.1 <= time => *only = (line, time),
            _ => self.peak_at(line, time),
        }
        self.last = time;
        self.lines += 1;
        self.all = self.all.and(Extent::at(time));
    }

    fn tick_part(&mut self, part: u32, all: Extent) {
        self.peak_at(part, all.high);
        self.drop_to(part, all.low);
    }

    fn peak_at(&mut self, number: u32, time: i64) {
        while self.peaks.pop_if(|(_, peak)| *peak <= time).is_some() {}
        self.peaks.push((number, time));
    }

    fn drop_to(&mut self, number: u32, time: i64) {
        while self.drops.pop_if(|(_, low)| *low >= time).is_some() {}
        self.drops.push((number, time));
    }

    /// The lines from number `line` on; `low` where it is below all that is before.
    #[inline]
    fn since(&self, line: u32) -> Extent {
        let low = first_from(&self.drops, line).unwrap_or(i64::MAX);
        Extent { low, high: first_from(&self.peaks, line).unwrap_or(i64::MIN) }
    }
}

/// The time of the first from a number on.
#[inline]
fn first_from(list: &[(u32, i64)], number: u32) -> Option<i64> {
    match list {
        // Nearly always one of these.
        [] => None,
        [.., (last, _)] if *last < number => None,
        [(first, time), ..] if *first >= number => Some(*time),
        _ => list.get(list.partition_point(|(of, _)| *of < number)).map(|(_, time)| *time),
    }
}

/// The clocks of the hosts in a stretch.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    hosts: Vec<HostClock>,
}

impl Clocks {
    /// A host wrote a line.
    #[inline]
    pub fn tick(&mut self, host: Symbol, time: i64) {
        let index = host.index();
        if self.hosts.len() <= index {
            self.hosts.resize_with(index + 1, HostClock::default);
        }
        if let Some(clock) = self.hosts.get_mut(index) {
            clock.tick(time);
        }
    }

    /// How many lines a host has written.
    #[must_use]
    pub fn lines(&self, host: Symbol) -> u32 {
        self.hosts.get(host.index()).map_or(0, |clock| clock.lines)
    }

    /// All lines of a host.
    #[must_use]
    pub fn all(&self, host: Symbol) -> Extent {
        self.hosts.get(host.index()).map_or(Extent::NONE, |clock| clock.all)
    }

    /// What a host wrote from its line number `line` on.  The earliest is told only where it lies below what is
    /// before it.
    #[must_use]
    #[inline]
    pub fn since(&self, host: Symbol, line: u32) -> Extent {
        self.hosts.get(host.index()).map_or(Extent::NONE, |clock| clock.since(line))
    }

    /// A host wrote all this in the part of a number.  Only [`Clocks::since`] may be asked then, for numbers of parts.
    pub fn tick_part(&mut self, host: Symbol, part: u32, all: Extent) {
        let index = host.index();
        if self.hosts.len() <= index {
            self.hosts.resize_with(index + 1, HostClock::default);
        }
        if let Some(clock) = self.hosts.get_mut(index) {
            clock.tick_part(part, all);
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.hosts.clear();
    }

    /// Forgets all, and gives what each host wrote.
    pub fn drain(&mut self) -> impl Iterator<Item = (Symbol, Extent)> {
        let ticked = |(index, clock): (usize, &mut HostClock)| {
            let ticked = std::mem::take(&mut clock.lines) > 0;
            clock.last = i64::MIN;
            clock.drops.clear();
            clock.peaks.clear();
            let all = std::mem::replace(&mut clock.all, Extent::NONE);
            ticked.then_some((Symbol::at(index), all))
        };
        self.hosts.iter_mut().enumerate().filter_map(ticked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_came_since_any_line() {
        let times = [5, 6, 6, 9, 3, 4, 8, 8, 2];
        let mut clocks = Clocks::default();
        let host = Symbol::at(1);
        for (n, time) in times.into_iter().enumerate() {
            clocks.tick(host, time);
            let lines = clocks.lines(host);
            assert_eq!(lines as usize, n + 1);
            for line in 1..=lines {
                let since = &times[line as usize..=n];
                let got = clocks.since(host, line);
                assert_eq!(got.high, since.iter().copied().max().unwrap_or(i64::MIN));
                let before = times[line as usize - 1];
                let low = since.iter().copied().min().unwrap_or(i64::MAX);
                assert_eq!(got.low.min(before), low.min(before), "{times:?} from {line} to {n}");
            }
        }
        assert_eq!(clocks.drain().collect::<Vec<_>>(), [(host, Extent { low: 2, high: 9 })]);
        assert_eq!(clocks.all(host), Extent::NONE);
    }
}
