//! Times on the command line: `2026-11-20`, `yesterday`, `2h`, RFC 3339.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use mailrake::envelope::Zone;

use super::usage::Usage;

const HOUR: i64 = 3_600_000_000;

/// The present, in microseconds since 1970 UTC.
pub fn now() -> i64 {
    Utc::now().timestamp_micros()
}

/// This day on the host's clock, as `2026-11-25`.
pub fn today() -> String {
    local(now(), &Zone::of_this_host()).date().to_string()
}

/// `--since` and `--until`: the moment meant, in microseconds since 1970 UTC.
pub fn moment(option: &str, text: &str, zone: &Zone, now: i64) -> Result<i64, Usage> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.timestamp_micros());
    }
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(utc(local, zone));
        }
    }
    if let Some(day) = day_named(text, zone, now) {
        return Ok(utc(day.and_time(NaiveTime::MIN), zone));
    }
    span_of(text).map(|span| now - span).ok_or_else(|| {
        Usage(format!(
            "{option}: \"{text}\" is not a time\n  Use RFC 3339 (2026-11-20T08:00:00+01:00), 2026-11-20, yesterday, \
             today, 2h or 7d."
        ))
    })
}

/// `--day`: its beginning and its end.
pub fn day(text: &str, zone: &Zone, now: i64) -> Result<(i64, i64), Usage> {
    let wrong =
        || Usage(format!("--day: \"{text}\" is not a day\n  Use yesterday, today, or a date such as 2026-11-20."));
    let day = day_named(text, zone, now).ok_or_else(wrong)?;
    let next = day.checked_add_days(Days::new(1)).ok_or_else(wrong)?;
    Ok((utc(day.and_time(NaiveTime::MIN), zone), utc(next.and_time(NaiveTime::MIN), zone)))
}

/// `--last`: its length in microseconds.
pub fn span(text: &str) -> Result<i64, Usage> {
    span_of(text).ok_or_else(|| Usage(format!("--last: \"{text}\" is not a length of time\n  Use 90m, 24h or 7d.")))
}

/// `90m`, `24h`, `7d`.
fn span_of(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => HOUR / 3600,
        'm' => HOUR / 60,
        'h' => HOUR,
        'd' => 24 * HOUR,
        'w' => 7 * 24 * HOUR,
        _ => return None,
    };
    text[..text.len() - 1].parse::<u32>().ok().and_then(|n| i64::from(n).checked_mul(unit))
}

fn day_named(text: &str, zone: &Zone, now: i64) -> Option<NaiveDate> {
    let today = local(now, zone).date();
    match text {
        "today" => Some(today),
        "yesterday" => today.pred_opt(),
        _ => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
    }
}

fn local(micros: i64, zone: &Zone) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    match zone {
        Zone::Named(zone) => utc.with_timezone(zone).naive_local(),
        Zone::Fixed(offset) => utc.with_timezone(offset).naive_local(),
    }
}

/// A local time as UTC: the first of two, and the hour after a gap.
fn utc(local: NaiveDateTime, zone: &Zone) -> i64 {
    let at = |local: NaiveDateTime| match zone {
        Zone::Named(zone) => zone.from_local_datetime(&local).earliest().map(|t| t.timestamp_micros()),
        Zone::Fixed(offset) => offset.from_local_datetime(&local).earliest().map(|t| t.timestamp_micros()),
    };
    at(local).or_else(|| at(local + chrono::Duration::hours(1))).unwrap_or_else(|| local.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        "Europe/Berlin".parse().unwrap()
    }

    #[test]
    fn days_are_days_of_the_zone() {
        // 2026-03-29: the clocks go forward, the day has 23 hours.
        let (from, to) = day("2026-03-29", &berlin(), 0).unwrap();
        assert_eq!((to - from) / HOUR, 23);
        let noon = DateTime::parse_from_rfc3339("2026-11-21T00:30:00+01:00").unwrap().timestamp_micros();
        let (from, _) = day("yesterday", &berlin(), noon).unwrap();
        assert_eq!(DateTime::from_timestamp_micros(from).unwrap().to_rfc3339(), "2026-11-19T23:00:00+00:00");
        assert!(day("yesterdya", &berlin(), noon).is_err());
    }

    #[test]
    fn spans_count_back_from_now() {
        assert_eq!(moment("--since", "2h", &berlin(), 10 * HOUR).unwrap(), 8 * HOUR);
        assert_eq!(span("7d").unwrap(), 7 * 24 * HOUR);
        assert!(span("d").is_err());
        assert!(span("99999999999d").is_err());
        assert!(moment("--since", "soon", &berlin(), 0).is_err());
    }
}
