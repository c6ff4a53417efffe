use super::answer::Stream;
use super::*;
use crate::knowledge::{Cause, rules};

const GREYLISTED: &str = "Mar  4 06:14:01 mx1 postfix/smtp[315]: 2B95BA201D6: to=<ann@host.example>, \
    relay=mx.host.example[203.0.113.18]:25, delay=1.9, delays=0.1/0/1/0.8, dsn=4.2.0, status=deferred \
    (host mx.host.example[203.0.113.18] said: 450 4.2.0 <ann@host.example>: Recipient address rejected: Greylisted \
    (in reply to RCPT TO command))";

fn asked(words: &[&str]) -> Result<Vec<Subject>, crate::Error> {
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    subjects(&words, rules())
}

fn text(words: &[&str], width: usize, ascii: bool) -> String {
    let style = TextStyle { width, ascii, ..TextStyle::default() };
    let mut out = Vec::new();
    write(&asked(words).unwrap(), rules(), ExplainFormat::Text(style), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn words_are_codes_causes_replies_or_lines() {
    let kinds = |words: &[&str]| -> String {
        let kind = |s: &Subject| match s {
            Subject::Reply(code) => format!("reply {code}"),
            Subject::Enhanced(code) => format!("enhanced {code}"),
            Subject::Cause(cause) => format!("cause {cause}"),
            Subject::DeadEnd(info) => format!("dead end {}", info.kind),
            Subject::Told(told) => {
                let what = if told.line.is_some() { "line" } else { "reply" };
                format!("{what}: {}", told.cause.map_or("none", Cause::as_str))
            }
        };
        asked(words).unwrap().iter().map(kind).collect::<Vec<_>>().join(" | ")
    };
    assert_eq!(kinds(&["450"]), "reply 450");
    assert_eq!(kinds(&["450", "550", "5.7.1"]), "reply 450 | reply 550 | enhanced 5.7.1");
    assert_eq!(kinds(&["#5.1.1"]), "enhanced 5.1.1");
    assert_eq!(kinds(&["Rate_Limited", "no-backoff"]), "cause rate-limited | dead end no_backoff");
    assert_eq!(kinds(&["550 5.1.1"]), "reply: user-unknown");
    // Quotes may be left out where nothing else can be meant.
    assert_eq!(kinds(&["550", "5.1.1"]), "reply: user-unknown");
    assert_eq!(kinds(&["450", "4.2.0", "Mailbox", "full"]), "reply: mailbox-full");
    assert_eq!(kinds(&["450 4.7.1 Greylisted", "Connection refused"]), "reply: greylisted | reply: connect-refused");
    assert_eq!(kinds(&[GREYLISTED]), "line: greylisted");
    let exim = "2025-03-04 06:14:01 1uEh6u-00002d-13 ** ann@host.example R=dnslookup T=remote_smtp \
                H=mx.host.example [203.0.113.18]: SMTP error from remote mail server after RCPT TO:<ann@host.example>: \
                550 5.1.1 User unknown";
    assert_eq!(kinds(&[exim]), "line: user-unknown");
    let sendmail = "2025-03-04T06:14:01+00:00 mx1 sm-mta[9]: 4BVEMx7H000189: to=<ann@host.example>, delay=00:00:01, \
                    mailer=esmtp, relay=mx.host.example. [203.0.113.18], dsn=4.2.2, \
                    reply=452 4.2.2 Mailbox full, stat=Deferred: 452 4.2.2 Mailbox full";
    assert_eq!(kinds(&[sendmail]), "line: mailbox-full");
}

#[test]
fn what_is_nothing_is_an_error() {
    for words in [&["frobnicate"] as &[&str], &["600"], &["4.7"], &[""], &["one two three"], &["\x1b[2J"]] {
        let error = asked(words).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Usage, "{words:?}");
        assert!(!error.to_string().contains('\x1b'));
    }
}

#[test]
fn no_page_is_wider_than_asked() {
    let all: Vec<&str> = Cause::ALL.iter().map(|c| c.as_str()).collect();
    let mut pages: Vec<Vec<&str>> = all.iter().map(|c| vec![*c]).collect();
    pages.extend(
        ["421", "450", "451", "503", "530", "550", "554", "555", "599", "250", "4.7.1", "5.1.1"].map(|c| vec![c]),
    );
    pages.extend([vec!["450", "550"], vec!["421", "450", "451", "452"], vec!["greylisted", "5.7.1", "550"]]);
    pages.push(vec![GREYLISTED]);
    for page in &pages {
        for width in [60, 80, 120] {
            for ascii in [false, true] {
                let text = text(page, width, ascii);
                assert!(text.lines().count() > 3, "{page:?}");
                for line in text.lines() {
                    assert!(line.chars().count() <= width, "{page:?} at {width}: {line}");
                    assert!(!line.ends_with(' '), "{line:?}");
                }
                assert!(!ascii || text.is_ascii(), "{page:?}");
            }
        }
    }
}

#[test]
fn a_line_is_told_with_its_names() {
    let page = text(&[GREYLISTED], 80, false);
    for part in [
        "Greylisting at host.example. Nothing to do: the next try should pass.",
        "mx.host.example put off ann@host.example on purpose",
        "450 4.2.0, transient, at RCPT TO",
        "the text says \"Greylisted\"",
        "message 2B95BA201D6 stays in the queue of mx1",
        "nobody's: the retry comes by itself",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    // The same with its middle left out.
    let (head, tail) = (GREYLISTED.split(" relay").next().unwrap(), GREYLISTED.split("0.8, ").nth(1).unwrap());
    let gap = format!("{head} ... {tail}");
    assert!(text(&[&gap], 80, false).contains("mx.host.example put off ann@host.example on purpose"));
}

/// The client's bad name is not ours to mend, whatever it is told.
#[test]
fn a_refusal_of_ours_is_told_as_the_one_who_refused_sees_it() {
    let line = "2025-03-04T08:00:00+00:00 mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from dyn.pool.example[192.0.2.4]: \
                554 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.dnsbl.example; \
                from=<a@pool.example> to=<ann@host.example> proto=ESMTP helo=<x>";
    let page = text(&[line], 80, false);
    assert!(page.contains("its move.") && page.contains("nothing where the list is right"), "{page}");
    assert!(!page.contains("our address"), "{page}");
    let mut out = Vec::new();
    write(&asked(&[line]).unwrap(), rules(), ExplainFormat::Json, &mut out).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((&object["cause"], &object["whose"]), (&"blocklisted-ip".into(), &"theirs".into()), "{object}");
    assert!(object["do"][0].as_str().unwrap().starts_with("nothing where the list is right"), "{object}");
    assert!(object["wait"].is_null());
}

#[test]
fn a_line_is_known_without_its_envelope() {
    let refused = text(
        &["NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 Client host [198.51.100.7] blocked using \
           zen.spamhaus.org; from=<s@x.example> to=<ann@us.example>"],
        80,
        false,
    );
    assert!(refused.starts_with("Refused here: blocklisted-ip."), "{refused}");
    let put_off = text(
        &["2B95BA201D6: to=<ann@remote.example>, ... dsn=4.2.0, status=deferred (host \
           mx.remote.example[203.0.113.7] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))"],
        80,
        false,
    );
    assert!(put_off.starts_with("Greylisting at remote.example."), "{put_off}");
}

#[test]
fn wrong_codes_are_named() {
    let says = |reply: &str, words: &str| {
        let page = text(&[reply], 80, false);
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(words), "{page}");
    };
    says("450 4.1.1 User unknown", "theirs is the wrong code");
    says("550 Greylisted, try again later", "makes every server give up");
}

#[test]
fn a_stream_has_an_object_for_each_text() {
    let lines = format!("450 4.7.1 Greylisted\r\n\n550-5.1.1 User\n{GREYLISTED}\n250 2.0.0 Ok\n\"quoted\" \x1b[0m\n");
    let mut out = Vec::new();
    Stream::new(rules(), None).run(lines.as_bytes(), &mut out).unwrap();
    let objects: Vec<serde_json::Value> =
        String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let causes: Vec<_> = objects.iter().map(|o| o["cause"].as_str().unwrap_or("none")).collect();
    assert_eq!(causes, ["greylisted", "user-unknown", "greylisted", "none", "unknown"]);
    let keys = ["text", "reply_code", "enhanced_code", "class", "cause", "rule", "whose", "meaning", "advice"];
    assert!(objects.iter().all(|o| keys.iter().all(|k| o.get(k).is_some())));
    assert_eq!(objects[0]["text"], "450 4.7.1 Greylisted");
    assert_eq!(objects[2]["reply_code"], 450);
    assert_eq!(objects[2]["whose"], "wait");
}

#[test]
fn markdown_has_no_markup_of_strangers() {
    let mut out = Vec::new();
    let subjects = asked(&["550 5.1.1 <b>x</b> [a](https://evil.example) User unknown *now*"]).unwrap();
    write(&subjects, rules(), ExplainFormat::Markdown, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert!(page.starts_with("# Unknown user.\n"), "{page}");
    assert!(!page.contains("<b>") && !page.contains("](https://"));
}

#[test]
fn words_of_providers_are_explained() {
    let text = |words: &[&str]| text(words, 120, true);
    let pasted = text(&["550 5.7.1 Part of your network is on our block list (S3140)."]);
    assert!(pasted.contains("their word     S3140, Microsoft consumer: "), "{pasted}");
    assert!(pasted.contains("what helps     look the address up in SNDS"), "{pasted}");
    let code = text(&["5.7.606"]);
    assert!(code.starts_with("5.7.606: the sending address is banned at Exchange Online."), "{code}");
    assert!(code.contains("said by        Microsoft 365"), "{code}");
    assert!(!text(&["550 5.1.1 User unknown"]).contains("their word"));
    let mut out = Vec::new();
    Stream::new(rules(), None).run(&b"421 4.7.0 [TSS04] deferred\n550 User unknown\n"[..], &mut out).unwrap();
    let answers: Vec<serde_json::Value> =
        String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        (&answers[0]["token"]["token"], &answers[0]["token"]["provider"]),
        (&"TSS04".into(), &"Yahoo/AOL".into())
    );
    assert!(answers[1].get("token").is_none());
    out = Vec::new();
    write(&asked(&["503"]).unwrap(), rules(), ExplainFormat::Markdown, &mut out).unwrap();
    assert!(out.starts_with(b"# 503\n\nBad sequence of commands."), "{}", String::from_utf8_lossy(&out));
}

/// `explain 450 450` is `explain 450`, and one more code beside it is set beside one column.
#[test]
fn what_is_named_twice_is_explained_once() {
    assert_eq!(text(&["450", "450"], 80, false), text(&["450"], 80, false));
    assert_eq!(text(&["450", "550", "450"], 80, false), text(&["450", "550"], 80, false));
    assert_eq!(text(&["4.7.1", "#4.7.1"], 80, false), text(&["4.7.1"], 80, false));
    assert_ne!(text(&["450", "451"], 80, false), text(&["450"], 80, false));
}
