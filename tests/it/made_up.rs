//! Logs made up at random, far worse than real ones: a handful of queue ids that come again and again, lines
//! late or in the wrong order, clocks that run back, handoffs to ids that come later or never, repeats of nothing,
//! split lines and pieces without a beginning.
//!
//! Real logs are too well behaved to test how stretches are joined: here nearly every line depends on
//! another one.

use chrono::DateTime;
use mailrake::envelope::Zone;
use proptest::prelude::*;
use serde_json::Value;

use crate::lab::Log;

/// One line, or the pieces of one: how much later than the one before, and what it says.
type Step = (i64, u8, String);

/// Short ids of Postfix, which are used again.
const IDS: [&str; 4] = ["4A1B2C3D01", "4A1B2C3D02", "4A1B2C3D03", "4A1B2C3D04"];
const RECIPIENTS: [&str; 4] = ["ann@example.org", "bob@example.org", "bob@example.net", "Ann@EXAMPLE.org"];
const EXIM_IDS: [&str; 3] = ["1tSd2J-0000000002L-2ypN", "1tSd2J-00000a-Rm", "1tSczm-00000000023-3hcW"];
const SENDMAIL_IDS: [&str; 3] = ["5526EY36000167", "5526EwfJ000165", "5526GTdr000174"];

fn id() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&IDS[..])
}

fn recipient() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&RECIPIENTS[..])
}

fn verdict() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "relay=mx.example.org[198.51.100.7]:25, delay=1.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99)",
        "relay=mx.example.org[198.51.100.7]:25, delay=3, dsn=4.7.1, status=deferred (host mx.example.org[198.51.100.7] \
         said: 450 4.7.1 Greylisted (in reply to RCPT TO command))",
        "relay=mx.example.org[198.51.100.7]:25, delay=3, dsn=5.1.1, status=bounced (host mx.example.org[198.51.100.7] \
         said: 550 5.1.1 No such user (in reply to RCPT TO command))",
        "relay=none, delay=30, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to \
         mx.example.org[198.51.100.7]:25: Connection refused)",
        "relay=local, delay=0.1, dsn=2.0.0, status=sent (delivered to mailbox)",
        "relay=mx.example.org[198.51.100.7]:25, delay=1, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)",
    ])
}

fn postfix() -> impl Strategy<Value = String> {
    let says = |program: &'static str| move |(id, text): (&str, String)| format!("postfix/{program}[7]: {id}: {text}");
    prop_oneof![
        3 => (id(), Just("client=client.example[192.0.2.9]".to_owned())).prop_map(says("smtpd")),
        1 => (id(), id().prop_map(|from| format!("uid=0 from=<root@example.com> orig_id={from}"))).prop_map(says("pickup")),
        1 => (id(), prop::sample::select(vec!["one@example.com", "two@example.com"])
            .prop_map(|mid| format!("message-id=<{mid}>"))).prop_map(says("cleanup")),
        3 => (id(), prop::sample::select(vec!["", "news@example.com", "news@EXAMPLE.com", "ann@example.com"])
            .prop_map(|from| format!("from=<{from}>, size=900, nrcpt=2 (queue active)"))).prop_map(says("qmgr")),
        6 => (id(), (recipient(), verdict()).prop_map(|(to, verdict)| format!("to=<{to}>, {verdict}"))).prop_map(says("smtp")),
        1 => (id(), (recipient(), recipient(), verdict())
            .prop_map(|(to, original, verdict)| format!("to=<{to}>, orig_to=<{original}>, {verdict}"))).prop_map(says("smtp")),
        3 => (id(), (recipient(), id()).prop_map(|(to, next)| format!(
            "to=<{to}>, relay=127.0.0.1[127.0.0.1]:10026, delay=2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {next})"
        ))).prop_map(says("smtp")),
        1 => (id(), (recipient(), id()).prop_map(|(to, next)| format!(
            "to=<{to}>, relay=local, delay=2, dsn=2.0.0, status=sent (forwarded as {next})"
        ))).prop_map(says("local")),
        4 => (id(), Just("removed".to_owned())).prop_map(says("qmgr")),
        1 => (id(), prop::sample::select(vec!["removed", "requeued", "placed on hold", "released from hold"])
            .prop_map(str::to_owned)).prop_map(says("postsuper")),
        1 => (id(), Just("from=<news@example.com>, status=expired, returned to sender".to_owned())).prop_map(says("qmgr")),
        1 => (id(), id().prop_map(|child| format!("sender non-delivery notification: {child}"))).prop_map(says("bounce")),
        1 => (id(), Just("removed (canceled)".to_owned())).prop_map(says("cleanup")),
        1 => prop::sample::select(vec!["NOQUEUE", IDS[0], IDS[1]]).prop_map(|id| format!(
            "postfix/smtpd[7]: {id}: reject: RCPT from unknown[192.0.2.66]: 450 4.7.1 <a@example.org>: Recipient address \
             rejected: Greylisted; from=<x@example.net> to=<a@example.org> proto=ESMTP helo=<y>"
        )),
        1 => (1..5u8).prop_map(|n| format!(
            "postfix/smtpd[7]: message repeated {n} times: [ NOQUEUE: reject: RCPT from unknown[192.0.2.67]: 554 5.7.1 \
             <b@example.org>: Relay access denied; from=<x@example.net> to=<b@example.org> proto=SMTP helo=<z>]"
        )),
        1 => Just("postfix/smtpd[7]: connect from unknown[192.0.2.66]".to_owned()),
    ]
}

fn exim() -> impl Strategy<Value = String> {
    let id = || prop::sample::select(&EXIM_IDS[..]);
    prop_oneof![
        2 => id().prop_map(|id| format!("{id} <= news@example.com H=client.example [192.0.2.9] P=esmtp S=900")),
        2 => (id(), recipient()).prop_map(|(id, to)| format!(
            "{id} => {to} R=dnslookup T=remote_smtp H=mx.example.org [198.51.100.7] C=\"250 OK\""
        )),
        2 => (id(), recipient()).prop_map(|(id, to)| format!(
            "{id} == {to} R=dnslookup T=remote_smtp defer (-44) H=mx.example.org [198.51.100.7]: SMTP error from remote \
             mail server after RCPT TO:<{to}>: 450 4.7.1 Greylisted"
        )),
        2 => (id(), recipient()).prop_map(|(id, to)| format!(
            "{id} ** {to} R=dnslookup T=remote_smtp H=mx.example.org [198.51.100.7]: SMTP error from remote mail server \
             after RCPT TO:<{to}>: 550 5.1.1 No such user"
        )),
        1 => (id(), recipient()).prop_map(|(id, to)| format!("{id} == {to} R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host")),
        1 => (id(), recipient()).prop_map(|(id, to)| format!("{id} ** {to}: retry timeout exceeded")),
        2 => id().prop_map(|id| format!("{id} Completed")),
        1 => id().prop_map(|id| format!("{id} Frozen (delivery error message)")),
        1 => id().prop_map(|id| format!("{id} removed by root")),
        1 => (id(), recipient()).prop_map(|(id, to)| format!(
            "[1/2] {id} ** {to} R=dnslookup T=remote_smtp H=mx.example.org [198.51.100.7]: SMTP error from remote mail \
             server after RCPT\n[2/2]  TO:<{to}>: 550 5.1.1 No such user"
        )),
        1 => Just(
            "[1\\3] 1tSd2J-00000a-Rm == bob@example.net R=dnslookup T=remote_smtp defer (-44) H=mx.example.org \
             [198.51.100.7]: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 450-4.7.1 Wait\n\
             [2/3] 450 4.7.1 a\n[3/3]  little".to_owned()
        ),
        1 => recipient().prop_map(|to| format!("[2/2]  TO:<{to}>: 550 5.1.1 No such user")),
        1 => Just("H=(y) [192.0.2.66] F=<x@example.net> rejected RCPT <a@example.org>: relay not permitted".to_owned()),
    ]
    .prop_map(|text| format!("exim[7]: {}", text.replace('\n', "\nexim[7]: ")))
}

fn sendmail() -> impl Strategy<Value = String> {
    let id = || prop::sample::select(&SENDMAIL_IDS[..]);
    prop_oneof![
        2 => (id(), 0..4u8).prop_map(|(id, n)| format!(
            "{id}: from=<news@example.com>, size=900, class=0, nrcpts={n}, msgid=<one@example.com>, proto=ESMTP, \
             daemon=MTA, relay=client.example [192.0.2.9]"
        )),
        3 => (id(), recipient()).prop_map(|(id, to)| format!(
            "{id}: to=<{to}>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=120900, relay=mx.example.org. \
             [198.51.100.7], dsn=2.0.0, stat=Sent (Ok)"
        )),
        2 => (id(), recipient(), recipient()).prop_map(|(id, to, too)| format!(
            "{id}: to=<{to}>,<{too}>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=120900, relay=mx.example.org. \
             [198.51.100.7], dsn=4.7.1, stat=Deferred: 450 4.7.1 Greylisted"
        )),
        2 => (id(), recipient()).prop_map(|(id, to)| format!(
            "{id}: to=<{to}>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=120900, relay=mx.example.org. \
             [198.51.100.7], dsn=5.1.1, stat=User unknown"
        )),
        2 => (id(), id(), recipient()).prop_map(|(id, next, to)| format!(
            "{id}: to={to}, delay=00:00:02, xdelay=00:00:01, mailer=relay, pri=30900, relay=[127.0.0.1] [127.0.0.1], \
             dsn=2.0.0, stat=Sent ({next} Message accepted for delivery)"
        )),
        1 => id().prop_map(|id| format!("{id}: Cannot send message for 5 days")),
        1 => (id(), id()).prop_map(|(id, child)| format!("{id}: {child}: DSN: User unknown")),
        1 => (id(), id()).prop_map(|(id, child)| format!("{id}: {child}: clone: owner=list-owner@example.org")),
        1 => id().prop_map(|id| format!("{id}: done; delay=00:00:03, ntries=1")),
        1 => id().prop_map(|id| format!(
            "{id}: ruleset=check_rcpt, arg1=<a@example.org>, relay=y [192.0.2.66], reject=550 5.7.1 <a@example.org>... Relaying denied"
        )),
        2 => (id(), recipient())
            .prop_map(|(id, to)| format!("{id}: Milter: to=<{to}>, reject=451 4.7.1 Greylisting in action")),
        1 => id().prop_map(|id| format!("{id}: Milter: data, reject=554 5.7.1 Spam")),
    ]
    .prop_map(|text| format!("sendmail[7]: {}", text.replace('\n', "\nsendmail[7]: ")))
}

fn other() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => (1..4u8).prop_map(|n| format!("last message repeated {n} times")),
        1 => Just("sshd[9]: status=sent (250 2.0.0 Ok: queued as 4A1B2C3D01)".to_owned()),
    ]
}

fn step(line: impl Strategy<Value = String>) -> impl Strategy<Value = Step> {
    // Often the same second, sometimes just within or past the grace that late lines have, sometimes back.
    let later = prop::sample::select(vec![0, 0, 0, 1, 1, 2, 4, 5, 6, 9, 70, 4000, -1, -2, -6, -4000]);
    (later, prop_oneof![4 => Just(1u8), 1 => Just(2u8)], line)
}

fn as_log(steps: Vec<Step>) -> Log {
    let mut time = DateTime::parse_from_rfc3339("2025-06-02T06:00:00Z").unwrap().timestamp();
    let mut bytes = String::new();
    for (later, host, text) in steps {
        time += later;
        let stamp = DateTime::from_timestamp(time, 0).unwrap().format("%Y-%m-%dT%H:%M:%S+00:00");
        for line in text.lines() {
            bytes.push_str(&format!("{stamp} mx{host} {line}\n"));
        }
    }
    let end = (time + 86_400) * 1_000_000;
    Log {
        name: "made up".into(),
        files: vec![("log".into(), bytes.into_bytes())],
        zone: Zone::UTC,
        end,
        truth: Value::Null,
    }
}

/// Lines of Postfix.
pub fn postfix_log() -> impl Strategy<Value = Log> {
    let line = prop_oneof![12 => postfix(), 1 => other()];
    prop::collection::vec(step(line), 2..24).prop_map(as_log)
}

/// Lines of Exim.
pub fn exim_log() -> impl Strategy<Value = Log> {
    let line = prop_oneof![12 => exim(), 1 => other()];
    prop::collection::vec(step(line), 2..24).prop_map(as_log)
}

/// Lines of Sendmail.
pub fn sendmail_log() -> impl Strategy<Value = Log> {
    let line = prop_oneof![12 => sendmail(), 1 => other()];
    prop::collection::vec(step(line), 2..24).prop_map(as_log)
}
