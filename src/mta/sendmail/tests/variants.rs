//! The same forms with other people's words: addresses of RFC 6531 and 5321 that are seldom seen, IPv6, replies in other
//! languages, fields left out, and lies.

use super::{check, check_tail};

#[test]
fn addresses_that_are_seldom_seen() {
    check(&[
        (
            "4A39F2KY031337: from=<jörg@bücher.example>, size=4312, class=0, nrcpts=1, msgid=<k1@bücher.example>, bodytype=8BITMIME, proto=ESMTPS, daemon=MTA-v6, relay=mx.bücher.example [IPv6:2001:db8::25]",
            "4A39F2KY031337 arrival from=jörg@bücher.example client=mx.bücher.example ip=2001:db8::25 msgid=k1@bücher.example size=4312 rcpts=1",
        ),
        (
            "4A39F2KY031337: from=<@a.example,@b.example:u@c.example>, size=1, class=0, nrcpts=1, msgid=<k@x>, proto=SMTP, daemon=MTA, tls_verify=NO, auth=LOGIN, relay=h.c.example [192.0.2.1] (may be forged)",
            "4A39F2KY031337 arrival from=@a.example,@b.example:u@c.example client=h.c.example ip=192.0.2.1 msgid=k@x size=1 rcpts=1",
        ),
        (
            "4A39F2KY031337: to=<user%host@c.example>,<@a.example:b@c.example>, ctladdr=<list@x.example> (1/0), delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=64312, relay=mx.c.example. [192.0.2.25], dsn=2.0.0, stat=Sent (OK stat=Deferred)",
            "4A39F2KY031337 Delivered to=user%host@c.example|@a.example:b@c.example relay=mx.c.example ip=192.0.2.25 delay=2 dsn=2.0.0 :: OK stat=Deferred",
        ),
        (
            "4A39F2KY031337: to=\\\\bob, ctladdr=<bob@x.example> (1001/1001), delay=00:00:02, xdelay=00:00:00, mailer=local, pri=1, dsn=2.0.0, stat=Sent",
            "4A39F2KY031337 Delivered to=\\\\bob local=true delay=2 dsn=2.0.0 :: ",
        ),
        (
            "4A39F2KY031337: to=:include:/etc/mail/list, delay=00:00:02, mailer=*include*, pri=1, stat=queued",
            "4A39F2KY031337 Skipped to=:include:/etc/mail/list local=true delay=2 :: queued",
        ),
        (
            "4A39F2KY031337: ruleset=check_mail, arg1=<>, relay=h.c.example [192.0.2.1], reject=550 5.7.1 Access denied",
            "refused permanent id=4A39F2KY031337 at=mail client=h.c.example ip=192.0.2.1 from= code=550 enhanced=5.7.1 :: 550 5.7.1 Access denied",
        ),
        (
            "4A39F2KY031337: ruleset=check_rcpt, arg1=<jörg@bücher.example>, relay=mx.bücher.example [IPv6:2001:db8::25], reject=550 5.7.1 <jörg@bücher.example>... Relaying denied",
            "refused permanent id=4A39F2KY031337 at=rcpt client=mx.bücher.example ip=2001:db8::25 to=jörg@bücher.example code=550 enhanced=5.7.1 :: 550 5.7.1 <jörg@bücher.example>... Relaying denied",
        ),
        (
            "ruleset=check_relay, arg1=[IPv6:2001:db8::1], arg2=IPv6:2001:db8::1, relay=[IPv6:2001:db8::1], reject=421 4.3.2 Too many open connections.",
            "refused transient at=connect ip=2001:db8::1 code=421 enhanced=4.3.2 :: 421 4.3.2 Too many open connections.",
        ),
        (
            "4A39F2KY031337: <\"no body\"@x.example>... User unknown",
            "refused permanent id=4A39F2KY031337 at=rcpt to=\"no body\"@x.example :: User unknown",
        ),
        (
            "NOQUEUE: Milter: connect: host=h.c.example, addr=IPv6:2001:db8::1, rejecting commands",
            "refused permanent at=connect client=h.c.example ip=2001:db8::1 :: rejecting commands",
        ),
    ]);
}

#[test]
fn replies_in_other_words() {
    check_tail(&[
        (
            "dsn=5.7.509, reply=550 5.7.509 Access denied, sending domain x.example does not pass DMARC, stat=Service unavailable",
            "Bounced code=550 enhanced=5.7.509 dsn=5.7.509 :: 550 5.7.509 Access denied, sending domain x.example does not pass DMARC",
        ),
        (
            "dsn=4.0.0, reply=450 später versuchen, stat=Deferred: 450 später versuchen",
            "Deferred code=450 dsn=4.0.0 :: 450 später versuchen",
        ),
        (
            "dsn=5.1.1, reply=550 邮箱不存在, stat=Sent, stat=User unknown",
            "Bounced code=550 dsn=5.1.1 :: 550 邮箱不存在, stat=Sent",
        ),
        ("stat=Deferred: Connection refused by mx.example.org.", "Deferred :: Connection refused by mx.example.org."),
        ("dsn=4.0.0, stat=I/O error", "Deferred dsn=4.0.0 :: I/O error"),
        ("dsn=5.3.0, stat=unknown mailer error 5", "Bounced dsn=5.3.0 :: unknown mailer error 5"),
        ("dsn=5.6.0, stat=Data format error", "Bounced dsn=5.6.0 :: Data format error"),
        (
            "dsn=2.0.0, stat=Sent (<abc@x> [InternalId=1, Hostname=X] 5 bytes in 0.1, 3 KB/sec Queued mail for delivery)",
            "Delivered dsn=2.0.0 :: <abc@x> [InternalId=1, Hostname=X] 5 bytes in 0.1, 3 KB/sec Queued mail for delivery",
        ),
    ]);
}
