//! One line in, one event out.  Lines with names under lumenshop.example are of a real 8.17 or 8.18 (log level 9);
//! the others are written for the form they show.

use super::PARSER;
use crate::envelope::Line;
use crate::event::{Attempt, Event, Fact, Refusal};

mod broken;
mod variants;

fn line<'a>(tag: &'a str, message: &'a [u8]) -> Line<'a> {
    Line { time: 0, host: b"mx1", tag: tag.as_bytes(), pid: b"31337", message, times: 1 }
}

fn parse(message: &[u8]) -> Event<'_> {
    (PARSER.parse)(&line("sm-mta", message))
}

/// The event in one line of text: only what is set.
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
        Fact::Arrival(a) => {
            let mut out = String::from("arrival");
            push(&mut out, "from", a.sender.map(text));
            push(&mut out, "client", a.client_name.map(text));
            push(&mut out, "ip", a.client_ip.map(text));
            push(&mut out, "login", a.login.map(text));
            push(&mut out, "local", a.local.then_some(true));
            push(&mut out, "msgid", a.message_id.map(text));
            push(&mut out, "size", a.size);
            push(&mut out, "rcpts", a.recipients);
            out
        }
        Fact::Notice { kind, child } => format!("notice {kind:?} {}", child.map(text).unwrap_or_default()),
        Fact::GivenUp(notice) => format!("given up, notice {}", notice.map(text).unwrap_or_default()),
        Fact::ContinuesAs(id) => format!("continues as {}", text(id)),
        Fact::Quiet(kind) => format!("quiet: {kind}"),
        other => format!("{other:?}"),
    }
}

fn show_attempt(a: &Attempt<'_>) -> String {
    let mut out = format!("{:?}", a.disposition);
    push(&mut out, "to", Some(a.recipients.iter().map(text).collect::<Vec<_>>().join("|")));
    push(&mut out, "local", a.local.then_some(true));
    push(&mut out, "relay", Some(text(a.relay.host)).filter(|h| !h.is_empty()));
    push(&mut out, "ip", Some(text(a.relay.ip)).filter(|h| !h.is_empty()));
    push(&mut out, "delay", a.delay_us.map(|us| us / 1_000_000));
    push(&mut out, "code", a.reply.code);
    push(&mut out, "enhanced", a.reply.enhanced);
    push(&mut out, "dsn", a.dsn);
    push(&mut out, "stage", a.stage.map(|s| s.as_str()));
    push(&mut out, "as", a.queued_as.map(text));
    out + " :: " + &text(a.reply.text)
}

fn show_refusal(r: &Refusal<'_>) -> String {
    let mut out = format!("refused {}", r.class.as_str());
    push(&mut out, "id", r.id.map(text));
    push(&mut out, "at", r.stage.map(|s| s.as_str()));
    push(&mut out, "client", r.client_name.map(text));
    push(&mut out, "ip", r.client_ip.map(text));
    push(&mut out, "helo", r.helo.map(text));
    push(&mut out, "from", r.sender.map(text));
    push(&mut out, "to", r.recipient.map(text));
    push(&mut out, "code", r.reply.code);
    push(&mut out, "enhanced", r.reply.enhanced);
    out + " :: " + &text(r.reply.text)
}

fn push(out: &mut String, name: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        out.push_str(&format!(" {name}={value}"));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Rows of message and event.
fn check(rows: &[(&str, &str)]) {
    for (message, expected) in rows {
        assert_eq!(show(&parse(message.as_bytes())), *expected, "{message}");
    }
}

/// The front of an ordinary delivery line, up to `relay=`.
const Q: &str = "4A39F2KY031337: to=<u@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=64312, ";

/// Rows of what follows `pri=` in an ordinary line, and what follows recipient and host in the event.
fn check_tail(rows: &[(&str, &str)]) {
    check_tail_of("mx.example.org", "198.51.100.7", rows);
}

fn check_tail_of(host: &str, ip: &str, rows: &[(&str, &str)]) {
    for (tail, expected) in rows {
        let message = format!("{Q}relay={host}. [{ip}], {tail}");
        let (disposition, rest) = expected.split_once(' ').unwrap();
        let expected = format!("4A39F2KY031337 {disposition} to=u@example.org relay={host} ip={ip} delay=2 {rest}");
        assert_eq!(show(&parse(message.as_bytes())), expected, "{message}");
    }
}

#[test]
fn lines_are_claimed_by_label_or_by_a_dated_id() {
    let claims = |label: &str, message: &str| (PARSER.claims)(label.as_bytes(), message.as_bytes());
    for label in ["sendmail", "sm-mta", "sm-msp-queue", "sm-acceptingconnections", "sendmail-in", "newaliases"] {
        assert!(claims(label, "anything"), "{label}");
    }
    let to = "4A39F2KY031337: to=<u@example.org>, delay=00:00:02, stat=queued";
    assert!(claims("outbound", to));
    assert!(claims("outbound", &format!("[ID 801593 mail.info] {to}")));
    assert!(claims("outbound", "4A39F2KY031337: from=<a@example.net>, size=1"));
    assert!(claims("outbound", "4A39F2KY031337: ruleset=check_rcpt, arg1=<u@example.org>"));
    assert!(claims("outbound", "4A39F2KY031337[2]: rest of a line"));
    assert!(claims("outbound", "4A39F2KY031337: 4A39F2Kw031337: DSN: User unknown"));
    assert!(!claims("postfix/sendmail", to));
    assert!(!claims("opendkim", "4A39F2KY031337: DKIM verification successful"));
    // Month 12, day 0, hour 24, second 60, five digits of pid.
    for id in ["4C39F2KY031337", "4A09F2KY031337", "4A3OF2KY031337", "4A39FyKY031337", "4A39F2KY31337"] {
        assert!(!claims("outbound", &format!("{id}: to=<u@example.org>")), "{id}");
    }
}

#[test]
fn queue_ids_of_all_versions_are_read() {
    for id in ["4A39F2KY031337", "xA32R2PQ3529566", "gA39F2x331337", "JAA12345"] {
        let message = format!("{id}: done; delay=00:00:01, ntries=1");
        assert_eq!(show(&parse(message.as_bytes())), format!("{id} Ended(Done)"));
    }
    check(&[
        ("NOQUEUE: connect from h.example.net [192.0.2.9]", "quiet: connection"),
        (
            ": to=<@example.org>, delay=00:00:01, mailer=esmtp, pri=1, dsn=4.4.3, stat=queued",
            " Skipped to=@example.org delay=1 dsn=4.4.3 :: queued",
        ),
        (
            "[ID 801593 mail.info] r5R9BSU2021287: to=root, delay=00:00:01, mailer=local, pri=1, stat=queued",
            "r5R9BSU2021287 Skipped to=root local=true delay=1 :: queued",
        ),
    ]);
}

#[test]
fn arrivals_tell_sender_and_client() {
    check(&[
        (
            "4A39F2KY031337: from=<news@example.net>, size=4312, class=0, nrcpts=2, msgid=<k1@app.example.net>, proto=ESMTPS, daemon=MTA-v4, relay=app.example.net [192.0.2.10]",
            "4A39F2KY031337 arrival from=news@example.net client=app.example.net ip=192.0.2.10 msgid=k1@app.example.net size=4312 rcpts=2",
        ),
        (
            "5526lfe8000302: from=karl@lumenshop.example, size=120, class=0, nrcpts=1, msgid=<202506020647.5526lfe8000302@mx1.lumenshop.example>, relay=root@localhost",
            "5526lfe8000302 arrival from=karl@lumenshop.example login=root local=true msgid=202506020647.5526lfe8000302@mx1.lumenshop.example size=120 rcpts=1",
        ),
        (
            "4A39F2KY031337: from=<>, size=4127, class=0, nrcpts=1, msgid=<x@example.net>, bodytype=8BITMIME, proto=ESMTP, daemon=MTA, relay=[IPv6:2001:db8::25] (may be forged)",
            "4A39F2KY031337 arrival from= ip=2001:db8::25 msgid=x@example.net size=4127 rcpts=1",
        ),
        (
            "4A39F2KY031337: from=<a@example.net>, size=9, class=-30, pri=31, nrcpts=1, msgid=<x@example.net>, relay=joe@h.example.net [192.0.2.9]",
            "4A39F2KY031337 arrival from=a@example.net client=h.example.net ip=192.0.2.9 msgid=x@example.net size=9 rcpts=1",
        ),
        (
            "4A39F2KY031337: from=<>, size=9, class=0, nrcpts=1, msgid=<x@example.net>, relay=[RESPONSE]",
            "4A39F2KY031337 arrival from= local=true msgid=x@example.net size=9 rcpts=1",
        ),
        // A comma in the address, and a Message-ID that plays fields.
        (
            "4A39F2KY031337: from=<\"a>, size=1\"@example.net>, size=9, class=0, nrcpts=1, msgid=<x, relay=evil.example [203.0.113.1], nrcpts=7>, proto=SMTP, daemon=MTA, relay=h.example.net [192.0.2.9]",
            "4A39F2KY031337 arrival from=\"a>, size=1\"@example.net client=h.example.net ip=192.0.2.9 msgid=x, relay=evil.example [203.0.113.1], nrcpts=7 size=9 rcpts=1",
        ),
        // The sender is cut at 200 bytes: its bracket never closes.
        (
            "4A39F2KY031337: from=<aaaaaaaaaaaaaaaaaaa, size=9, class=0, nrcpts=1, msgid=<x@example.net>, proto=SMTP, daemon=MTA, relay=[192.0.2.9]",
            "4A39F2KY031337 arrival from=aaaaaaaaaaaaaaaaaaa ip=192.0.2.9 msgid=x@example.net size=9 rcpts=1",
        ),
    ]);
}

#[test]
fn a_message_that_was_not_accepted_has_no_recipients() {
    check(&[
        (
            "5526lY33000304: from=<friend@fernwood.example>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=mail.partner.invalid [192.0.2.200]",
            "5526lY33000304 arrival from=friend@fernwood.example client=mail.partner.invalid ip=192.0.2.200 size=0 rcpts=0",
        ),
        // The connection broke after DATA (line before it: `collect: premature EOM: unexpected close`).
        (
            "55276Ptk000380: from=<friend@fernwood.example>, size=17, class=0, nrcpts=1, proto=ESMTP, daemon=MTA-v4, relay=mx.goodsender.invalid [192.0.2.205]",
            "55276Ptk000380 arrival from=friend@fernwood.example client=mx.goodsender.invalid ip=192.0.2.205 size=17 rcpts=0",
        ),
    ]);
}

#[test]
fn deliveries_name_recipients_and_next_hop() {
    check(&[
        (
            "4A39F2KY031337: to=<a@example.org>,<b@example.org>, ctladdr=<\"x, delay=9\"@example.net> (1/0), delay=1+02:03:04, xdelay=00:00:01, mailer=esmtp, pri=64312, relay=mx.example.org. [198.51.100.7], dsn=2.0.0, stat=Sent (2.0.0 Ok: queued as 7C1D2203F)",
            "4A39F2KY031337 Delivered to=a@example.org|b@example.org relay=mx.example.org ip=198.51.100.7 delay=93784 dsn=2.0.0 :: 2.0.0 Ok: queued as 7C1D2203F",
        ),
        (
            "4A39F2KY031337: to=<\"a>, b\"@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org. [IPv6:2001:db8::25], dsn=2.0.0, stat=Sent",
            "4A39F2KY031337 Delivered to=\"a>, b\"@example.org relay=mx.example.org ip=2001:db8::25 delay=2 dsn=2.0.0 :: ",
        ),
        // The list is cut in pieces, each with the whole rest.
        (
            "552BCsPh001299: to=greta.moreau@hangup.example,ines.rossi@mute.example, [more], ctladdr=newsletter@orbitnews.example (0/0), delay=00:00:35, xdelay=00:00:22, mailer=relay, pri=900255, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (552BD98H001301 Message accepted for delivery)",
            "552BCsPh001299 Delivered to=greta.moreau@hangup.example|ines.rossi@mute.example relay=127.0.0.1 ip=127.0.0.1 delay=35 dsn=2.0.0 as=552BD98H001301 :: 552BD98H001301 Message accepted for delivery",
        ),
        (
            "4A39F2KY031337: to=<a@example.org> [more], delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org., dsn=4.4.1, stat=Deferred: Connection refused by mx.example.org.",
            "4A39F2KY031337 Deferred to=a@example.org relay=mx.example.org delay=2 dsn=4.4.1 :: Connection refused by mx.example.org.",
        ),
        (
            "4A39F2KY031337: to=NO-TO-LIST, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org., dsn=4.4.1, stat=Deferred",
            "4A39F2KY031337 Deferred to= relay=mx.example.org delay=2 dsn=4.4.1 :: Deferred",
        ),
        // Lost name, lost comma.
        (
            "4A39F2KY031337: to=<a@example.org>,<b@example.org>, 00:00:07, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org. [198.51.100.7], dsn=2.0.0, stat=Sent (ok)",
            "4A39F2KY031337 Delivered to=a@example.org|b@example.org relay=mx.example.org ip=198.51.100.7 delay=7 dsn=2.0.0 :: ok",
        ),
        (
            "4A39F2KY031337: to=<a@example.org>, delay=00:00:07, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org dsn=4.0.0, stat=Deferred: Connection timed out with mx.example.org",
            "4A39F2KY031337 Deferred to=a@example.org relay=mx.example.org delay=7 dsn=4.0.0 :: Connection timed out with mx.example.org",
        ),
        // A quote that never closes, or only in what a stranger says.
        (
            "4A39F2KY031337: to=<o\"b@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org. [198.51.100.7], dsn=5.1.1, reply=550 5.1.1 <o\"b@example.org>, no, stat=User unknown",
            "4A39F2KY031337 Bounced to=o\"b@example.org relay=mx.example.org ip=198.51.100.7 delay=2 code=550 enhanced=5.1.1 dsn=5.1.1 :: 550 5.1.1 <o\"b@example.org>, no",
        ),
    ]);
}

#[test]
fn mailboxes_files_and_programs_are_no_next_hop() {
    check(&[
        (
            "4A39F2KY031337: to=/var/vmail/office, ctladdr=<office@lumenshop.example> (8/0), delay=00:00:02, xdelay=00:00:01, mailer=*file*, pri=31686, dsn=2.0.0, stat=Sent",
            "4A39F2KY031337 Delivered to=/var/vmail/office local=true delay=2 dsn=2.0.0 :: ",
        ),
        (
            "4A39F2KY031337: to=root,\"|/usr/bin/vacation a, b\", delay=00:00:02, xdelay=00:00:01, mailer=prog, pri=1, dsn=2.0.0, stat=Sent",
            "4A39F2KY031337 Delivered to=root|\"|/usr/bin/vacation a, b\" local=true delay=2 dsn=2.0.0 :: ",
        ),
        (
            "4A39F2KY031337: to=<u@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=local, pri=1, relay=local, dsn=2.0.0, stat=Sent",
            "4A39F2KY031337 Delivered to=u@example.org local=true delay=2 dsn=2.0.0 :: ",
        ),
        (
            "4A39F2KY031337: to=/dev/null, ctladdr=<void@example.org> (1/0), delay=00:00:02, xdelay=00:00:01, mailer=*file*, pri=1, dsn=2.0.0, stat=Sent",
            "4A39F2KY031337 Discarded to=/dev/null local=true delay=2 dsn=2.0.0 :: ",
        ),
        (
            "4A39F2KY031337: to=u, delay=00:00:02, xdelay=00:00:01, mailer=local, pri=1, dsn=4.0.0, stat=Deferred: local mailer (/usr/bin/procmail) exited with EX_TEMPFAIL",
            "4A39F2KY031337 Deferred to=u local=true delay=2 dsn=4.0.0 :: local mailer (/usr/bin/procmail) exited with EX_TEMPFAIL",
        ),
        // An exit status is no reply; nor is Sendmail's own knowledge of its users.
        (
            "4A39F2KY031337: to=u, delay=00:00:02, xdelay=00:00:01, mailer=prog, pri=1, dsn=5.0.0, reply=255, stat=unknown mailer error 255",
            "4A39F2KY031337 Bounced to=u local=true delay=2 dsn=5.0.0 :: ",
        ),
        (
            "4A39F2KY031337: to=u, delay=00:00:02, mailer=local, pri=1, dsn=5.1.1, reply=550 5.1.1 User unknown, stat=User unknown",
            "4A39F2KY031337 Bounced to=u local=true delay=2 dsn=5.1.1 :: User unknown",
        ),
        (
            "4A39F2KY031337: to=<u@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=lmtp, pri=1, relay=localhost [[UNIX: /run/lmtp]], dsn=5.1.1, reply=550 5.1.1 <u@example.org> User doesn't exist, stat=User unknown",
            "4A39F2KY031337 Bounced to=u@example.org relay=localhost ip=/run/lmtp delay=2 code=550 enhanced=5.1.1 dsn=5.1.1 :: 550 5.1.1 <u@example.org> User doesn't exist",
        ),
    ]);
}

#[test]
fn the_far_sides_reply_is_in_reply_or_behind_deferred() {
    check_tail(&[
        (
            "dsn=4.2.0, reply=450 4.2.0 <u@example.org>: Greylisted, see https://example.org/, stat=Deferred: 450 4.2.0 <u@example.org>: Greylisted, see https://example.org/",
            "Deferred code=450 enhanced=4.2.0 dsn=4.2.0 :: 450 4.2.0 <u@example.org>: Greylisted, see https://example.org/",
        ),
        (
            "dsn=4.2.0, stat=Deferred: 450 4.2.0 Greylisted",
            "Deferred code=450 enhanced=4.2.0 dsn=4.2.0 :: 450 4.2.0 Greylisted",
        ),
        // The first line of a long reply, with its dash.
        (
            "dsn=4.0.0, stat=Deferred: 421-4.7.0 [192.0.2.10      10] Our system has detected an unusual rate of",
            "Deferred code=421 enhanced=4.7.0 dsn=4.0.0 :: 421-4.7.0 [192.0.2.10      10] Our system has detected an unusual rate of",
        ),
        // `dsn=` against the reply: banner and MAIL FROM.
        (
            "dsn=5.5.0, reply=554 5.7.1 Go away, stat=Service unavailable",
            "Bounced code=554 enhanced=5.7.1 dsn=5.5.0 :: 554 5.7.1 Go away",
        ),
        (
            "dsn=4.0.0, reply=421 4.7.0 Too fast, stat=Deferred: Connection reset by mx.example.org.",
            "Deferred code=421 enhanced=4.7.0 dsn=4.0.0 :: 421 4.7.0 Too fast",
        ),
        // Any 550 at RCPT is `User unknown` to Sendmail.
        (
            "dsn=5.7.1, reply=550 5.7.1 Message refused by policy, stat=User unknown",
            "Bounced code=550 enhanced=5.7.1 dsn=5.7.1 :: 550 5.7.1 Message refused by policy",
        ),
        // Before 8.16.1 a bounce has no reply.
        ("dsn=5.1.1, stat=User unknown", "Bounced dsn=5.1.1 :: User unknown"),
        (
            "dsn=5.1.2, stat=Host unknown (Name server: mx.example.org.: no data known)",
            "Bounced dsn=5.1.2 :: Host unknown (Name server: mx.example.org.: no data known)",
        ),
        ("dsn=4.4.2, stat=Deferred", "Deferred dsn=4.4.2 :: Deferred"),
        (
            "dsn=4.5.0, stage=EOM, reply=451 Later, STS=OK, stat=Deferred: 451 Later, maybe",
            "Deferred code=451 dsn=4.5.0 stage=end-of-data :: 451 Later",
        ),
        // A host name of digits is no code.
        (
            "dsn=4.0.0, stat=Deferred: 450.example.org.: No route to host",
            "Deferred dsn=4.0.0 :: 450.example.org.: No route to host",
        ),
    ]);
}

#[test]
fn replies_that_no_server_gave_have_no_code() {
    check_tail(&[
        (
            "dsn=4.4.2, reply=421 4.4.1 Connection reset by mx.example.org., stat=Deferred",
            "Deferred dsn=4.4.2 :: Connection reset by mx.example.org.",
        ),
        (
            "dsn=4.4.2, stat=Deferred: 451 4.4.2 reply: read error from mx.example.org.",
            "Deferred dsn=4.4.2 :: reply: read error from mx.example.org.",
        ),
        (
            "dsn=4.3.0, stat=Deferred: 421 4.3.0 collect: Cannot write ./df4A39F2KY031337 (bfcommit, uid=0, gid=129): No such file or directory",
            "Deferred dsn=4.3.0 :: collect: Cannot write ./df4A39F2KY031337 (bfcommit, uid=0, gid=129): No such file or directory",
        ),
        ("dsn=4.7.0, stat=Deferred: 403 4.7.0 TLS handshake failed.", "Deferred dsn=4.7.0 :: TLS handshake failed."),
        (
            "dsn=5.1.10, reply=556 Host does not accept mail: MX 0 ., stat=Service unavailable",
            "Bounced dsn=5.1.10 :: Host does not accept mail: MX 0 .",
        ),
        ("dsn=5.4.6, reply=554 5.4.6 Too many hops, stat=Service unavailable", "Bounced dsn=5.4.6 :: Too many hops"),
        // A server said this one.
        (
            "dsn=5.4.6, reply=554 5.4.6 Too many hops 26 (25 max), stat=Service unavailable",
            "Bounced code=554 enhanced=5.4.6 dsn=5.4.6 :: 554 5.4.6 Too many hops 26 (25 max)",
        ),
    ]);
}

#[test]
fn sendmails_own_word_is_the_verdict() {
    check_tail(&[
        // Refused with 452 at RCPT, beside recipients refused with 550 after the data.
        (
            "dsn=5.7.26, reply=550-5.7.26 Unauthenticated email from lumenshop.example, stat=Deferred: 452-4.2.2 The recipient's inbox is out of storage space.",
            "Deferred code=452 enhanced=4.2.2 dsn=5.7.26 :: 452-4.2.2 The recipient's inbox is out of storage space.",
        ),
        (
            "dsn=5.7.26, reply=550-5.7.26 Unauthenticated, stat=Deferred",
            "Deferred code=550 enhanced=5.7.26 dsn=5.7.26 :: 550-5.7.26 Unauthenticated",
        ),
        ("dsn=4.5.0, stat=Operating system error", "Deferred dsn=4.5.0 :: Operating system error"),
        (
            "dsn=4.2.0, reply=450 4.2.0 odd, stat=User unknown",
            "Bounced code=450 enhanced=4.2.0 dsn=4.2.0 :: 450 4.2.0 odd",
        ),
        ("dsn=5.7.9, stat=Not today", "Bounced dsn=5.7.9 :: Not today"),
        ("dsn=4.7.9, stat=Not today", "Deferred dsn=4.7.9 :: Not today"),
        ("reply=550 No, stat=Not today", "Bounced code=550 :: 550 No"),
    ]);
    check(&[
        (&format!("{Q}relay=mx.example.org., stat=Not today"), "unparsed"),
        (&format!("{Q}relay=mx.example.org., dsn=5.1.1"), "unparsed"),
    ]);
}

#[test]
fn a_reply_that_plays_sendmail_does_not_become_the_verdict() {
    check_tail(&[
        (
            r#"dsn=5.7.1, reply=554 5.7.1 Blocked (code=450-4.7.1) to=<postmaster@trickster.example>, relay=none, status=sent (250 2.0.0 Ok; see "RFC 5321, stat=Service unavailable"#,
            r#"Bounced code=554 enhanced=5.7.1 dsn=5.7.1 :: 554 5.7.1 Blocked (code=450-4.7.1) to=<postmaster@trickster.example>, relay=none, status=sent (250 2.0.0 Ok; see "RFC 5321"#,
        ),
        (
            "dsn=4.7.1, reply=450 4.7.1 a, stat=Sent (ok), stat=Deferred: 450 4.7.1 a, stat=Sent (ok)",
            "Deferred code=450 enhanced=4.7.1 dsn=4.7.1 :: 450 4.7.1 a, stat=Sent (ok)",
        ),
        (
            "dsn=4.7.1, reply=450 4.7.1 b, stat=Deferred: 450 4.7.1 b, stat=Deferred: 450 4.7.1 b, stat=Deferred: 450 4.7.1 b",
            "Deferred code=450 enhanced=4.7.1 dsn=4.7.1 :: 450 4.7.1 b, stat=Deferred: 450 4.7.1 b",
        ),
        // Shortened in the middle, and not alike.
        (
            "dsn=4.7.1, reply=450 4.7.1 long te...xt, stat=Sent (ok), stat=Deferred: 450 4.7.1 lo...t, stat=Sent (ok)",
            "Deferred code=450 enhanced=4.7.1 dsn=4.7.1 :: 450 4.7.1 long te...xt, stat=Sent (ok)",
        ),
        (
            "dsn=5.7.1, reply=550 5.7.1 c, stat=Sent (ok), stat=User unknown",
            "Bounced code=550 enhanced=5.7.1 dsn=5.7.1 :: 550 5.7.1 c, stat=Sent (ok)",
        ),
        // Cut off before Sendmail's own word.
        ("dsn=5.7.1, reply=550 5.7.1 d, stat=Sent (ok)", "Bounced code=550 enhanced=5.7.1 dsn=5.7.1 :: 550 5.7.1 d"),
        // Before 8.16.1 the first stat= is Sendmail's.
        (
            "dsn=4.7.1, stat=Deferred: 450 4.7.1 e, stat=Sent (ok)",
            "Deferred code=450 enhanced=4.7.1 dsn=4.7.1 :: 450 4.7.1 e, stat=Sent (ok)",
        ),
    ]);
}

#[test]
fn later_without_a_try_is_skipped() {
    let front = "4A39F2KY031337: to=<u@example.org>, delay=00:00:02, mailer=esmtp, pri=30118, ";
    for (tail, expected) in [
        ("dsn=4.4.3, stat=queued", "Skipped to=u@example.org delay=2 dsn=4.4.3 :: queued"),
        ("stat=queued", "Skipped to=u@example.org delay=2 :: queued"),
        ("dsn=4.0.0, stat=Deferred", "Skipped to=u@example.org delay=2 dsn=4.0.0 :: Deferred"),
        (
            "relay=mx.example.org., dsn=4.0.0, stat=Deferred",
            "Deferred to=u@example.org relay=mx.example.org delay=2 dsn=4.0.0 :: Deferred",
        ),
        ("quarantine=virus, stat=queued, stat=quarantined", "Held"),
    ] {
        assert_eq!(show(&parse(format!("{front}{tail}").as_bytes())), format!("4A39F2KY031337 {expected}"), "{tail}");
    }
}

#[test]
fn recipients_of_a_refused_message_are_not_bounced() {
    let front = "4A39F2KY031337: to=<u@example.org>, delay=00:00:01, pri=30118, ";
    for (tail, expected) in [
        ("stat=Command rejected", "quiet: refused with its message"),
        ("dsn=5.7.1, stat=Command rejected", "quiet: refused with its message"),
        ("stat=Please try again later", "quiet: refused with its message"),
        ("stat=Deferred by our policy", "quiet: refused with its message"),
        ("stat=aborted by sender", "quiet: taken back by the client"),
        ("stat=discarded", "Discarded to=u@example.org delay=1 :: discarded"),
        (
            "dsn=4.0.0, stat=Deferred: Connection refused by mx.example.org.",
            "Skipped to=u@example.org delay=1 dsn=4.0.0 :: Connection refused by mx.example.org.",
        ),
    ] {
        assert_eq!(show(&parse(format!("{front}{tail}").as_bytes())), format!("4A39F2KY031337 {expected}"), "{tail}");
    }
}

#[test]
fn the_next_hop_names_its_queue_id() {
    // What another host calls it is nobody's business.
    check_tail(&[("dsn=2.0.0, stat=Sent (Ok: queued as A28C2)", "Delivered dsn=2.0.0 :: Ok: queued as A28C2")]);
    check_tail_of(
        "localhost",
        "127.0.0.1",
        &[
            ("dsn=2.0.0, stat=Sent", "Delivered dsn=2.0.0 :: "),
            ("dsn=2.0.0, stat=Sent (ok 1730621702 qp 123)", "Delivered dsn=2.0.0 :: ok 1730621702 qp 123"),
            (
                "dsn=2.0.0, stat=Sent (4A39F2Kx031338 Message accepted for delivery)",
                "Delivered dsn=2.0.0 as=4A39F2Kx031338 :: 4A39F2Kx031338 Message accepted for delivery",
            ),
            ("dsn=2.0.0, stat=Sent (Ok: queued as A28C2)", "Delivered dsn=2.0.0 as=A28C2 :: Ok: queued as A28C2"),
            ("dsn=2.0.0, stat=Sent (ok queued as A28C2)", "Delivered dsn=2.0.0 as=A28C2 :: ok queued as A28C2"),
            (
                "dsn=2.0.0, stat=Sent (OK id=1tq00168-000456-Bx)",
                "Delivered dsn=2.0.0 as=1tq00168-000456-Bx :: OK id=1tq00168-000456-Bx",
            ),
            (
                "dsn=2.0.0, stat=Sent (2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7C1D2203F)",
                "Delivered dsn=2.0.0 as=7C1D2203F :: 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7C1D2203F",
            ),
            (
                "dsn=2.0.0, stat=Sent (thanks, Ok: queued as A28C2)",
                "Delivered dsn=2.0.0 :: thanks, Ok: queued as A28C2",
            ),
        ],
    );
}

#[test]
fn notices_name_the_message_they_are_about() {
    check(&[
        ("5526tT000021: 5526tT0A000021: DSN: User unknown", "unparsed"),
        ("4A39F2KY031337: 4A39F2Kw031337: DSN: User unknown", "4A39F2KY031337 notice Bounce 4A39F2Kw031337"),
        ("s1GNXHYB005133: s1GNXHYC005133: DSN: Service unavailable", "s1GNXHYB005133 notice Bounce s1GNXHYC005133"),
        (
            "4A39F2KY031337: 4A39F2Kw031337: return to sender: Host unknown",
            "4A39F2KY031337 notice Bounce 4A39F2Kw031337",
        ),
        (
            "4A39F2KY031337: 4A39F2Kw031337: postmaster notify: User unknown",
            "4A39F2KY031337 notice Postmaster 4A39F2Kw031337",
        ),
        ("4A39F2KY031337: 4A39F2Kw031337: DSN: Return receipt", "4A39F2KY031337 notice Success 4A39F2Kw031337"),
        (
            "4A39F2KY031337: 4A39F2Kw031337: sender notify: Warning: could not send message for past 4 hours",
            "4A39F2KY031337 notice Delay 4A39F2Kw031337",
        ),
        (
            "4A39F2KY031337: 4A39F2Kw031337: sender notify: Cannot send message for 5 days",
            "4A39F2KY031337 given up, notice 4A39F2Kw031337",
        ),
        (
            "4A39F2KY031337: 4A39F2Kw031337: DSN: Cannot send message for 6 hours",
            "4A39F2KY031337 given up, notice 4A39F2Kw031337",
        ),
        (
            "4A39F2KY031337: 4A39F2Kw031337: postmaster notify: Cannot send message for 5 days",
            "4A39F2KY031337 given up, notice 4A39F2Kw031337",
        ),
        (
            "4A39F2KY031337: 4A39F2Kw031337: clone: owner=list-owner@example.org",
            "4A39F2KY031337 continues as 4A39F2Kw031337",
        ),
        (
            "gA39F2x331337: clone gA39F2y331337, owner=list-owner@example.org",
            "gA39F2x331337 continues as gA39F2y331337",
        ),
        ("4A39F2KY031337: split: count=1, id=4A39F2Kw031337", "4A39F2KY031337 continues as 4A39F2Kw031337"),
        (
            "4A39F2KY031337: split: maxrcpts=2, rcpts=5, count=2, ids=4A39F2Kw031337; 4A39F2Ka031337",
            "4A39F2KY031337 continues as 4A39F2Kw031337",
        ),
        ("4A39F2KY031337: done; delay=01:02:03, ntries=4", "4A39F2KY031337 Ended(Done)"),
        ("4A39F2KY031337: discarded", "4A39F2KY031337 Discarded"),
        ("4A39F2KY031337: quarantine=virus", "4A39F2KY031337 Held"),
        ("4A39F2KY031337: unquarantine", "4A39F2KY031337 Released"),
    ]);
}

#[test]
fn rulesets_refuse_clients_senders_and_recipients() {
    check(&[
        (
            "552Abc33000304: ruleset=check_rcpt, arg1=<x@elsewhere.invalid>, relay=[192.0.2.203], reject=550 5.7.1 <x@elsewhere.invalid>... Relaying denied. IP name lookup failed [192.0.2.203]",
            "refused permanent id=552Abc33000304 at=rcpt ip=192.0.2.203 to=x@elsewhere.invalid code=550 enhanced=5.7.1 :: 550 5.7.1 <x@elsewhere.invalid>... Relaying denied. IP name lookup failed [192.0.2.203]",
        ),
        (
            "5529LWa4000831: ruleset=check_mail, arg1=<x@lamedns.example>, relay=out3.bulkhouse.invalid [192.0.2.201], reject=451 4.1.8 Domain of sender address x@lamedns.example does not resolve",
            "refused transient id=5529LWa4000831 at=mail client=out3.bulkhouse.invalid ip=192.0.2.201 from=x@lamedns.example code=451 enhanced=4.1.8 :: 451 4.1.8 Domain of sender address x@lamedns.example does not resolve",
        ),
        (
            "5526lvtQ000305: rejecting commands from  [192.0.2.9] due to pre-greeting traffic after 0 seconds",
            "refused permanent id=5526lvtQ000305 at=connect ip=192.0.2.9 :: due to pre-greeting traffic after 0 seconds",
        ),
        (
            "5526lvtQ000305: Milter: initialization failed, temp failing commands",
            "refused transient id=5526lvtQ000305 at=connect :: initialization failed, temp failing commands",
        ),
        (
            "5526lvtQ000305: Milter: initialization failed, rejecting commands",
            "refused permanent id=5526lvtQ000305 at=connect :: initialization failed, rejecting commands",
        ),
        (
            "NOQUEUE: tcpwrappers (h.example.net, IPv6:2001:db8::9) rejection",
            "refused permanent at=connect client=h.example.net ip=2001:db8::9 :: tcpwrappers (h.example.net, IPv6:2001:db8::9) rejection",
        ),
        (
            "4A39F2KY031337: message size (2000000) exceeds maximum (1000000)",
            "refused permanent id=4A39F2KY031337 at=end-of-data :: message size (2000000) exceeds maximum (1000000)",
        ),
        (
            "ruleset=check_relay, arg1=h.example.net, arg2=192.0.2.9, relay=h.example.net [192.0.2.9] (may be forged), reject=421 4.3.2 Connection rate limit exceeded.",
            "refused transient at=connect client=h.example.net ip=192.0.2.9 code=421 enhanced=4.3.2 :: 421 4.3.2 Connection rate limit exceeded.",
        ),
        (
            "NOQUEUE: ruleset=check_relay, arg1=h.example.net, arg2=192.0.2.9, reject=554 5.3.0 Rejected 192.0.2.9",
            "refused permanent at=connect client=h.example.net ip=192.0.2.9 code=554 enhanced=5.3.0 :: 554 5.3.0 Rejected 192.0.2.9",
        ),
        // An address that plays fields, and a header that does.
        (
            "4A39F2KY031337: ruleset=check_mail, arg1=<\"a>, relay=b, reject=250 c\"@example.net>, relay=h.example.net [192.0.2.9], reject=550 5.7.1 Access denied",
            "refused permanent id=4A39F2KY031337 at=mail client=h.example.net ip=192.0.2.9 from=\"a>, relay=b, reject=250 c\"@example.net code=550 enhanced=5.7.1 :: 550 5.7.1 Access denied",
        ),
        (
            "4A39F2KY031337: ruleset=CheckSubject, arg1=Win, relay=evil.example [203.0.113.1], reject=451 now, relay=h.example.net [192.0.2.9], reject=553 Header Error",
            "refused permanent id=4A39F2KY031337 at=end-of-data client=h.example.net ip=192.0.2.9 code=553 :: 553 Header Error",
        ),
        (
            "4A39F2KY031337: ruleset=check_eoh, arg1=6, arg2=1000, relay=h.example.net [192.0.2.9], reject=554 5.0.0 Missing headers",
            "refused permanent id=4A39F2KY031337 at=end-of-data client=h.example.net ip=192.0.2.9 code=554 enhanced=5.0.0 :: 554 5.0.0 Missing headers",
        ),
        (
            "4A39F2KY031337: ruleset=check_mail, arg1=<a@example.net>, relay=[192.0.2.9], discard",
            "4A39F2KY031337 Discarded",
        ),
        (
            "ruleset=check_relay, arg1=h.example.net, arg2=192.0.2.9, relay=h.example.net [192.0.2.9], discard",
            "quiet: discarded",
        ),
        (
            "4A39F2KY031337: ruleset=check_mail, arg1=<a@example.net>, relay=[192.0.2.9], quarantine=odd",
            "4A39F2KY031337 Held",
        ),
        // They act on what goes out.
        (
            "4A39F2KY031337: ruleset=tls_server, arg1=SOFTWARE, relay=mx.example.org, reject=403 4.7.0 TLS handshake failed.",
            "quiet: ruleset of a delivery",
        ),
        (
            "ruleset=try_tls, arg1=mx.example.org, relay=mx.example.org, status=550 5.7.1 do not try TLS",
            "quiet: ruleset of a delivery",
        ),
        (
            "4A39F2KY031337: ruleset=check_compat, arg1=<a@example.net>, arg2=<u@example.org>, relay=[192.0.2.9], reject=550 5.7.1 No",
            "quiet: ruleset of a delivery",
        ),
        ("4A39F2KY031337: ruleset=check_rcpt, arg1=<u@example.org>, relay=h.exam", "unparsed"),
    ]);
}

#[test]
fn milters_refuse_once() {
    check(&[
        (
            "4A39F2KY031337: Milter: to=<u@example.org>, reject=451 4.7.1 Greylisting in action, please come back later",
            "refused transient id=4A39F2KY031337 at=rcpt to=u@example.org code=451 enhanced=4.7.1 :: 451 4.7.1 Greylisting in action, please come back later",
        ),
        (
            "4A39F2KY031337: Milter: from=<a@example.net>, reject=421, errormode=4",
            "refused transient id=4A39F2KY031337 at=mail from=a@example.net code=421 :: 421",
        ),
        (
            "4A39F2KY031337: Milter: data, reject=554 5.7.1 Command rejected",
            "refused permanent id=4A39F2KY031337 at=end-of-data code=554 enhanced=5.7.1 :: 554 5.7.1 Command rejected",
        ),
        (
            "4A39F2KY031337: Milter: cmd=data, reject=451 4.3.2 Please try again later",
            "refused transient id=4A39F2KY031337 at=data code=451 enhanced=4.3.2 :: 451 4.3.2 Please try again later",
        ),
        (
            "NOQUEUE: Milter: helo=h.example.net, reject=Command rejected",
            "refused permanent at=hello helo=h.example.net :: Command rejected",
        ),
        (
            "NOQUEUE: Milter: connect: host=h.example.net, addr=192.0.2.9, reject=554 5.7.1 No",
            "refused permanent at=connect client=h.example.net ip=192.0.2.9 code=554 enhanced=5.7.1 :: 554 5.7.1 No",
        ),
        (
            "NOQUEUE: Milter: connect: host=[192.0.2.9], addr=192.0.2.9, temp failing commands",
            "refused transient at=connect ip=192.0.2.9 :: temp failing commands",
        ),
        ("4A39F2KY031337: Milter: data, discard", "4A39F2KY031337 Discarded"),
        ("4A39F2KY031337: milter=spamd, quarantine=virus", "4A39F2KY031337 Held"),
        // The same refusal in the filter's words, at log levels above 10.
        ("4A39F2KY031337: milter=spamd, action=rcpt, reject=451 4.7.1 Later", "quiet: milter"),
        ("4A39F2KY031337: Milter (spamd) add: header: X-Spam: reject=550", "quiet: milter"),
        ("4A39F2KY031337: Milter: no active filter", "quiet: milter"),
    ]);
}

#[test]
fn the_server_refuses_without_a_code() {
    check(&[
        (
            "5526lY33000304: <nobody.here@lumenshop.example>... User unknown",
            "refused permanent id=5526lY33000304 at=rcpt to=nobody.here@lumenshop.example :: User unknown",
        ),
        (
            "4A39F2KY031337: nobody... User unknown",
            "refused permanent id=4A39F2KY031337 at=rcpt to=nobody :: User unknown",
        ),
        (
            "4A39F2KY031337: <a@example.net>... Domain of sender address a@example.net does not exist",
            "refused permanent id=4A39F2KY031337 at=mail from=a@example.net :: Domain of sender address a@example.net does not exist",
        ),
        (
            "4A39F2KY031337: <u@example.org>... 550 is our answer",
            "refused permanent id=4A39F2KY031337 at=rcpt to=u@example.org :: 550 is our answer",
        ),
        (
            "4A39F2KY031337: <u@example.org>... Transient parse error",
            "refused transient id=4A39F2KY031337 at=rcpt to=u@example.org :: Transient parse error",
        ),
        ("4A39F2KY031337: Too many recipients", "refused transient id=4A39F2KY031337 at=rcpt :: Too many recipients"),
        ("4A39F2KY031337: <u@example.org> User unknown", "unparsed"),
        ("Wait... what", "unparsed"),
    ]);
}

#[test]
fn what_carries_no_event_is_known_by_its_kind() {
    check(&[
        ("5526Xyz3000304: timeout waiting for input from mx.mute.example. during client greeting", "quiet: timeout"),
        (
            "5526Xyz3000304: lost input channel from mail.partner.invalid [192.0.2.200] to MTA-v4 after rcpt",
            "quiet: lost connection",
        ),
        ("55276Ptk000380: collect: premature EOM: unexpected close", "quiet: lost connection"),
        (
            "5526lvtQ000305: [192.0.2.206] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4",
            "quiet: session without mail",
        ),
        (
            "5526lvtQ000305: h.example.net [IPv6:2001:db8::1] (may be forged) did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA",
            "quiet: session without mail",
        ),
        ("timeout waiting for input during control command", "quiet: timeout"),
        ("NOQUEUE: \"WIZ\" command from h.example.net (192.0.2.9)", "quiet: attack"),
        ("NOQUEUE: \"WIZ\" or not", "unparsed"),
        ("/etc/mail/aliases.db: WARNING: dangerous write permissions", "quiet: aliases"),
        ("mci_purge_persistent: failed to unlink 192.0.2.9: Permission denied", "quiet: host status"),
        ("poststats: /var/lib/sendmail/sendmail.st: No such file or directory", "quiet: statistics file"),
        ("tls_clt_features=empty, stat=0, relay=mx.example.net [192.0.2.9]", "quiet: tls"),
        ("tls_srv_features=(null), relay=[192.0.2.9] [192.0.2.9]", "quiet: tls"),
        (r"5526lvtQ000305: [192.0.2.206]: probable open proxy: command=GET / HTTP/1.1\r\n", "quiet: attack"),
        ("5526lvtQ000305: [192.0.2.206]: Possible SMTP RCPT flood, throttling.", "quiet: attack"),
        (
            "5526lvtQ000305: h.example.net [192.0.2.9] (may be forged): possible SMTP attack: command=AUTH, count=6",
            "quiet: attack",
        ),
        ("5526lvtQ000305: h.example.net [192.0.2.9]: VRFY root [rejected]", "quiet: refused EXPN or VRFY"),
        ("rejecting connections on daemon MTA-v4: load average: 20", "quiet: rejecting commands"),
        (
            "STARTTLS=client, relay=mx.secure.example., version=TLSv1.3, verify=FAIL, cipher=TLS_AES_256_GCM_SHA384, bits=256/256",
            "quiet: tls",
        ),
        (
            "4A39F2KY031337: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): checkpass failed, user=u, relay=[192.0.2.9]",
            "quiet: authentication failure",
        ),
        (
            "4A39F2KY031337: SYSERR(root): mx.loopback.example. config error: mail loops back to me (MX problem?)",
            "quiet: system error",
        ),
        ("alias database /etc/mail/aliases rebuilt by root", "quiet: aliases"),
        ("/etc/mail/aliases: 12 aliases, longest 34 bytes, 210 bytes total", "quiet: aliases"),
        ("starting daemon (8.17.1): SMTP+queueing@00:10:00", "quiet: daemon"),
        ("4A39F2KY031337: size=4312, class=0, nrcpts=1", "quiet: field on a line of its own"),
        ("something new", "unparsed"),
        ("4A39F2KY031337: something new", "unparsed"),
        ("", "unparsed"),
    ]);
}

#[test]
fn pieces_of_a_long_line_rejoin_without_loss() {
    // As sm_syslog cuts it: after a comma, so that the next piece begins with the blank; then after a blank.
    let pieces = [
        "4A39F2KY031337[1]: to=<a@example.org>,<b@example.org>, ...",
        "4A39F2KY031337[2]:  delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.org.  ...",
        "4A39F2KY031337[3]: [198.51.100.7], dsn=2.0.0, stat=Sent (ok)",
    ];
    let mut whole = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        let part = (PARSER.part)(&line("sm-mta", piece.as_bytes())).unwrap();
        assert_eq!((part.key, part.number, part.last), (&b"4A39F2KY031337"[..], n as u32 + 1, n == 2));
        whole.extend_from_slice(part.text);
        whole.extend_from_slice(part.joint);
        assert_eq!(show(&parse(piece.as_bytes())), "quiet: piece of a long line");
    }
    let whole = [b"4A39F2KY031337: ", &whole[..]].concat();
    assert_eq!(
        show(&parse(&whole)),
        "4A39F2KY031337 Delivered to=a@example.org|b@example.org relay=mx.example.org ip=198.51.100.7 delay=2 dsn=2.0.0 :: ok"
    );
    for whole in
        ["4A39F2KY031337: to=root ...", "[192.0.2.9]: possible SMTP attack: command=AUTH, count=5", "alias ..."]
    {
        assert_eq!((PARSER.part)(&line("sm-mta", whole.as_bytes())), None, "{whole}");
    }
}
