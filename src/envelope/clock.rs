//! The clock on the wall of the logging host: year, zone, and the side of an autumn clock change.
//!
//! It must not know hosts, tags or messages.  The running year is an unwrapped phase: each line lies within half a year of the line before it, so that what is known at
//! one place of a file follows from the lines in between and never from how they were cut up.
//!
//! Example: `Dec 31 23:59:59`, then `Jan  1 00:00:00` is a year's end, then `Dec 31 23:59:58` is late.

use super::timestamp::{DAY, MICROS, Stamp, day_of};
use super::zone::{Offsets, Zone};

/// How stamps without zone or year are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRules {
    /// The zone of stamps that name none.
    pub zone: Zone,
    /// The year of a file's first line, where the user knows it.
    pub year: Option<i32>,
}

/// What is known of time at one place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pub(super) zone: Zone,
    /// The year of the last line without a year, or of the first one to come.
    pub(super) year: i32,
    /// The day (of a leap year) of the last line without a year.
    pub(super) day: Option<u16>,
    /// The last moment that was read off a clock without a zone, in microseconds.
    pub(super) last: Option<i64>,
    /// The year was given, or told by the lines themselves.
    pub(super) sure: bool,
}

/// What is known of time at one place of a file, but for the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClockMark {
    year: i32,
    day: Option<u16>,
    last: Option<i64>,
    sure: bool,
}

impl ClockMark {
    /// The last moment that was read off a clock without a zone, in microseconds.
    #[must_use]
    pub fn last_time(&self) -> Option<i64> {
        self.last
    }
}

/// What the last entry began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Nothing,
    /// A stamp that needs no clock.
    Moment,
    /// A date without a zone.
    Local,
    /// A date without year and zone.
    Yearless,
}

/// The envelope around an envelope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outer {
    pub micros: i64,
    /// Seconds east of UTC, where it is written.
    pub offset: Option<i32>,
}

/// Half a year: a line is never further than this from the line before it.
const HALF_YEAR: i32 = 183;

/// How far back a line may lie in an hour that comes twice before we take it for the second time round.
const DISORDER: i64 = 300;

/// A clock in motion, with the caches that make it fast.
#[derive(Debug, Clone)]
pub(super) struct Ticking {
    pub(super) clock: Clock,
    pub(super) seen: Seen,
    /// The last time on the wall comes twice.
    pub(super) twice: bool,
    /// It has the same offset from end to end of its hour.
    pub(super) steady: bool,
    /// The hour (of the wall clock) for which `offset` holds from end to end.
    hour: i64,
    offset: i32,
    /// Where the day `clock.day` of `clock.year` began on the wall clock, in seconds.
    midnight: Option<i64>,
}

impl Ticking {
    pub(super) fn new(clock: Clock) -> Ticking {
        Ticking { clock, seen: Seen::Nothing, twice: false, steady: false, hour: i64::MIN, offset: 0, midnight: None }
    }

    /// The moment of the stamp of a line, which moves the clock on.
    #[inline]
    pub(super) fn time(&mut self, stamp: Stamp) -> i64 {
        match stamp {
            Stamp::Moment { micros, .. } => {
                self.seen = Seen::Moment;
                micros
            }
            Stamp::Local { secs, micros } => {
                self.seen = Seen::Local;
                self.on_the_wall(secs, micros)
            }
            Stamp::Yearless { day, secs, micros } => {
                self.seen = Seen::Yearless;
                let midnight = match self.midnight {
                    Some(midnight) if self.clock.day == Some(day) => midnight,
                    _ => self.turn_to(day),
                };
                self.on_the_wall(midnight + i64::from(secs), micros)
            }
        }
    }

    /// Moves on to a moment that [`super::usual`] has told.
    #[inline(always)]
    pub(super) fn move_to(&mut self, time: i64, seen: Seen) {
        self.seen = seen;
        self.twice = false;
        self.clock.last = Some(time);
    }

    /// Moves to another day, of this year or of a neighbour.
    #[cold]
    fn turn_to(&mut self, day: u16) -> i64 {
        self.clock.year += self.clock.day.map_or(0, |before| year_step(before, day));
        self.clock.day = Some(day);
        let midnight = day_of(self.clock.year, day) * DAY;
        self.midnight = Some(midnight);
        midnight
    }

    #[inline]
    fn on_the_wall(&mut self, local: i64, micros: u32) -> i64 {
        self.twice = false;
        let hour = local.div_euclid(3600);
        let offset = if hour == self.hour { self.offset } else { self.offset_of(local) };
        self.steady = hour == self.hour;
        let time = (local - i64::from(offset)) * MICROS + i64::from(micros);
        self.clock.last = Some(time);
        time
    }

    #[cold]
    fn offset_of(&mut self, local: i64) -> i32 {
        match self.clock.zone.offsets(local) {
            Offsets::One(offset) => {
                let hour = local.div_euclid(3600);
                let ends = [hour * 3600, hour * 3600 + 3599].map(|end| self.clock.zone.offsets(end));
                if ends == [Offsets::One(offset); 2] {
                    self.hour = hour;
                    self.offset = offset;
                }
                offset
            }
            Offsets::Two(first, second) => {
                self.twice = true;
                let before = self.clock.last.map(|last| last.div_euclid(MICROS));
                side(local, first, second, before)
            }
        }
    }

    /// The moment of a stamp within another envelope, whose time tells what this one leaves out.  The clock
    /// does not move.
    pub(super) fn inner_time(&self, stamp: Stamp, outer: Outer) -> i64 {
        let near = outer.micros.div_euclid(MICROS);
        let (local, micros) = match stamp {
            Stamp::Moment { micros, .. } => return micros,
            Stamp::Local { secs, micros } => (secs, micros),
            Stamp::Yearless { day, secs, micros } => {
                let wall = near + i64::from(self.clock.zone.offset_at(near));
                (nearest_year(day, secs, wall), micros)
            }
        };
        // The envelope may know the host's offset better than we do.
        let known = outer.offset.filter(|&offset| (local - i64::from(offset) - near).abs() <= DISORDER);
        let offset = known.unwrap_or_else(|| match self.clock.zone.offsets(local) {
            Offsets::One(offset) => offset,
            Offsets::Two(first, second) => {
                let distance = |offset: i32| (local - i64::from(offset) - near).abs();
                if distance(second) < distance(first) { second } else { first }
            }
        });
        (local - i64::from(offset)) * MICROS + i64::from(micros)
    }
}

/// Which year a line belongs to, beside that of the line before it: December to January is a step of one,
/// a late December line in January a step back, and every other jump is none.
fn year_step(before: u16, day: u16) -> i32 {
    let days = i32::from(day) - i32::from(before);
    i32::from(days < -HALF_YEAR) - i32::from(days > HALF_YEAR)
}

/// Wall clock seconds of a day without year, in the year that brings it nearest to `wall`.
fn nearest_year(day: u16, secs: u32, wall: i64) -> i64 {
    let year = year_of(wall);
    [year - 1, year, year + 1]
        .into_iter()
        .map(|year| day_of(year, day) * DAY + i64::from(secs))
        .min_by_key(|local| (local - wall).abs())
        .unwrap_or(wall)
}

pub(super) fn year_of(secs: i64) -> i32 {
    let day = secs.div_euclid(DAY);
    let mut year = i32::try_from(1970 + day.div_euclid(366)).unwrap_or(1970);
    while day_of(year + 1, 0) <= day {
        year += 1;
    }
    year
}

/// Which of its two offsets a time has that comes twice, after the line at `before`: the first one that
/// does not run back.
fn side(local: i64, first: i32, second: i32, before: Option<i64>) -> i32 {
    let early = local - i64::from(first);
    match before {
        Some(before) if early < before - DISORDER && before - early < DAY => second,
        _ => first,
    }
}

impl Clock {
    /// What is to be kept of it for a later run that goes on in the same file.
    #[must_use]
    pub fn mark(&self) -> ClockMark {
        ClockMark { year: self.year, day: self.day, last: self.last, sure: self.sure }
    }

    /// The clock that stood at this mark.
    #[must_use]
    pub fn at(zone: Zone, mark: ClockMark) -> Clock {
        let ClockMark { year, day, last, sure } = mark;
        Clock { zone, year, day, last, sure }
    }

    /// The zone of stamps that name none.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }
}

#[cfg(test)]
mod tests;
