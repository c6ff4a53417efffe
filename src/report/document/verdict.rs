//! The first lines: must I act, and is the report whole?
//!
//! `ACT` something is critical; `LOOK` there are warnings, many bounces, or a log that was read in part;
//! `OK` nothing to do.

use chrono::{DateTime, FixedOffset};

use super::{Fact, compare};
use crate::analyze::Analysis;
use crate::analyze::analysis::InputFile;
use crate::event::Mta;
use crate::report::words;

/// Must somebody act?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to do.
    Ok,
    /// Warnings only, or many bounces, or a log that could not be read whole.
    Look,
    /// Something is critical.
    Act,
}

impl Level {
    /// The word that the report begins with.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Look => "LOOK",
            Self::Act => "ACT",
        }
    }
}

/// The first lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Must somebody act?
    pub level: Level,
    /// Why: `3 critical, 7 warnings, 1 notice.`
    pub why: String,
    /// Who got their mail: `302 of 586 recipients reached (51.5 %).`
    pub reached: String,
    /// What cannot be relied on: `INCOMPLETE: mail.log.2.gz: ...`.
    pub incomplete: Vec<String>,
    /// What was in vain.
    pub wasted: Option<String>,
    /// What else is to be known: how it compares with the runs before, what was left alone.
    pub notes: Vec<String>,
}

/// Bounces above this share of the recipients are worth a look, whatever their reason.
const MANY_BOUNCES: f64 = 10.0;

/// Lines of an MTA that were not understood, above this share of them, put the figures in doubt.
const MANY_UNPARSED: f64 = 1.0;

impl Verdict {
    /// The verdict on `analysis`.
    #[must_use]
    pub fn of(analysis: &Analysis) -> Self {
        let (level, why) = level(analysis);
        let (fates, ends) = (&analysis.fates, &analysis.dead_end_totals);
        let reached = match fates.remote() {
            _ if analysis.input.mail_lines == 0 => String::new(),
            0 if fates.delivered_local > 0 => {
                format!(
                    "No mail to other hosts; {} delivered here.",
                    words::counted(fates.delivered_local, "recipient")
                )
            }
            0 => "No mail to other hosts.".to_owned(),
            all => {
                let noun = if all == 1 { "recipient" } else { "recipients" };
                format!(
                    "{} {noun} reached ({}).",
                    words::part_of(fates.reached(), all),
                    words::percent(fates.reached(), all)
                )
            }
        };
        let tries = remote_tries(analysis);
        let wasted = (ends.attempts_wasted > 0 && tries > 0).then(|| {
            format!(
                "{} tries ({}) went into dead ends.",
                words::part_of(ends.attempts_wasted, tries),
                words::percent(ends.attempts_wasted, tries)
            )
        });
        let incomplete = incomplete(analysis);
        // "Nothing to do" must not be said of a log that was read in part: the first line may be all that is read.
        let (level, why) = match level {
            Level::Ok if !incomplete.is_empty() => (Level::Look, "not all of the log could be read.".to_owned()),
            _ => (level, why),
        };
        let mut notes: Vec<String> = compare::line(analysis).into_iter().collect();
        notes.extend(analysis.ignored.iter().map(|one| {
            let until = one.until.as_ref().map(|day| format!(", up to {day}")).unwrap_or_default();
            format!("Ignored{until}: {} of {} ({}).", words::counted(one.cases, "case"), one.kind, one.reason)
        }));
        notes.extend(analysis.ignores_expired.iter().map(|one| format!("No longer ignored: {one}.")));
        Self { level, why, reached, incomplete, wasted, notes }
    }
}

/// The four figures to know, as far as there is anything to count.
pub(super) fn facts(analysis: &Analysis) -> Vec<Fact> {
    let (fates, totals) = (&analysis.fates, &analysis.totals);
    let facts = [
        ("Recipients reached", fates.reached(), fates.remote()),
        ("Reached at the first try", fates.delivered_first_try, fates.remote()),
        ("Deferred, then delivered", totals.recovered, totals.recipients_deferred),
        ("Tries gone into dead ends", analysis.dead_end_totals.attempts_wasted, remote_tries(analysis)),
    ];
    facts.into_iter().filter(|f| f.2 > 0).map(|(name, part, whole)| Fact { name, part, whole }).collect()
}

/// Tries at other hosts: local deliveries stand apart.
pub(super) fn remote_tries(analysis: &Analysis) -> u64 {
    analysis.totals.attempts.saturating_sub(analysis.totals.delivered_local)
}

fn level(analysis: &Analysis) -> (Level, String) {
    let ends = &analysis.dead_end_totals;
    let fates = &analysis.fates;
    let mut counts = Vec::new();
    if ends.critical > 0 {
        counts.push(format!("{} critical", words::count(ends.critical)));
    }
    if ends.warning > 0 {
        counts.push(words::counted(ends.warning, "warning"));
    }
    if ends.notice > 0 {
        counts.push(words::counted(ends.notice, "notice"));
    }
    let counts = counts.join(", ") + ".";
    if ends.critical > 0 {
        (Level::Act, counts)
    } else if ends.warning > 0 {
        (Level::Look, counts)
    } else if words::share(fates.bounced, fates.remote()) > MANY_BOUNCES {
        let why = format!(
            "{} recipients bounced ({}).",
            words::part_of(fates.bounced, fates.remote()),
            words::percent(fates.bounced, fates.remote())
        );
        (Level::Look, if ends.notice > 0 { format!("{why} {counts}") } else { why })
    } else if ends.notice > 0 {
        (Level::Ok, counts)
    } else if analysis.input.mail_lines == 0 {
        (Level::Ok, format!("no mail in {}.", words::counted(analysis.input.lines, "line")))
    } else {
        (Level::Ok, "nothing to do.".to_owned())
    }
}

/// Inputs that broke off, and logs that were largely not understood.
fn incomplete(analysis: &Analysis) -> Vec<String> {
    const SHOWN: usize = 3;
    let broken: Vec<&InputFile> = analysis.input.files.iter().filter(|f| f.error.is_some()).collect();
    let mut all: Vec<String> = broken
        .iter()
        .take(SHOWN)
        .map(|file| {
            let error = file.error.as_deref().unwrap_or_default().trim_end_matches('.');
            // The error may name the file itself, as messages on standard error do.
            let error = error.strip_prefix(file.name.as_str()).and_then(|e| e.strip_prefix(": ")).unwrap_or(error);
            let read = match file.lines {
                0 => "nothing was read".to_owned(),
                n => format!("{} were read", words::counted(n, "line")),
            };
            format!("INCOMPLETE: {}: {error}; {read}.", words::name(&file.name))
        })
        .collect();
    if broken.len() > SHOWN {
        all.push(format!("INCOMPLETE: {} more inputs; --format\u{a0}json names them.", broken.len() - SHOWN));
    }
    let input = &analysis.input;
    if words::share(input.unparsed_lines, input.mail_lines) > MANY_UNPARSED {
        all.push(format!(
            "INCOMPLETE: {} lines of mail were not understood; counts may be too low.",
            words::rate(input.unparsed_lines, input.mail_lines)
        ));
    }
    all
}

/// Is there nothing to tell?  Then `--quiet-if-clean` prints nothing.
#[must_use]
pub fn is_clean(analysis: &Analysis) -> bool {
    let verdict = Verdict::of(analysis);
    verdict.level == Level::Ok && verdict.incomplete.is_empty() && analysis.dead_ends.is_empty()
}

/// Host, MTA and window; then what was read.
pub(super) fn source(analysis: &Analysis) -> Vec<String> {
    let mut lines = Vec::new();
    if analysis.input.mail_lines > 0 {
        lines.push(origin(analysis));
    }
    lines.push(input(analysis));
    lines
}

/// `mx1, 2025-03-04`, `mx1, mx2, 2025-03-04 to 2025-03-09`
pub(super) fn about(analysis: &Analysis) -> String {
    let mut parts = Vec::new();
    if !analysis.input.hosts.is_empty() {
        parts.push(some_of(&analysis.input.hosts, 2));
    }
    let (first, last) = (analysis.window.first.as_deref(), analysis.window.last.as_deref());
    if let (Some(first), Some(last)) = (first.and_then(words::time), last.and_then(words::time)) {
        // A log ends a little after midnight: a night is not worth a second date.
        let one_day = (last - first).num_hours() < 24;
        let day = |t: DateTime<FixedOffset>| t.format("%Y-%m-%d").to_string();
        parts.push(if one_day { day(first) } else { format!("{} to {}", day(first), day(last)) });
    }
    parts.join(", ")
}

/// `mx1, Postfix, 2025-03-04 05:35 to 2025-03-05 00:39 UTC (19 h 04 min)`
fn origin(analysis: &Analysis) -> String {
    let mut parts = Vec::new();
    if !analysis.input.hosts.is_empty() {
        parts.push(some_of(&analysis.input.hosts, 3));
    }
    let mtas: Vec<String> = mtas(analysis).into_iter().map(|m| m.habits().title.to_owned()).collect();
    if !mtas.is_empty() {
        parts.push(words::joined(&mtas, "and"));
    }
    let window = &analysis.window;
    if let (Some(first), Some(last)) = (&window.first, &window.last) {
        let length = match (words::time(first), words::time(last)) {
            (Some(a), Some(b)) => {
                format!(" ({})", words::duration(u64::try_from((b - a).num_seconds()).unwrap_or_default()))
            }
            _ => String::new(),
        };
        parts.push(format!("{} to {} {}{length}", words::minute(first), words::minute(last), window.timezone));
    }
    let mut line = parts.join(", ");
    match (&window.since, &window.until) {
        (Some(a), Some(b)) => line += &format!("; asked for {} to {}", words::minute(a), words::minute(b)),
        (Some(a), None) => line += &format!("; asked for since {}", words::minute(a)),
        (None, Some(b)) => line += &format!("; asked for until {}", words::minute(b)),
        (None, None) => {}
    }
    line
}

/// `mail-iso.log, 7,538 lines, all understood`
fn input(analysis: &Analysis) -> String {
    let input = &analysis.input;
    let names: Vec<String> = input.files.iter().map(|f| f.name.clone()).collect();
    let mut parts = match names.as_slice() {
        [] => vec!["no input".to_owned()],
        [_] | [_, _] | [_, _, _] => vec![some_of(&names, 3)],
        [first, .., last] => {
            vec![format!("{} files, {} to {}", names.len(), words::name(first), words::name(last))]
        }
    };
    parts.push(words::counted(input.lines, "line"));
    if input.other_lines > 0 {
        parts.push(format!("{} of them no mail", words::count(input.other_lines)));
    }
    let truncated: u64 = input.files.iter().map(|f| f.truncated).sum();
    if truncated > 0 {
        parts.push(format!("{} too long to be read whole", words::count(truncated)));
    }
    parts.push(match input.unparsed_lines {
        0 => "all understood".to_owned(),
        1 => "1\u{a0}line not understood (--unparsed\u{a0}FILE keeps it)".to_owned(),
        n => format!("{} lines not understood (--unparsed\u{a0}FILE keeps them)", words::count(n)),
    });
    parts.join(", ")
}

/// `a, b, c +4 more`
fn some_of(names: &[String], most: usize) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|n| words::name(n)).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} +{more}\u{a0}more", shown.join(", ")),
    }
}

/// The MTAs with lines in any file.
pub(super) fn mtas(analysis: &Analysis) -> Vec<Mta> {
    let has_lines = |mta: &Mta| analysis.input.files.iter().any(|file| file.mta.of(*mta) > 0);
    Mta::ALL.into_iter().filter(has_lines).collect()
}
