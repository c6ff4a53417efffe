//! The same forms with other people's words: addresses of RFC 6531 and 5321 that are seldom seen, IPv6, replies in other
//! languages, fields left out, and lies.

use super::{Case, check};

static VARIANTS: &[Case] = &[
    (
        "smtpd",
        "4Xh87p0sf8z1RRBh: client=mx.bücher.example[2001:db8::25]:4711, sasl_method=XOAUTH2, sasl_username=anna, orig_queue_id=2B95BA201D6",
        "4Xh87p0sf8z1RRBh begins name=mx.bücher.example ip=2001:db8::25 login=anna parent=2B95BA201D6",
    ),
    (
        "qmgr",
        "ABCDEF0: from=<@a.example,@b.example:u@c.example>, size=4312, nrcpt=3 (queue active)",
        "ABCDEF0 arrival from=@a.example,@b.example:u@c.example size=4312 nrcpt=3",
    ),
    (
        "pickup",
        "ABCDEF0: uid=1000 from=<\"an na\"@mx1.example>",
        "ABCDEF0 begins from=\"an na\"@mx1.example login=1000 local",
    ),
    (
        "smtp",
        "ABCDEF0: to=<jörg@bücher.example>, relay=mx.bücher.example[2001:db8::25]:25, delay=1.2, delays=0.1/0.01/0.8/0.29, tls=dane:encrypt, dsn=5.6.7, status=bounced (message requires SMTPUTF8, but no server was found that supports SMTPUTF8. The last attempted server was mx.bücher.example)",
        "ABCDEF0 Bounced jörg@bücher.example via mx.bücher.example[2001:db8::25] 1200ms dsn=5.6.7 -/- | message requires SMTPUTF8, but no server was found that supports SMTPUTF8. The last attempted server was mx.bücher.example",
    ),
    (
        "smtp",
        "ABCDEF0: to=<user%host@c.example>, orig_to=<\"a b\"@x.example>, relay=mx.c.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, tls=may:none, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as status=bounced)",
        "ABCDEF0 Delivered user%host@c.example (\"a b\"@x.example) via mx.c.example[192.0.2.25] 1000ms dsn=2.0.0 250/2.0.0 | 250 2.0.0 Ok: queued as status=bounced",
    ),
    (
        "smtp",
        "ABCDEF0: to=<\"x> , relay=none, status=sent\"@c.example>, relay=mx.c.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=4.7.1, status=deferred (host mx.c.example[192.0.2.25] said: 450 4.7.1 a (b), status=sent (250 ok) (in reply to RCPT TO command))",
        "ABCDEF0 Deferred \"x> , relay=none, status=sent\"@c.example via mx.c.example[192.0.2.25] 1000ms dsn=4.7.1 rcpt 450/4.7.1 | 450 4.7.1 a (b), status=sent (250 ok)",
    ),
    (
        "smtp",
        "ABCDEF0: to=<>, relay=mx.c.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=5.1.3, status=bounced (bad address syntax)",
        "ABCDEF0 Bounced  via mx.c.example[192.0.2.25] 1000ms dsn=5.1.3 -/- | bad address syntax",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@[IPv6:2001:db8::9]>, relay=2001:db8::9[2001:db8::9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 OK)",
        "ABCDEF0 Delivered u@[IPv6:2001:db8::9] via 2001:db8::9[2001:db8::9] 1000ms dsn=2.0.0 250/2.0.0 | 250 2.0.0 OK",
    ),
    (
        // Long codes; none from the MTA; other languages.
        "smtp",
        "ABCDEF0: to=<u@c.example>, relay=mx.c.example[192.0.2.25]:25, delay=86400, delays=86399/0.01/0.8/0.29, dsn=5.7.509, status=bounced (host mx.c.example[192.0.2.25] said: 550 5.7.509 Access denied, sending domain [x.example] does not pass DMARC verification (in reply to end of DATA command))",
        "ABCDEF0 Bounced u@c.example via mx.c.example[192.0.2.25] 86400000ms dsn=5.7.509 end-of-data 550/5.7.509 | 550 5.7.509 Access denied, sending domain [x.example] does not pass DMARC verification",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@c.example>, relay=mx.c.example[192.0.2.25]:25, delay=1, status=deferred (host mx.c.example[192.0.2.25] said: 450 später versuchen (in reply to RCPT TO command))",
        "ABCDEF0 Deferred u@c.example via mx.c.example[192.0.2.25] 1000ms rcpt 450/- | 450 später versuchen",
    ),
    (
        "smtp",
        "ABCDEF0: to=<u@c.example>, relay=mx.c.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced (host mx.c.example[192.0.2.25] said: 550-Недоступен 550-メール 550 邮箱不存在 (in reply to RCPT TO command))",
        "ABCDEF0 Bounced u@c.example via mx.c.example[192.0.2.25] 1000ms dsn=5.0.0 rcpt 550/- | 550-Недоступен 550-メール 550 邮箱不存在",
    ),
    (
        // No server refused: Postfix did.
        "smtp",
        "ABCDEF0: to=<u@c.example>, relay=mx.c.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, tls=encrypt/!requiretls:nostarttls, dsn=5.7.30, status=bounced (Sender requested REQUIRETLS, but TLS service was not offered by host mx.c.example[192.0.2.25])",
        "ABCDEF0 Bounced u@c.example via mx.c.example[192.0.2.25] 1000ms dsn=5.7.30 -/- | Sender requested REQUIRETLS, but TLS service was not offered by host mx.c.example[192.0.2.25]",
    ),
    (
        "pipe",
        "ABCDEF0: to=<anna@mx1.example>, relay=maildrop, delay=1, delays=0/0/0/1, dsn=4.3.0, status=deferred (temporary failure. Command output: status=sent (250 ok))",
        "ABCDEF0 Deferred anna@mx1.example via maildrop[] local 1000ms dsn=4.3.0 -/- | temporary failure. Command output: status=sent (250 ok)",
    ),
    (
        "smtp",
        "ABCDEF0: Sender requested REQUIRETLS, but TLS service was not offered by host a.example[192.0.2.1]",
        "ABCDEF0 HostTrouble",
    ),
    ("smtp", "ABCDEF0: Server certificate not verified", "ABCDEF0 HostTrouble"),
    ("smtp", "ABCDEF0: server unavailable or unable to receive mail", "ABCDEF0 HostTrouble"),
    (
        "smtpd",
        "NOQUEUE: reject: RCPT from mx.bücher.example[2001:db8::25]:4711: 450 4.2.0 <u@x.example>: Recipient address rejected: Greylisted; from=<jörg@bücher.example> to=<u@x.example> proto=ESMTP helo=<mx.bücher.example>",
        "refused - name=mx.bücher.example ip=2001:db8::25 helo=mx.bücher.example from=jörg@bücher.example to=u@x.example rcpt transient 450/4.2.0 | 450 4.2.0 <u@x.example>: Recipient address rejected: Greylisted",
    ),
    (
        // 3.10 adds the login.
        "smtpd",
        "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 <u@x.example>: Recipient address rejected: User unknown in virtual mailbox table; from=<a@x.example> to=<u@x.example> proto=ESMTP helo=<x> sasl_method=PLAIN sasl_username=anna sasl_sender=a@x.example",
        "refused - name=a.example ip=192.0.2.1 helo=x from=a@x.example to=u@x.example rcpt permanent 550/5.1.1 | 550 5.1.1 <u@x.example>: Recipient address rejected: User unknown in virtual mailbox table",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: RCPT from unknown[unknown]: 450 4.7.25 Client host rejected: cannot find your hostname, [unknown]; from=<> to=<u@x.example> proto=SMTP helo=<x>",
        "refused - name=unknown helo=x from= to=u@x.example rcpt transient 450/4.7.25 | 450 4.7.25 Client host rejected: cannot find your hostname, [unknown]",
    ),
    (
        // The header plays the end of the line; only the last client is Postfix's word.
        "cleanup",
        "ABCDEF0: reject: header Subject: 1 from a.example[192.0.2.9]; from=<x@y> to=<z@y> proto=SMTP helo=<q>: 4.7.1 lie from b.example[192.0.2.1]; from=<a@x.example> to=<u@x.example> proto=ESMTP helo=<x>: 5.7.1 true",
        "refused ABCDEF0 name=b.example ip=192.0.2.1 helo=x from=a@x.example to=u@x.example end-of-data permanent -/5.7.1 | 5.7.1 true",
    ),
    (
        "postscreen",
        "NOQUEUE: reject: RCPT from [2001:db8::9]:38843: 450 4.3.2 Service currently unavailable; from=<a@x.example>, to=<u@x.example>, proto=ESMTP, helo=<x>",
        "refused - ip=2001:db8::9 helo=x from=a@x.example to=u@x.example rcpt transient 450/4.3.2 | 450 4.3.2 Service currently unavailable",
    ),
    (
        "smtp",
        "TLSRPT: status=failure, domain=c.example, receiving_mx=mx.c.example[192.0.2.25], failure_type=starttls_not_supported",
        "quiet: TLS report",
    ),
];

#[test]
fn other_words_same_forms() {
    check(VARIANTS);
}
