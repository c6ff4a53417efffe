//! The zone and the window in which figures are presented.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};

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
        let digits = if micros % 1_000_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
        match &self.zone {
            Zone::Named(zone) => utc.with_timezone(zone).to_rfc3339_opts(digits, false),
            Zone::Fixed(offset) => utc.with_timezone(offset).to_rfc3339_opts(digits, false),
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
