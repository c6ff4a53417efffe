//! The day: when did it happen, and is it over?

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike};

use super::{Block, Role, Section};
use crate::analyze::Analysis;
use crate::analyze::analysis::SeriesPoint;
use crate::report::words;

/// Curves over time.  All have as many values as there are steps from the first to the last.
#[derive(Debug, Clone)]
pub struct Chart {
    /// How long a step is.
    pub step: Step,
    /// The beginning of each step.
    pub starts: Vec<DateTime<FixedOffset>>,
    /// Outcomes, in the order of the story.
    pub curves: Vec<Curve>,
}

/// How long a step of a chart is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

/// One outcome over time.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Its name.
    pub name: &'static str,
    /// Its colour.
    pub role: Role,
    /// How often in each step.
    pub values: Vec<u64>,
}

/// An hourly series ends here (contract, section 3): past it every point is a day.
const HOURLY_DAYS: i64 = 14;

/// More steps than a report can show: a stamp far from all others must not cost memory.
const MOST_STEPS: usize = 40_000;

/// Section 3 of the report.
pub(super) fn section(analysis: &Analysis) -> Option<Section> {
    let chart = chart(&analysis.series)?;
    let days = match (chart.starts.first(), chart.starts.last()) {
        (Some(a), Some(b)) => (*b - *a).num_hours() / 24,
        _ => 0,
    };
    let title = if days == 0 { "The day" } else { "The days" };
    let aside = analysis.window.timezone.clone();
    Some(Section { id: "day", title: title.to_owned(), aside, blocks: vec![Block::Chart(chart)] })
}

/// The chart of a series, its gaps filled with nothing.
fn chart(series: &[SeriesPoint]) -> Option<Chart> {
    let mut points: Vec<(DateTime<FixedOffset>, &SeriesPoint)> =
        series.iter().filter_map(|p| Some((words::time(&p.start)?, p))).collect();
    points.sort_by_key(|(at, _)| *at);
    let (first, last) = (points.first()?.0, points.last()?.0);
    let daily = (last - first).num_days() > HOURLY_DAYS && points.iter().all(|(at, _)| at.hour() == 0);
    let step = if daily { Step::Day } else { Step::Hour };
    // Days are counted on the calendar, hours on the clock: a day may have 23 or 25 of them.
    let index = |at: DateTime<FixedOffset>| {
        usize::try_from(match step {
            Step::Day => i64::from(at.date_naive().num_days_from_ce() - first.date_naive().num_days_from_ce()),
            Step::Hour => (at - first).num_hours(),
        })
        .unwrap_or_default()
    };
    let steps = index(last) + 1;
    if steps > MOST_STEPS {
        return None;
    }
    let mut starts = vec![first; steps];
    let mut at = 0;
    let mut offset = *first.offset();
    for (i, start) in starts.iter_mut().enumerate() {
        // Between two points the offset of the earlier one holds.
        while let Some((time, _)) = points.get(at).filter(|(time, _)| index(*time) <= i) {
            offset = *time.offset();
            at += 1;
        }
        *start = match step {
            Step::Hour => (first + chrono::TimeDelta::hours(i as i64)).with_timezone(&offset),
            Step::Day => midnight(first.date_naive() + chrono::Days::new(i as u64), offset).unwrap_or(first),
        };
    }
    let curve = |name, role, value: fn(&SeriesPoint) -> u64| {
        let mut values = vec![0; steps];
        for (at, point) in &points {
            if let Some(sum) = values.get_mut(index(*at)) {
                *sum += value(point);
            }
        }
        Curve { name, role, values }
    };
    let curves: Vec<Curve> = [
        curve("delivered", Role::Delivered, |p| p.delivered.saturating_sub(p.delivered_local)),
        curve("deferred", Role::Deferred, |p| p.deferred),
        curve("bounced", Role::Bounced, |p| p.bounced),
        curve("expired", Role::Expired, |p| p.expired),
        curve("rejected", Role::Refused, |p| p.rejected),
    ]
    .into_iter()
    .filter(|c| c.values.iter().any(|v| *v > 0))
    .collect();
    (!curves.is_empty()).then_some(Chart { step, starts, curves })
}

fn midnight(day: NaiveDate, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    day.and_hms_opt(0, 0, 0)?.and_local_timezone(offset).single()
}
