//! From the words on the command line to what they are about.
//!
//! `450` is a code, `4.7.1` an enhanced code, `greylisted` a cause, `no_backoff` a dead end; whatever else
//! there is must be a reply or a line of a log.

use super::told::Told;
use crate::error::{Error, ErrorKind};
use crate::knowledge::detectors::{DetectorInfo, Kind};
use crate::knowledge::{Cause, Evidence, Rules};
use crate::smtp::{EnhancedCode, ReplyCode};

/// What an explanation is about.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there are two or three of them")]
pub enum Subject {
    /// Three digits.
    Reply(ReplyCode),
    /// `4.7.1`
    Enhanced(EnhancedCode),
    /// A word of the taxonomy.
    Cause(Cause),
    /// A kind of dead end.
    DeadEnd(&'static DetectorInfo),
    /// A reply or a line of a log, judged.
    Told(Told),
}

impl Subject {
    /// Is it what another one is about, too?
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reply(one), Self::Reply(other)) => one == other,
            (Self::Enhanced(one), Self::Enhanced(other)) => one == other,
            (Self::Cause(one), Self::Cause(other)) => one == other,
            (Self::DeadEnd(one), Self::DeadEnd(other)) => one.kind == other.kind,
            (Self::Told(one), Self::Told(other)) => one.text == other.text,
            _ => false,
        }
    }
}

/// Each subject once, where it is named first: two columns of the same say nothing more.
pub(super) fn each_once(subjects: &[Subject]) -> Vec<&Subject> {
    let named_before = |at: usize, one: &Subject| subjects.iter().take(at).any(|before| before.is(one));
    subjects.iter().enumerate().filter(|(at, one)| !named_before(*at, one)).map(|(_, one)| one).collect()
}

/// What the words on the command line are about.
///
/// Words that are no code each belong to one pasted text, so that quotes may be left out.
///
/// # Errors
/// Nothing was said, or one of the words is nothing that is known.
pub fn subjects(words: &[String], rules: &Rules) -> Result<Vec<Subject>, Error> {
    let words: Vec<&str> = words.iter().map(|w| w.trim()).filter(|w| !w.is_empty()).collect();
    let loose = |w: &&str| known(w).is_none() && !w.contains(char::is_whitespace);
    let reply = match words.as_slice() {
        [code, enhanced] => is_one_reply(code, enhanced),
        _ => false,
    };
    if words.len() > 1 && (reply || words.iter().any(loose)) {
        let text = words.join(" ");
        return one(&text, rules).map(|s| vec![s]);
    }
    if words.is_empty() {
        return Err(unknown(""));
    }
    words.iter().map(|w| one(w, rules)).collect()
}

/// `550 5.1.1`: the second belongs to the first.
fn is_one_reply(code: &str, enhanced: &str) -> bool {
    match (known(code), known(enhanced)) {
        (Some(Subject::Reply(code)), Some(Subject::Enhanced(enhanced))) => {
            u16::from(enhanced.class()) == code.get() / 100
        }
        _ => false,
    }
}

/// A word of our own vocabulary.
fn known(word: &str) -> Option<Subject> {
    let bytes = word.as_bytes();
    if word.len() == 3
        && let Some(code) = ReplyCode::parse(bytes)
    {
        return Some(Subject::Reply(code));
    }
    let digits = word.strip_prefix('#').unwrap_or(word);
    if digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && let Some(code) = EnhancedCode::parse(digits.as_bytes())
    {
        return Some(Subject::Enhanced(code));
    }
    let plain = word.to_ascii_lowercase();
    let cause = || Cause::parse(&plain.replace('_', "-")).map(Subject::Cause);
    let dead_end = || Kind::parse(&plain.replace('-', "_")).map(|kind| Subject::DeadEnd(kind.info()));
    cause().or_else(dead_end)
}

fn one(text: &str, rules: &Rules) -> Result<Subject, Error> {
    if let Some(subject) = known(text) {
        return Ok(subject);
    }
    let told = Told::of(text, rules);
    // A text without any code is a reply only if its words say something.
    let words = text.contains(char::is_alphabetic);
    let says = told.line.is_some() || told.reply_code.is_some() || (words && told.evidence <= Evidence::EnhancedCode);
    if says { Ok(Subject::Told(told)) } else { Err(unknown(text)) }
}

fn unknown(text: &str) -> Error {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let shown = crate::report::escape::terminal(&shown, false).into_owned();
    let what = format!("explain: \"{shown}\" is no reply code, reply, cause or log line");
    Error::new(ErrorKind::Usage, what).advise(
        "Try mailrake explain 450, 4.7.1, \"550 5.1.1 User unknown\", greylisted, or a whole line of a log in quotes.",
    )
}
