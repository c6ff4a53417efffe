//! Delivery lines: successes, failures, and lines that fooled somebody.

use super::{Case, check};

pub(super) static SENT: &[Case] = &[
    (
        "smtp",
        "4Xh87p0sf8z1RRBh: to=<u@example.org>, relay=mx.example.org.[198.51.100.7]:25, delay=459, delays=458/0.02/0.6/0.4, tls=may, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C1D2203F)",
        "4Xh87p0sf8z1RRBh Delivered u@example.org via mx.example.org[198.51.100.7] 459000ms dsn=2.0.0 250/2.0.0 | 250 2.0.0 Ok: queued as 7C1D2203F",
    ),
    (
        // 3.11, and keys yet to come.
        "relay/smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[2001:db8:93::25]:25, conn_use=3, delay=0.04, delays=0.01/0/0.02/0.01, tls=dane/!requiretls:nocertmatch, later=a/b, dsn=2.1.5, status=sent (250-2.1.5 ok?250 2.0.0 done)",
        "ABCDEF0 Delivered u@example.org via mx.example.org[2001:db8:93::25] 40ms dsn=2.1.5 250/2.1.5 | 250-2.1.5 ok?250 2.0.0 done",
    ),
    (
        // 2.0: no port, no delays, no dsn; before 2.1 no reason either.
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7], delay=3, status=sent",
        "ABCDEF0 Delivered u@example.org via mx.example.org[198.51.100.7] 3000ms -/- | ",
    ),
    (
        "lmtp",
        "4ZWvVq3M2hz1YSYY: to=<newsletter@lumenshop.example>, relay=127.0.0.1[127.0.0.1]:24, delay=0.44, delays=0.17/0.1/0.09/0.09, dsn=2.0.0, status=sent (250 2.0.0 <newsletter@lumenshop.example> zTq5Kx Saved)",
        "4ZWvVq3M2hz1YSYY Delivered newsletter@lumenshop.example via 127.0.0.1[127.0.0.1] local 440ms dsn=2.0.0 250/2.0.0 | 250 2.0.0 <newsletter@lumenshop.example> zTq5Kx Saved",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=h-ac71[private/dovecot-lmtp], delay=0.15, delays=0.04/0/0.02/0.08, dsn=2.0.0, status=sent (250 2.0.0 <u@example.org> x Saved)",
        "ABCDEF0 Delivered u@example.org via h-ac71[private/dovecot-lmtp] local 150ms dsn=2.0.0 250/2.0.0 | 250 2.0.0 <u@example.org> x Saved",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=3.6, delays=0.2/0.02/0.04/3.3, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 2B95BA201D6)",
        "ABCDEF0 Delivered u@example.org via 127.0.0.1[127.0.0.1] 3600ms dsn=2.0.0 as=2B95BA201D6 250/2.0.0 | 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 2B95BA201D6",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.7.0, status=sent (250 2.7.0 Ok, discarded, id=20417-03)",
        "ABCDEF0 Discarded u@example.org via 127.0.0.1[127.0.0.1] 1000ms dsn=2.7.0 250/2.7.0 | 250 2.7.0 Ok, discarded, id=20417-03",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=127.0.0.1[127.0.0.1]:26, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK id=1t7WhK-0000000089R-0W7E)",
        "ABCDEF0 Delivered u@example.org via 127.0.0.1[127.0.0.1] 1000ms dsn=2.0.0 as=1t7WhK-0000000089R-0W7E 250/- | 250 OK id=1t7WhK-0000000089R-0W7E",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=127.0.0.1[127.0.0.1]:26, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 4A39F2xx012345 Message accepted for delivery)",
        "ABCDEF0 Delivered u@example.org via 127.0.0.1[127.0.0.1] 1000ms dsn=2.0.0 as=4A39F2xx012345 250/2.0.0 | 250 2.0.0 4A39F2xx012345 Message accepted for delivery",
    ),
    (
        "local",
        r#"ABCDEF0: to=<anna@mx1.example>, orig_to=<root>, relay=local, delay=0.07, delays=0.04/0/0/0.03, dsn=2.0.0, status=sent (delivered to command: /usr/bin/vacation -a "$EXTENSION")"#,
        r#"ABCDEF0 Delivered anna@mx1.example (root) via local[] local 70ms dsn=2.0.0 -/- | delivered to command: /usr/bin/vacation -a "$EXTENSION""#,
    ),
    (
        "pipe",
        "ABCDEF0: to=<u@example.org>, relay=dovecot, delay=3.4, delays=3.3/0.03/0/0.12, dsn=2.0.0, status=sent (delivered via dovecot service (250 no reply at all))",
        "ABCDEF0 Delivered u@example.org via dovecot[] local 3400ms dsn=2.0.0 -/- | delivered via dovecot service (250 no reply at all)",
    ),
    (
        "local",
        "ABCDEF0: to=<anna@mx1.example>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (forwarded as 2B95BA201D6)",
        "ABCDEF0 HandedOn anna@mx1.example via local[] local 0ms dsn=2.0.0 as=2B95BA201D6 -/- | forwarded as 2B95BA201D6",
    ),
    (
        "discard",
        "ABCDEF0: to=<u@example.org>, relay=none, delay=0.05, delays=0.05/0/0/0, dsn=2.0.0, status=sent (example.org)",
        "ABCDEF0 Discarded u@example.org via [] 50ms dsn=2.0.0 -/- | example.org",
    ),
    (
        "local",
        "ABCDEF0: to=<u@example.org>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to file: /dev/null)",
        "ABCDEF0 Discarded u@example.org via local[] local 0ms dsn=2.0.0 -/- | delivered to file: /dev/null",
    ),
    (
        "local",
        "ABCDEF0: to=<double-bounce@mx1.example>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (discarded)",
        "ABCDEF0 Discarded double-bounce@mx1.example via local[] local 0ms dsn=2.0.0 -/- | discarded",
    ),
    (
        "qmgr",
        "ABCDEF0: to=<postmaster@mx1.example>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (undeliverable postmaster notification discarded)",
        "ABCDEF0 Discarded postmaster@mx1.example via [] 0ms dsn=2.0.0 -/- | undeliverable postmaster notification discarded",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)",
        "ABCDEF0 Probed u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=2.1.5 250/2.1.5 | 250 2.1.5 Ok",
    ),
    (
        "error",
        "ABCDEF0: to=<u@example.org>, relay=none, delay=0.01, delays=0.01/0/0/0, dsn=5.1.1, status=undeliverable-but-not-cached (User unknown in virtual alias table)",
        "ABCDEF0 Probed u@example.org via [] 10ms dsn=5.1.1 -/- | User unknown in virtual alias table",
    ),
];

#[test]
fn successes() {
    check(SENT);
}

pub(super) static FAILED: &[Case] = &[
    (
        "smtp",
        "4Xh87p0sf8z1RRBh: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1.2, delays=0.1/0.01/0.8/0.29, dsn=4.2.0, status=deferred (host mx.example.org[198.51.100.7] said: 450 4.2.0 <u@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/ (in reply to RCPT TO command))",
        "4Xh87p0sf8z1RRBh Deferred u@example.org via mx.example.org[198.51.100.7] 1200ms dsn=4.2.0 rcpt 450/4.2.0 | 450 4.2.0 <u@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=5.7.26, status=bounced (host mx.example.org[198.51.100.7] said: 550-5.7.26 a 550-5.7.26 b (c) 550 5.7.26 d - gsmtp (in reply to end of DATA command))",
        "ABCDEF0 Bounced u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=5.7.26 end-of-data 550/5.7.26 | 550-5.7.26 a 550-5.7.26 b (c) 550 5.7.26 d - gsmtp",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=5.7.0, status=bounced (host mx.example.org[198.51.100.7] said: 530 5.7.0 Must issue a STARTTLS command first (in reply to MAIL FROM command))",
        "ABCDEF0 Bounced u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=5.7.0 mail 530/5.7.0 | 530 5.7.0 Must issue a STARTTLS command first",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=5.5.1, status=bounced (host mx.example.org[198.51.100.7] said: 554 no valid recipients (in reply to DATA command))",
        "ABCDEF0 Bounced u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=5.5.1 data 554/- | 554 no valid recipients",
    ),
    (
        // LMTP over a UNIX socket answers too.
        "lmtp",
        "ABCDEF0: to=<u@example.org>, relay=mx1[/run/dovecot/lmtp], delay=1, delays=0/0/0/1, dsn=4.2.2, status=deferred (host mx1[/run/dovecot/lmtp] said: 452 4.2.2 <u@example.org> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))",
        "ABCDEF0 Deferred u@example.org via mx1[/run/dovecot/lmtp] local 1000ms dsn=4.2.2 end-of-data 452/4.2.2 | 452 4.2.2 <u@example.org> Quota exceeded (mailbox for user is full)",
    ),
    (
        // soft_bounce: the MTA's word wins over the 5xx.
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=4.1.1, status=SOFTBOUNCE (host mx.example.org[198.51.100.7] said: 550 5.1.1 no (in reply to RCPT TO command))",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.1.1 rcpt 550/5.1.1 | 550 5.1.1 no",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=none, delay=30, delays=0.1/0/29.9/0, dsn=4.4.1, status=deferred (connect to mx.example.org[198.51.100.7]:25: Connection timed out)",
        "ABCDEF0 Deferred u@example.org via [] 30000ms dsn=4.4.1 connect -/- | connect to mx.example.org[198.51.100.7]:25: Connection timed out",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=4.4.2, status=deferred (lost connection with mx.example.org[198.51.100.7] while sending end of data -- message may be sent more than once)",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.4.2 end-of-data -/- | lost connection with mx.example.org[198.51.100.7] while sending end of data -- message may be sent more than once",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=4.4.2, status=deferred (conversation with mx.example.org[198.51.100.7] timed out while performing the EHLO handshake)",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.4.2 hello -/- | conversation with mx.example.org[198.51.100.7] timed out while performing the EHLO handshake",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@no-such-domain.example>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=no-such-domain.example type=AAAA: Host not found)",
        "ABCDEF0 Bounced u@no-such-domain.example via [] 1000ms dsn=5.4.4 -/- | Host or domain name not found. Name service error for name=no-such-domain.example type=AAAA: Host not found",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:587, delay=1, delays=0/0/1/0, dsn=4.7.8, status=deferred (SASL authentication failed; server mx.example.org[198.51.100.7] said: 535 5.7.8 Error: authentication failed)",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.7.8 auth 535/5.7.8 | 535 5.7.8 Error: authentication failed",
    ),
    (
        // What was said another time is no reply of this one.
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:587, delay=1, delays=0/0/1/0, dsn=4.7.8, status=deferred (SASL [CACHED] authentication failed; server mx.example.org[198.51.100.7] said: 535 5.7.8 no)",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.7.8 -/- | SASL [CACHED] authentication failed; server mx.example.org[198.51.100.7] said: 535 5.7.8 no",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/1/0, dsn=4.7.0, status=deferred (TLS is required, but host mx.example.org[198.51.100.7] refused to start TLS: 454 4.7.0 TLS not available)",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.7.0 starttls 454/4.7.0 | 454 4.7.0 TLS not available",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/1/0, dsn=4.7.4, status=deferred (TLS is required, but was not offered by host mx.example.org[198.51.100.7])",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.7.4 -/- | TLS is required, but was not offered by host mx.example.org[198.51.100.7]",
    ),
    (
        // A program may quote digits: no server said them.
        "pipe",
        r#"ABCDEF0: to=<u@example.org>, relay=filter, delay=1, delays=0/0/0/1, dsn=5.3.0, status=bounced (Command died with status 1: "/usr/bin/filter". Command output: 550 5.7.1 no (really) )"#,
        r#"ABCDEF0 Bounced u@example.org via filter[] local 1000ms dsn=5.3.0 -/- | Command died with status 1: "/usr/bin/filter". Command output: 550 5.7.1 no (really) "#,
    ),
    (
        "pipe",
        "ABCDEF0: to=<u@example.org>, relay=filter, delay=1, delays=0/0/0/1, dsn=5.3.0, status=bounced (550 5.7.1 says the program)",
        "ABCDEF0 Bounced u@example.org via filter[] local 1000ms dsn=5.3.0 -/- | 550 5.7.1 says the program",
    ),
    (
        "error",
        "ABCDEF0: to=<u@example.org>, relay=none, delay=9, delays=8/1/0/0, dsn=4.3.0, status=deferred (mail transport unavailable)",
        "ABCDEF0 Deferred u@example.org via [] 9000ms dsn=4.3.0 -/- | mail transport unavailable",
    ),
    (
        // The line is cut: still a verdict.
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=4.2.0, status=deferred (host mx.example.org[198.51.100.7] said: 450 4.2.0 (later) try aga",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.2.0 other 450/4.2.0 | 450 4.2.0 (later) try aga",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=4.2.0, status=deferred (host mx.example.org[198.51.100.7] said: 450 4.2.0 no (in reply to RCPT TO command",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.2.0 rcpt 450/4.2.0 | 450 4.2.0 no",
    ),
];

#[test]
fn failures() {
    check(FAILED);
}

/// Lines that fooled somebody, and lines meant to.
pub(super) static TRAPS: &[Case] = &[
    (
        // A 554 greeting is deferred.
        "smtp",
        "ABCDEF0: to=<u@fortress.example>, relay=mx.fortress.example[203.0.113.9]:25, delay=1, delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.fortress.example[203.0.113.9] refused to talk to me: 554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked)",
        "ABCDEF0 Deferred u@fortress.example via mx.fortress.example[203.0.113.9] 1000ms dsn=4.7.1 connect 554/5.7.1 | 554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked",
    ),
    (
        // Nothing was tried; the reply is an old one.
        "error",
        "ABCDEF0: to=<u@fortress.example>, relay=none, delay=9, delays=8/1/0/0, dsn=4.7.1, status=deferred (delivery temporarily suspended: host mx.fortress.example[203.0.113.9] refused to talk to me: 554 5.7.1 no)",
        "ABCDEF0 Skipped u@fortress.example via [] 9000ms dsn=4.7.1 -/- | delivery temporarily suspended: host mx.fortress.example[203.0.113.9] refused to talk to me: 554 5.7.1 no",
    ),
    (
        // dsn against text.
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host mx.example.org[198.51.100.7] said: 450 5.1.1 Mailbox is currently disabled. (in reply to RCPT TO command))",
        "ABCDEF0 Deferred u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=4.0.0 rcpt 450/5.1.1 | 450 5.1.1 Mailbox is currently disabled.",
    ),
    (
        // Doubled suffix: the inner one is part of what the server said.
        "smtp",
        "ABCDEF0: to=<u@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced (host mx.example.org[198.51.100.7] said: 550 <u@example.org>: Recipient address rejected: undeliverable address: host 192.0.2.200[192.0.2.200] said: 550 No such user (in reply to RCPT TO command) (in reply to RCPT TO command))",
        "ABCDEF0 Bounced u@example.org via mx.example.org[198.51.100.7] 1000ms dsn=5.0.0 rcpt 550/- | 550 <u@example.org>: Recipient address rejected: undeliverable address: host 192.0.2.200[192.0.2.200] said: 550 No such user (in reply to RCPT TO command)",
    ),
    (
        // From a spreadsheet.
        "smtp",
        "ABCDEF0: to=recipient@example.com, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to a.example[192.0.2.80]:25: Connection timed out),,,,,,,",
        "ABCDEF0 Deferred recipient@example.com via [] 1000ms dsn=4.4.1 connect -/- | connect to a.example[192.0.2.80]:25: Connection timed out",
    ),
    (
        "local",
        "ABCDEF0: to=anna@mx1.example, orig_to=root@localhost, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)",
        "ABCDEF0 Delivered anna@mx1.example (root@localhost) via local[] local 0ms dsn=2.0.0 -/- | delivered to mailbox",
    ),
    (
        // A reply that lies.
        "smtp",
        r#"ABCDEF0: to=<u@trickster.example>, relay=mx.trickster.example[203.0.113.75]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host mx.trickster.example[203.0.113.75] said: 554 5.7.1 Blocked (code=450-4.7.1) to=<postmaster@trickster.example>, relay=none, status=sent (250 2.0.0 Ok; see "RFC 5321 (in reply to end of DATA command))"#,
        r#"ABCDEF0 Bounced u@trickster.example via mx.trickster.example[203.0.113.75] 1000ms dsn=5.7.1 end-of-data 554/5.7.1 | 554 5.7.1 Blocked (code=450-4.7.1) to=<postmaster@trickster.example>, relay=none, status=sent (250 2.0.0 Ok; see "RFC 5321"#,
    ),
    (
        // Addresses that lie: quoted (3.5), and raw with a `>` inside.
        "smtp",
        r#"ABCDEF0: to=<"x>, relay=mx[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok) \" "@y.example>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.4, status=bounced (no)"#,
        r#"ABCDEF0 Bounced "x>, relay=mx[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok) \" "@y.example via [] 1000ms dsn=5.4.4 -/- | no"#,
    ),
    (
        "smtp",
        r#"ABCDEF0: to=<x> @y.example>, orig_to=<"a>, b"@x>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.4, status=bounced (no)"#,
        r#"ABCDEF0 Bounced x> @y.example ("a>, b"@x) via [] 1000ms dsn=5.4.4 -/- | no"#,
    ),
    (
        // `status=` that is no delivery.
        "smtp",
        "TLSRPT: status=failure, domain=example.org, receiving_mx=mx.example.org[198.51.100.7], failure_type=certificate_expired",
        "quiet: TLS report",
    ),
    (
        "smtpd",
        "ABCDEF0: reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 <b@example.org>: Recipient address rejected: User unknown in virtual mailbox table; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<a.example>",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 helo=a.example from=a@example.net to=b@example.org rcpt permanent 550/5.1.1 | 550 5.1.1 <b@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
    ),
    (
        "cleanup",
        "E4420A202F6: reject: header Subject: WIN A PRIZE now from mx.goodsender.invalid[192.0.2.205]; from=<friend@fernwood.example> to=<office@lumenshop.example> proto=ESMTP helo=<mail.partner.invalid>: 5.7.1 Spam subject not wanted here",
        "refused E4420A202F6 name=mx.goodsender.invalid ip=192.0.2.205 helo=mail.partner.invalid from=friend@fernwood.example to=office@lumenshop.example end-of-data permanent -/5.7.1 | 5.7.1 Spam subject not wanted here",
    ),
];

#[test]
fn traps() {
    check(TRAPS);
}
