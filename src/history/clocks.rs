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
#[derive(Debug, Clone, Default)]
struct HostClock {
    lines: u32,
    last: i64,
    all: Option<Extent>,
    /// Lines that are earlier than the one before.
    drops: Vec<(u32, i64)>,
    /// The lines after which no later time comes, with falling times: mostly one.
    peaks: Vec<(u32, i64)>,
}

impl HostClock {
    fn tick(&mut self, time: i64) {
        if self.lines > 0 && time < self.last {
            self.drops.push((self.lines, time));
        }
        match self.peaks.as_mut_slice() {
            // Nearly always: the clock runs forward.
            [only] if only.1 <= time => *only = (self.lines, time),
            _ => {
                while self.peaks.pop_if(|(_, peak)| *peak <= time).is_some() {}
                self.peaks.push((self.lines, time));
            }
        }
        self.last = time;
        self.lines += 1;
        self.all = Some(self.all.map_or(Extent::at(time), |all| all.and(Extent::at(time))));
    }

    fn tick_part(&mut self, part: u32, all: Extent) {
        while self.peaks.pop_if(|(_, peak)| *peak <= all.high).is_some() {}
        self.peaks.push((part, all.high));
        while self.drops.pop_if(|(_, low)| *low >= all.low).is_some() {}
        self.drops.push((part, all.low));
    }

    /// The lines from number `line` on; `low` where it is below all that is before.
    fn since(&self, line: u32) -> Extent {
        let from = |list: &[(u32, i64)]| list.partition_point(|(number, _)| *number < line);
        let low = self.drops.get(from(&self.drops)..).unwrap_or_default().iter().map(|(_, time)| *time).min();
        let high = self.peaks.get(from(&self.peaks)).map(|(_, time)| *time);
        Extent { low: low.unwrap_or(i64::MAX), high: high.unwrap_or(i64::MIN) }
    }
}

/// The clocks of the hosts in a stretch.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    hosts: Vec<HostClock>,
}

impl Clocks {
    /// A host wrote a line.
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
        self.hosts.get(host.index()).and_then(|clock| clock.all).unwrap_or(Extent::NONE)
    }

    /// What a host wrote from its line number `line` on.  The earliest is told only where it lies below what is
    /// before it.
    #[must_use]
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
            clock.lines = 0;
            clock.drops.clear();
            clock.peaks.clear();
            clock.all.take().map(|all| (Symbol::at(index), all))
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
