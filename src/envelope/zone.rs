//! Time zones: what a clock on the wall says, and which moments that may be.
//!
//! It must not know any log format.  Example: `Europe/Berlin`, where 2025-10-26 02:30 comes twice and
//! 2025-03-30 02:30 never.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};

/// The zone of stamps that name none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// A zone of the IANA database.
    Named(Tz),
    /// The same offset all year.
    Fixed(FixedOffset),
}

/// A zone name that is neither in the IANA database nor an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{0}` (an IANA name like Europe/Berlin, or an offset like +02:00)")]
pub struct UnknownZone(pub String);

/// Which offsets (seconds east of UTC) a local time may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offsets {
    /// An ordinary time.
    One(i32),
    /// The clock was put back: the time comes twice, first with the first offset.
    Two(i32, i32),
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone::Named(Tz::UTC);

    /// The zone of this host: `TZ`, else the `/etc/localtime` link, else `/etc/timezone`, else UTC.
    #[must_use]
    pub fn of_this_host() -> Zone {
        let from_variable = std::env::var("TZ").ok().and_then(|tz| Zone::from_path(tz.trim_start_matches(':')));
        let from_link = || {
            let target = std::fs::read_link("/etc/localtime").ok()?;
            Zone::from_path(target.to_str()?)
        };
        let from_file = || Zone::from_path(&std::fs::read_to_string("/etc/timezone").ok()?);
        from_variable.or_else(from_link).or_else(from_file).unwrap_or(Zone::UTC)
    }

    /// `/usr/share/zoneinfo/Europe/Berlin`, or the plain name.
    fn from_path(path: &str) -> Option<Zone> {
        let name = path.trim().rsplit_once("zoneinfo/").map_or(path.trim(), |(_, name)| name);
        let name = name.trim_start_matches("posix/").trim_start_matches("right/");
        name.parse().ok()
    }

    /// Which offsets a local time may have.  A time that the spring leaps over has the offset before
    /// the leap, as if the clock had not yet been put forward.
    pub(super) fn offsets(self, local: i64) -> Offsets {
        let zone = match self {
            Zone::Fixed(offset) => return Offsets::One(offset.local_minus_utc()),
            Zone::Named(zone) => zone,
        };
        // A gap is a few hours at most; Samoa skipped a whole day in 2011.
        for hours_back in [0, 1, 2, 3, 6, 24, 48] {
            let Some(naive) = naive(local - hours_back * 3600) else { break };
            match zone.offset_from_local_datetime(&naive) {
                chrono::LocalResult::Single(offset) => return Offsets::One(offset.fix().local_minus_utc()),
                chrono::LocalResult::Ambiguous(a, b) => {
                    let (a, b) = (a.fix().local_minus_utc(), b.fix().local_minus_utc());
                    // The first of two moments with one local time is the one further east of UTC.
                    return if hours_back == 0 { Offsets::Two(a.max(b), a.min(b)) } else { Offsets::One(a.min(b)) };
                }
                chrono::LocalResult::None => {}
            }
        }
        Offsets::One(0)
    }

    /// The offset in force at a moment.
    pub(super) fn offset_at(self, utc: i64) -> i32 {
        match self {
            Zone::Fixed(offset) => offset.local_minus_utc(),
            Zone::Named(zone) => {
                naive(utc).map_or(0, |naive| zone.offset_from_utc_datetime(&naive).fix().local_minus_utc())
            }
        }
    }

    /// The offset that the abbreviation `name` (`CET`, `EDT`, `+03`) stands for at a local time: what it
    /// is in this zone, else what it is known for in the world.
    pub(super) fn offset_named(self, name: &[u8], local: i64) -> Option<i32> {
        if let (Zone::Named(zone), Some(naive)) = (self, naive(local)) {
            let found = match zone.offset_from_local_datetime(&naive) {
                chrono::LocalResult::Single(offset) => [Some(offset), None],
                chrono::LocalResult::Ambiguous(a, b) => [Some(a), Some(b)],
                chrono::LocalResult::None => [None, None],
            };
            for offset in found.iter().flatten() {
                if offset.abbreviation().is_some_and(|a| a.as_bytes() == name) {
                    return Some(offset.fix().local_minus_utc());
                }
            }
        }
        if let [b'+' | b'-', ..] = name {
            return std::str::from_utf8(name).ok().and_then(fixed).map(|offset| offset.local_minus_utc());
        }
        ABBREVIATIONS.iter().find(|(known, _)| known.as_bytes() == name).map(|&(_, minutes)| minutes * 60)
    }
}

/// Abbreviations that mean one thing (IST, or CST in China, do not), in minutes east of UTC.
const ABBREVIATIONS: [(&str, i32); 30] = [
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("SAST", 120),
    ("MSK", 180),
    ("PKT", 300),
    ("WIB", 420),
    ("HKT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("EST", -300),
    ("EDT", -240),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
];

fn naive(secs: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp(secs, 0)?.naive_utc())
}

/// `+02:00`, `-0330`, `+2`.
fn fixed(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', ..] => (1, &text[1..]),
        [b'-', ..] => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if minutes.len() == 2 => (hours, minutes),
        (None, 1 | 2) => (digits, "0"),
        (None, 4) => digits.split_at_checked(2)?,
        _ => return None,
    };
    let number = |s: &str| if s.bytes().all(|b| b.is_ascii_digit()) { s.parse::<i32>().ok() } else { None };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 15 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Zone, UnknownZone> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
            return Ok(Zone::UTC);
        }
        if let Some(offset) = fixed(text) {
            return Ok(Zone::Fixed(offset));
        }
        text.parse::<Tz>().map(Zone::Named).map_err(|_| UnknownZone(text.to_owned()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Named(zone) => f.write_str(zone.name()),
            Zone::Fixed(offset) => write!(f, "{offset}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: Option<&str>) {
        assert_eq!(text.parse::<Zone>().ok().map(|z| z.to_string()).as_deref(), shown, "{text}");
    }

    #[test]
    fn names_and_offsets_are_read() {
        check("Europe/Berlin", Some("Europe/Berlin"));
        check("UTC", Some("UTC"));
        check("z", Some("UTC"));
        check("Etc/UTC", Some("Etc/UTC"));
        check("+02:00", Some("+02:00"));
        check("+0200", Some("+02:00"));
        check("-0330", Some("-03:30"));
        check("+2", Some("+02:00"));
        check("-09", Some("-09:00"));
        check("+99:00", None);
        check("+1:2", None);
        check("+", None);
        check("+é1", None);
        check("Europe/Atlantis", None);
        check("", None);
    }

    #[test]
    fn links_and_paths_name_a_zone() {
        let name = |path: &str| Zone::from_path(path).map(|z| z.to_string());
        assert_eq!(name("/usr/share/zoneinfo/posix/America/New_York"), Some("America/New_York".to_owned()));
        assert_eq!(name("../usr/share/zoneinfo/Europe/Berlin"), Some("Europe/Berlin".to_owned()));
        assert_eq!(name("Europe/Berlin\n"), Some("Europe/Berlin".to_owned()));
        assert_eq!(name("CET-1CEST,M3.5.0,M10.5.0/3"), None);
    }

    #[test]
    fn a_leap_in_spring_and_the_hour_that_comes_twice() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let local = |text: &str| text.parse::<NaiveDateTime>().unwrap().and_utc().timestamp();
        assert_eq!(berlin.offsets(local("2025-03-30T01:59:59")), Offsets::One(3600));
        assert_eq!(berlin.offsets(local("2025-03-30T02:30:00")), Offsets::One(3600));
        assert_eq!(berlin.offsets(local("2025-03-30T03:00:00")), Offsets::One(7200));
        assert_eq!(berlin.offsets(local("2025-10-26T02:30:00")), Offsets::Two(7200, 3600));
        assert_eq!(berlin.offset_named(b"CET", local("2025-10-26T02:30:00")), Some(3600));
        assert_eq!(berlin.offset_named(b"CEST", local("2025-10-26T02:30:00")), Some(7200));
        assert_eq!(berlin.offset_named(b"EDT", local("2025-10-26T02:30:00")), Some(-14400));
        assert_eq!(berlin.offset_named(b"+03", local("2025-10-26T02:30:00")), Some(10800));
        assert_eq!(berlin.offset_named(b"XYZ", local("2025-10-26T02:30:00")), None);
    }
}
