//! What smtpd, postscreen and cleanup refuse, and what only looks so.

use super::{Case, check};

pub(super) static REFUSED: &[Case] = &[
    (
        "cleanup",
        "warning: ABCDEF0: message rejected: hopcount exceeded",
        "refused ABCDEF0 end-of-data permanent -/- | message rejected: hopcount exceeded",
    ),
    (
        "smtpd",
        "warning: NOQUEUE: queue file size limit exceeded",
        "refused - end-of-data permanent -/- | queue file size limit exceeded",
    ),
    (
        "cleanup",
        "warning: ABCDEF0: virtual_alias_maps map lookup problem for u@example.org -- message not accepted, try again later",
        "refused ABCDEF0 end-of-data transient -/- | virtual_alias_maps map lookup problem for u@example.org -- message not accepted, try again later",
    ),
    ("cleanup", "warning: ABCDEF0: removed spurious bounce log", "quiet: warning about a message"),
    (
        "smtpd",
        "NOQUEUE: reject: RCPT from unknown[2001:db8::9]:4711: 450 4.2.0 <u@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/; from=<> to=<u@example.org> proto=ESMTP helo=<mx.example.net>",
        "refused - name=unknown ip=2001:db8::9 helo=mx.example.net from= to=u@example.org rcpt transient 450/4.2.0 | 450 4.2.0 <u@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/",
    ),
    (
        // Semicolons in the text; 3.10 appends who logged in.
        "smtpd",
        "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example; https://dnsbl.example/q; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a.example> sasl_method=PLAIN sasl_username=anna",
        "refused - name=a.example ip=192.0.2.1 helo=a.example from=a@example.net to=u@example.org rcpt permanent 554/5.7.1 | 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example; https://dnsbl.example/q",
    ),
    (
        "smtpd",
        r#"NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <"x; from=<no@example.com> to=<no@example.com> proto=SMTP helo=<no>"@example.net>: Sender address rejected: Access denied; from=<"x; from=<no@example.com> to=<no@example.com> proto=SMTP helo=<no>"@example.net> to=<u@example.org> proto=ESMTP helo=<a>"#,
        r#"refused - name=a.example ip=192.0.2.1 helo=a from="x; from=<no@example.com> to=<no@example.com> proto=SMTP helo=<no>"@example.net to=u@example.org rcpt permanent 554/5.7.1 | 554 5.7.1 <"x; from=<no@example.com> to=<no@example.com> proto=SMTP helo=<no>"@example.net>: Sender address rejected: Access denied"#,
    ),
    (
        // A HELO name that lies.
        "smtpd",
        "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <u@example.org>: Relay access denied; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<x; from=<no@example.com> to=<no@example.com> proto=SMTP helo=<y>>",
        "refused - name=a.example ip=192.0.2.1 helo=x; from=<no@example.com> to=<no@example.com> proto=SMTP helo=<y> from=a@example.net to=u@example.org rcpt permanent 554/5.7.1 | 554 5.7.1 <u@example.org>: Relay access denied",
    ),
    (
        // The words of another server, asked about the sender, that lie.
        "smtpd",
        "NOQUEUE: reject: RCPT from m.example[192.0.2.5]: 550 5.1.7 <a@evil.example>: Sender address rejected: undeliverable address: host mx.evil.example[192.0.2.9] said: 550 no; from=<no@example.com> to=<no@y> (in reply to RCPT TO command); from=<a@evil.example> to=<u@us.example> proto=ESMTP helo=<m.example>",
        "refused - name=m.example ip=192.0.2.5 helo=m.example from=a@evil.example to=u@us.example rcpt permanent 550/5.1.7 | 550 5.1.7 <a@evil.example>: Sender address rejected: undeliverable address: host mx.evil.example[192.0.2.9] said: 550 no; from=<no@example.com> to=<no@y> (in reply to RCPT TO command)",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: RCPT from m.example[192.0.2.5]: 550 5.1.7 <a@evil.example>: Sender address rejected: undeliverable address: host mx.evil.example[192.0.2.9] said: 550 no; from=<no@example.com> to=<no@y> proto=ESMTP helo=<no (in reply to RCPT TO command); from=<a@evil.example> to=<u@us.example> proto=ESMTP helo=<m.example>",
        "refused - name=m.example ip=192.0.2.5 helo=m.example from=a@evil.example to=u@us.example rcpt permanent 550/5.1.7 | 550 5.1.7 <a@evil.example>: Sender address rejected: undeliverable address: host mx.evil.example[192.0.2.9] said: 550 no; from=<no@example.com> to=<no@y> proto=ESMTP helo=<no (in reply to RCPT TO command)",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: EHLO from a.example[192.0.2.1]: 504 5.5.2 <User>: Helo command rejected: need fully-qualified hostname; proto=SMTP helo=<User>",
        "refused - name=a.example ip=192.0.2.1 helo=User hello permanent 504/5.5.2 | 504 5.5.2 <User>: Helo command rejected: need fully-qualified hostname",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: CONNECT from unknown[192.0.2.44]: 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.44]; proto=SMTP",
        "refused - name=unknown ip=192.0.2.44 connect transient 450/4.7.25 | 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.44]",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: VRFY from unknown[192.0.2.1]: 454 4.7.1 <u@example.com>: Relay access denied; to=<u@example.com> proto=SMTP helo=<me>",
        "refused - name=unknown ip=192.0.2.1 helo=me to=u@example.com other transient 454/4.7.1 | 454 4.7.1 <u@example.com>: Relay access denied",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: MAIL from a.example[192.0.2.1]: 552 5.3.4 Message size exceeds fixed limit; from=<a@example.net> proto=ESMTP helo=<a.example>",
        "refused - name=a.example ip=192.0.2.1 helo=a.example from=a@example.net mail permanent 552/5.3.4 | 552 5.3.4 Message size exceeds fixed limit",
    ),
    (
        // Before 2.3 without enhanced code; cut in the tail; no tail.
        "smtpd",
        "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 <u@example.org>: Relay access denied; from=<a@example.net> to=<u@exam",
        "refused - name=a.example ip=192.0.2.1 from=a@example.net rcpt permanent 554/- | 554 <u@example.org>: Relay access denied",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 Service unavailable",
        "refused - name=unknown ip=192.0.2.1 rcpt permanent 554/5.7.1 | 554 5.7.1 Service unavailable",
    ),
    (
        "smtpd",
        "ABCDEF0: reject: DATA content from a.example[192.0.2.1]: bare <LF> received; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 helo=a from=a@example.net to=u@example.org end-of-data permanent -/- | bare <LF> received",
    ),
    (
        "smtpd",
        "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 421 4.3.0 mx1.example Server local data error",
        "refused - name=a.example ip=192.0.2.1 rcpt transient 421/4.3.0 | 421 4.3.0 mx1.example Server local data error",
    ),
    (
        "smtpd",
        "NOQUEUE: abort: TLS from a.example[192.0.2.1]: No client certificate presented",
        "refused - name=a.example ip=192.0.2.1 starttls transient -/- | No client certificate presented",
    ),
    (
        "postscreen",
        "NOQUEUE: reject: RCPT from [192.0.2.204]:38843: 550 5.7.1 Service unavailable; client [192.0.2.204] blocked using dnsbl.blocklist.example; from=<friend@fernwood.example>, to=<office@lumenshop.example>, proto=ESMTP, helo=<dyn-204.pool.invalid>",
        "refused - ip=192.0.2.204 helo=dyn-204.pool.invalid from=friend@fernwood.example to=office@lumenshop.example rcpt permanent 550/5.7.1 | 550 5.7.1 Service unavailable; client [192.0.2.204] blocked using dnsbl.blocklist.example",
    ),
    (
        "postscreen",
        "NOQUEUE: reject: CONNECT from [192.0.2.204]:1337: too many connections",
        "refused - ip=192.0.2.204 connect transient -/- | too many connections",
    ),
    (
        "postscreen",
        "reject: connect from [192.0.2.204]:1337: all screening ports busy",
        "refused - ip=192.0.2.204 connect transient -/- | all screening ports busy",
    ),
    (
        "smtpd",
        "ABCDEF0: milter-reject: DATA from a.example[192.0.2.1]: 550 5.7.1 Command rejected; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 helo=a from=a@example.net to=u@example.org data permanent 550/5.7.1 | 550 5.7.1 Command rejected",
    ),
    (
        // cleanup knows the enhanced code only.
        "cleanup",
        "ABCDEF0: milter-reject: END-OF-MESSAGE from a.example[192.0.2.1]: 4.7.1 Try again later; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 helo=a from=a@example.net to=u@example.org end-of-data transient -/4.7.1 | 4.7.1 Try again later",
    ),
    (
        "cleanup",
        "ABCDEF0: milter-header-reject: header X-Spam: Yes; from=<no@example.com> from a.example[192.0.2.1]; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>: 4.7.1 not now",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 helo=a from=a@example.net to=u@example.org end-of-data transient -/4.7.1 | 4.7.1 not now",
    ),
    (
        "cleanup",
        "ABCDEF0: reject: body Click here from a.example[192.0.2.1]; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>: go away",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 helo=a from=a@example.net to=u@example.org end-of-data permanent -/- | go away",
    ),
    (
        "cleanup",
        "ABCDEF0: reject: mime-error improper use of 8-bit data in message header: Subject: ? from a.example[192.0.2.1]; from=<a@example.net> to=<u@example.org>",
        "refused ABCDEF0 name=a.example ip=192.0.2.1 from=a@example.net to=u@example.org end-of-data permanent -/- | mime-error improper use of 8-bit data in message header: Subject: ?",
    ),
    (
        // No client: cleanup bounces it, in a line of its own.
        "cleanup",
        "ABCDEF0: reject: header Subject: WIN from local; from=<a@example.net> to=<u@example.org>: 5.7.1 no",
        "ABCDEF0 quiet: local mail refused by content",
    ),
    (
        // pickup keeps it and hands it in again.
        "cleanup",
        "ABCDEF0: reject: header Subject: 5.7.1 WIN from local; from=<a@example.net>: 4.7.1 not now",
        "ABCDEF0 Ended(Cancelled)",
    ),
    (
        "cleanup",
        "ABCDEF0: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 Spam; from=<a@example.net> to=<u@example.org>",
        "ABCDEF0 quiet: local mail refused by a filter",
    ),
    (
        "cleanup",
        "ABCDEF0: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 Try again later; from=<>",
        "ABCDEF0 Ended(Cancelled)",
    ),
    (
        // A client on this host, by SMTP; a line that was cut may tell of one.
        "cleanup",
        "ABCDEF0: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 Spam; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>",
        "refused ABCDEF0 name=localhost ip=127.0.0.1 helo=a from=a@example.net to=u@example.org end-of-data permanent -/5.7.1 | 5.7.1 Spam",
    ),
    (
        "cleanup",
        "ABCDEF0: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 Spam; from=<a@example.net> to=<u@exam",
        "refused ABCDEF0 name=localhost ip=127.0.0.1 from=a@example.net end-of-data permanent -/5.7.1 | 5.7.1 Spam",
    ),
    (
        "smtpd",
        "proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=20417-03; from=<> to=<u@example.org> proto=SMTP helo=<a>",
        "refused - helo=a from= to=u@example.org end-of-data permanent 554/5.7.0 | 554 5.7.0 Reject, id=20417-03",
    ),
    (
        "smtpd",
        "proxy-reject: END-OF-MESSAGE: ; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<[192.0.2.16]>",
        "refused - helo=[192.0.2.16] from=a@example.net to=u@example.org end-of-data transient -/- | ",
    ),
];

#[test]
fn refusals() {
    check(REFUSED);
}

/// What looks like a refusal and is none.
pub(super) static LET_PASS: &[Case] = &[
    (
        "smtpd",
        "NOQUEUE: reject_warning: RCPT from a.example[192.0.2.1]: 553 5.7.1 <a@example.net>: Sender address rejected: not owned by user; from=<a@example.net> to=<u@example.org> proto=ESMTP helo=<a>",
        "quiet: would be refused (warn_if_reject)",
    ),
    (
        "smtpd",
        "NOQUEUE: hold: RCPT from a.example[192.0.2.1]: <a>: Client triggers HOLD action; proto=ESMTP",
        "quiet: held by a rule",
    ),
    (
        "smtpd",
        "ABCDEF0: hold: RCPT from a.example[192.0.2.1]: <a>: Client triggers HOLD action; proto=ESMTP",
        "ABCDEF0 Held",
    ),
    (
        "cleanup",
        "ABCDEF0: milter-hold: END-OF-MESSAGE from a.example[192.0.2.1]: milter triggers HOLD action; from=<>",
        "ABCDEF0 Held",
    ),
    (
        "cleanup",
        "ABCDEF0: milter-header-hold: header X: y from a.example[192.0.2.1]; from=<a@example.net>",
        "ABCDEF0 Held",
    ),
    ("cleanup", "ABCDEF0: discard: header X: y from local; from=<a@example.net>", "ABCDEF0 Discarded"),
    (
        "cleanup",
        "ABCDEF0: milter-discard: END-OF-MESSAGE from a.example[192.0.2.1]: milter triggers DISCARD action;",
        "ABCDEF0 Discarded",
    ),
    (
        "smtpd",
        "NOQUEUE: discard: MAIL from a.example[192.0.2.1]: <a@example.net>: Sender address SPAM; from=<a@example.net>",
        "quiet: discarded before queueing",
    ),
    (
        "smtpd",
        "NOQUEUE: filter: RCPT from a.example[192.0.2.1]: <a>: Sender address triggers FILTER x:y; from=<a>",
        "quiet: sent another way by a rule",
    ),
    (
        "smtpd",
        "ABCDEF0: redirect: RCPT from a.example[192.0.2.1]: <a>: x; from=<a>",
        "ABCDEF0 quiet: sent another way by a rule",
    ),
    (
        "smtpd",
        "NOQUEUE: permit: RCPT from a.example[192.0.2.1]: action=permit_dnswl_client for x; from=<a>",
        "quiet: let pass by a rule",
    ),
    (
        "cleanup",
        "ABCDEF0: warning: header Subject: status=sent (250 ok) from a.example[192.0.2.1]; from=<a>",
        "ABCDEF0 quiet: logged by a rule",
    ),
    ("cleanup", "ABCDEF0: info: header Subject: reject: x from local; from=<a>", "ABCDEF0 quiet: logged by a rule"),
    (
        "cleanup",
        "ABCDEF0: prepend: header X: y from a.example[192.0.2.1]; from=<a>: X: z",
        "ABCDEF0 quiet: header or body changed by a rule",
    ),
    ("smtp", "ABCDEF0: replace: header X: y: X: z", "ABCDEF0 quiet: header or body changed by a rule"),
    (
        "smtpd",
        "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 2B95BA201D6; from=<a@example.net>",
        "quiet: accepted by the filter before the queue",
    ),
];

#[test]
fn rules_that_refuse_nobody() {
    check(LET_PASS);
}
