//! Numbers, times and names as people read them: the wording of the design, in one place.
//!
//! A unit stands after its number with a no-break space, which each sink shows as it can.
//!
//! `1,219`, `121 of 568 (21.3 %)`, `7 h 05 min`, `an unknown user`

use chrono::{DateTime, FixedOffset};

use crate::knowledge::Cause;
use crate::prose::thousands;

/// `1,219`
#[must_use]
pub fn count(n: u64) -> String {
    thousands(n)
}

/// `1 message`, `1,219 messages`
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{}\u{a0}{noun}{plural}", count(n))
}

/// `1 try`, `25 tries`
#[must_use]
pub fn tries(n: u64) -> String {
    format!("{}\u{a0}{}", count(n), if n == 1 { "try" } else { "tries" })
}

/// `once`, `25 times`
#[must_use]
pub fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{}\u{a0}times", count(n)) }
}

/// `nobody` as a sentence begins with it: `Nobody`.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// A part of a whole as a number from 0 to 100; nothing of nothing is 0.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// `21.3`: one decimal; what is less than all never reads 100.0.
#[must_use]
pub fn decimal(percent: f64) -> String {
    let percent = if percent < 100.0 { percent.min(99.9) } else { percent };
    format!("{percent:.1}")
}

/// `21.3 %`
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    format!("{}\u{a0}%", decimal(share(part, whole)))
}

/// `44 %`: for sentences on codes.
#[must_use]
pub fn whole_percent(part: u64, whole: u64) -> String {
    let percent = share(part, whole).round();
    let percent = if part < whole { percent.min(99.0) } else { percent };
    format!("{percent:.0}\u{a0}%")
}

/// `121 of 568`
#[must_use]
pub fn part_of(part: u64, whole: u64) -> String {
    format!("{} of {}", count(part), count(whole))
}

/// `121 of 568 (21.3 %)`: a rate never stands without its counts.
#[must_use]
pub fn rate(part: u64, whole: u64) -> String {
    format!("{} ({})", part_of(part, whole), percent(part, whole))
}

/// `72 s`, `29 min`, `7 h 05 min`, `3 d 04 h`: to the nearest of the last unit shown.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds.saturating_add(30) / 60, seconds.saturating_add(1800) / 3600);
    match (seconds, minutes) {
        (0..120, _) => format!("{seconds}\u{a0}s"),
        (_, 0..120) => format!("{minutes}\u{a0}min"),
        (_, 120..2880) => format!("{}\u{a0}h\u{a0}{:02}\u{a0}min", minutes / 60, minutes % 60),
        _ => format!("{}\u{a0}d\u{a0}{:02}\u{a0}h", hours / 24, hours % 24),
    }
}

/// A wait whose ends are near each other, for a clock to be set by: `300-340 s`; longer ones to the minute.
#[must_use]
pub fn window(low: u64, high: u64) -> String {
    match high {
        _ if low == high => duration(low),
        0..7200 => format!("{low}-{high}\u{a0}s"),
        _ => format!("{} to {}", duration(low), duration(high)),
    }
}

/// `24:52`: minutes and seconds, for waits in tables.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    format!("{}:{:02}", count(seconds / 60), seconds % 60)
}

/// `1st`, `2nd`, `3rd`, `11th`
#[must_use]
pub fn ordinal(n: u64) -> String {
    let suffix = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

/// `a`, `a and b`, `a, b and c`
#[must_use]
pub fn joined(items: &[String], and: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

/// A name in a sentence: the end of a domain tells, so a long one loses its beginning.  An address stays
/// whole, as long as it can be one (RFC 5321 section 4.5.3.1: 64 + 1 + 255).
#[must_use]
pub fn name(name: &str) -> String {
    let most = if name.contains('@') { 320 } else { 64 };
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    std::iter::once('…').chain(name.chars().skip(length - most + 1)).collect()
}

/// A time of the analysis.
#[must_use]
pub fn time(rfc3339: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(rfc3339).ok()
}

/// `2025-03-04 05:35`; a time that cannot be read stands as it is.
#[must_use]
pub fn minute(rfc3339: &str) -> String {
    time(rfc3339).map_or_else(|| rfc3339.to_owned(), |t| t.format("%Y-%m-%d\u{a0}%H:%M").to_string())
}

/// A cause in a sentence: `an unknown user`, and in a list: `unknown user`.  An unknown word stands for itself.
#[must_use]
pub fn cause(word: &str) -> (&str, &str) {
    Cause::parse(word).map_or((word, word), |cause| {
        let info = cause.info();
        (&info.in_sentence, &info.in_list)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_the_design_says() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(rate(121, 568), "121 of 568 (21.3\u{a0}%)");
        assert_eq!(percent(9_999_999, 10_000_000), "99.9\u{a0}%");
        assert_eq!(percent(5, 5), "100.0\u{a0}%");
        assert_eq!(percent(0, 0), "0.0\u{a0}%");
        assert_eq!(whole_percent(80, 180), "44\u{a0}%");
        assert_eq!(whole_percent(999, 1000), "99\u{a0}%");
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 112th"
        );
    }

    #[test]
    fn durations_keep_two_units_at_most() {
        let show = |s| duration(s).replace('\u{a0}', " ");
        assert_eq!([72, 119, 120, 1740, 7169].map(show), ["72 s", "119 s", "2 min", "29 min", "119 min"]);
        assert_eq!([7199, 68_614, 172_799].map(show), ["2 h 00 min", "19 h 04 min", "2 d 00 h"]);
        assert_eq!(
            [(300, 340), (0, 9000), (5, 5)].map(|(a, b)| window(a, b)),
            ["300-340\u{a0}s", "0\u{a0}s to 2\u{a0}h\u{a0}30\u{a0}min", "5\u{a0}s"]
        );
        assert_eq!([25_500, 68_640, 172_800].map(show), ["7 h 05 min", "19 h 04 min", "2 d 00 h"]);
        assert_eq!([4.0, 1492.4, 8762.0].map(clock), ["0:04", "24:52", "146:02"]);
    }
}
