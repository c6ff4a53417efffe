//! The zone and the window in which figures are presented.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, SecondsFormat, TimeZone, Timelike, Utc};

use crate::envelope::Zone;

/// What the figures are presented with.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The zone of all times.
    pub zone: Zone,
    /// Its name.
    pub zone_name: String,
    /// The bounds that were asked for, in microseconds.
    pub since: Option<i64>,
    /// See `since`.
    pub until: Option<i64>,
}

impl Frame {
    /// A time as RFC 3339 with offset; with six digits only where it is no whole second.
    #[must_use]
    pub fn time(&self, micros: i64) -> String {
        let utc = DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default();
        match &self.zone {
            Zone::Named(zone) => rfc3339(utc.with_timezone(zone)),
            Zone::Fixed(offset) => rfc3339(utc.with_timezone(offset)),
        }
    }

    /// The same moment on the clock of the zone.
    #[must_use]
    pub fn local(&self, micros: i64) -> NaiveDateTime {
        let utc = DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default();
        match &self.zone {
            Zone::Named(zone) => utc.with_timezone(zone).naive_local(),
            Zone::Fixed(offset) => utc.with_timezone(offset).naive_local(),
        }
    }

    /// The first moment at which the clock of the zone shows this.
    #[must_use]
    pub fn utc(&self, local: NaiveDateTime) -> i64 {
        let utc = match &self.zone {
            Zone::Named(zone) => zone.from_local_datetime(&local).earliest().map(|t| t.to_utc()),
            Zone::Fixed(offset) => offset.from_local_datetime(&local).earliest().map(|t| t.to_utc()),
        };
        utc.unwrap_or_else(|| local.and_utc()).timestamp_micros()
    }
}

/// `2026-03-02T08:00:01+01:00`, as [`DateTime::to_rfc3339_opts`] writes it, but without its machinery: a report holds
/// two times a row.
fn rfc3339<Z: TimeZone<Offset: std::fmt::Display>>(of: DateTime<Z>) -> String {
    let (time, offset) = (of.naive_local(), of.offset().fix().local_minus_utc());
    let year = time.year();
    if !(0..=9999).contains(&year) || offset % 60 != 0 {
        let whole = time.nanosecond() == 0;
        return of.to_rfc3339_opts(if whole { SecondsFormat::Secs } else { SecondsFormat::Micros }, false);
    }
    let mut text = Vec::with_capacity(32);
    let mut two = |number: u32, before: &[u8]| {
        text.extend_from_slice(before);
        text.extend_from_slice(&[b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
    };
    let year = year.unsigned_abs();
    two(year / 100, b"");
    two(year % 100, b"");
    two(time.month(), b"-");
    two(time.day(), b"-");
    two(time.hour(), b"T");
    two(time.minute(), b":");
    two(time.second(), b":");
    let micros = time.nanosecond() / 1000;
    if micros > 0 {
        two(micros / 10_000, b".");
        two(micros / 100, b"");
        two(micros, b"");
    }
    let minutes = offset.unsigned_abs() / 60;
    two(minutes / 60, if offset < 0 { b"-" } else { b"+" });
    two(minutes % 60, b":");
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::FixedOffset;

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        let zones = [0, 3600, -12_600, 49_500].map(|seconds| FixedOffset::east_opt(seconds).unwrap());
        for micros in [0, 1, 999_999, 1_772_438_401_000_000, -62_135_596_800_000_000, 253_402_300_799_123_456, 1 << 60]
        {
            for zone in zones {
                let time = DateTime::<Utc>::from_timestamp_micros(micros).unwrap().with_timezone(&zone);
                let digits = if micros % 1_000_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
                assert_eq!(rfc3339(time), time.to_rfc3339_opts(digits, false));
            }
        }
    }
}
