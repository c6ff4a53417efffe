//! What stays in memory, and for how long.

use super::*;
use crate::envelope::{TimeRules, Zone};

/// What these lines amount to, each one a block of its own or all of them one.
fn read(lines: &[&str], apart: bool) -> Partial {
    let log: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let begin = Clock::begin(&TimeRules { zone: Zone::UTC, year: Some(2026) }, log.as_bytes(), &[], 0);
    let mut whole = Partial::new(FoldOptions::default(), true);
    let blocks: Vec<&[u8]> =
        if apart { log.as_bytes().split_inclusive(|&b| b == b'\n').collect() } else { vec![log.as_bytes()] };
    for (bytes, block) in blocks.into_iter().zip(0..) {
        let stretch = Stretch { file: 0, block, bytes, clock: begin.clone(), position: None };
        whole.append(Partial::fold(stretch, FoldOptions::default()));
    }
    whole
}

#[test]
fn a_notice_of_sendmail_leaves_an_hour_after_its_last_line() {
    let lines = [
        "Mar  3 08:00:00 mx1 sendmail[11]: 52380E1m001000: from=<ann@own.example>, size=512, class=0, nrcpts=1, msgid=<1@own.example>, proto=ESMTP, daemon=MTA, relay=app.own.example [192.0.2.1]",
        "Mar  3 08:00:01 mx1 sendmail[11]: 52380E1m001000: to=<bob@far.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30512, relay=mx.far.example. [192.0.2.9], dsn=5.1.1, stat=User unknown",
        "Mar  3 08:00:01 mx1 sendmail[11]: 52380E1m001000: 52380H1n001000: DSN: User unknown",
        "Mar  3 08:00:02 mx1 sendmail[11]: 52380H1n001000: to=<ann@own.example>, delay=00:00:01, xdelay=00:00:00, mailer=local, pri=31536, dsn=2.0.0, stat=Sent",
        // A copy that took longer belongs to it.
        "Mar  3 08:50:00 mx1 sendmail[12]: 52380H1n001000: to=<postmaster@far.example>, delay=00:49:59, xdelay=00:00:01, mailer=esmtp, pri=120512, relay=mx.far.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)",
        "Mar  3 11:00:00 mx1 sendmail[13]: 5238B01p001000: from=<ann@own.example>, size=512, class=0, nrcpts=1, msgid=<2@own.example>, proto=ESMTP, daemon=MTA, relay=app.own.example [192.0.2.1]",
    ];
    for apart in [false, true] {
        let mut whole = read(&lines, apart);
        let open: Vec<&[u8]> = whole.correlator.open().map(|(key, _)| key.id()).collect();
        assert_eq!(open, [b"5238B01p001000"], "apart: {apart}");
        whole.finish();
        let totals = whole.tally.totals;
        assert_eq!((totals.messages, totals.delivered, totals.bounced), (3, 2, 1), "apart: {apart}");
    }
}

#[test]
fn lines_without_a_queue_id_are_messages_of_their_own() {
    let lines = [
        "Mar  3 08:00:00 mx1 sendmail[11]: : to=<ann@far.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30512, relay=mx.far.example. [192.0.2.9], dsn=4.0.0, stat=Deferred: Connection refused",
        "Mar  3 08:00:09 mx1 sendmail[12]: : to=<ann@far.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30512, relay=mx.far.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)",
    ];
    for apart in [false, true] {
        let mut whole = read(&lines, apart);
        whole.finish();
        let (totals, fates) = (whole.tally.totals, whole.tally.fates);
        assert_eq!((totals.messages, totals.recipients, totals.recovered), (2, 2, 0), "apart: {apart}");
        assert_eq!((fates.still_queued, fates.delivered_first_try), (1, 1), "apart: {apart}");
    }
}

#[test]
fn of_split_lines_without_an_end_the_newest_wait() {
    let first = |n: usize| format!("Mar  3 08:00:00 mx1 sendmail[11]: 52380E1m{n:06}[1]: to=<ann@far.example>, ...");
    let lines: Vec<String> = (0..5000).map(first).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let last = |n: usize| {
        format!(
            "Mar  3 08:00:01 mx1 sendmail[11]: 52380E1m{n:06}[2]:  delay=00:00:01, xdelay=00:00:01, mailer=esmtp, \
             pri=30512, relay=mx.far.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)"
        )
    };
    for (n, delivered) in [(0, 0), (4999, 1)] {
        let mut whole = read(&[&lines[..], &[&last(n)]].concat(), true);
        assert!((2048..4097).contains(&whole.pending.len()));
        whole.finish();
        let unparsed = whole.health.files[&0].unparsed;
        // What is left is told at the end as far as it came, which is not far.
        assert_eq!((whole.tally.totals.delivered, unparsed), (delivered, 5000 - delivered));
    }
}

#[test]
fn a_split_line_that_another_one_of_its_process_ends_counts_as_not_parsed() {
    let of = |recipient: &str| format!("Mar  3 08:00:00 mx1 sendmail[11]: 52380E1m000001[1]: to=<{recipient}>, ...");
    let end = "Mar  3 08:00:01 mx1 sendmail[11]: 52380E1m000001[2]:  delay=00:00:01, xdelay=00:00:01, mailer=esmtp, \
               pri=30512, relay=mx.far.example. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)";
    let sendmail = [&of("ann@far.example"), &of("bob@far.example"), end];
    let exim = [
        "2026-03-03 08:00:00 [1/2] 1tSd2J-00000a-Rm ** ann@far.example R=dnslookup T=remote_smtp: SMTP error",
        "2026-03-03 08:00:01 [1/2] 1tSd2J-00000a-Rm => bob@far.example R=dnslookup T=remote_smtp",
        "2026-03-03 08:00:01 [2/2]  H=mx.far.example [192.0.2.9]",
    ];
    for (lines, apart) in [(sendmail, false), (sendmail, true), (exim, false), (exim, true)] {
        let mut whole = read(&lines, apart);
        whole.finish();
        let recipients = (whole.tally.totals.delivered, whole.tally.totals.bounced);
        assert_eq!((recipients, whole.health.files[&0].unparsed), ((1, 0), 1), "{} apart: {apart}", lines[0]);
    }
}
