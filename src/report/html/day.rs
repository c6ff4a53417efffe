//! The day as a drawing: what was delivered above the line, what failed below it, on one scale.

use chrono::{DateTime, FixedOffset, Timelike};

use super::super::document::{Chart, Role, Step};
use super::super::words;
use super::Page;
use super::svg::{Bar, fill};

/// Columns of a drawing at most.
const COLUMNS: usize = 72;

/// The size of the drawing, and where its columns are.
const WIDTH: f64 = 520.0;
const LEFT: f64 = 40.0;
const TOP: f64 = 8.0;
const HEIGHT: f64 = 236.0;

/// Room between two labels.
const APART: f64 = 54.0;

/// Steps summed so that they fit.
struct Columns {
    /// Steps a column.
    summed: usize,
    starts: Vec<DateTime<FixedOffset>>,
    /// A row for each curve.
    values: Vec<Vec<u64>>,
}

impl Columns {
    fn of(chart: &Chart) -> Self {
        let steps = chart.starts.len();
        // Columns of hours begin at 0, 3, 6 o'clock.
        let hour = chart.starts.first().map_or(0, |s| s.hour() as usize);
        let offset = |summed: usize| if chart.step == Step::Hour { hour % summed } else { 0 };
        let columns = |summed: usize| (steps + offset(summed)).div_ceil(summed);
        let summed = match chart.step {
            Step::Hour => {
                let parts = [1, 2, 3, 4, 6, 8, 12].into_iter().chain((1..100).map(|d| d * 24));
                parts.into_iter().find(|s| columns(*s) <= COLUMNS)
            }
            Step::Day => Some(steps.div_ceil(COLUMNS)),
        };
        let summed = summed.unwrap_or(steps).max(1);
        let column = |step: usize| (step + offset(summed)) / summed;
        let starts = chart.starts.iter().enumerate();
        let starts = starts.filter(|(i, _)| *i == 0 || column(*i) != column(i - 1)).map(|(_, s)| *s).collect();
        let sums = |values: &Vec<u64>| {
            let mut sums = vec![0; columns(summed)];
            for (i, value) in values.iter().enumerate() {
                if let Some(sum) = sums.get_mut(column(i)) {
                    *sum += value;
                }
            }
            sums
        };
        Self { summed, starts, values: chart.curves.iter().map(|c| sums(&c.values)).collect() }
    }

    /// `hour`, `3 hours`, `day`, `5 days`
    fn unit(&self, step: Step) -> String {
        match (step, self.summed) {
            (Step::Hour, 1) => "hour".to_owned(),
            (Step::Hour, 24) | (Step::Day, 1) => "day".to_owned(),
            (Step::Hour, n) if n.is_multiple_of(24) => format!("{} days", n / 24),
            (Step::Hour, n) => format!("{n} hours"),
            (Step::Day, n) => format!("{n} days"),
        }
    }
}

/// What was refused here is nobody's failure and stands in a section of its own.
fn is_drawn(role: Role) -> bool {
    role != Role::Refused
}

impl Page {
    /// The drawing, and its numbers folded beneath.
    pub(super) fn chart(&mut self, chart: &Chart, zone: &str) {
        let columns = Columns::of(chart);
        let unit = columns.unit(chart.step);
        let out = &mut self.out;
        out.tag("<p class=\"mute\">Per ").text(&unit).tag(", ").text(zone);
        out.tag(": deliveries above the line; failed tries and expired recipients below, on the same scale.</p>\n");
        let peak = |values: &[u64]| values.iter().copied().max().unwrap_or(0);
        let says: Vec<String> = chart
            .curves
            .iter()
            .zip(&columns.values)
            .filter(|(c, _)| is_drawn(c.role))
            .map(|(c, v)| format!("{} {}, at most {}", words::count(v.iter().sum()), c.name, words::count(peak(v))))
            .collect();
        let title = format!("Deliveries and failures per {unit}");
        self.drawing(false, (WIDTH, TOP + HEIGHT + 28.0), &title, &says.join("; "));
        self.columns(chart, &columns);
        let drawn = chart.curves.iter().filter(|c| is_drawn(c.role));
        let key = drawn.map(|c| (fill(c.role), format!("{} {}", c.name, words::count(c.values.iter().sum()))));
        let key: Vec<_> = key.collect();
        self.end_drawing(&key);
        self.numbers(chart, &columns, &unit);
    }

    fn columns(&mut self, chart: &Chart, columns: &Columns) {
        let above = |role: Role| role == Role::Delivered;
        // The highest stack on each side of the line.
        let highest = |side: bool| {
            let stack = |i: usize| -> u64 {
                let curves = chart.curves.iter().zip(&columns.values);
                let mine = curves.filter(|(c, _)| is_drawn(c.role) && above(c.role) == side);
                mine.filter_map(|(_, v)| v.get(i)).sum()
            };
            (0..columns.starts.len()).map(stack).max().unwrap_or(0)
        };
        let (up, down) = (highest(true), highest(false));
        let scale = HEIGHT / (up + down).max(1) as f64;
        let zero = TOP + up as f64 * scale;
        let tick = tick(up + down);
        for (most, sign) in [(up, -1.0), (down, 1.0)] {
            for at in (1..=most / tick).map(|i| i * tick) {
                let y = zero + sign * at as f64 * scale;
                self.out.line("g", (LEFT, y), (WIDTH, y));
                self.out.label(" class=\"m\" text-anchor=\"end\"", (LEFT - 6.0, y + 4.0), &words::count(at));
            }
        }
        let each = (WIDTH - LEFT) / columns.starts.len().max(1) as f64;
        let one_day = chart.step == Step::Hour && chart.starts.len() <= 24;
        let mut free = 0.0;
        let mut last_day = None;
        for (i, start) in columns.starts.iter().enumerate() {
            let x = LEFT + each * i as f64 + each * 0.06;
            let width = each * 0.88;
            let mut names = vec![];
            self.out.tag("<g>");
            let (mut top, mut bottom) = (zero, zero);
            let time = start.format(if one_day { "%H:%M" } else { "%m-%d %H:%M" }).to_string();
            let mut bars = Vec::new();
            for (curve, values) in chart.curves.iter().zip(&columns.values).filter(|(c, _)| is_drawn(c.role)) {
                let value = values.get(i).copied().unwrap_or(0);
                names.push(format!("{} {}", words::count(value), curve.name));
                if value == 0 {
                    continue;
                }
                let height = value as f64 * scale;
                let y = if above(curve.role) { top - height } else { bottom };
                if above(curve.role) {
                    top -= height
                } else {
                    bottom += height
                }
                bars.push((fill(curve.role), Bar { x, y, width, height }));
            }
            self.out.tag("<title>").text(&format!("{time}: {}", names.join(", "))).tag("</title>");
            for (class, bar) in bars {
                self.out.bar(class, bar);
            }
            self.out.tag("</g>");
            let new_day = last_day != Some(start.date_naive());
            last_day = Some(start.date_naive());
            let middle = x + width / 2.0;
            let wanted = if one_day { start.hour().is_multiple_of(3) } else { new_day };
            if wanted && middle >= free {
                let label = start.format(if one_day { "%H" } else { "%m-%d" }).to_string();
                let anchor = " class=\"m\" text-anchor=\"middle\"";
                self.out.label(anchor, (middle.clamp(LEFT + 10.0, WIDTH - 16.0), TOP + HEIGHT + 22.0), &label);
                free = middle + if one_day { 30.0 } else { APART };
            }
        }
        self.out.line("ax", (LEFT, zero), (WIDTH, zero));
    }

    /// What the columns say, for who cannot point at them.
    fn numbers(&mut self, chart: &Chart, columns: &Columns, unit: &str) {
        let out = &mut self.out;
        out.tag("<details><summary>Numbers <span class=\"mute\">(")
            .text(&words::counted(columns.starts.len() as u64, "row"));
        out.tag(")</span></summary><div class=\"tw\" tabindex=\"0\" role=\"region\" aria-label=\"Per ").text(unit);
        out.tag("\"><table><caption>Per ").text(unit).tag("</caption><thead><tr><th scope=\"col\">from</th>");
        for curve in &chart.curves {
            out.tag("<th scope=\"col\" class=\"n\">").tag(curve.name).tag("</th>");
        }
        out.tag("</tr></thead>\n<tbody>");
        for (i, start) in columns.starts.iter().enumerate() {
            out.tag("<tr><th scope=\"row\">").text(&start.format("%m-%d\u{a0}%H:%M").to_string()).tag("</th>");
            for values in &columns.values {
                out.tag("<td class=\"n\">").text(&words::count(values.get(i).copied().unwrap_or(0))).tag("</td>");
            }
            out.tag("</tr>\n");
        }
        out.tag("</tbody></table></div></details>\n");
    }
}

/// 1, 2 or 5 times a power of ten, so that a handful of lines fit.
fn tick(span: u64) -> u64 {
    let mut ten = 1u64;
    loop {
        for step in [1, 2, 5].map(|s| ten.saturating_mul(s)) {
            if span / step <= 5 {
                return step;
            }
        }
        ten = ten.saturating_mul(10);
    }
}
