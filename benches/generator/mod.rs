//! Writes mail logs of any size in the true shapes of each MTA, and the truth beside them.
//!
//! A host is played: letters are handed in, each recipient's fate is drawn, retries follow the queue's schedule, and
//! every line is written in the order of its time.  The truth counts a verdict when its line is written, so that it
//! holds for a log cut anywhere.  The same [`Plan`] always gives the same bytes.
//!
//! `Nov  3 09:15:02 mx1 postfix/smtp[2113]: 4F1A0A20311: to=<anna.berg@fernwood-3.example>, ...`

mod exim;
mod postfix;
mod sendmail;
mod world;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};

use world::{Letter, World};

/// A second, in microseconds.
const SECOND: i64 = 1_000_000;

/// The MTA and the envelope of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Postfix through syslog, RFC 3164 stamps.
    Postfix,
    /// Postfix through rsyslog, ISO stamps with microseconds.
    PostfixIso,
    /// Exim's own main log.
    Exim,
    /// Sendmail through syslog, RFC 3164 stamps.
    Sendmail,
}

impl Shape {
    /// All shapes with their names on the command line.
    pub const ALL: [(&'static str, Shape); 4] = [
        ("postfix", Shape::Postfix),
        ("postfix-iso", Shape::PostfixIso),
        ("exim", Shape::Exim),
        ("sendmail", Shape::Sendmail),
    ];
}

/// What to write.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Whose log.
    pub shape: Shape,
    /// How the host lives.
    pub host: Host,
    /// Bytes to write, about: the log ends with the first line that reaches them.
    pub size: u64,
    /// The same seed, the same log.
    pub seed: u64,
}

/// How a host lives.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// Letters handed in an hour.
    pub letters_an_hour: i64,
    /// Recipient domains.
    pub domains: usize,
    /// Of a thousand first tries so many are deferred.
    pub deferred: u64,
    /// Of a thousand tries so many are refused for good.
    pub bounced: u64,
    /// Of a thousand sessions so many are refused.
    pub rejected: u64,
    /// Of a thousand failures so many make the sender send the letter again at once.
    pub resent: u64,
}

impl Host {
    /// One in eight deliveries is deferred; thousands of domains.
    pub const BUSY: Host =
        Host { letters_an_hour: 20_000, domains: 5000, deferred: 143, bounced: 25, rejected: 150, resent: 60 };
    /// The same with fewer letters an hour: retries and expiries lie close together.
    pub const DENSE: Host = Host { letters_an_hour: 2000, ..Host::BUSY };
    /// Few letters, few troubles.
    pub const CALM: Host =
        Host { letters_an_hour: 600, domains: 400, deferred: 8, bounced: 4, rejected: 20, resent: 5 };
}

/// What became of the tries at one domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub delivered: u64,
    pub deferred: u64,
    pub bounced: u64,
    pub expired: u64,
}

/// What the log holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    pub bytes: u64,
    pub lines: u64,
    /// By recipient domain, remote ones only.
    pub domains: BTreeMap<String, Verdicts>,
    /// Notices into mailboxes of the host.
    pub delivered_local: u64,
    /// Clients refused.
    pub rejected: u64,
}

impl Truth {
    /// The verdicts of all domains.
    pub fn totals(&self) -> Verdicts {
        self.domains.values().fold(Verdicts::default(), |sum, one| Verdicts {
            delivered: sum.delivered + one.delivered,
            deferred: sum.deferred + one.deferred,
            bounced: sum.bounced + one.bounced,
            expired: sum.expired + one.expired,
        })
    }

    /// Writes it as JSON.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        let verdicts = |v: &Verdicts| {
            format!(
                r#""delivered": {}, "deferred": {}, "bounced": {}, "expired": {}"#,
                v.delivered, v.deferred, v.bounced, v.expired
            )
        };
        writeln!(out, r#"{{"bytes": {}, "lines": {},"#, self.bytes, self.lines)?;
        let (local, rejected) = (self.delivered_local, self.rejected);
        let totals = verdicts(&self.totals());
        writeln!(out, r#" "totals": {{{totals}, "delivered_local": {local}, "rejected": {rejected}}},"#)?;
        writeln!(out, r#" "domains": {{"#)?;
        for (i, (domain, one)) in self.domains.iter().enumerate() {
            let comma = if i + 1 < self.domains.len() { "," } else { "" };
            writeln!(out, r#"  "{domain}": {{{}}}{comma}"#, verdicts(one))?;
        }
        writeln!(out, " }}}}")
    }
}

/// What a line says of whom, once it is written.
#[derive(Debug, Clone)]
pub enum Effect {
    None,
    /// Recipients of these domains were delivered to.
    Delivered(Vec<usize>),
    Deferred(Vec<usize>),
    Bounced(Vec<usize>),
    Expired(Vec<usize>),
    DeliveredLocal,
    Rejected,
}

/// A line that waits for its time.
struct Waiting {
    at: i64,
    number: u64,
    /// Tag and pid: `postfix/smtp[2113]`.
    tag: String,
    text: String,
    effect: Effect,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// Lines to come, earliest first.
#[derive(Default)]
pub struct Lines {
    heap: BinaryHeap<Reverse<Waiting>>,
    number: u64,
}

impl Lines {
    /// A line to be written at `at`.
    pub fn push(&mut self, at: i64, tag: impl Into<String>, text: String, effect: Effect) {
        self.number += 1;
        self.heap.push(Reverse(Waiting { at, number: self.number, tag: tag.into(), text, effect }));
    }
}

/// xorshift64*: good enough to draw fates by, and the same everywhere.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// Between, the end not included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from) as u64) as i64
    }

    /// True in `of_1000` of a thousand cases.
    pub fn chance(&mut self, of_1000: u64) -> bool {
        self.below(1000) < of_1000
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// The log begins at 2025-03-03 08:00:00 UTC.
pub const BEGIN: i64 = 1_740_988_800 * SECOND;

/// The host that logs.
const HOST: &str = "mx1";

/// Writes a log and returns the truth about it.
pub fn write(plan: &Plan, out: impl Write) -> io::Result<Truth> {
    let mut log =
        Log { out, shape: plan.shape, truth: Truth::default(), line: Vec::new(), secs: i64::MIN, stamp: String::new() };
    let mut world = World::new(plan.host, plan.seed);
    let mut lines = Lines::default();
    let mut again: BinaryHeap<Reverse<(i64, u64, Box<Letter>)>> = BinaryHeap::new();
    let mut clock = BEGIN;
    let mut number = 0;
    let gap = 3600 * SECOND / plan.host.letters_an_hour;
    while log.truth.bytes < plan.size {
        clock += world.rng.between(1, 2 * gap);
        while let Some(Reverse((at, _, _))) = again.peek()
            && *at <= clock
            && let Some(Reverse((at, _, letter))) = again.pop()
        {
            play(plan.shape, &mut world, &mut lines, world::again(&letter, at), &mut again, &mut number);
        }
        if world.rng.chance(plan.host.rejected) {
            let stranger = world.stranger();
            match plan.shape {
                Shape::Postfix | Shape::PostfixIso => postfix::stranger(&mut world, &mut lines, clock, &stranger),
                Shape::Exim => exim::stranger(&mut world, &mut lines, clock, &stranger),
                Shape::Sendmail => sendmail::stranger(&mut world, &mut lines, clock, &stranger),
            }
        }
        let letter = world.letter(clock);
        play(plan.shape, &mut world, &mut lines, letter, &mut again, &mut number);
        while let Some(Reverse(line)) = lines.heap.peek()
            && line.at <= clock
            && let Some(Reverse(line)) = lines.heap.pop()
        {
            log.write(&world, &line)?;
            if log.truth.bytes >= plan.size {
                break;
            }
        }
    }
    log.out.flush()?;
    Ok(log.truth)
}

/// Draws a letter's fate and puts down its lines; a sender who saw it fail may send it again.
fn play(
    shape: Shape,
    world: &mut World,
    lines: &mut Lines,
    mut letter: Letter,
    again: &mut BinaryHeap<Reverse<(i64, u64, Box<Letter>)>>,
    number: &mut u64,
) {
    let resend = world.draw_fate(&mut letter);
    match shape {
        Shape::Postfix | Shape::PostfixIso => postfix::letter(world, lines, &letter),
        Shape::Exim => exim::letter(world, lines, &letter),
        Shape::Sendmail => sendmail::letter(world, lines, &letter),
    }
    if let Some(at) = resend {
        *number += 1;
        again.push(Reverse((at, *number, Box::new(letter))));
    }
}

/// The log that is being written.
struct Log<W> {
    out: W,
    shape: Shape,
    truth: Truth,
    line: Vec<u8>,
    secs: i64,
    stamp: String,
}

impl<W: Write> Log<W> {
    fn write(&mut self, world: &World, line: &Waiting) -> io::Result<()> {
        let secs = line.at.div_euclid(SECOND);
        if secs != self.secs {
            self.secs = secs;
            self.stamp = stamp(self.shape, secs);
        }
        self.line.clear();
        match self.shape {
            Shape::Postfix | Shape::Sendmail => write!(self.line, "{} {HOST} {}: {}", self.stamp, line.tag, line.text)?,
            Shape::PostfixIso => {
                let micros = line.at.rem_euclid(SECOND);
                write!(self.line, "{}.{micros:06}+00:00 {HOST} {}: {}", self.stamp, line.tag, line.text)?;
            }
            Shape::Exim => write!(self.line, "{} {}", self.stamp, line.text)?,
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.truth.bytes += self.line.len() as u64;
        self.truth.lines += 1;
        let mut count = |domains: &[usize], add: fn(&mut Verdicts)| {
            for &domain in domains {
                add(self.truth.domains.entry(world.domains[domain].name.clone()).or_default());
            }
        };
        match &line.effect {
            Effect::None => {}
            Effect::Delivered(domains) => count(domains, |v| v.delivered += 1),
            Effect::Deferred(domains) => count(domains, |v| v.deferred += 1),
            Effect::Bounced(domains) => count(domains, |v| v.bounced += 1),
            Effect::Expired(domains) => count(domains, |v| v.expired += 1),
            Effect::DeliveredLocal => self.truth.delivered_local += 1,
            Effect::Rejected => self.truth.rejected += 1,
        }
        Ok(())
    }
}

/// Year, month, day of a time in seconds since 1970 (Howard Hinnant's `civil_from_days`).
pub fn date(secs: i64) -> (i64, i64, i64) {
    let z = secs.div_euclid(86_400) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Hour, minute, second.
pub fn clock(secs: i64) -> (i64, i64, i64) {
    let of_day = secs.rem_euclid(86_400);
    (of_day / 3600, of_day / 60 % 60, of_day % 60)
}

fn stamp(shape: Shape, secs: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let ((year, month, day), (h, m, s)) = (date(secs), clock(secs));
    match shape {
        Shape::Postfix | Shape::Sendmail => format!("{} {day:2} {h:02}:{m:02}:{s:02}", MONTHS[month as usize - 1]),
        Shape::PostfixIso => format!("{year}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}"),
        Shape::Exim => format!("{year}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}"),
    }
}
