//! Points in time: one an hour, or one a day where there would be too many.

use chrono::{Duration, NaiveTime, Timelike};
use hashbrown::HashMap;

use crate::analyze::analysis::SeriesPoint;
use crate::analyze::frame::Frame;
use crate::fold::tally::{SERIES_STEP, SeriesCount, Tally};

/// Past so many days the series has a point a day instead of one an hour.
const HOURLY_DAYS: i64 = 14;

/// A series is filled with empty points up to this many; past it (a log with a wild stamp) only points with
/// something in them are shown.
const FILLED_POINTS: usize = 4000;

pub(super) fn series(tally: &Tally, frame: &Frame) -> Vec<SeriesPoint> {
    let times = tally.series.keys().map(|step| step * SERIES_STEP * 1_000_000);
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return Vec::new() };
    let daily = last - first > HOURLY_DAYS * 86_400_000_000;
    let begin = |time: i64| {
        let local = frame.local(time);
        let hour = if daily { 0 } else { local.hour() };
        local.date().and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default())
    };
    // Keyed by UTC so that the hour that comes twice in autumn is two points; days are local.
    let key = |time: i64| if daily { frame.utc(begin(time)) } else { time - into_hour(frame, time) };
    let mut points: HashMap<i64, SeriesCount> = HashMap::new();
    for (step, count) in &tally.series {
        *points.entry(key(step * SERIES_STEP * 1_000_000)).or_default() += *count;
    }
    let step = if daily { Duration::days(1) } else { Duration::hours(1) };
    let micros = step.num_microseconds().unwrap_or(i64::MAX);
    if ((last - first) / micros) as usize <= FILLED_POINTS {
        let mut at = key(first);
        while at <= last {
            points.entry(at).or_default();
            // Noon of the next day lies on the next day whatever the clocks do in between.
            at = if daily { key(at + micros + micros / 2) } else { at + micros };
        }
    }
    let mut points: Vec<(i64, SeriesCount)> = points.into_iter().collect();
    points.sort_unstable_by_key(|(start, _)| *start);
    let point = |(start, count): (i64, SeriesCount)| SeriesPoint {
        start: frame.time(start),
        delivered: count.delivered,
        delivered_local: count.delivered_local,
        deferred: count.deferred,
        bounced: count.bounced,
        expired: count.expired,
        rejected: count.rejected,
    };
    points.into_iter().map(point).collect()
}

/// Microseconds since the local hour began.
fn into_hour(frame: &Frame, time: i64) -> i64 {
    let local = frame.local(time);
    i64::from(local.minute() * 60 + local.second()) * 1_000_000 + time.rem_euclid(1_000_000)
}
