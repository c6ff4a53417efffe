//! Answers for programs: one object a line, and a stream of texts judged one by one.
//!
//! `{"text":"450 4.7.1 Greylisted","reply_code":450,"enhanced_code":"4.7.1","class":"transient",...}`

use std::io::{self, BufRead, Write};

use hashbrown::HashMap;
use serde::Serialize;

use super::asked::Subject;
use super::pages::cause_of;
use super::told::Told;
use crate::knowledge::compare::compared;
use crate::knowledge::{Cause, Refuser, Rules, Token, Words, enhanced_meaning, reference, reply_code_meaning, token};
use crate::report::document::Role;
use crate::report::text::TextStyle;
use crate::report::text::line::Line;
use crate::smtp::template::template_up_to;
use crate::smtp::{EnhancedCode, ReplyClass};

/// The keys of the contract behind `text`.
#[derive(Debug, Clone, Serialize)]
struct Answer {
    reply_code: Option<u16>,
    enhanced_code: Option<String>,
    class: Option<&'static str>,
    cause: Option<&'static str>,
    rule: Option<String>,
    whose: Option<&'static str>,
    meaning: Option<String>,
    advice: Option<&'static str>,
    /// A word of a provider's own in the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenAnswer>,
}

/// What a provider means by a word of its own.
#[derive(Debug, Clone, Serialize)]
struct TokenAnswer {
    provider: &'static str,
    token: String,
    meaning: &'static str,
    remedy: &'static str,
}

impl TokenAnswer {
    fn in_reply(reply: &str) -> Option<Self> {
        let Token { word, info } = token(reply)?;
        Some(Self { provider: &info.provider, token: word, meaning: &info.meaning, remedy: &info.remedy })
    }
}

impl Answer {
    fn new(cause: Option<Cause>, by: Refuser) -> Self {
        let words = cause.map(|cause| cause.words(by));
        Self {
            reply_code: None,
            enhanced_code: None,
            class: None,
            cause: cause.map(Cause::as_str),
            rule: None,
            whose: words.map(|w| w.move_.as_str()),
            meaning: words.map(|w| w.meaning.to_owned()),
            advice: words.map(long_advice),
            token: None,
        }
    }

    fn of(told: &Told) -> Self {
        Self {
            reply_code: told.reply_code.map(|c| c.get()),
            enhanced_code: told.enhanced.map(|e| e.to_string()),
            class: told.class.map(ReplyClass::as_str),
            rule: told.cause.map(|_| told.rule.clone()),
            token: told.cause.and_then(|_| TokenAnswer::in_reply(&told.reply)),
            ..Self::new(told.cause, told.refuser())
        }
    }
}

/// As in the causes of the report.
fn long_advice(words: Words) -> &'static str {
    words.do_.first().map_or(words.advice, String::as_str)
}

/// A page for programs.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    text: &'a str,
    #[serde(flatten)]
    answer: Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    nature: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    r#do: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    do_not: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
}

/// One subject as an object on a line of its own.
pub(super) fn write_subject(subject: &Subject, rules: &Rules, out: &mut dyn Write) -> io::Result<()> {
    let (text, mut answer, cause) = match subject {
        Subject::Told(told) => (told.text.clone(), Answer::of(told), told.cause),
        Subject::Cause(cause) => (cause.to_string(), Answer::new(Some(*cause), Refuser::Them), Some(*cause)),
        Subject::DeadEnd(info) => {
            let mut answer = Answer::new(None, Refuser::Them);
            answer.meaning = Some(info.known.clone());
            answer.advice = Some(&info.advice);
            (info.kind.as_str().to_owned(), answer, None)
        }
        Subject::Reply(code) => {
            let mut answer = Answer::new(None, Refuser::Them);
            answer.reply_code = Some(code.get());
            answer.class = Some(code.class().as_str());
            answer.advice = compared(*code).map(|c| c.do_.as_str());
            answer.meaning = reference(*code)
                .map(|r| r.meaning.clone())
                .or_else(|| reply_code_meaning(*code).map(|c| c.meaning.clone()));
            (code.to_string(), answer, None)
        }
        Subject::Enhanced(code) => {
            let cause = cause_of(*code, rules);
            (code.to_string(), of_enhanced(*code, cause), cause)
        }
    };
    if answer.meaning.is_none() {
        answer.meaning = Some("not registered".to_owned());
    }
    let info = cause.map(Cause::info);
    let (line, by) = match subject {
        Subject::Told(told) => (told.line.as_ref(), told.refuser()),
        _ => (None, Refuser::Them),
    };
    let words = cause.map(|cause| cause.words(by));
    let do_not = |words: Words| words.dont.iter().map(|d| format!("{}: {}", d.what, d.why)).collect();
    let whole = Whole {
        text: &text,
        answer,
        nature: info.map(|i| i.nature.as_str()),
        wait: info.filter(|_| by == Refuser::Them).map(|i| i.wait.as_str()),
        r#do: words.map(|w| w.do_.iter().map(String::as_str).collect()).unwrap_or_default(),
        do_not: words.map(do_not).unwrap_or_default(),
        queue_id: line.and_then(|l| l.queue_id.as_deref()),
        recipient: line.and_then(|l| l.recipient.as_deref()),
        outcome: line.map(|l| l.outcome),
    };
    serde_json::to_writer(&mut *out, &whole)?;
    out.write_all(b"\n")
}

fn of_enhanced(code: EnhancedCode, cause: Option<Cause>) -> Answer {
    let mut answer = Answer::new(cause, Refuser::Them);
    answer.enhanced_code = Some(code.to_string());
    answer.class = Some(code.reply_class().as_str());
    answer.meaning = enhanced_meaning(code).map(str::to_owned);
    answer.token = TokenAnswer::in_reply(&code.to_string());
    answer
}

/// So many different texts are remembered; then all are forgotten and it begins anew.
const MOST_KNOWN: usize = 50_000;

/// A line is read up to here; the rest of it is passed over.
const LONGEST_LINE: usize = 1 << 16;

/// Judges texts, one a line.  Equal templates are judged once.
pub struct Stream<'r> {
    rules: &'r Rules,
    style: Option<TextStyle>,
    /// By template: the object without its text, or the columns before it.
    known: HashMap<Vec<u8>, Known>,
    template: Vec<u8>,
}

#[derive(Clone)]
enum Known {
    Json(Vec<u8>),
    Text(Answer),
}

impl<'r> Stream<'r> {
    /// One object a line, or with a style one line of text.
    #[must_use]
    pub fn new(rules: &'r Rules, style: Option<TextStyle>) -> Self {
        Self { rules, style, known: HashMap::new(), template: Vec::new() }
    }

    /// Reads lines to the end and answers each; an empty line is no text.
    ///
    /// # Errors
    /// What reading or writing failed with.
    pub fn run(&mut self, mut input: impl BufRead, out: &mut dyn Write) -> io::Result<()> {
        let mut line = Vec::new();
        while read_line(&mut input, &mut line)? {
            let text = line.trim_ascii();
            if !text.is_empty() {
                self.answer(&String::from_utf8_lossy(text), out)?;
            }
        }
        out.flush()
    }

    fn answer(&mut self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        // A line of a log has names and ids outside the reply too, so that it is judged by itself.
        if let Some(told) = may_be_line(text).then(|| Told::of_line(text, self.rules)).flatten() {
            let known = self.make(&told)?;
            return write_one(text, &known, self.style, out);
        }
        self.template.clear();
        template_up_to(text.as_bytes(), &mut self.template, 4000);
        if let Some(known) = self.known.get(&self.template) {
            return write_one(text, known, self.style, out);
        }
        let known = self.make(&Told::of_reply(text, self.rules))?;
        write_one(text, &known, self.style, out)?;
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(self.template.clone(), known);
        Ok(())
    }

    fn make(&self, told: &Told) -> io::Result<Known> {
        let answer = Answer::of(told);
        Ok(match self.style {
            Some(_) => Known::Text(answer),
            None => Known::Json(serde_json::to_vec(&answer)?),
        })
    }
}

/// A reply begins with a digit or a word; a line of a log has a stamp.
fn may_be_line(text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(40)];
    head.iter().filter(|b| **b == b':').count() >= 1 && head.iter().filter(|b| b.is_ascii_digit()).count() >= 5
        || matches!(head.first(), Some(b'{' | b'<' | b'['))
}

/// The object with its text in front; or the columns and the text.
fn write_one(text: &str, known: &Known, style: Option<TextStyle>, out: &mut dyn Write) -> io::Result<()> {
    match known {
        Known::Json(rest) => {
            out.write_all(b"{\"text\":")?;
            serde_json::to_writer(&mut *out, text)?;
            out.write_all(b",")?;
            out.write_all(rest.get(1..).unwrap_or_default())?;
            out.write_all(b"\n")
        }
        Known::Text(answer) => {
            let style = style.unwrap_or_default();
            let code = answer.reply_code.map(|c| c.to_string()).unwrap_or_default();
            let cause = answer.cause.unwrap_or("no failure");
            let mut line = Line::new(0);
            line.raw(Role::Plain, format!("{code:3}  "));
            line.raw(Role::Plain, format!("{:7}  ", answer.enhanced_code.as_deref().unwrap_or_default()));
            line.raw(Role::Strong, format!("{cause:18}  "));
            line.raw(Role::Plain, format!("{:6}  ", answer.whose.unwrap_or_default()));
            let room = style.width.clamp(60, 120).saturating_sub(line.width());
            line.cut_end(Role::Muted, text, room, style);
            line.write(style, out)
        }
    }
}

/// Reads a line without its end; says whether there was one.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = memchr::memchr(b'\n', chunk);
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        let room = LONGEST_LINE - line.len();
        line.extend_from_slice(part.get(..room).unwrap_or(part));
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}
