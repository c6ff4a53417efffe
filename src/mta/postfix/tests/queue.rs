//! Arrivals, and the life of a message in the queue.

use super::{Case, check};

pub(super) static ARRIVALS: &[Case] = &[
    (
        "smtpd",
        "4Xh87p0sf8z1RRBh: client=app.example.net[192.0.2.10], sasl_method=PLAIN, sasl_username=news",
        "4Xh87p0sf8z1RRBh begins name=app.example.net ip=192.0.2.10 login=news",
    ),
    ("smtpd", "1CA5820B3D: client=unknown[2001:db8::1]:4711", "1CA5820B3D begins name=unknown ip=2001:db8::1"),
    ("smtpd", "1CA5820B3D: client=unknown[unknown]", "1CA5820B3D begins name=unknown"),
    (
        "smtpd",
        "1CA5820B3D: client=localhost[127.0.0.1], orig_queue_id=2B95BA201D6, orig_client=app.example.net[192.0.2.10]",
        "1CA5820B3D begins name=localhost ip=127.0.0.1 parent=2B95BA201D6",
    ),
    (
        // A login name is not quoted.
        "smtpd",
        "1CA5820B3D: client=a.example[192.0.2.1], sasl_method=LOGIN, sasl_username=Anna, the 1st, status=sent (250 2.0.0 Ok), sasl_sender=x@example.org",
        "1CA5820B3D begins name=a.example ip=192.0.2.1 login=Anna, the 1st, status=sent (250 2.0.0 Ok)",
    ),
    ("smtpd", "NOQUEUE: client=a.example[192.0.2.1]", "quiet: client of a filter before the queue"),
    ("qmqpd", "1CA5820B3D: client=a.example[192.0.2.1]", "1CA5820B3D begins name=a.example ip=192.0.2.1"),
    ("pickup", "D1EAE20A07: uid=1000 from=<anna>", "D1EAE20A07 begins from=anna login=1000 local"),
    ("pickup", "D1EAE20A07: uid=0 from=<>", "D1EAE20A07 begins from= login=0 local"),
    (
        "pickup",
        "D1EAE20A07: uid=105 from=<a> b@x> orig_id=2B95BA201D6",
        "D1EAE20A07 begins from=a> b@x parent=2B95BA201D6",
    ),
    ("cleanup", "D1EAE20A07: message-id=<k1@app.example.net>", "D1EAE20A07 arrival id=k1@app.example.net"),
    ("cleanup", "D1EAE20A07: message-id=<>", "D1EAE20A07 arrival id="),
    ("cleanup", "D1EAE20A07: message-id=no brackets (at all)", "D1EAE20A07 arrival id=no brackets (at all)"),
    ("cleanup", "D1EAE20A07: message-id=<a@b> (added)", "D1EAE20A07 arrival id=a@b"),
    ("cleanup", "D1EAE20A07: resent-message-id=<a@b>", "D1EAE20A07 quiet: resent Message-ID"),
    (
        "qmgr",
        "4Xh87p0sf8z1RRBh: from=<news@example.net>, size=4312, nrcpt=3 (queue active)",
        "4Xh87p0sf8z1RRBh arrival from=news@example.net size=4312 nrcpt=3",
    ),
    ("nqmgr", "ABCDEF0: from=<>, size=0, nrcpt=1 (queue active)", "ABCDEF0 arrival from= size=0 nrcpt=1"),
    (
        "qmgr",
        r#"ABCDEF0: from=<"x> "@y>, size=10, nrcpt=1 (queue active)"#,
        r#"ABCDEF0 arrival from="x> "@y size=10 nrcpt=1"#,
    ),
    (
        "qmgr",
        r#"ABCDEF0: from=<"a>, status=expired, returned to sender"@y>, size=10, nrcpt=1 (queue active)"#,
        r#"ABCDEF0 arrival from="a>, status=expired, returned to sender"@y size=10 nrcpt=1"#,
    ),
];

#[test]
fn arrivals() {
    check(ARRIVALS);
}

pub(super) static QUEUE: &[Case] = &[
    ("qmgr", "B1C3842E0A: removed", "B1C3842E0A Ended(Done)"),
    ("postsuper", "2B95BA201D6: removed", "2B95BA201D6 Ended(RemovedByHand)"),
    ("postsuper", "2B95BA201D6: requeued", "2B95BA201D6 Ended(Requeued)"),
    ("postsuper", "2B95BA201D6: placed on hold", "2B95BA201D6 Held"),
    ("postsuper", "2B95BA201D6: released from hold", "2B95BA201D6 Released"),
    ("postsuper", "2B95BA201D6: expired", "2B95BA201D6 quiet: expired by hand"),
    ("cleanup", "4ZWwCw3gdRz1YS3Q: removed (canceled)", "4ZWwCw3gdRz1YS3Q Ended(Cancelled)"),
    ("cleanup", "4ZWwCw3gdRz1YS3Q: removed (discarded)", "4ZWwCw3gdRz1YS3Q Ended(Discarded)"),
    ("qmgr", "B1C3842E0A: from=<a@example.org>, status=expired, returned to sender", "B1C3842E0A GivenUp(None)"),
    ("qmgr", "B1C3842E0A: from=<>, status=force-expired, returned to sender", "B1C3842E0A GivenUp(None)"),
    ("qmgr", "B1C3842E0A: skipped, still being delivered", "B1C3842E0A quiet: still being delivered"),
    ("bounce", "B1C3842E0A: sender non-delivery notification: 7C1D2203F", "B1C3842E0A Bounce notice 7C1D2203F"),
    ("bounce", "B1C3842E0A: sender delay notification: 7C1D2203F", "B1C3842E0A Delay notice 7C1D2203F"),
    ("bounce", "B1C3842E0A: sender delivery status notification: 7C1D2203F", "B1C3842E0A Success notice 7C1D2203F"),
    ("bounce", "B1C3842E0A: postmaster non-delivery notification: 7C1D2203F", "B1C3842E0A Postmaster notice 7C1D2203F"),
    ("bounce", "B1C3842E0A: postmaster delay notification: 7C1D2203F", "B1C3842E0A Postmaster notice 7C1D2203F"),
    (
        "smtp",
        "B1C3842E0A: host mx1.twogates.example[203.0.113.41] said: 450 4.7.1 <a@twogates.example>: no (in reply to RCPT TO command)",
        "B1C3842E0A HostTrouble",
    ),
    (
        "smtp",
        "B1C3842E0A: lost connection with mx1.example[203.0.113.4] while sending RCPT TO",
        "B1C3842E0A HostTrouble",
    ),
    (
        "lmtp",
        "B1C3842E0A: conversation with mx1.example[203.0.113.4] timed out while receiving the initial server greeting",
        "B1C3842E0A HostTrouble",
    ),
    ("smtp", "B1C3842E0A: host mx1.example[203.0.113.4] refused to talk to me: 450 4.3.2 no", "B1C3842E0A HostTrouble"),
    (
        "smtp",
        "B1C3842E0A: SASL authentication failed; server a.example[192.0.2.1] said: 535 5.7.8 no",
        "B1C3842E0A HostTrouble",
    ),
    ("smtp", "B1C3842E0A: TLS is required, but was not offered by host a.example[192.0.2.1]", "B1C3842E0A HostTrouble"),
    ("smtp", "B1C3842E0A: Cannot start TLS: handshake failure", "B1C3842E0A HostTrouble"),
    (
        "smtp",
        "B1C3842E0A: enabling PIX workarounds: disable_esmtp for a.example[192.0.2.1]:25",
        "B1C3842E0A quiet: workarounds for a firewall",
    ),
    ("smtp", "B1C3842E0A: status=deferred (bounce failed)", "B1C3842E0A quiet: trouble with the bounce service"),
    ("local", "B1C3842E0A: passing <a@example.org> to transport=lmtp", "B1C3842E0A quiet: passed to another transport"),
    (
        "smtpd",
        "B1C3842E0A: lost connection after DATA (17 bytes) from a.example[192.0.2.1]",
        "B1C3842E0A quiet: client lost",
    ),
    ("qmqpd", "B1C3842E0A: a.example[192.0.2.1]: kOk: queued", "B1C3842E0A quiet: QMQP session"),
    (
        "cleanup",
        "B1C3842E0A: sender_canonical_maps map lookup problem -- message not accepted, try again later",
        "B1C3842E0A quiet: lookup trouble",
    ),
];

#[test]
fn the_life_of_a_message() {
    check(QUEUE);
}
