//! One subject at length.

use super::asked::Subject;
use super::page::{Page, Part};
use super::told::{LogLine, Told};
use crate::knowledge::compare::{compared, said_with};
use crate::knowledge::detectors::DetectorInfo;
use crate::knowledge::{
    Cause, CauseInfo, Contradiction, Evidence, Failure, Move, Refuser, Rules, Token, Words, enhanced_info,
    enhanced_meaning, reference, reply_code_meaning, token,
};
use crate::report::words;
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// The page on one subject.
pub(super) fn page(subject: &Subject, rules: &Rules) -> Page {
    match subject {
        Subject::Reply(code) => reply_code(*code),
        Subject::Enhanced(code) => enhanced_code(*code, rules),
        Subject::Cause(cause) => cause_page(*cause),
        Subject::DeadEnd(info) => dead_end(info),
        Subject::Told(told) => match &told.line {
            Some(line) if told.cause.is_none() => no_failure(told, line),
            line => failure(told, line.as_ref()),
        },
    }
}

/// What the first digit asks of a client: RFC 5321 section 4.2.1.
pub(super) fn class_of(class: ReplyClass) -> (&'static str, &'static str, &'static str) {
    match class {
        ReplyClass::Positive => ("positive", "nobody: it went well", "Takes it as done and goes on."),
        ReplyClass::Transient => {
            ("transient", "your queue, by itself", "Keeps the message and tries again with growing pauses, for days.")
        }
        ReplyClass::Permanent => {
            ("permanent", "a person: sender or postmaster", "Bounces the recipient at once and tells the sender.")
        }
    }
}

/// Whose move it is, in a sentence.
pub(super) fn whose(move_: Move) -> &'static str {
    match move_ {
        Move::Theirs => "theirs: the far side has to act",
        Move::Ours => "ours: whoever runs the sending server",
        Move::Sender => "the sender's: whoever wrote the message",
        Move::Wait => "nobody's: the retry comes by itself",
    }
}

/// The cause that an enhanced code means where there are no words.
pub(super) fn cause_of(code: EnhancedCode, rules: &Rules) -> Option<Cause> {
    let reply = ReplyCode::new(u16::from(code.class()) * 100 + 50);
    let failure = Failure {
        reply_code: reply,
        enhanced: Some(code),
        class: code.reply_class(),
        inbound: false,
        stage: None,
        text: "",
    };
    let verdict = rules.judge(&failure);
    // `4.7.1` may be anything: what the rules make of it for want of words is not what it means.
    let plain = verdict.evidence == Evidence::EnhancedCode && !verdict.rule.starts_with("vague");
    (code.reply_class() != ReplyClass::Positive && plain).then_some(verdict.cause)
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

/// `450`: complete for the codes that are misread most.
fn reply_code(code: ReplyCode) -> Page {
    let class = code.class();
    let (word, next, mta) = class_of(class);
    let known = reply_code_meaning(code);
    let long = reference(code);
    let beside = compared(code);
    let meaning = match (long, known) {
        (Some(long), _) => long.title.clone(),
        (None, Some(known)) => known.meaning.clone(),
        (None, None) => "no code that is registered; its first digit decides".to_owned(),
    };
    let title = format!("{meaning}. {}: the first digit says so.", words::capital(word));
    let mut parts = Vec::new();
    if let Some(long) = long {
        parts.push(Part::Text(long.meaning.clone()));
    }
    let mut facts = vec![("class", long.map_or_else(|| word.to_owned(), |l| l.nature.clone()))];
    facts.push(("who acts next", beside.map_or(next, |b| &b.next).to_owned()));
    if let Some(beside) = beside {
        facts.push(("usual causes", beside.causes.clone()));
        facts.push(("full mailbox?", beside.full.clone()));
        facts.push(("a retry helps", beside.retry.clone()));
    }
    facts.push(("what MTAs do", long.map_or(mta, |l| &l.mta).to_owned()));
    let give = long.map(|l| l.server.clone()).or_else(|| beside.map(|b| words::capital(&b.give) + "."));
    facts.extend(give.map(|text| ("for servers", text)));
    facts.extend(known.filter(|k| k.source != "none").map(|k| ("defined in", k.source.clone())));
    parts.push(facts_of(facts));
    if let Some(long) = long {
        parts.push(Part::List("When it appears", long.appears.clone()));
        parts.push(Part::List("How to fix it", long.fix.clone()));
    }
    if let Some(beside) = beside {
        parts.push(Part::Advice(vec![("Do", one(&beside.do_)), ("Do not", one(&beside.dont))]));
    }
    if let Some(long) = long {
        parts.push(Part::List("What it is taken for", long.confusions.clone()));
    }
    if let Some(beside) = beside.filter(|b| !b.which.is_empty()) {
        let which = beside.which.iter().map(|(e, text)| (format!("{code} {e}"), text.clone())).collect();
        parts.push(Part::Codes(
            "The text after the code says more than the code. The enhanced code says which:".into(),
            which,
        ));
    }
    if class != ReplyClass::Positive {
        parts.push(whole_reply(code));
    }
    Page { title: (format!("{code}:"), title), parts }
}

/// A code alone proves little.
pub(super) fn whole_reply(code: ReplyCode) -> Part {
    let example = match code.class() {
        ReplyClass::Transient => "4.2.0 <ann@host.example>: Greylisted",
        _ => "5.1.1 <ann@host.example>: User unknown",
    };
    Part::Command("For one answer, paste the whole reply:".into(), format!("mailrake explain \"{code} {example}\""))
}

/// `4.7.1`
fn enhanced_code(code: EnhancedCode, rules: &Rules) -> Page {
    let (word, next, mta) = class_of(code.reply_class());
    // Only one provider gives it: what that one means counts.
    let theirs = token(&code.to_string()).map(|t| t.info);
    let registered = || enhanced_meaning(code).unwrap_or("no code that is registered");
    let meaning = theirs.map_or_else(registered, |t| &t.meaning);
    let cause = cause_of(code, rules);
    let mut facts = vec![("class", format!("{word}: the first number says so"))];
    facts.extend(theirs.map(|t| ("said by", t.provider.clone())));
    facts.extend(theirs.map(|t| ("what helps", t.remedy.clone())));
    let mut parts = Vec::new();
    let info = cause.map(Cause::info);
    match (cause, info) {
        (Some(cause), Some(info)) => {
            facts.push(("as a rule", format!("{cause}: {}", info.meaning)));
            facts.push(("when", info.when.clone()));
            facts.push(("whose move", whose(info.move_).to_owned()));
            facts.push(("wait", info.wait.clone()));
        }
        _ => facts.push(("who acts next", next.to_owned())),
    }
    facts.push(("what MTAs do", mta.to_owned()));
    let source = enhanced_info(code).map(|i| i.source.clone());
    facts.extend(source.map(|s| ("defined in", s)));
    parts.push(facts_of(facts));
    parts.extend(cause.map(|cause| advice(cause.words(Refuser::Them))));
    let said = said_with(code);
    if !said.is_empty() {
        parts.push(Part::Codes("Behind a reply code it says:".into(), said));
    }
    let other = match code.class() {
        4 => Some((5, "for good")),
        5 => Some((4, "for the moment")),
        _ => None,
    };
    if let Some((class, how)) = other {
        let sister = format!("{class}.{}.{}", code.subject(), code.detail());
        parts.push(Part::Text(format!(
            "{sister} says the same {how}. Its first number must be the first digit of the reply (RFC 2034): where they \
             differ, the reply code decides what is done. Words in the text say more than both."
        )));
    }
    Page { title: (format!("{code}:"), format!("{meaning}.")), parts }
}

/// `greylisted`
fn cause_page(cause: Cause) -> Page {
    let info = cause.info();
    let parts = vec![
        facts_of(vec![
            ("nature", info.nature.clone()),
            ("when", info.when.clone()),
            ("whose move", whose(info.move_).to_owned()),
            ("where it lies", info.whose.clone()),
            ("wait", info.wait.clone()),
        ]),
        Part::List("Where it comes from", info.roots.clone()),
        Part::List("What to do", info.do_.clone()),
        Part::List("What not to do", info.dont.iter().map(|d| format!("{}: {}", d.what, d.why)).collect()),
        Part::Text(format!("In short: {}", info.verdict)),
    ];
    Page { title: (format!("{cause}:"), format!("{}.", info.meaning)), parts }
}

/// `no_backoff`
fn dead_end(info: &DetectorInfo) -> Page {
    let parts = vec![
        facts_of(vec![
            ("severity", info.severity.as_str().to_owned()),
            ("whose move", whose(info.whose).to_owned()),
            ("known", info.known.clone()),
        ]),
        Part::Advice(vec![("Do", one(&info.advice))]),
        Part::Command("The report finds such tries and names them:".into(), "mailrake LOG".into()),
    ];
    Page { title: (format!("{}:", info.kind), "a dead end that the report looks for.".into()), parts }
}

/// A line that tells of no failure.
fn no_failure(told: &Told, line: &LogLine) -> Page {
    let who = line.recipient.as_deref().unwrap_or("the recipient");
    let title = match line.outcome {
        "delivered" => ("Delivered.".to_owned(), "Nothing to do.".to_owned()),
        "handed on" => ("Handed on.".to_owned(), "It goes on in this host's queue under another id.".to_owned()),
        "discarded" => ("Thrown away by a rule of this host.".to_owned(), "Nobody is told.".to_owned()),
        "noted" => ("No failure.".to_owned(), format!("The line tells of {}.", article(line.kind))),
        _ => ("No failure.".to_owned(), "The address was only asked for.".to_owned()),
    };
    let mut facts = Vec::new();
    if line.outcome != "noted" {
        facts.push(("recipient", who.to_owned()));
        facts.extend(line.peer.as_ref().map(|p| ("next hop", p.clone())));
        if !told.reply.is_empty() {
            facts.push(("reply", short(&told.reply)));
        }
    }
    facts.extend(message(line).map(|m| ("message", m)));
    let parts = if facts.is_empty() { Vec::new() } else { vec![facts_of(facts)] };
    Page { title, parts }
}

/// `arrival of a message` is told of as it is; another kind of line by its name.
fn article(kind: &str) -> String {
    if kind.starts_with("a ") || kind.starts_with("an ") || kind.starts_with("arrival") || kind.starts_with("trouble") {
        kind.to_owned()
    } else {
        format!("something that counts as no try: {kind}")
    }
}

/// `2B95BA201D6 on mx1`
fn message(line: &LogLine) -> Option<String> {
    let host = line.host.as_ref().map(|h| format!(" on {h}")).unwrap_or_default();
    line.queue_id.as_ref().map(|id| format!("{id}{host}"))
}

/// A reply or a line that tells of a failure.
fn failure(told: &Told, line: Option<&LogLine>) -> Page {
    let Some(cause) = told.cause else { return positive(told) };
    let info = cause.info();
    let by = told.refuser();
    let (inbound, words) = (by == Refuser::Us, cause.words(by));
    let title = match (told.domain(), line) {
        _ if inbound => (format!("Refused here: {cause}."), refused_verdict(words.move_).to_owned()),
        (Some(domain), Some(line)) if line.outcome != "skipped" => {
            (format!("{} at {domain}.", info.headline), verdict(told, info))
        }
        _ => (format!("{}.", info.headline), verdict(told, info)),
    };
    let mut facts = Vec::new();
    if let Some(line) = line {
        facts.push(("what happened", happened(told, line, info)));
    }
    facts.extend(reply(told, line).map(|r| ("reply", r)));
    facts.push(("cause", because(told, cause)));
    if let Some(wrong) = told.contradiction {
        facts.push(("but", but(told, wrong)));
    }
    facts.extend(words_of_provider(&told.reply));
    if let Some(line) = line {
        facts.push(("outcome", outcome(line)));
    }
    if inbound || line.is_none() {
        facts.push(("meaning", words.meaning.to_owned()));
    }
    if inbound {
        facts.push(("whose move", refused_whose(words.move_).to_owned()));
    } else {
        facts.push(("whose move", whose(info.move_).to_owned()));
        facts.push(("wait", info.wait.clone()));
    }
    let mut parts = vec![facts_of(facts), advice(words)];
    let hint = match (cause, line.is_some()) {
        (Cause::Greylisted, true) => {
            "In a log, \"mailrake LOG\" shows how long this domain makes others wait.".to_owned()
        }
        (_, true) => "\"mailrake LOG\" shows how often this comes, and from where.".to_owned(),
        (cause, false) => format!("More on this cause: mailrake explain {cause}"),
    };
    parts.push(Part::Text(hint));
    Page { title, parts }
}

/// What follows from a refusal of ours, by whose move it is.
fn refused_verdict(whose: Move) -> &'static str {
    match whose {
        Move::Ours => "The client was told; our move.",
        Move::Theirs | Move::Sender => "The client was told; its move.",
        Move::Wait => "The client comes again by itself.",
    }
}

/// Whose move it is after a refusal of ours.
fn refused_whose(whose: Move) -> &'static str {
    match whose {
        Move::Ours => "ours: whoever runs this host",
        Move::Theirs => "the client's, unless our rule is wrong",
        Move::Sender => "the sender's: whoever wrote the message, unless our rule is wrong",
        Move::Wait => "nobody's: the client comes again by itself",
    }
}

/// `S3140`: what the provider means by it, and what helps.
fn words_of_provider(reply: &str) -> Vec<(&'static str, String)> {
    let Some(Token { word, info }) = token(reply) else { return Vec::new() };
    let says = format!("{}: {}", info.provider, info.meaning);
    vec![("their word", format!("{word}, {says}")), ("what helps", info.remedy.clone())]
}

/// `250 2.0.0 Ok`
fn positive(told: &Told) -> Page {
    let facts = facts_of(vec![("reply", short(&told.reply))]);
    Page { title: ("No failure.".into(), "The server took it.".into()), parts: vec![facts] }
}

/// The verdict of a cause, but that a wrong digit may turn it round.
fn verdict(told: &Told, info: &CauseInfo) -> String {
    match told.contradiction {
        Some(Contradiction::NeverForLater) => {
            format!("{} But the 5 at its beginning makes every server give up.", info.verdict)
        }
        _ => info.verdict.clone(),
    }
}

fn happened(told: &Told, line: &LogLine, info: &CauseInfo) -> String {
    let who = line.recipient.as_deref();
    if line.inbound {
        let here = line.host.as_deref().unwrap_or("this host");
        let client = line.peer.as_deref().unwrap_or("a client");
        let about = who.map(|w| format!(", recipient {w}")).unwrap_or_default();
        return format!("{here} refused {client}{about}: {}", short(&told.reply));
    }
    let what = &info.happened;
    let host = line.peer.as_deref().unwrap_or("the server");
    what.replace("{host}", host).replace("{who}", who.unwrap_or("the recipient"))
}

/// `450 4.2.0, transient, at RCPT TO`
fn reply(told: &Told, line: Option<&LogLine>) -> Option<String> {
    let codes: Vec<String> =
        [told.reply_code.map(|c| c.to_string()), told.enhanced.map(|e| e.to_string())].into_iter().flatten().collect();
    let class = told.class.map(|c| c.as_str());
    let at = line.and_then(|l| l.stage).map(stage);
    let mut said = vec![codes.join(" ")];
    if told.reply_code.is_none() && line.is_some_and(|l| !l.inbound) {
        said = vec![match told.enhanced {
            Some(enhanced) => format!("none; the MTA itself says {enhanced}"),
            None => "none".to_owned(),
        }];
    } else if codes.is_empty() {
        return None;
    }
    said.extend(class.map(str::to_owned));
    said.extend(at.map(str::to_owned));
    Some(said.join(", "))
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "at the greeting",
        Stage::Hello => "at EHLO",
        Stage::StartTls => "at STARTTLS",
        Stage::Auth => "at AUTH",
        Stage::Mail => "at MAIL FROM",
        Stage::Rcpt => "at RCPT TO",
        Stage::Data => "at DATA",
        Stage::EndOfData => "after the message",
        Stage::Other => "at another command",
    }
}

/// `greylisted (rule greylisted: the text says "Greylisted"; ...)`
fn because(told: &Told, cause: Cause) -> String {
    let enhanced = told.enhanced.and_then(|e| enhanced_meaning(e).map(|m| (e, m)));
    let why = match (told.evidence, &told.words, enhanced) {
        (Evidence::Text, Some(words), Some((e, meaning))) if e.detail() == 0 || told.contradiction.is_some() => {
            format!("the text says \"{words}\"; the enhanced code {e} alone would only say \"{meaning}\"")
        }
        (Evidence::Text, Some(words), _) => format!("the text says \"{words}\""),
        (Evidence::Text, None, _) => "the text says it".to_owned(),
        (Evidence::EnhancedCode, _, Some((e, meaning))) => format!("the enhanced code {e} says \"{meaning}\""),
        (Evidence::EnhancedCode, ..) => "the enhanced code says it".to_owned(),
        (Evidence::ReplyCode, ..) => "only the reply code is left to go by".to_owned(),
        (Evidence::Nothing, ..) => "neither words nor codes say more".to_owned(),
    };
    format!("{cause} (rule {}: {why})", told.rule)
}

/// What speaks against the rest.
fn but(told: &Told, wrong: Contradiction) -> String {
    let code = told.reply_code.map(|c| c.to_string()).unwrap_or_default();
    match wrong {
        Contradiction::LaterForNever => {
            format!("{code} says \"later\", and no waiting cures this: take it as final; theirs is the wrong code")
        }
        Contradiction::NeverForLater => {
            format!(
                "{code} says \"never\", and the text \"later\": the mail is lost by the wrong code, which is theirs to mend"
            )
        }
        Contradiction::CodesDiffer => {
            "the reply code and the enhanced code are of different classes; the reply code decides what is done"
                .to_owned()
        }
        Contradiction::EnhancedCodeSays(other) => {
            format!("the enhanced code alone would mean {other}; the words are believed")
        }
    }
}

fn outcome(line: &LogLine) -> String {
    let id = line.queue_id.as_ref().map(|id| format!("message {id} ")).unwrap_or_default();
    let of = line.host.as_ref().map(|h| format!(" of {h}")).unwrap_or_default();
    match line.outcome {
        "deferred" if !id.is_empty() => format!("deferred; {id}stays in the queue{of}"),
        "bounced" => "bounced; the sender is told".to_owned(),
        "expired" => "expired; the sender is told".to_owned(),
        "skipped" => format!("not tried; {id}stays in the queue{of}"),
        "rejected" => "refused; whether it comes again is up to the client".to_owned(),
        other => other.to_owned(),
    }
}

/// `Do` and `Do not`.
pub(super) fn advice(words: Words) -> Part {
    let do_ = words.do_.iter().filter(|d| *d != "nothing" || words.do_.len() == 1).cloned().collect();
    let dont = words.dont.iter().map(|d| format!("{}: {}", d.what, d.why)).collect();
    Part::Advice(vec![("Do", do_), ("Do not", dont)])
}

fn facts_of(facts: Vec<(&str, String)>) -> Part {
    Part::Facts(facts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
}

/// A reply as it came, the first of it.
fn short(reply: &str) -> String {
    const MOST: usize = 200;
    let mut text: String = reply.chars().take(MOST).collect();
    if text.len() < reply.len() {
        text.push('…');
    }
    text
}
