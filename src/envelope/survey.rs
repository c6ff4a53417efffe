//! The clock at the beginning of a file: what its head, and samples from further on, tell about its years.
//!
//! Stamps of RFC 3164 name no year.  What does is ids and dates in the lines (see [`super::anchor`]), a February 29, and
//! that nothing in a file was written after it was last modified.

use super::Content;
use super::anchor;
use super::clock::{Clock, Seen, TimeRules, year_of};
use super::reader::{Reader, first_time};
use super::timestamp::{DAY, MICROS, day_of, is_leap};
use super::zone::{Offsets, Zone};

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
