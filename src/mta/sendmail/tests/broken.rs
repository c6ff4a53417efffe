//! Lines cut, bent and blown up: nothing of it may panic or take long.

use super::{line, parse};
use crate::event::{Event, Fact};
use crate::mta::sendmail::PARSER;
use proptest::prelude::*;

/// Lines of every form, for those who break them.
const FORMS: &[&str] = &[
    "4A39F2KY031337: from=<\"a>, b\"@example.net>, size=4312, class=0, nrcpts=2, msgid=<k1@example.net>, proto=ESMTPS, daemon=MTA-v4, relay=joe@app.example.net [192.0.2.10] (may be forged)",
    "4A39F2KY031337: to=<\"a>, b\"@example.org>,\"|/bin/x \\\"y\", [more], ctladdr=<l@example.org> (1/0), delay=1+02:03:04, xdelay=00:00:01, mailer=esmtp, pri=64312, relay=mx.example.org. [[UNIX: /run/lmtp]], dsn=4.2.0, stage=EOM, reply=450 4.2.0 Greylisted, STS=OK, stat=Deferred: 450 4.2.0 Greylisted",
    "4A39F2KY031337: to=<a@example.org>, 00:00:02, mailer=esmtp, relay=mx dsn=4.0.0, quarantine=x, stat=quarantined",
    "4A39F2KY031337: to=<a@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7C1D2203F)",
    "4A39F2KY031337: to=<a@example.org>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, relay=mx, dsn=4.4.1, reply=421 4.4.1 Connection reset by mx, stat=Deferred",
    "[ID 801593 mail.info] 4A39F2KY031337[12]: piece, ...",
    "4A39F2KY031337: 4A39F2Kw031337: sender notify: Warning: could not send message for past 4 hours",
    "4A39F2KY031337: split: maxrcpts=2, rcpts=5, count=2, ids=4A39F2Kw031337; 4A39F2Ka031337",
    "NOQUEUE: ruleset=check_relay, arg1=h.example.net, arg2=192.0.2.9, relay=h.example.net [192.0.2.9], reject=421 4.3.2 Later",
    "4A39F2KY031337: ruleset=CheckSubject, arg1=Win, relay=evil [203.0.113.1], reject=451 now, relay=h [192.0.2.9], quarantine=x",
    "NOQUEUE: Milter: connect: host=h.example.net, addr=192.0.2.9, temp failing commands=451 4.7.1 Later",
    "4A39F2KY031337: Milter: to=<u@example.org>, reject=421, errormode=4",
    "4A39F2KY031337: milter=spamd, quarantine=virus",
    "4A39F2KY031337: <nobody@example.org>... User unknown",
    "4A39F2KY031337: h.example.net [IPv6:2001:db8::1] (may be forged): possible SMTP attack: command=AUTH, count=6",
    "/etc/mail/aliases: 12 aliases, longest 34 bytes, 210 bytes total",
];

/// Reads a line in every way it can be read, to the last recipient.
fn read_all(message: &[u8]) -> usize {
    let line = line("label", message);
    let claimed = usize::from((PARSER.claims)(line.tag, message));
    let part = (PARSER.part)(&line).map_or(0, |part| part.text.len());
    let Event::Message { fact: Fact::Attempt(attempt), .. } = (PARSER.parse)(&line) else { return claimed + part };
    attempt.recipients.iter().map(<[u8]>::len).sum::<usize>() + claimed + part
}

#[test]
fn forms_are_known_whole_and_survive_being_cut_and_bent() {
    for form in FORMS {
        assert_ne!(parse(form.as_bytes()), Event::Unparsed, "{form}");
        let form = form.as_bytes();
        for n in 0..=form.len() {
            assert!(read_all(&form[..n]) <= 2 * form.len());
            assert!(read_all(&form[n..]) <= 2 * form.len());
        }
        let mut bent = form.to_vec();
        for n in 0..form.len() {
            for byte in [b'"', b'<', b'>', b',', b' ', b'[', b']', b'\\', b'=', b'@', b'0', 0, 0xff, form[n] ^ 0x20] {
                bent[n] = byte;
                assert!(read_all(&bent) <= 2 * form.len());
            }
            bent[n] = form[n];
        }
    }
}

#[test]
fn long_lines_are_read_in_linear_time() {
    // A quadratic reader needs minutes for these.
    for (front, filling) in [
        ("4A39F2KY031337: to=", "<a@example.org>,"),
        ("4A39F2KY031337: to=", "<\""),
        ("4A39F2KY031337: to=<a>, delay=00:00:01, reply=", "4, stat=Deferred: "),
        ("4A39F2KY031337: to=<a>, ", "x=y, "),
        ("4A39F2KY031337: ruleset=check_x, arg1=", ", relay=a"),
        ("4A39F2KY031337: ruleset=check_x, arg1=", ", relay=a, "),
        ("4A39F2KY031337: from=<", ", size=<\""),
        ("4A39F2KY031337: from=a, size=1, msgid=", ", proto=x"),
        ("4A39F2KY031337: Milter: to=", "<,\""),
    ] {
        let line =
            [front, &filling.repeat(1_000_000 / filling.len()), ", stat=Deferred, relay=x [1.2.3.4], discard"].concat();
        let began = std::time::Instant::now();
        assert!(read_all(line.as_bytes()) <= 2 * line.len());
        assert!(began.elapsed().as_secs() < 5, "{front}{filling}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(form in 0..FORMS.len(), at in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 0..40)) {
        let form = FORMS[form].as_bytes();
        let (front, back) = form.split_at(at.index(form.len() + 1));
        let line = [front, &noise, back].concat();
        prop_assert!(read_all(&line) <= 2 * line.len());
        prop_assert!(read_all(&noise) <= 2 * noise.len());
    }
}
