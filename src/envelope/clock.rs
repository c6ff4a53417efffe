//! The clock on the wall of the logging host: year, zone, and the side of an autumn clock change.
//!
//! It must not know hosts, tags or messages, apart from the ids in [`super::anchor`].  The running year is
//! an unwrapped phase: each line lies within half a year of the line before it, so that what is known at
//! one place of a file follows from the lines in between and never from how they were cut up.
//!
//! Example: `Dec 31 23:59:59`, then `Jan  1 00:00:00` is a year's end, then `Dec 31 23:59:58` is late.

use super::anchor;
use super::reader::{Reader, first_time};
use super::timestamp::{DAY, MICROS, Stamp, day_of, is_leap};
use super::zone::{Offsets, Zone};
use super::{Content, first_line};

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
    zone: Zone,
    /// The year of the last line without a year, or of the first one to come.
    year: i32,
    /// The day (of a leap year) of the last line without a year.
    day: Option<u16>,
    /// The last moment that was read off a clock without a zone, in microseconds.
    last: Option<i64>,
    /// The year was given, or told by the lines themselves.
    sure: bool,
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

fn year_of(secs: i64) -> i32 {
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
    /// The clock at the beginning of a file.
    ///
    /// `head` is its first bytes (up to 1 MiB).  `samples` are pieces further on, in order, each beginning
    /// at a line start and ending anywhere; none where the input cannot be sought.  `modified` is the file's
    /// modification time in microseconds, for a pipe the present.
    #[must_use]
    pub fn begin(rules: &TimeRules, head: &[u8], samples: &[&[u8]], modified: i64) -> Clock {
        let survey = Survey::of(rules.zone, head, samples);
        let told = rules.year.or_else(|| survey.elected());
        let year = told.unwrap_or_else(|| survey.latest(rules.zone, modified));
        let sure = told.is_some() || survey.end.is_none();
        let mut clock = Clock { zone: rules.zone, year, day: None, last: None, sure };
        clock.last = before_second_round(&clock, head, samples.is_empty().then_some(modified));
        clock
    }

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

    /// Is the year more than a guess by the modification time: given, told by ids, or not needed?
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.sure
    }

    /// The same clock at the beginning of a file, in the year that brings the file's first line nearest to
    /// `time`: for a part of a rotated log whose neighbour is sure of its year.
    #[must_use]
    pub fn beside(&self, head: &[u8], time: i64) -> Clock {
        let mut clock = self.clone();
        if let Some(first) = first_time(head, self) {
            let years = (time - first + YEAR / 2).div_euclid(YEAR);
            clock.year += i32::try_from(years).unwrap_or(0);
            clock.last = clock.last.map(|last| last + years * YEAR);
        }
        clock
    }

    /// The clock after these whole lines.
    ///
    /// It looks at a line every few kilobytes and at the last one.  Only where these do not tell (a year's
    /// end, a jump, few lines a day, the hour that comes twice) it reads the lines in between.
    #[must_use]
    pub fn after(&self, block: &[u8]) -> Clock {
        let reader = self.skim(block);
        // Which of the two it is follows from all the lines before.
        let reader = if reader.twice() { self.walk(block) } else { reader };
        reader.clock().clone()
    }

    fn skim(&self, block: &[u8]) -> Reader {
        if block.len() <= STRIDE * 4 {
            return self.walk(block);
        }
        let mut reader = Reader::new(self.clone());
        // Behind the last line without a year that was looked at.
        let mut known = 0;
        let mut target = 0;
        let (mut yearless, mut local) = (false, false);
        while let Some((start, mut end)) = line_from(block, target) {
            target = end.max(target + STRIDE);
            let before = reader.clock().clone();
            let mut seen = look(&mut reader, block, start, end);
            // A line that goes on from the one before tells nothing: try the next ones.
            while seen == Seen::Nothing
                && end < target
                && let Some((start, next)) = line_from(block, end)
            {
                seen = look(&mut reader, block, start, next);
                end = next;
            }
            match seen {
                Seen::Yearless => {
                    yearless = true;
                    if !is_steady(&before, reader.clock(), end - known) {
                        reader = before.walk(block.get(known..end).unwrap_or_default());
                    }
                    known = end;
                }
                Seen::Local => local = true,
                Seen::Moment | Seen::Nothing => {}
            }
        }
        // The last line without a zone tells the rest.
        let mut end = block.len();
        let mut patience = if yearless || local { usize::MAX } else { 16 };
        while end > known && patience > 0 {
            let start = line_start(block, end);
            let before = reader.clock().clone();
            match look(&mut reader, block, start, end) {
                Seen::Yearless if is_steady(&before, reader.clock(), end - known) => break,
                Seen::Local if !yearless => break,
                Seen::Yearless | Seen::Local => return before.walk(block.get(known..).unwrap_or_default()),
                Seen::Moment | Seen::Nothing => {}
            }
            end = start;
            patience -= 1;
        }
        reader
    }

    /// A reader that has looked at each of these lines.
    fn walk(&self, block: &[u8]) -> Reader {
        let mut reader = Reader::new(self.clone());
        let mut scratch = Vec::new();
        let mut rest = block;
        while reader.next(&mut rest, &mut scratch).is_some() {}
        reader
    }
}

/// A block is looked at once in this many bytes.
const STRIDE: usize = 4096;

/// May no year's end lie between two looks?  A few dozen lines lie between them, and most logs write as many
/// within a day; where the date has changed, or the looks are far apart, the lines between are read.
fn is_steady(before: &Clock, after: &Clock, apart: usize) -> bool {
    before.day.is_some() && before.day == after.day && apart <= 2 * STRIDE
}

/// Reads the one line between `start` and `end`.  Objects of the journal and of containers hold moments only.
fn look(reader: &mut Reader, block: &[u8], start: usize, end: usize) -> Seen {
    let mut line = block.get(start..end).unwrap_or_default();
    if matches!(line.first(), Some(b'{' | b'_' | 0x1e)) {
        return Seen::Nothing;
    }
    match reader.next(&mut line, &mut Vec::new()) {
        Some(_) => reader.seen(),
        None => Seen::Nothing,
    }
}

/// Start and end of the first line that begins at `target` or later.
fn line_from(block: &[u8], target: usize) -> Option<(usize, usize)> {
    let start = match target.checked_sub(1) {
        None => 0,
        Some(before) => before + first_line(block.get(before..)?).1,
    };
    let (_, length) = first_line(block.get(start..)?);
    (length > 0).then_some((start, start + length))
}

/// Start of the line that ends before `end`.
fn line_start(block: &[u8], end: usize) -> usize {
    let inner = block.get(..end.saturating_sub(1)).unwrap_or_default();
    memchr::memrchr(b'\n', inner).map_or(0, |lf| lf + 1)
}

/// A mean year in microseconds.
const YEAR: i64 = 31_556_952 * MICROS;

/// Any leap year will do to count New Years by.
const SURVEY_YEAR: i32 = 2000;

/// What head and samples of a file tell about its years.
struct Survey {
    /// Votes for the year of the first line.
    votes: Vec<(i32, u32)>,
    /// New Years up to the last line that was seen, its day, and its moment in the year of the survey.
    end: Option<(i32, u16, i64)>,
    /// New Years up to lines of February 29.
    leap_years: Vec<i32>,
}

impl Survey {
    fn of(zone: Zone, head: &[u8], samples: &[&[u8]]) -> Survey {
        let mut survey = Survey { votes: Vec::new(), end: None, leap_years: Vec::new() };
        let mut reader = Reader::new(Clock { zone, year: SURVEY_YEAR, day: None, last: None, sure: false });
        survey.read(&mut reader, head);
        for sample in samples {
            leap_to(&mut reader, sample);
            survey.read(&mut reader, sample);
        }
        survey
    }

    fn read(&mut self, reader: &mut Reader, piece: &[u8]) {
        let mut scratch = Vec::new();
        let mut rest = piece;
        while let Some(entry) = reader.next(&mut rest, &mut scratch) {
            let seen = reader.seen();
            let Some(day) = reader.clock().day else { continue };
            let years = reader.clock().year - SURVEY_YEAR;
            let Content::Line(line) = entry.content else { continue };
            let secs = line.time.div_euclid(MICROS);
            if seen == Seen::Yearless {
                let outer = reader.clock().last.unwrap_or(line.time).div_euclid(MICROS);
                self.end = Some((years, day, outer));
                if day == 59 && self.leap_years.last() != Some(&years) {
                    self.leap_years.push(years);
                }
                if let Some(arrival) = anchor::arrival(&line) {
                    self.vote(years, day, arrival, 8);
                }
                // Exim's own stamp within.
                if secs != outer {
                    self.vote(years, day, secs, 1);
                }
            } else {
                // A line with its year between lines without.
                self.vote(years, day, secs, 2);
            }
        }
    }

    /// A line of this day was written no earlier than a day before `anchor` (zones and clocks differ), and no
    /// later than `days` after it (a message waits in the queue).
    fn vote(&mut self, years: i32, day: u16, anchor: i64, days: i64) {
        let around = year_of(anchor);
        let from = anchor.div_euclid(DAY) - 1;
        let Some(year) = (around - 1..=around + 1).find(|&year| (from..=from + 1 + days).contains(&day_of(year, day)))
        else {
            return;
        };
        let year = year - years;
        let room = self.votes.len() < 200;
        match self.votes.iter_mut().find(|(voted, _)| *voted == year) {
            Some((_, count)) => *count += 1,
            None if room => self.votes.push((year, 1)),
            None => {}
        }
    }

    /// The year of the first line, by the ids and dates in the lines.
    fn elected(&self) -> Option<i32> {
        self.votes.iter().max_by_key(|&&(year, count)| (count, year)).map(|&(year, _)| year)
    }

    /// The latest year of the first line that lets the last line end before `modified`.
    fn latest(&self, zone: Zone, modified: i64) -> i32 {
        let modified = modified.div_euclid(MICROS);
        let wall = modified + i64::from(zone.offset_at(modified));
        let Some((years, day, moment)) = self.end else { return year_of(wall) };
        let second = (moment + i64::from(zone.offset_at(moment))).rem_euclid(DAY);
        // Zones that we do not know, and clocks that go wrong.
        let bound = wall + 26 * 3600;
        let mut last = year_of(bound);
        if day_of(last, day) * DAY + second > bound {
            last -= 1;
        }
        let first = last - years;
        let leap = |first: &i32| self.leap_years.iter().all(|&years| is_leap(first + years));
        (first - 8..=first).rev().find(leap).unwrap_or(first)
    }
}

/// Moves the clock over what lies between two pieces: time runs forward there, whatever its length.
fn leap_to(reader: &mut Reader, sample: &[u8]) {
    let clock = reader.clock().clone();
    let Some(before) = clock.day else { return };
    let mut ahead = Reader::new(Clock { day: None, last: None, ..clock.clone() });
    let mut scratch = Vec::new();
    let mut rest = sample;
    for _ in 0..64 {
        if ahead.next(&mut rest, &mut scratch).is_none() {
            return;
        }
        if let Some(day) = ahead.clock().day {
            let step = match i32::from(day) - i32::from(before) {
                // A late line or a small disorder is no year.
                ..-15 => 1,
                -15..=350 => 0,
                _ => -1,
            };
            *reader = Reader::new(Clock { year: clock.year + step, day: Some(day), last: None, ..clock });
            return;
        }
    }
}

/// A file may begin in the hour that comes twice: the moment before its first line, if that is in the second
/// round.
///
/// The first round is followed by a jump back; a file that runs out of the hour without one began in the
/// second.  A whole file (`modified`) that ends in the hour was written when it was last modified.
fn before_second_round(clock: &Clock, head: &[u8], modified: Option<i64>) -> Option<i64> {
    let mut reader = Reader::new(clock.clone());
    let mut scratch = Vec::new();
    let mut rest = head;
    let mut begin = None;
    let mut now = None;
    let mut patience = 256;
    while reader.next(&mut rest, &mut scratch).is_some() {
        patience -= i32::from(begin.is_none());
        if patience < 0 {
            return None;
        }
        if !matches!(reader.seen(), Seen::Local | Seen::Yearless) {
            continue;
        }
        let time = reader.clock().last?;
        if !reader.twice() {
            // Out of the hour; without ever having been in it, or with the jump that tells.
            return match (begin, now) {
                (Some(begin), Some(now)) if time > now && time - now < 7200 * MICROS + HOUR => Some(begin),
                _ => None,
            };
        }
        // A step back, which the clock has read as the second round.
        if now.is_some_and(|now| time >= now && reads_second(clock.zone, time)) {
            return None;
        }
        begin.get_or_insert(time + HOUR);
        now = Some(time);
    }
    let (begin, now) = (begin?, now?);
    // Written to the end within the hour: the first round unless the file was modified an hour later.
    let late = (modified? - (now + HOUR)).abs() < 10 * 60 * MICROS;
    late.then_some(begin)
}

const HOUR: i64 = 3600 * MICROS;

/// Is this moment in the second round of an hour that came twice?
fn reads_second(zone: Zone, time: i64) -> bool {
    let utc = time.div_euclid(MICROS);
    let offset = zone.offset_at(utc);
    matches!(zone.offsets(utc + i64::from(offset)), Offsets::Two(_, second) if second == offset)
}

#[cfg(test)]
mod tests;
