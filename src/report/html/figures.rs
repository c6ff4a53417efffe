//! What is drawn of tables and sums: parts of a whole, rates, waits.

use super::super::document::{Cell, Figure, Role, Shares, Table, Value};
use super::super::words;
use super::Page;
use super::svg::{Bar, fill};

/// Names of domains in drawings are cut: there is no second line.
const NAME: usize = 40;

/// Waits that are drawn; the table has the others.
const WAITS: usize = 12;

/// Is anything drawn of it?
pub(super) fn is_drawn(table: &Table) -> bool {
    table.figure != Figure::None && !table.rows.is_empty()
}

/// A row of a table that is drawn: its name, its counts, its share, its colour.
struct Row<'a> {
    name: &'a str,
    counts: Vec<u64>,
    percent: Option<f64>,
    role: Role,
}

fn rows(table: &Table) -> Vec<Row<'_>> {
    table.rows.iter().map(|cells| Row::of(cells)).collect()
}

impl<'a> Row<'a> {
    fn of(cells: &'a [Cell]) -> Self {
        let mut row = Self { name: "", counts: Vec::new(), percent: None, role: Role::Plain };
        for cell in cells {
            match &cell.value {
                Value::Text(text) => row.name = text,
                Value::Count(n) => row.counts.push(*n),
                Value::Percent(p) | Value::PercentSign(p) => row.percent = Some(*p),
                Value::Bar(_) => row.role = cell.role,
                _ => {}
            }
        }
        row
    }
}

impl Page {
    /// Draws a table; true where the drawing says all that the table says.
    pub(super) fn figure(&mut self, table: &Table, about: &str) -> bool {
        match table.figure {
            Figure::None => false,
            Figure::Parts => {
                self.parts(table, about);
                false
            }
            Figure::Rates => {
                self.rates(table, about);
                true
            }
            Figure::Waits => {
                self.waits(table, about);
                false
            }
        }
    }

    fn parts(&mut self, table: &Table, about: &str) {
        let rows = rows(table);
        let parts: Vec<(&str, u64, Role)> =
            rows.iter().map(|r| (r.name, r.counts.first().copied().unwrap_or(0), r.role)).collect();
        self.one_bar(&parts, about);
        self.end_drawing(&[]);
    }

    /// Parts of a whole that stand in no table: with a key.
    pub(super) fn shares(&mut self, shares: &Shares) {
        let parts: Vec<(&str, u64, Role)> = shares.parts.iter().map(|p| (p.name.as_str(), p.count, p.bar)).collect();
        self.one_bar(&parts, shares.title);
        let key: Vec<(&'static str, String)> = shares.parts.iter().map(|p| (fill(p.bar), p.name.clone())).collect();
        self.end_drawing(&key);
    }

    /// One bar, its parts apart by a gap; of two that follow each other in one colour the second is paler.
    fn one_bar(&mut self, parts: &[(&str, u64, Role)], title: &str) {
        const WIDTH: f64 = 1000.0;
        const GAP: f64 = 3.0;
        let all: u64 = parts.iter().map(|p| p.1).sum();
        let says: Vec<String> = parts
            .iter()
            .map(|(name, n, _)| format!("{name} {} ({})", words::count(*n), words::percent(*n, all)))
            .collect();
        self.drawing(true, (WIDTH, 24.0), title, &says.join(", "));
        let mut x = 0.0;
        let mut pale = false;
        let mut before = None;
        for (name, n, role) in parts {
            pale = before == Some(*role) && !pale;
            before = Some(*role);
            let width = *n as f64 / all.max(1) as f64 * WIDTH;
            let bar = Bar { x, y: 0.0, width: (width - GAP).max(2.0), height: 24.0 };
            self.out.tag(if pale { "<g fill-opacity=\".6\">" } else { "" });
            self.out.named_bar(fill(*role), bar, &format!("{name}: {}", words::count(*n)));
            self.out.tag(if pale { "</g>" } else { "" });
            x += width;
        }
    }

    /// A bar for each row, its figures beside it.
    fn rates(&mut self, table: &Table, about: &str) {
        const LEFT: f64 = 122.0;
        const ROOM: f64 = 250.0;
        const STEP: f64 = 34.0;
        let rows = rows(table);
        let most = rows.iter().filter_map(|r| r.percent).fold(1.0, f64::max);
        let of = |r: &Row<'_>| match r.counts.as_slice() {
            [tries, delivered, ..] if *tries > 0 => words::part_of(*delivered, *tries),
            _ => "no tries".to_owned(),
        };
        let says: Vec<String> = rows.iter().map(|r| format!("{}: {}", r.name, of(r))).collect();
        let title = format!("{about}: share delivered by time waited");
        self.drawing(false, (520.0, STEP * rows.len() as f64), &title, &says.join("; "));
        for (i, row) in rows.iter().enumerate() {
            let y = STEP * i as f64;
            let base = y + 19.0;
            self.out.label(" text-anchor=\"end\"", (LEFT - 10.0, base), row.name);
            self.out.bar("c-line", Bar { x: LEFT, y: y + 2.0, width: 1.5, height: 24.0 });
            let Some(percent) = row.percent else {
                self.out.label(" class=\"m\"", (LEFT + 9.0, base), &of(row));
                continue;
            };
            let width = (percent / most * ROOM).max(0.5);
            self.out.bar("c-del", Bar { x: LEFT + 1.0, y: y + 4.0, width, height: 20.0 });
            self.out.tag("<text x=\"").number(LEFT + 9.0 + width).tag("\" y=\"").number(base).tag("\">");
            self.out.text(&words::decimal(percent)).tag("\u{a0}% <tspan class=\"m\">").text(&of(row));
            self.out.tag("</tspan></text>");
        }
        self.end_drawing(&[]);
    }

    /// For each domain: still refused, not tried, let in, on one axis of minutes.
    fn waits(&mut self, table: &Table, about: &str) {
        const STEP: f64 = 56.0;
        const LEFT: f64 = 6.0;
        const ROOM: f64 = 490.0;
        let rows: Vec<Wait<'_>> = table.rows.iter().filter_map(|cells| Wait::of(cells)).take(WAITS).collect();
        let longest = rows.iter().filter_map(|w| w.low.max(w.high).max(w.most)).max().unwrap_or(0);
        // One wait of days must not flatten all others: it runs out of the axis.
        let minutes = longest.div_ceil(60).clamp(1, 24 * 60);
        let tick = [1, 2, 5, 10, 15, 30, 60, 120, 240].into_iter().find(|t| minutes <= t * 6).unwrap_or(360);
        let x = |seconds: u64| LEFT + (seconds as f64 / 60.0 / minutes as f64).min(1.0) * ROOM;
        let bottom = STEP * rows.len() as f64;
        let says: Vec<String> = rows.iter().map(Wait::says).collect();
        let title = format!("{about}: windows per domain, in minutes since the first refusal");
        self.drawing(false, (520.0, bottom + 24.0), &title, &says.join("; "));
        for at in (0..=minutes / tick).map(|i| i * tick) {
            self.out.line("g", (x(at * 60), 0.0), (x(at * 60), bottom));
            let unit = if at == 0 { "0\u{a0}min".to_owned() } else { words::count(at) };
            let anchor = if at == 0 { " class=\"m\"" } else { " class=\"m\" text-anchor=\"middle\"" };
            self.out.label(anchor, (if at == 0 { 0.0 } else { x(at * 60) }, bottom + 18.0), &unit);
        }
        for (i, wait) in rows.iter().enumerate() {
            let y = STEP * i as f64;
            self.out.tag("<text x=\"").number(LEFT).tag("\" y=\"").number(y + 15.0).tag("\">");
            self.out
                .text(&short(wait.domain))
                .tag(" <tspan class=\"m\">")
                .text(&words::part_of(wait.passed.0, wait.passed.1));
            self.out.tag("</tspan></text><g><title>").text(&wait.says()).tag("</title>");
            // What was refused later than another was let in is let in, as far as a bar can tell.
            let from = wait.high.map_or(LEFT + ROOM, x);
            let until = x(wait.low.unwrap_or(0)).min(from).max(LEFT + 2.0);
            self.out.bar("c-def", Bar { x: LEFT, y: y + 30.0, width: until - LEFT, height: 8.0 });
            if wait.high.is_some() {
                let end = x(wait.most.max(wait.high).unwrap_or(0)).max(from + 2.0);
                self.out.bar("c-unk", Bar { x: until, y: y + 27.0, width: (from - until).max(0.0), height: 14.0 });
                self.out.bar("c-del", Bar { x: from, y: y + 24.0, width: end - from, height: 20.0 });
            }
            self.out.tag("</g>");
        }
        let key = [("c-def", "still refused"), ("c-unk", "not tried"), ("c-del", "let in")];
        self.end_drawing(&key.map(|(class, name)| (class, name.to_owned())));
    }
}

/// The waits of one domain.
struct Wait<'a> {
    domain: &'a str,
    passed: (u64, u64),
    low: Option<u64>,
    high: Option<u64>,
    most: Option<u64>,
}

impl<'a> Wait<'a> {
    fn of(cells: &'a [Cell]) -> Option<Self> {
        let mut wait = Self { domain: "", passed: (0, 0), low: None, high: None, most: None };
        let mut found = false;
        for cell in cells {
            match &cell.value {
                Value::Text(text) => wait.domain = text,
                Value::Part(part, whole) => wait.passed = (*part, *whole),
                Value::Wait(low, high, most) => {
                    (wait.low, wait.high, wait.most) = (*low, *high, *most);
                    found = true;
                }
                _ => {}
            }
        }
        found.then_some(wait)
    }

    /// `quietmail.example: refused until 9:44, let in from 15:00 to 19:49`
    fn says(&self) -> String {
        let clock = |s: u64| words::clock(s as f64);
        let mut says = format!("{}:", words::name(self.domain));
        if let Some(low) = self.low {
            says += &format!(" refused until {}", clock(low));
        }
        if let Some(high) = self.high {
            says += &format!("{} let in from {}", if self.low.is_some() { "," } else { "" }, clock(high));
        }
        if let Some(most) = self.most.filter(|most| Some(*most) > self.high) {
            says += &format!(" to {}", clock(most));
        }
        says
    }
}

/// The end of a name, where there is no room for all of it.
fn short(name: &str) -> String {
    match name.chars().count() {
        ..=NAME => name.to_owned(),
        n => std::iter::once('…').chain(name.chars().skip(n - NAME + 1)).collect(),
    }
}
