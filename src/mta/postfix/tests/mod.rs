//! Lines and what is read from them, in short: see [`show`].  Words are the laboratory's or RFC-reserved.
//! Here: how events are shown, what no line may do, and the quiet and unknown lines.

mod deliveries;
mod queue;
mod refusals;
mod variants;

use super::*;
use crate::event::{Arrival, Attempt, Recipients, Refusal};
use deliveries::{FAILED, SENT, TRAPS};
use refusals::{LET_PASS, REFUSED};
use std::fmt::Write as _;

/// A tag's program, a message, what is to be read from it.
type Case = (&'static str, &'static str, &'static str);

fn line<'a>(tag: &'a [u8], message: &'a [u8]) -> Line<'a> {
    Line { time: 0, host: b"mx1", tag, pid: b"1", message, times: 1 }
}

fn check(cases: &[Case]) {
    for (program, message, expected) in cases {
        let tag = format!("postfix/{program}");
        assert!(claims(tag.as_bytes(), message.as_bytes()), "{tag}");
        assert_eq!(show(&parse(&line(tag.as_bytes(), message.as_bytes()))), *expected, "\n{tag}: {message}");
    }
}

/// An event as one line of text; what is not known is left out.
fn show(event: &Event<'_>) -> String {
    match event {
        Event::Message { id, fact } => format!("{} {}", text(id), show_fact(fact)),
        Event::Refusal(refusal) => show_refusal(refusal),
        Event::Quiet(kind) => format!("quiet: {kind}"),
        Event::Unparsed => "unparsed".into(),
    }
}

fn show_fact(fact: &Fact<'_>) -> String {
    match fact {
        Fact::Attempt(attempt) => show_attempt(attempt),
        Fact::Arrival(arrival) => show_arrival(arrival),
        Fact::Quiet(kind) => format!("quiet: {kind}"),
        Fact::Notice { kind, child } => format!("{kind:?} notice {}", text(child.unwrap_or(b"-"))),
        other => format!("{other:?}"),
    }
}

fn show_arrival(arrival: &Arrival<'_>) -> String {
    let mut out = String::from(if arrival.begins { "begins" } else { "arrival" });
    let mut put = |key: &str, value: Option<&[u8]>| {
        if let Some(value) = value {
            write!(out, " {key}={}", text(value)).unwrap();
        }
    };
    put("from", arrival.sender);
    put("name", arrival.client_name);
    put("ip", arrival.client_ip);
    put("login", arrival.login);
    put("id", arrival.message_id);
    put("parent", arrival.parent);
    put("size", arrival.size.map(|n| n.to_string()).as_deref().map(str::as_bytes));
    put("nrcpt", arrival.recipients.map(|n| n.to_string()).as_deref().map(str::as_bytes));
    if arrival.local {
        out.push_str(" local");
    }
    out
}

fn show_attempt(attempt: &Attempt<'_>) -> String {
    let Recipients::One(to) = attempt.recipients else { panic!("Postfix writes one recipient a line") };
    let mut out = format!("{:?} {}", attempt.disposition, text(to));
    if let Some(original) = attempt.original {
        write!(out, " ({})", text(original)).unwrap();
    }
    write!(out, " via {}[{}]", text(attempt.relay.host), text(attempt.relay.ip)).unwrap();
    if attempt.local {
        out.push_str(" local");
    }
    if let Some(delay) = attempt.delay_us {
        write!(out, " {}ms", delay / 1000).unwrap();
    }
    if let Some(dsn) = attempt.dsn {
        write!(out, " dsn={dsn}").unwrap();
    }
    if let Some(stage) = attempt.stage {
        write!(out, " {}", stage.as_str()).unwrap();
    }
    if let Some(queued_as) = attempt.queued_as {
        write!(out, " as={}", text(queued_as)).unwrap();
    }
    out + &show_reply(&attempt.reply)
}

fn show_reply(reply: &crate::smtp::reply::Reply<'_>) -> String {
    let code = reply.code.map_or("-".into(), |c| c.to_string());
    let enhanced = reply.enhanced.map_or("-".into(), |e| e.to_string());
    format!(" {code}/{enhanced} | {}", text(reply.text))
}

fn show_refusal(refusal: &Refusal<'_>) -> String {
    let mut out = format!("refused {}", text(refusal.id.unwrap_or(b"-")));
    for (key, value) in [
        ("name", refusal.client_name),
        ("ip", refusal.client_ip),
        ("helo", refusal.helo),
        ("from", refusal.sender),
        ("to", refusal.recipient),
    ] {
        if let Some(value) = value {
            write!(out, " {key}={}", text(value)).unwrap();
        }
    }
    let stage = refusal.stage.map_or("-", |s| s.as_str());
    out + &format!(" {stage} {}", refusal.class.as_str()) + &show_reply(&refusal.reply)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_last_part_of_the_tag_is_the_program() {
    for tag in [
        "postfix/smtpd",
        "postfix/submission/smtpd",
        "postfix-out/qmgr",
        "postfix-239.58.50.50/smtp",
        "mail/25/trivial-rewrite",
        "postfix/nqmgr",
        "postfix/postfix-script",
    ] {
        assert!(claims(tag.as_bytes(), b""), "{tag}");
    }
    for tag in ["smtpd", "/smtpd", "postfix", "postfix/", "postfix/policy-spf", "sendmail", "sm-mta", ""] {
        assert!(!claims(tag.as_bytes(), b""), "{tag}");
    }
}

#[test]
fn queue_ids_are_told_from_words() {
    let is_id = |word: &str| match lexis::owner(format!("{word}: text").as_bytes()) {
        Some((Owner::Message(id), b"text")) => id == word.as_bytes(),
        _ => false,
    };
    for id in ["2B95BA201D6", "0DADFA2025B", "4Xh87p0sf8z1RRBh", "ABCDEF", "KLMNO11111", "4Zk2Rn5tYPzCqt9"] {
        assert!(is_id(id), "{id}");
    }
    for word in ["warning", "fatal", "ABCDE", "statistics", "TLSRPT", "dnsblog1", "4Xh87p0sf8", "NOQUEUE", ""] {
        assert!(!is_id(word), "{word}");
    }
}

static QUIET: &[Case] = &[
    ("smtpd", "connect from a.example[192.0.2.1]", "quiet: client connected"),
    (
        "smtpd",
        "disconnect from a.example[192.0.2.1] ehlo=1 mail=1 rcpt=0/2 quit=1 commands=4/7",
        "quiet: client disconnected",
    ),
    ("smtpd", "lost connection after RCPT from a.example[192.0.2.1]", "quiet: client lost"),
    ("smtpd", "NOQUEUE: lost connection after CONNECT from unknown[192.0.2.31]", "quiet: client lost"),
    ("smtpd", "NOQUEUE: timeout after EHLO from unknown[192.0.2.31]", "quiet: client timed out"),
    ("smtpd", "too many errors after AUTH from unknown[192.0.2.31]", "quiet: client made too many errors"),
    (
        "smtpd",
        "warning: unknown[192.0.2.9]:4711: SASL LOGIN authentication failed: authentication failure",
        "quiet: login failed",
    ),
    ("smtpd", "warning: SASL authentication failure: no words of ours", "quiet: login failed: why"),
    ("smtpd", "warning: hostname a.example does not resolve to address 192.0.2.4", "quiet: client name not verified"),
    ("smtpd", "warning: non-SMTP command from unknown[192.0.2.9]: GET / HTTP/1.1", "quiet: client speaks no SMTP"),
    (
        "smtpd",
        "warning: Connection rate limit exceeded: 12 from a.example[192.0.2.1] for service smtpd",
        "refused - name=a.example ip=192.0.2.1 connect transient -/- | Connection rate limit exceeded: 12 from a.example[192.0.2.1] for service smtpd",
    ),
    ("cleanup", "warning: ABCDEF0: removed spurious defer log", "quiet: warning about a message"),
    ("smtp", "warning: no MX host for mxnowhere.example has a valid address record", "quiet: host unreachable"),
    ("qmgr", "warning: the words of a warning are free", "quiet: warning"),
    ("sendmail", "fatal: anna(1000): queue file write error", "quiet: fatal error"),
    ("smtpd", "panic: impossible", "quiet: panic"),
    ("smtpd", "error: open /etc/postfix/x.db: No such file or directory", "quiet: error"),
    ("smtp", "connect to mx1.twomx.example[203.0.113.2]:25: Connection refused", "quiet: host unreachable"),
    ("smtp", "connect to subsystem private/tlsmgr", "quiet: debug output"),
    (
        "smtp",
        "Untrusted TLS connection established to a.example[192.0.2.1]:25: TLSv1.3 with cipher X (256/256 bits)",
        "quiet: TLS connection",
    ),
    ("smtpd", "a.example[192.0.2.1]: TLS cipher list \"ALL\"", "quiet: TLS detail"),
    ("smtp", "put smtp session id=smtp&example.org&mx.example.org&192.0.2.1 [data 2234 bytes]", "quiet: TLS detail"),
    ("smtpd", "lookup smtpd session id=ABCD&s=smtp&l=1", "quiet: TLS detail"),
    ("tlsmgr", "open smtpd TLS cache btree:/var/lib/postfix/smtpd_scache", "quiet: TLS detail"),
    ("tlsmgr", "write smtpd TLS cache entry ABCD: time=1730621702 [data 2234 bytes]", "quiet: TLS detail"),
    ("smtpd", "put out the light", "unparsed"),
    ("postscreen", "[2001:db8::9]:4711: discarding EHLO keywords: CHUNKING", "quiet: EHLO keywords hidden"),
    ("postscreen", "[192.0.2.9]:4711: replacing command \"HELO x\" with \"QUIT\"", "quiet: client command replaced"),
    ("smtpd", "SSL_accept error from unknown[192.0.2.7]: lost connection", "quiet: TLS handshake failed"),
    ("postscreen", "CONNECT from [192.0.2.9]:53024 to [198.51.100.25]:25", "quiet: screened client connected"),
    ("postscreen", "PASS NEW [192.0.2.9]:53024", "quiet: screening passed"),
    ("postscreen", "WHITELIST VETO [192.0.2.9]:53024", "quiet: client on a list"),
    ("postscreen", r"PREGREET 14 after 0.1 from [192.0.2.9]:53024: EHLO x\r\n", "quiet: client spoke too early"),
    (
        "postscreen",
        "NON-SMTP COMMAND from [192.0.2.206]:40889 after CONNECT: GET / HTTP/1.1",
        "quiet: screening failed",
    ),
    (
        "dnsblog",
        "addr 192.0.2.9 listed by domain dnsbl.blocklist.example as 127.0.0.2",
        "quiet: client on a DNS blocklist",
    ),
    ("anvil", "statistics: max connection rate 4/60s for (smtp:192.0.2.9) at Nov  3 09:12:01", "quiet: statistics"),
    (
        "postscreen",
        "cache btree:/var/lib/postfix/postscreen_cache full cleanup: retained=1 dropped=0 entries",
        "quiet: cache cleaned",
    ),
    ("master", "daemon started -- version 3.10.1, configuration /etc/postfix", "quiet: mail system started"),
    ("postfix-script", "stopping the Postfix mail system", "quiet: mail system stopped"),
    ("postfix-script", "Postfix is running with backwards-compatible default settings", "quiet: old default in use"),
    (
        "master",
        "/etc/postfix/master.cf: line 12: using backwards-compatible default setting chroot=y",
        "quiet: old default in use",
    ),
    ("master", "/etc/postfix/master.cf: line 12: something else", "unparsed"),
    ("postsuper", "Expired: 1 message", "quiet: queue work by hand"),
    ("postsuper", "Deleted: 3 messages", "quiet: queue work by hand"),
    ("qmgr", "qmgr_active_feed: deferred/A/ABCDEF0", "quiet: debug output"),
    ("qmgr", "done deferred queue scan", "quiet: debug output"),
    ("qmgr", "private/anvil socket: wanted attribute: rate", "quiet: debug output"),
    ("qmgr", "rewrite stream disconnect", "quiet: debug output"),
    ("smtpd", "some_parameter_name = some value", "quiet: debug output"),
    ("smtpd", "after input_transp_cleanup: cleanup flags = none", "quiet: debug output"),
    ("smtpd", "< a.example[192.0.2.1]: RCPT TO:<x>, status=sent (250 ok)", "quiet: debug output"),
];

#[test]
fn quiet_kinds() {
    check(QUIET);
}

#[test]
fn no_row_of_a_table_hides_another() {
    for (words, expected) in quiet::LINES {
        assert_eq!(quiet::kind(words.as_bytes()), Some(*expected), "{words}");
    }
}

static UNKNOWN: &[Case] = &[
    ("smtpd", "", "unparsed"),
    ("smtpd", "a line of no known form", "unparsed"),
    ("smtpd", "connected from a.example[192.0.2.1]", "unparsed"),
    ("smtp", "1A06B2911F0:", "unparsed"),
    ("smtp", "1A06B2911F0: something else", "unparsed"),
    ("qmgr", "1A06B2911F0: host mx1.example[203.0.113.4] said: 450 no", "unparsed"),
    ("smtp", "1A06B2911F0: to=<u@example.org>, ", "unparsed"),
    ("smtp", "1A06B2911F0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1", "unparsed"),
    (
        "smtp",
        "1A06B2911F0: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=2.0.0, status=dreamt (of)",
        "unparsed",
    ),
    ("smtp", "1A06B2911F0: to=<u@example.org>, delay=1, dsn=2.0.0, status=sent (250 ok)", "unparsed"),
    ("qmgr", "1A06B2911F0: from=<a@example.org>, status=sent (250 ok)", "unparsed"),
    ("qmgr", "1A06B2911F0: from=<a@example.org>, size=x, nrcpt=1 (queue active)", "unparsed"),
    ("smtpd", "NOQUEUE: reject:", "unparsed"),
    ("smtpd", "NOQUEUE: reject: RCPT from nobody: 450 no", "unparsed"),
    ("smtpd", "NOQUEUE: ponder: RCPT from a.example[192.0.2.1]: 450 no", "unparsed"),
    ("smtpd", "1CA5820B3D: client=a.example", "unparsed"),
    ("pickup", "1CA5820B3D: uid=0 from=<a", "unparsed"),
    ("cleanup", "1CA5820B3D: reject: header X: y", "unparsed"),
];

#[test]
fn unknown_lines_are_not_quiet() {
    check(UNKNOWN);
}

fn samples() -> impl Iterator<Item = (&'static str, &'static str)> {
    [queue::ARRIVALS, queue::QUEUE, SENT, FAILED, TRAPS, REFUSED, LET_PASS, QUIET, UNKNOWN]
        .into_iter()
        .flatten()
        .map(|(program, message, _)| (*program, *message))
}

/// Every part of an event is a part of the line, so to look at them all is enough.
#[test]
fn no_cut_or_damaged_line_panics() {
    for (program, message) in samples() {
        let tag = format!("postfix/{program}");
        let mut bytes = message.as_bytes().to_vec();
        for at in 0..=bytes.len() {
            for piece in [&bytes[..at], &bytes[at..]] {
                assert!(!show(&parse(&line(tag.as_bytes(), piece))).is_empty());
            }
        }
        for at in 0..bytes.len() {
            let old = bytes[at];
            for new in [old ^ 0x80, b'>', b'"', b']', b')', b' '] {
                bytes[at] = new;
                assert!(!show(&parse(&line(tag.as_bytes(), &bytes))).is_empty());
            }
            bytes[at] = old;
        }
    }
}

/// A cut line may lose the end of its reason, never gain another recipient, next hop or verdict.
#[test]
fn a_cut_delivery_line_keeps_its_verdict_or_is_unparsed() {
    for (program, message, _) in [SENT, FAILED, TRAPS].into_iter().flatten() {
        let tag = format!("postfix/{program}");
        let whole = parse(&line(tag.as_bytes(), message.as_bytes()));
        let Event::Message { fact: Fact::Attempt(whole), .. } = whole else { continue };
        for at in 0..message.len() {
            if let Event::Message { fact: Fact::Attempt(cut), .. } =
                parse(&line(tag.as_bytes(), &message.as_bytes()[..at]))
            {
                let words = [&b"forwarded as"[..], b"discarded", b"Ok, discarded", b"/dev/null", b"suspended"];
                let by_reason = words.iter().any(|word| memchr::memmem::find(whole.reply.text, word).is_some());
                assert!(cut.disposition == whole.disposition || by_reason, "{}", &message[..at]);
                assert_eq!((cut.recipients, cut.relay), (whole.recipients, whole.relay), "{}", &message[..at]);
            }
        }
    }
}

/// Much of what a parser might stumble over again and again: done at once, or never.
#[test]
fn long_lines_take_linear_time() {
    for (program, message) in samples().filter(|(_, message)| message.len() > 40) {
        let tag = format!("postfix/{program}");
        for filler in [">", "\"", "\\", "(", ", ", "; from=<", " from ", "[", ": ", ", x=", ">, relay"] {
            let mut long = message.as_bytes()[..message.len() / 3].to_vec();
            while long.len() < 1 << 13 {
                long.extend_from_slice(filler.as_bytes());
            }
            long.extend_from_slice(&message.as_bytes()[message.len() / 3..]);
            assert!(!show(&parse(&line(tag.as_bytes(), &long))).is_empty());
        }
    }
}
