//! What is drawn: bars, curves of one row, waits on a common axis.

use std::io;

use chrono::{DateTime, FixedOffset, Timelike};

use super::super::document::{Chart, Role, Step, Table, Value};
use super::super::words;
use super::line::{Line, columns};
use super::{NARROW, Page, TextStyle};

/// A bar of `percent` of `room` columns, in eighths of a column; what is more than nothing is seen.
pub(super) fn bar(percent: f64, room: usize, style: TextStyle) -> String {
    if percent <= 0.0 || room == 0 {
        return String::new();
    }
    let length = (percent / 100.0).min(1.0) * room as f64;
    if style.ascii {
        return "#".repeat((length.round() as usize).max(1));
    }
    let eighths = ((length * 8.0).round() as usize).max(1);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8).copied());
    bar
}

/// Heights of a curve, from the lowest that is not nothing.
fn heights(style: TextStyle) -> [char; 8] {
    if style.ascii {
        ['.', ':', '-', '=', '+', '*', '%', '#']
    } else {
        ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    }
}

/// How the steps of a chart fit into the columns there are.
struct Fit {
    /// Columns a step; 1 where steps are summed.
    per_step: usize,
    /// Steps a column.
    summed: usize,
    /// Steps before the first that belong to its column: columns of hours begin at 0, 3, 6 o'clock.
    offset: usize,
}

/// Columns of the names of the curves.
const NAMES: usize = 9;

/// Columns between a curve and its total.
fn apart(style: TextStyle) -> usize {
    if style.width < NARROW { 3 } else { 4 }
}

/// A chart is no wider than this.
const WIDEST: usize = 60;

impl Fit {
    fn of(chart: &Chart, style: TextStyle) -> Self {
        let steps = chart.starts.len().max(1);
        let (total, peak) = figure_columns(chart);
        let room = style.width.saturating_sub(2 + NAMES + 2 + apart(style) + total + 3 + peak).clamp(1, WIDEST);
        if steps <= room {
            let most = match style.width {
                ..NARROW => 1,
                NARROW..100 => 2,
                _ => 3,
            };
            return Self { per_step: (room / steps).min(most), summed: 1, offset: 0 };
        }
        let hour = chart.starts.first().map_or(0, |s| s.hour() as usize);
        let columns = |summed: usize| {
            let offset = if chart.step == Step::Hour { hour % summed } else { 0 };
            (offset, (steps + offset).div_ceil(summed))
        };
        // Parts of a day that divide it, then whole days; a column of days may have any number.
        let least = steps.div_ceil(room);
        let candidates: Vec<usize> = match chart.step {
            Step::Hour => [2, 3, 4, 6, 8, 12].into_iter().chain((1..).map(|d| d * 24).take(60)).collect(),
            Step::Day => (least..=least + 1).collect(),
        };
        let summed = candidates.into_iter().find(|s| columns(*s).1 <= room).unwrap_or(steps);
        Self { per_step: 1, summed, offset: columns(summed).0 }
    }

    fn columns(&self, steps: usize) -> usize {
        (steps + self.offset).div_ceil(self.summed) * self.per_step
    }

    /// The column at which a step begins.
    fn column(&self, step: usize) -> usize {
        (step + self.offset) / self.summed * self.per_step
    }
}

/// `UTC, one hour a column, each row to its own peak`
pub(super) fn aside(chart: &Chart, zone: &str, style: TextStyle) -> String {
    let fit = Fit::of(chart, style);
    let step = match (chart.step, fit.summed) {
        (Step::Hour, 1) => "one hour".to_owned(),
        (Step::Hour, 24) | (Step::Day, 1) => "one day".to_owned(),
        (Step::Hour, n) if n % 24 == 0 => format!("{} days", n / 24),
        (Step::Hour, n) => format!("{n} hours"),
        (Step::Day, n) => format!("{n} days"),
    };
    format!("{zone}, {step} a column, each row to its own peak")
}

/// How wide the totals are, and the peaks with their times.
fn figure_columns(chart: &Chart) -> (usize, usize) {
    let total =
        chart.curves.iter().map(|c| words::count(c.values.iter().sum()).len()).max().unwrap_or(0).max("total".len());
    let peaks = chart.curves.iter().map(|c| columns(&peak_time(chart, &c.values)));
    (total, peak_columns(chart) + peaks.max().unwrap_or(0))
}

/// How wide the numbers of the peaks are.
fn peak_columns(chart: &Chart) -> usize {
    let peaks = chart.curves.iter().map(|c| words::count(c.values.iter().copied().max().unwrap_or(0)).len());
    peaks.max().unwrap_or(0).max(3)
}

/// Do all steps lie on one day, as its hours tell them apart?
fn one_day(chart: &Chart) -> bool {
    chart.step == Step::Hour && chart.starts.len() <= 24
}

/// ` at 10`, ` at 03-04 10`, ` on 03-04`
fn peak_time(chart: &Chart, values: &[u64]) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    let at = values.iter().position(|v| *v == most).and_then(|i| chart.starts.get(i));
    let format = match chart.step {
        Step::Day => " on %m-%d",
        Step::Hour if one_day(chart) => " at %H",
        Step::Hour => " at %m-%d %H",
    };
    at.map(|t| t.format(format).to_string()).unwrap_or_default()
}

impl Page<'_> {
    /// A line of times, then a line for each curve.
    pub(super) fn chart(&mut self, chart: &Chart) -> io::Result<()> {
        drawn(chart, self.style).into_iter().try_for_each(|line| self.line(line))
    }
}

/// A chart in characters, as formats show it that can keep columns.
#[must_use]
pub fn lines(chart: &Chart, style: TextStyle) -> Vec<String> {
    drawn(chart, style).into_iter().map(|line| line.into_text().trim_end().to_owned()).collect()
}

fn drawn(chart: &Chart, style: TextStyle) -> Vec<Line> {
    let fit = Fit::of(chart, style);
    let width = fit.columns(chart.starts.len());
    let (total, _) = figure_columns(chart);
    let start = 2 + NAMES + 2;
    let mut line = Line::new(start);
    line.raw(Role::Muted, ticks(chart, &fit, width));
    line.pad_to(start + width + apart(style));
    line.raw(Role::Muted, format!("{:>total$}   peak", "total"));
    let mut lines = vec![line];
    for curve in &chart.curves {
        let mut line = Line::new(2);
        line.raw(Role::Plain, curve.name.to_owned());
        line.pad_to(start);
        line.raw(curve.role, spark(&curve.values, &fit, style));
        line.pad_to(start + width + apart(style));
        let most = words::count(curve.values.iter().copied().max().unwrap_or(0));
        let peak = peak_columns(chart);
        let time = peak_time(chart, &curve.values);
        line.raw(Role::Plain, format!("{:>total$}   {most:>peak$}{time}", words::count(curve.values.iter().sum())));
        lines.push(line);
    }
    lines
}

/// One row: each column as high as its share of the highest.
fn spark(values: &[u64], fit: &Fit, style: TextStyle) -> String {
    let mut sums = vec![0u64; fit.columns(values.len()) / fit.per_step];
    for (i, value) in values.iter().enumerate() {
        if let Some(sum) = sums.get_mut((i + fit.offset) / fit.summed) {
            *sum += value;
        }
    }
    let most = sums.iter().copied().max().unwrap_or(0);
    let heights = heights(style);
    let mut row = String::new();
    for sum in sums {
        let height = (u128::from(sum) * 8).div_ceil(u128::from(most.max(1))) as usize;
        let mark = height.checked_sub(1).and_then(|h| heights.get(h)).copied().unwrap_or(' ');
        row.extend(std::iter::repeat_n(mark, fit.per_step));
    }
    row
}

/// The times over the columns: every third hour of one day, else each day as far as there is room.
fn ticks(chart: &Chart, fit: &Fit, width: usize) -> String {
    let mut line = String::new();
    let mut last_day = None;
    for (i, start) in chart.starts.iter().enumerate() {
        let Some(label) = tick(chart, start, &mut last_day, i) else { continue };
        let column = fit.column(i);
        let free = line.is_empty() && column == 0 || column > line.len();
        if free && column + label.len() <= width.max(5) {
            line.push_str(&" ".repeat(column - line.len()));
            line.push_str(&label);
        }
    }
    line
}

fn tick(
    chart: &Chart,
    start: &DateTime<FixedOffset>,
    last_day: &mut Option<chrono::NaiveDate>,
    i: usize,
) -> Option<String> {
    if one_day(chart) {
        return start.hour().is_multiple_of(3).then(|| start.format("%H").to_string());
    }
    // The first day of a chart may be a rest of a few hours: its label stands there all the same.
    let new_day = *last_day != Some(start.date_naive());
    *last_day = Some(start.date_naive());
    (new_day && (i > 0 || start.hour() < 12)).then(|| start.format("%m-%d").to_string())
}

/// A common axis of waits, in minutes.
pub(super) struct Axis {
    /// Between two labels.
    tick_min: u64,
    /// How many ticks there are.
    ticks: u64,
}

impl Axis {
    /// The axis that holds every wait of the table.
    pub(super) fn of(table: &Table) -> Self {
        let waits = table.rows.iter().flatten().filter_map(|c| match c.value {
            Value::Wait(low, high, most) => low.max(high).max(most),
            _ => None,
        });
        let minutes = waits.max().unwrap_or(0).div_ceil(60).max(1);
        // One wait of days must not flatten all others: it runs out of the axis.
        let minutes = minutes.min(24 * 60);
        let tick_min = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360].into_iter().find(|t| minutes <= t * 4).unwrap_or(360);
        Self { tick_min, ticks: minutes.div_ceil(tick_min).max(1) }
    }

    /// `0   10   20   30   40`
    pub(super) fn heads(&self, room: usize, _style: TextStyle) -> String {
        let per_tick = self.per_tick(room);
        let mut line = String::new();
        for tick in 0..=self.ticks {
            let column = (tick as usize) * per_tick;
            let label = (tick * self.tick_min).to_string();
            let unit = if tick == self.ticks && column + label.len() + 4 <= room { " min" } else { "" };
            let label = label + unit;
            if column + label.len() > room {
                break;
            }
            if tick > 0 && column <= line.len() {
                continue;
            }
            while line.len() < column {
                line.push(' ');
            }
            line.push_str(&label);
        }
        line
    }

    /// Columns from one label to the next; the last one needs room for its own.
    fn per_tick(&self, room: usize) -> usize {
        (room.saturating_sub(3) / self.ticks as usize).clamp(1, 10)
    }

    /// `─────·██`: refused until, not tried, let in.
    pub(super) fn wait(
        &self,
        line: &mut Line,
        wait: (Option<u64>, Option<u64>, Option<u64>),
        room: usize,
        style: TextStyle,
    ) {
        let [refused, unknown, passed] = wait_marks(style);
        let per_minute = self.per_tick(room) as f64 / self.tick_min as f64;
        let column = |seconds: u64| ((seconds as f64 / 60.0 * per_minute).floor() as usize).min(room);
        let (low, high, most) = wait;
        let from = high.map_or(room, column);
        // What was refused later than another was let in is let in, as far as a line can tell.
        let until = low.map_or(0, |low| (column(low) + 1).min(from));
        let end = high.map_or(0, |high| column(most.unwrap_or(high).max(high)) + 1).min(room);
        line.raw(Role::Deferred, refused.to_string().repeat(until));
        if high.is_some() {
            line.raw(Role::Muted, unknown.to_string().repeat(from.saturating_sub(until)));
            line.raw(Role::Delivered, passed.to_string().repeat(end.saturating_sub(from)));
        }
    }
}

/// Refused, not tried, let in.
fn wait_marks(style: TextStyle) -> [char; 3] {
    if style.ascii { ['-', '.', '#'] } else { ['─', '·', '█'] }
}

/// What the marks of waits mean.
pub(super) fn wait_key(style: TextStyle) -> String {
    let [refused, unknown, passed] = wait_marks(style);
    format!("{refused}\u{a0}still refused, {unknown}\u{a0}not tried, {passed}\u{a0}let in.")
}
