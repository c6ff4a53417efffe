//! Stamps at fixed positions: what is written, before any zone or year is guessed.
//!
//! It must not know a clock, a zone database or what follows the stamp.  Examples:
//! `Nov  3 09:15:02`, `2024-11-03T09:15:02.123456+01:00`, `2024-11-03 09:15:02.123`.

/// A stamp as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A moment: the stamp has its zone.
    Moment {
        /// Microseconds since 1970 UTC.
        micros: i64,
        /// Seconds east of UTC, as written.
        offset: i32,
    },
    /// A date with its year, without a zone.
    Local {
        /// Seconds from 1970 on the wall clock.
        secs: i64,
        /// Microseconds of the second.
        micros: u32,
    },
    /// No year and no zone (RFC 3164 section 4.1.2).
    Yearless {
        /// Day of a leap year, 0 for January 1, 59 for February 29.
        day: u16,
        /// Second of the day.
        secs: u32,
        /// Microseconds of the second.
        micros: u32,
    },
}

pub(super) const DAY: i64 = 86_400;
pub(super) const MICROS: i64 = 1_000_000;

/// Days of a leap year before each month.
const BEFORE: [u16; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
const LENGTH: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

pub(super) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970-01-01 to January 1 of a year.
pub(super) fn new_year(year: i32) -> i64 {
    let before = i64::from(year) - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 719_162
}

/// Days from 1970-01-01 to a day of a year, which is told as a day of a leap year.  February 29 is
/// clamped to the 28th where there is none: no line is refused for its date.
pub(super) fn day_of(year: i32, day: u16) -> i64 {
    new_year(year) + i64::from(day) - i64::from(day >= 59 && !is_leap(year))
}

/// `day` of a leap year for month 0 to 11 and day of the month 1 to 31, clamped to the month.
pub(super) fn leap_day(month: usize, day: u8) -> Option<u16> {
    let length = *LENGTH.get(month)?;
    let day = day.clamp(1, length);
    Some(BEFORE.get(month)? + u16::from(day) - 1)
}

fn digit(b: u8) -> Option<u8> {
    let value = b.wrapping_sub(b'0');
    (value <= 9).then_some(value)
}

fn two(tens: u8, ones: u8) -> Option<u8> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

pub(super) fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

/// `Nov` → 10.
fn month(name: [u8; 3]) -> Option<usize> {
    Some(match &name {
        b"Jan" => 0,
        b"Feb" => 1,
        b"Mar" => 2,
        b"Apr" => 3,
        b"May" => 4,
        b"Jun" => 5,
        b"Jul" => 6,
        b"Aug" => 7,
        b"Sep" => 8,
        b"Oct" => 9,
        b"Nov" => 10,
        b"Dec" => 11,
        _ => return None,
    })
}

/// `09:15:02` → second of the day.  A leap second is folded into the one before it.
fn clock_time(text: &[u8; 8]) -> Option<u32> {
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = text else { return None };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second.min(59)))
}

/// `.123456789`, to microseconds, and how many bytes it took; a comma will do (ISO 8601).
fn fraction(text: &[u8]) -> (u32, usize) {
    let [b'.' | b',', digits @ ..] = text else { return (0, 0) };
    let (mut micros, mut count) = (0, 0);
    while let Some(value) = digits.get(count).copied().and_then(digit) {
        if count < 6 {
            micros = micros * 10 + u32::from(value);
        }
        count += 1;
    }
    for _ in count..6 {
        micros *= 10;
    }
    if count == 0 { (0, 0) } else { (micros, count + 1) }
}

fn fixed_at<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    text.get(at..)?.first_chunk::<N>()
}

/// Does a stamp that ends at `at` stand free?
fn ends(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|&b| is_blank(b))
}

fn year_at(text: &[u8], at: usize) -> Option<i32> {
    let &[a, b, c, d] = fixed_at::<4>(text, at)?;
    Some(i32::from(two(a, b)?) * 100 + i32::from(two(c, d)?))
}

/// `Nov  3 09:15:02`, `Nov 03 09:15:02.123456`, `Nov  3 2024 09:15:02`: RFC 3164 section 4.1.2 and what
/// has become of it.  Gives the stamp and its length.
pub(super) fn rfc3164(text: &[u8]) -> Option<(Stamp, usize)> {
    let &[m1, m2, m3, gap, tens, ones, after] = text.first_chunk::<7>()?;
    let month = month([m1, m2, m3])?;
    if !is_blank(gap) {
        return None;
    }
    let (day, at) = if is_blank(after) {
        (if is_blank(tens) { digit(ones)? } else { two(tens, ones)? }, 7)
    } else {
        // A day of one digit without padding: `Nov 3 09:15:02`.
        (if is_blank(ones) { digit(tens)? } else { return None }, 6)
    };
    if day > 31 {
        return None;
    }
    let day = leap_day(month, day)?;
    let (year, at) = match clock_at(text, at) {
        Some(_) => (None, at),
        None => {
            let year = year_at(text, at)?;
            if !text.get(at + 4).is_some_and(|&b| is_blank(b)) {
                return None;
            }
            (Some(year), at + 5)
        }
    };
    let secs = clock_at(text, at)?;
    let (micros, width) = fraction(text.get(at + 8..)?);
    let end = at + 8 + width;
    if !ends(text, end) {
        return None;
    }
    Some(match year {
        None => (Stamp::Yearless { day, secs, micros }, end),
        Some(year) => (Stamp::Local { secs: day_of(year, day) * DAY + i64::from(secs), micros }, end),
    })
}

fn clock_at(text: &[u8], at: usize) -> Option<u32> {
    clock_time(fixed_at::<8>(text, at)?)
}

/// `2013 Jun 10 15:32:29.123`.
pub(super) fn year_first(text: &[u8]) -> Option<(Stamp, usize)> {
    let year = year_at(text, 0)?;
    if !text.get(4).is_some_and(|&b| is_blank(b)) {
        return None;
    }
    match rfc3164(text.get(5..)?)? {
        (Stamp::Yearless { day, secs, micros }, length) => {
            Some((Stamp::Local { secs: day_of(year, day) * DAY + i64::from(secs), micros }, length + 5))
        }
        _ => None,
    }
}

/// The days of the date last read: a log says the same date many times.
#[derive(Debug, Clone, Default)]
pub(super) struct LastDate {
    text: [u8; 10],
    days: i64,
}

impl LastDate {
    /// `2024-11-03` → days since 1970.
    fn days(&mut self, text: &[u8; 10]) -> Option<i64> {
        if *text == self.text {
            return Some(self.days);
        }
        let &[_, _, _, _, b'-', m1, m2, b'-', d1, d2] = text else { return None };
        let year = year_at(text, 0)?;
        let (month, day) = (two(m1, m2)?, two(d1, d2)?);
        if day > 31 {
            return None;
        }
        let day = leap_day(usize::from(month).checked_sub(1)?, day)?;
        self.text = *text;
        self.days = day_of(year, day);
        Some(self.days)
    }
}

/// `2024-11-03T09:15:02.123456+01:00` or `2024-11-03 09:15:02.123`, without what follows: seconds on the
/// wall clock, microseconds, length.  The byte between date and time is the caller's business.
pub(super) fn date_and_time(text: &[u8], last: &mut LastDate) -> Option<(i64, u32, usize)> {
    let days = last.days(text.first_chunk::<10>()?)?;
    let secs = clock_at(text, 11)?;
    let (micros, width) = fraction(text.get(19..)?);
    Some((days * DAY + i64::from(secs), micros, 19 + width))
}

/// `Z`, `+01:00`, `+0100`, `+01`: seconds east of UTC and length.
pub(super) fn zone(text: &[u8]) -> Option<(i32, usize)> {
    let sign = match text.first()? {
        b'Z' | b'z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let &[h1, h2] = fixed_at::<2>(text, 1)?;
    let hours = i32::from(two(h1, h2)?);
    let colon = usize::from(text.get(3) == Some(&b':'));
    let (minutes, length) = match fixed_at::<2>(text, 3 + colon).and_then(|&[m1, m2]| two(m1, m2)) {
        Some(minutes) => (i32::from(minutes), 5 + colon),
        None if colon == 0 => (0, 3),
        None => return None,
    };
    (hours < 24 && minutes < 60).then_some((sign * (hours * 3600 + minutes * 60), length))
}

/// `2024-11-03T09:15:02.123456+01:00`, with any zone or none.
pub(super) fn iso(text: &[u8], last: &mut LastDate) -> Option<(Stamp, usize)> {
    if text.get(10) != Some(&b'T') {
        return None;
    }
    let (secs, micros, mut end) = date_and_time(text, last)?;
    let stamp = match zone(text.get(end..)?) {
        Some((offset, width)) => {
            end += width;
            moment(secs, micros, offset)
        }
        None => Stamp::Local { secs, micros },
    };
    ends(text, end).then_some((stamp, end))
}

/// A local time whose offset is known.
pub(super) fn moment(secs: i64, micros: u32, offset: i32) -> Stamp {
    Stamp::Moment { micros: (secs - i64::from(offset)) * MICROS + i64::from(micros), offset }
}

/// `1730621702.123456`: journalctl short-unix.
pub(super) fn unix(text: &[u8]) -> Option<(Stamp, usize)> {
    let width = text.iter().take(12).take_while(|b| b.is_ascii_digit()).count();
    if !(9..=11).contains(&width) || text.get(width) != Some(&b'.') {
        return None;
    }
    let secs = text.iter().take(width).fold(0i64, |n, b| n * 10 + i64::from(b - b'0'));
    let (micros, length) = fraction(text.get(width..)?);
    let end = width + length;
    (length > 0 && ends(text, end)).then_some((moment(secs, micros, 0), end))
}

#[cfg(test)]
mod tests;
