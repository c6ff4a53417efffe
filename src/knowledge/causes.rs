//! The cause of a failure, from what was answered.
//!
//! Rules stand in `rules.toml`, ordered; the first that matches wins and its name comes out.  The order is
//! the judgement: what the text says plainly beats the enhanced code, that beats vague words, and those
//! beat the reply code.  `450 4.2.0 <ann@host.example>: User unknown` is an unknown user, said with a code
//! that means "later"; the verdict says so ([`Contradiction`]).
//!
//! Texts are matched as templates in lower case and without accents, so that no name that a stranger
//! chose can look like a reason, and a text and its template get the same verdict.

mod embedded;
mod reading;

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use reading::{canonical, enhanced_behind_code, enhanced_in, quoted_reply, strip_codes};

use super::patterns::{Collector, Group, Hits, Patterns};
use super::tables::Cause;
use crate::error::{Error, ErrorKind};
use crate::smtp::reply::{Reply, Stage};
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// Everything about a failure that bears on its cause.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// The far side's digits (outbound) or ours (inbound); None where no server replied.
    pub reply_code: Option<ReplyCode>,
    /// The enhanced code of the reply, else the one the MTA logged.
    pub enhanced: Option<EnhancedCode>,
    /// The MTA's verdict.
    pub class: ReplyClass,
    /// The logged host refused somebody, as a server.
    pub inbound: bool,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// A reply, a template of one, or the MTA's own reason.
    pub text: &'a str,
}

impl<'a> Failure<'a> {
    /// A failure of which there is only a text, as somebody pasted it: `550 5.1.1 No such user`,
    /// `host mx said: 450 4.7.1 Greylisted`, `4.4.1 connection timed out`, `Connection refused`.
    #[must_use]
    pub fn of_text(text: &'a str) -> Self {
        // The outermost reply is what the queue heard, whoever it quotes: "host A said: 550 ... host B said: 450".
        let said = text.match_indices(" said: ").map(|(at, mark)| &text[at + mark.len()..]);
        let after = text.match_indices(": ").map(|(at, mark)| &text[at + mark.len()..]);
        let outer = said
            .chain(after.filter(|_| text.starts_with("SMTP error")))
            .map(|t| Reply::parse(t.as_bytes()))
            .find(|r| r.code.is_some());
        let reply = Reply::parse(text.as_bytes());
        let reply = if reply.code.is_some() { reply } else { outer.unwrap_or(reply) };
        let enhanced = reply.enhanced.or_else(|| EnhancedCode::parse(text.as_bytes()));
        let class = reply.code.map(ReplyCode::class).or(enhanced.map(EnhancedCode::reply_class));
        let class = class.unwrap_or(ReplyClass::Transient);
        Self { reply_code: reply.code, enhanced, class, inbound: false, stage: None, text }
    }
}

/// Why something failed, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'r> {
    /// The cause.
    pub cause: Cause,
    /// The name of the rule; `none` where no rule matched.
    pub rule: &'r str,
    /// What decided.
    pub evidence: Evidence,
    /// What in the reply speaks against the rest of it.
    pub contradiction: Option<Contradiction>,
}

/// What decided a verdict, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The words.
    Text,
    /// The enhanced code alone.
    EnhancedCode,
    /// The reply code alone.
    ReplyCode,
    /// Nothing: the cause is unknown.
    Nothing,
}

/// How a reply contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// 4xx ("later") for what no retry can cure: an unknown user, a closed mailbox.
    LaterForNever,
    /// 5xx ("never") for what a retry would cure: greylisting, "try again later".
    NeverForLater,
    /// The enhanced code is of another class than the reply code.
    CodesDiffer,
    /// The enhanced code alone would mean another cause.
    EnhancedCodeSays(Cause),
}

impl Contradiction {
    /// Does the first digit lie, so that the sending server does the wrong thing?
    #[must_use]
    pub fn is_wrong_code(self) -> bool {
        matches!(self, Self::LaterForNever | Self::NeverForLater)
    }
}

/// Ordered rules.
///
/// Those of mailrake alone are made ready when the first failure is judged, if nobody has [prepared](Self::prepare)
/// them before: a log without failures needs none.
#[derive(Debug)]
pub struct Rules(OnceLock<Compiled>);

/// Rules made ready.
#[derive(Debug)]
struct Compiled {
    rules: Vec<Rule>,
    patterns: Patterns,
    /// Said beside another cause these still say that a retry is wanted.
    later: Group,
}

#[derive(Debug)]
struct Rule {
    name: Cow<'static, str>,
    cause: Cause,
    /// What must stand in the text.
    text: Group,
    /// What must not.
    unless: Group,
    enhanced: Vec<EnhancedPattern>,
    reply: Vec<(u16, u16)>,
    stage: Vec<Stage>,
    inbound: Option<bool>,
    replied: Option<bool>,
    #[cfg(test)]
    examples: List,
    #[cfg(test)]
    not: List,
}

/// A class or none for any, a subject or none, and a range of details: `x.7.500-699`.
#[derive(Debug, Clone, Copy)]
struct EnhancedPattern {
    class: Option<u8>,
    subject: Option<u16>,
    detail: (u16, u16),
}

impl EnhancedPattern {
    fn matches(self, code: EnhancedCode) -> bool {
        self.class.is_none_or(|c| c == code.class())
            && self.subject.is_none_or(|s| s == code.subject())
            && (self.detail.0..=self.detail.1).contains(&code.detail())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let class = parts.next().and_then(|p| any_or(p, |p| p.parse().ok()))?;
        let subject = parts.next().and_then(|p| any_or(p, |p| p.parse().ok()))?;
        let detail = range(parts.next()?)?;
        parts.next().is_none().then_some(Self { class, subject, detail })
    }
}

fn any_or<T>(part: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if part == "x" { Some(None) } else { parse(part).map(Some) }
}

/// `7`, `500-699`, `x`.
fn range(part: &str) -> Option<(u16, u16)> {
    if part == "x" {
        return Some((0, u16::MAX));
    }
    match part.split_once('-') {
        Some((low, high)) => Some((low.parse().ok()?, high.parse().ok()?)),
        None => part.parse().ok().map(|n| (n, n)),
    }
}

/// `550`, `530-539`, `5xx`.
fn reply_range(part: &str) -> Option<(u16, u16)> {
    match part.strip_suffix("xx") {
        Some(digit) => digit.parse::<u16>().ok().map(|d| (d * 100, d * 100 + 99)),
        None => range(part),
    }
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

/// Words that say "later", as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    text: List,
    #[cfg_attr(not(test), expect(dead_code))]
    examples: List,
    #[cfg_attr(not(test), expect(dead_code))]
    not: List,
}

#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: Cow<'static, str>,
    cause: Cow<'static, str>,
    #[serde(default)]
    text: List,
    #[serde(default)]
    unless: List,
    #[serde(default)]
    enhanced: List,
    #[serde(default)]
    reply: List,
    #[serde(default)]
    stage: List,
    inbound: Option<bool>,
    replied: Option<bool>,
    /// For the test that runs every rule on its own examples.
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code))]
    examples: List,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code))]
    not: List,
}

type List = Vec<Cow<'static, str>>;

const BUILT_IN_FILE: &str = include_str!("rules.toml");

const LATER_FILE: &str = include_str!("later.toml");

static BUILT_IN: Rules = Rules(OnceLock::new());

/// The rules that come with mailrake.
#[must_use]
pub fn rules() -> &'static Rules {
    &BUILT_IN
}

/// The embedded rules; with their examples where these are needed.
fn built_in() -> Result<Vec<RawRule>, String> {
    match embedded::read(BUILT_IN_FILE) {
        Some(rules) if !cfg!(test) => Ok(rules),
        _ => {
            let file = toml::from_str::<File>(BUILT_IN_FILE).map_err(|e| e.to_string())?;
            Ok(file.rule.into_iter().map(Spanned::into_inner).collect())
        }
    }
}

impl Rules {
    /// An operator's own rules, asked before those of mailrake.
    ///
    /// # Errors
    /// The text is no TOML, a rule names no cause that there is, asks for nothing, or has a pattern that cannot be
    /// read; the message names the line.
    pub fn with_overlay(toml: &str) -> Result<Self, Error> {
        let compiled = Compiled::read(Some(toml)).map_err(|m| Error::new(ErrorKind::Usage, m))?;
        Ok(Self(compiled.into()))
    }

    /// Makes the rules ready now, for whoever knows that failures will be judged and has the time.
    pub fn prepare(&self) {
        self.compiled();
    }

    /// The cause of a failure: the first rule that matches.
    ///
    /// Where a gateway quotes the server behind it, that one's words and enhanced code tell the cause, if they
    /// tell any; whether the code is wrong is asked of the gateway's digits, which are what the queue obeys.
    #[must_use]
    pub fn judge(&self, failure: &Failure<'_>) -> Verdict<'_> {
        self.compiled().judge(failure)
    }

    /// The words of `text` for which this rule takes it, as they stand there; None where a code decided.
    #[must_use]
    pub fn words(&self, rule: &str, text: &str) -> Option<String> {
        self.compiled().words(rule, text)
    }

    /// The names and causes of all rules, in the order they are asked.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cause)> {
        self.compiled().rules.iter().map(|r| (r.name.as_ref(), r.cause))
    }

    fn compiled(&self) -> &Compiled {
        // The file is part of the program, and a test reads it.
        self.0.get_or_init(|| Compiled::read(None).unwrap_or_else(|_| Compiled::none()))
    }
}

impl Compiled {
    fn none() -> Self {
        Self { rules: Vec::new(), patterns: Collector::default().finish(), later: Group::default() }
    }

    /// The patterns of an operator are checked now; those of mailrake by a test.
    fn read(overlay: Option<&str>) -> Result<Self, String> {
        let (mut rules, mut patterns) = (Vec::new(), Collector::default());
        if let Some(text) = overlay {
            let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
            for (index, raw) in file.rule.into_iter().enumerate() {
                let begin = raw.span().start;
                let rule = Rule::compile(raw.into_inner(), &mut patterns, true);
                rules.push(rule.map_err(|wrong| {
                    let at = wrong.place(text, index).unwrap_or(begin);
                    let line = text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
                    format!("line {line}: {}", wrong.why)
                })?);
            }
        }
        for raw in built_in()? {
            rules.push(Rule::compile(raw, &mut patterns, false).map_err(|wrong| wrong.why)?);
        }
        let words = toml::from_str::<Later>(LATER_FILE).map_err(|e| e.to_string())?;
        let later = patterns.add(&words.text, false)?;
        Ok(Self { rules, patterns: patterns.finish(), later })
    }

    fn judge(&self, failure: &Failure<'_>) -> Verdict<'_> {
        let Some((reply, quoted_text)) = quoted_reply(failure.text) else {
            return self.judge_words(failure, failure);
        };
        let inner = Failure { reply_code: reply.code, enhanced: reply.enhanced, text: quoted_text, ..*failure };
        let verdict = self.judge_words(&inner, failure);
        if verdict.evidence > Evidence::EnhancedCode {
            return self.judge_words(failure, failure);
        }
        let refused = failure.reply_code.map_or(failure.class, ReplyCode::class) == ReplyClass::Permanent;
        let later = refused && reply.code.map(ReplyCode::class) == Some(ReplyClass::Transient);
        if later && failure.reply_code.is_some() {
            return Verdict { contradiction: Some(Contradiction::NeverForLater), ..verdict };
        }
        verdict
    }

    /// What the words and codes of `failure` say, and what in them speaks against the code that was `heard`.
    fn judge_words(&self, failure: &Failure<'_>, heard: &Failure<'_>) -> Verdict<'_> {
        let text = canonical(failure.text);
        let text = strip_codes(&text);
        let enhanced = failure.enhanced.or_else(|| enhanced_in(failure.text.as_bytes()));
        let ask = Ask { patterns: &self.patterns, hits: self.patterns.scan(text), text };
        let Some(rule) = self.rules.iter().find(|r| r.matches(failure, enhanced, &ask)) else {
            return Verdict { cause: Cause::Unknown, rule: "none", evidence: Evidence::Nothing, contradiction: None };
        };
        let contradiction = self.contradiction(rule, heard, enhanced, &ask);
        Verdict { cause: rule.cause, rule: &rule.name, evidence: rule.evidence(), contradiction }
    }

    fn contradiction(
        &self,
        rule: &Rule,
        failure: &Failure<'_>,
        enhanced: Option<EnhancedCode>,
        ask: &Ask<'_>,
    ) -> Option<Contradiction> {
        if failure.reply_code.is_none() && !failure.inbound {
            return None;
        }
        let class = failure.reply_code.map_or(failure.class, ReplyCode::class);
        let later = || ask.any(self.later);
        if class == ReplyClass::Transient && rule.cause.is_never_cured_by_waiting() {
            return Some(Contradiction::LaterForNever);
        }
        if class == ReplyClass::Permanent && (rule.cause.is_cured_by_waiting() || later()) {
            return Some(Contradiction::NeverForLater);
        }
        if failure.reply_code.is_some() && enhanced_behind_code(failure.text).is_some_and(|e| e.reply_class() != class)
        {
            return Some(Contradiction::CodesDiffer);
        }
        if rule.evidence() != Evidence::Text {
            return None;
        }
        let firm = |r: &&Rule| r.is_firm_code() && enhanced.is_some_and(|e| r.takes_code(e));
        let other = self.rules.iter().find(firm).map(|r| r.cause).filter(|c| *c != rule.cause);
        other.map(Contradiction::EnhancedCodeSays)
    }

    fn words(&self, rule: &str, text: &str) -> Option<String> {
        let rule = self.rules.iter().find(|r| r.name == rule)?;
        let canonical = canonical(text);
        let stripped = strip_codes(&canonical);
        let (begin, end) = self.patterns.find(rule.text, &self.patterns.scan(stripped), stripped)?;
        whole_words(stripped, begin, end, text)
    }
}

/// The words from `begin` to `end`, whole; as `text` writes them where they stand there.
fn whole_words(canonical: &[u8], mut begin: usize, mut end: usize, text: &str) -> Option<String> {
    let letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    while begin > 0 && letter(canonical.get(begin - 1)) {
        begin -= 1;
    }
    while letter(canonical.get(end)) {
        end += 1;
    }
    let words = String::from_utf8_lossy(canonical.get(begin..end)?).trim().to_owned();
    let lower = text.to_ascii_lowercase();
    let as_written = lower.find(&words).and_then(|at| text.get(at..at + words.len()));
    (!words.is_empty()).then(|| as_written.unwrap_or(&words).chars().take(100).collect())
}

/// A text that rules are asked about, looked over once.
struct Ask<'a> {
    patterns: &'a Patterns,
    hits: Hits,
    text: &'a [u8],
}

impl Ask<'_> {
    fn any(&self, group: Group) -> bool {
        self.patterns.any(group, &self.hits, self.text)
    }
}

impl Rule {
    fn matches(&self, failure: &Failure<'_>, enhanced: Option<EnhancedCode>, ask: &Ask<'_>) -> bool {
        self.inbound.is_none_or(|i| i == failure.inbound)
            && self.replied.is_none_or(|r| r == failure.reply_code.is_some())
            && (self.enhanced.is_empty() || enhanced.is_some_and(|e| self.takes_code(e)))
            && (self.reply.is_empty() || failure.reply_code.is_some_and(|c| self.takes_reply(c)))
            && (self.stage.is_empty() || failure.stage.is_some_and(|s| self.stage.contains(&s)))
            && (self.text.is_empty() || ask.any(self.text))
            && !ask.any(self.unless)
    }

    fn takes_code(&self, code: EnhancedCode) -> bool {
        self.enhanced.iter().any(|p| p.matches(code))
    }

    fn takes_reply(&self, code: ReplyCode) -> bool {
        self.reply.iter().any(|(low, high)| (*low..=*high).contains(&code.get()))
    }

    /// A rule of part 4: the enhanced code alone means this.
    fn is_firm_code(&self) -> bool {
        self.evidence() == Evidence::EnhancedCode && !self.name.starts_with("vague")
    }

    fn compile(raw: RawRule, patterns: &mut Collector, check: bool) -> Result<Self, Wrong> {
        let name = raw.name;
        let wrong = |key: &'static str, value: &str| {
            Wrong::new(key, value, format!("rule {name}: {key} {value:?} cannot be read"))
        };
        let cause = Cause::parse(&raw.cause).ok_or_else(|| wrong("cause", &raw.cause))?;
        let mut place = |list: &List, key| {
            patterns.add(list, check).map_err(|why| {
                let is_wrong = |one: &&Cow<'static, str>| Collector::default().add(&[(*one).clone()], true).is_err();
                let value = list.iter().find(is_wrong).map_or("", |one| one);
                Wrong::new(key, value, format!("rule {name}: {why}"))
            })
        };
        let text = place(&raw.text, "text")?;
        let unless = place(&raw.unless, "unless")?;
        let read = |list: &List, what: &'static str| {
            list.iter().map(|p| reply_range(p).ok_or_else(|| wrong(what, p))).collect::<Result<Vec<_>, _>>()
        };
        let reply = read(&raw.reply, "reply")?;
        let enhanced = raw
            .enhanced
            .iter()
            .map(|p| EnhancedPattern::parse(p).ok_or_else(|| wrong("enhanced", p)))
            .collect::<Result<Vec<_>, _>>()?;
        let stage = raw
            .stage
            .iter()
            .map(|s| STAGES.into_iter().find(|x| x.as_str() == s).ok_or_else(|| wrong("stage", s)))
            .collect::<Result<Vec<_>, _>>()?;
        let (inbound, replied) = (raw.inbound, raw.replied);
        // A rule for everything would leave nothing to those behind it.
        let codes = !enhanced.is_empty() || !reply.is_empty();
        let asks = !text.is_empty() || codes || !stage.is_empty() || inbound.is_some() || replied.is_some();
        if check && !asks {
            let why = format!("rule {name}: asks for nothing (text, enhanced, reply ...)");
            return Err(Wrong::new("", "", why));
        }
        Ok(Self {
            name,
            cause,
            text,
            unless,
            enhanced,
            reply,
            stage,
            inbound,
            replied,
            #[cfg(test)]
            examples: raw.examples,
            #[cfg(test)]
            not: raw.not,
        })
    }

    fn evidence(&self) -> Evidence {
        match (self.text.is_empty(), self.enhanced.is_empty(), self.reply.is_empty()) {
            (false, _, _) => Evidence::Text,
            (true, false, _) => Evidence::EnhancedCode,
            (true, true, false) => Evidence::ReplyCode,
            (true, true, true) => Evidence::Nothing,
        }
    }
}

/// What cannot be used in a rule.
struct Wrong {
    /// The key; empty where the whole rule is wrong.
    key: &'static str,
    /// What it is set to, or one of them.
    value: String,
    why: String,
}

impl Wrong {
    fn new(key: &'static str, value: &str, why: String) -> Self {
        Self { key, value: value.to_owned(), why }
    }

    /// Where it stands in the file, as bytes from its beginning: a rule may have many lines, and a list too.
    fn place(&self, file: &str, rule: usize) -> Option<usize> {
        let table = DeTable::parse(file).ok()?;
        let found = table.get_ref().get("rule")?.get_ref().get(rule)?.get_ref().get(self.key)?;
        let begin = found.span().start;
        let is_value = |one: &&Spanned<DeValue<'_>>| one.get_ref().as_str() == Some(self.value.as_str());
        let one = found.get_ref().as_array().and_then(|list| list.iter().find(is_value));
        Some(one.map_or(begin, |one| one.span().start))
    }
}

const STAGES: [Stage; 9] = [
    Stage::Connect,
    Stage::Hello,
    Stage::StartTls,
    Stage::Auth,
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::EndOfData,
    Stage::Other,
];

#[cfg(test)]
mod tests;
