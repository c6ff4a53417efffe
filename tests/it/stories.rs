//! Small logs that fooled us once, and what must come of them, wherever they are cut.

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use crate::lab::count;

/// The report of these lines, which must be the same where each block holds a few of them.
#[track_caller]
fn report(lines: &[&str]) -> Value {
    report_with(&[], lines)
}

/// The same with more options.
#[track_caller]
fn report_with(more: &[&str], lines: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let of = |options: &[&str]| -> Value {
        let mut command = Command::new(cargo_bin("mailrake"));
        command.args(["--format", "json", "--timezone", "UTC", "--year", "2026"]).args(more).args(options).arg(&log);
        let output = command.env_clear().output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let whole = of(&[]);
    for size in ["200", "500"] {
        assert_eq!(of(&["--block-size", size]), whole, "blocks of {size}");
    }
    whole
}

/// These totals, and no others of those named, are as they are expected.
#[track_caller]
fn totals(report: &Value, expected: &[(&str, u64)]) {
    for &(name, number) in expected {
        assert_eq!(count(report, &format!("/totals/{name}")), number, "{name}: {}", report["totals"]);
    }
}

/// What a local user hands in is refused to nobody: cleanup bounces it, or pickup hands it in again.  From 3.10 on cleanup
/// says behind that bounce that it threw the message away, as it does of what a rule discards.
#[test]
fn local_mail_that_postfix_refuses_is_bounced() {
    let log = [
        "Nov  3 09:16:00 mx1 postfix/pickup[200]: 2A2B3C4D5E: uid=1000 from=<anna>",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: 2A2B3C4D5E: message-id=<m2@us.example>",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: 2A2B3C4D5E: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 Spam; from=<anna@us.example> to=<b@x.example>",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: 2A2B3C4D5E: to=<b@x.example>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.7.1, status=bounced (Spam)",
        "Nov  3 09:16:00 mx1 postfix/bounce[202]: 2A2B3C4D5E: sender non-delivery notification: 2A2B3C4D5F",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: 2A2B3C4D5E: removed (discarded)",
        "Nov  3 09:17:00 mx1 postfix/pickup[200]: 3A2B3C4D5E: uid=1000 from=<anna>",
        "Nov  3 09:17:00 mx1 postfix/cleanup[201]: 3A2B3C4D5E: message-id=<m3@us.example>",
        "Nov  3 09:17:00 mx1 postfix/cleanup[201]: 3A2B3C4D5E: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 Later; from=<anna@us.example> to=<b@x.example>",
        "Nov  3 09:18:00 mx1 postfix/smtpd[203]: 4A2B3C4D5E: client=x.example[192.0.2.54]",
        "Nov  3 09:18:00 mx1 postfix/cleanup[201]: 4A2B3C4D5E: message-id=<m4@x.example>",
        "Nov  3 09:18:00 mx1 postfix/cleanup[201]: 4A2B3C4D5E: discard: header Subject: WIN from x.example[192.0.2.54]; from=<s@x.example> to=<b@us.example> proto=ESMTP helo=<x.example>",
        "Nov  3 09:18:00 mx1 postfix/cleanup[201]: 4A2B3C4D5E: removed (discarded)",
        // Nothing says what was discarded: no message.
        "Nov  3 09:19:00 mx1 postfix/smtpd[203]: 5A2B3C4D5E: client=x.example[192.0.2.54]",
        "Nov  3 09:19:00 mx1 postfix/cleanup[201]: 5A2B3C4D5E: removed (discarded)",
    ];
    totals(
        &report(&log),
        &[("messages", 2), ("recipients", 1), ("attempts", 1), ("bounced", 1), ("discarded", 1), ("rejected", 0)],
    );
}

/// Postfix's qmgr, which tells the sender, never sees what a rule holds or throws away.
#[test]
fn what_a_rule_of_postfix_keeps_back_is_a_message() {
    let log = [
        "Nov  3 09:16:00 mx1 postfix/smtpd[200]: 2A2B3C4D5E: client=x.example[192.0.2.54]",
        "Nov  3 09:16:00 mx1 postfix/smtpd[200]: 2A2B3C4D5E: hold: RCPT from x.example[192.0.2.54]: <x.example[192.0.2.54]>: Client host triggers HOLD action; from=<s@x.example> to=<b@us.example> proto=ESMTP helo=<x.example>",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: 2A2B3C4D5E: message-id=<m2@x.example>",
        // The client went away before it sent a message.
        "Nov  3 09:17:01 mx1 postfix/smtpd[200]: 5A2B3C4D5E: client=z.example[192.0.2.56]",
        "Nov  3 09:17:01 mx1 postfix/smtpd[200]: 5A2B3C4D5E: hold: RCPT from z.example[192.0.2.56]: <z.example[192.0.2.56]>: Client host triggers HOLD action; from=<s@z.example> to=<b@us.example> proto=ESMTP helo=<z.example>",
        "Nov  3 09:17:02 mx1 postfix/smtpd[200]: 6A2B3C4D5E: client=z.example[192.0.2.56]",
        "Nov  3 09:17:02 mx1 postfix/cleanup[201]: 6A2B3C4D5E: message-id=<m6@x.example>",
        "Nov  3 09:17:02 mx1 postfix/cleanup[201]: 6A2B3C4D5E: discard: body V1AGRA from z.example[192.0.2.56]; from=<s@z.example> to=<b@us.example> proto=ESMTP helo=<z.example>",
    ];
    totals(&report(&log), &[("messages", 2), ("held", 1), ("discarded", 1), ("attempts", 0), ("rejected", 0)]);
}

/// Why cleanup or smtpd refused a whole message stands in a warning, which names no client: where there is none, cleanup
/// bounces the message.
#[test]
fn a_warning_of_postfix_is_a_refusal_where_there_is_a_client() {
    let log = [
        "Nov  3 09:16:00 mx1 postfix/smtpd[200]: 2A2B3C4D5E: client=x.example[192.0.2.54]",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: 2A2B3C4D5E: message-id=<m2@x.example>",
        "Nov  3 09:16:00 mx1 postfix/cleanup[201]: warning: 2A2B3C4D5E: message rejected: hopcount exceeded",
        "Nov  3 09:17:00 mx1 postfix/pickup[202]: 3A2B3C4D5E: uid=1000 from=<anna>",
        "Nov  3 09:17:00 mx1 postfix/cleanup[201]: 3A2B3C4D5E: message-id=<m3@us.example>",
        "Nov  3 09:17:00 mx1 postfix/cleanup[201]: warning: 3A2B3C4D5E: message rejected: hopcount exceeded",
        "Nov  3 09:17:00 mx1 postfix/cleanup[201]: 3A2B3C4D5E: to=<b@x.example>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.4.0, status=bounced (too many hops)",
        "Nov  3 09:18:00 mx1 postfix/smtpd[200]: 4A2B3C4D5E: client=y.example[192.0.2.55]",
        "Nov  3 09:18:00 mx1 postfix/smtpd[200]: warning: 4A2B3C4D5E: queue file size limit exceeded",
        "Nov  3 09:19:00 mx1 postfix/smtpd[200]: 5A2B3C4D5E: client=y.example[192.0.2.55]",
        "Nov  3 09:19:00 mx1 postfix/cleanup[201]: warning: 5A2B3C4D5E: virtual_alias_maps map lookup problem for b@us.example -- message not accepted, try again later",
    ];
    let report = report(&log);
    totals(&report, &[("messages", 1), ("bounced", 1), ("rejected", 3), ("rejected_transient", 1)]);
    let clients = report["inbound"]["by_client"].as_array().unwrap();
    let of = |ip: &str| clients.iter().find(|row| row["client_ip"] == ip).map(|row| count(row, "/rejected"));
    assert_eq!((clients.len(), of("192.0.2.54"), of("192.0.2.55")), (2, Some(1), Some(2)), "{clients:?}");
}

/// `exim -Mg` logs each recipient like a bounce.  Nothing was tried, and nothing will be.
#[test]
fn what_an_administrator_of_exim_gives_up_is_no_bounce() {
    let log = [
        "2026-11-03 09:00:14 1t7WVC-0000000089R-0W7E <= a@b.example H=m.example [192.0.2.5] P=esmtp S=10 id=1@x",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E == z@y.example R=r T=smtp defer (-44) H=h [192.0.2.4]: SMTP error from remote mail server after RCPT TO:<z@y.example>: 451 4.7.1 x",
        "2026-11-03 09:02:16 1t7WVC-0000000089R-0W7E cancelled by root",
        "2026-11-03 09:02:16 1t7WVC-0000000089R-0W7E ** z@y.example: delivery cancelled by administrator",
        "2026-11-03 09:02:16 1t7WVC-0000000089R-0W7E Completed",
    ];
    let report = report(&log);
    totals(
        &report,
        &[("messages", 1), ("attempts", 1), ("deferred", 1), ("bounced", 0), ("dropped", 1), ("failed", 0)],
    );
    assert_eq!(report["dead_ends"].as_array().unwrap().iter().filter(|d| d["kind"] == "immediate_retry").count(), 0);
}

/// A message that was frozen for too long is given up: each of its recipients expires, once, and nothing was tried.
#[test]
fn what_exim_gives_up_after_a_freeze_is_expired() {
    let log = [
        "2026-11-03 09:00:14 1t7WVC-0000000089R-0W7E <= <> R=1t7WVC-0000000089Q-0W7E U=exim P=local S=10",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E == z@y.example R=r T=smtp defer (-44) H=h [192.0.2.4]: SMTP error from remote mail server after RCPT TO:<z@y.example>: 451 4.7.1 x",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E Frozen (delivery error message)",
        "2026-11-10 09:02:16 1t7WVC-0000000089R-0W7E cancelled by timeout_frozen_after",
        "2026-11-10 09:02:16 1t7WVC-0000000089R-0W7E ** z@y.example: delivery cancelled; message timed out",
        "2026-11-10 09:02:16 1t7WVC-0000000089R-0W7E ** a@y.example: delivery cancelled; message timed out",
        "2026-11-10 09:02:16 1t7WVC-0000000089R-0W7E Completed",
    ];
    totals(
        &report(&log),
        &[("messages", 1), ("recipients", 2), ("attempts", 1), ("deferred", 1), ("bounced", 0), ("expired", 2)],
    );
}

/// What a vacation router of Exim tells the sender is no delivery of the message, nor its failure.
#[test]
fn an_automatic_reply_of_exim_is_no_delivery() {
    let log = [
        "2026-11-03 09:00:14 1t7WVC-0000000089R-0W7E <= s@in.example H=m.example [192.0.2.5] P=esmtp S=10 id=1@x",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E => >s@in.example <a6@x.example> R=vac T=address_reply",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E => a6 <a6@x.example> R=local_user T=local_delivery",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E ** >s@in.example <a7@x.example> R=vac T=address_reply: Failed to open file /x when sending message from vacation transport: No such file or directory",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E => a7 <a7@x.example> R=local_user T=local_delivery",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E Completed",
    ];
    totals(&report(&log), &[("recipients", 2), ("attempts", 2), ("delivered", 2), ("bounced", 0)]);
}

/// Exim names the mailbox that an alias leads to by an address where it defers it, and by its local part where it delivers.
#[test]
fn a_mailbox_behind_an_alias_of_exim_is_one_recipient() {
    let log = [
        "2026-11-03 09:00:14 1t7WVC-0000000089R-0W7E <= a@b.example H=m.example [192.0.2.5] P=esmtp S=10 id=1@x for postmaster@x.example",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E == root@x.example <postmaster@x.example> R=local_user T=local_delivery defer (-22): mailbox is full",
        "2026-11-03 09:00:15 1t7WVC-0000000089R-0W7E => ann <postmaster@x.example> R=local_user T=local_delivery",
        "2026-11-03 09:30:15 1t7WVC-0000000089R-0W7E => root <postmaster@x.example> R=local_user T=local_delivery",
        "2026-11-03 09:30:15 1t7WVC-0000000089R-0W7E Completed",
    ];
    totals(&report(&log), &[("recipients", 2), ("attempts", 3), ("delivered", 2), ("recovered", 1), ("dropped", 0)]);
}

/// Exim's logs of refusals and of panics repeat what is in its main log.
#[test]
fn a_folder_of_exim_logs_counts_each_line_once() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = "2026-11-03 09:00:12 H=spam.example [192.0.2.1] F=<a@b.example> rejected RCPT <u@us.example>: relay not permitted\n";
    for name in ["mainlog", "rejectlog"] {
        fs::write(folder.path().join(name), refusal).unwrap();
    }
    let mut command = Command::new(cargo_bin("mailrake"));
    let output = command.args(["--format", "json"]).arg(folder.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    totals(&serde_json::from_slice(&output.stdout).unwrap(), &[("rejected", 1)]);
}

/// Sendmail logs a refusal before the line that tells the sender and the client, who may come back after greylisting.
#[test]
fn whom_sendmail_refused_is_told_by_the_line_behind() {
    let log = [
        "Nov  9 15:00:04 mx1 sm-mta[504]: 4A9F0004000504: Milter: to=<g@us.example>, reject=451 4.7.1 Greylisting in action, please come back in 00:05:00",
        "Nov  9 15:00:04 mx1 sm-mta[504]: 4A9F0004000504: from=<s@x.example>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=x.example [192.0.2.4]",
        "Nov  9 15:00:07 mx1 sm-mta[509]: 4A9F0074000509: <nobody@us.example>... User unknown",
        "Nov  9 15:00:08 mx1 sm-mta[509]: 4A9F0074000509: from=<t@y.example>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=y.example [192.0.2.5]",
        "Nov  9 15:10:04 mx1 sm-mta[505]: 4A9FA4004000505: from=<s@x.example>, size=100, class=0, nrcpts=1, msgid=<z3@x>, proto=ESMTP, daemon=MTA-v4, relay=x.example [192.0.2.4]",
        "Nov  9 15:10:05 mx1 sm-mta[506]: 4A9FA4004000505: to=<g@us.example>, delay=00:00:01, xdelay=00:00:00, mailer=local, pri=30000, dsn=2.0.0, stat=Sent",
        // Here the sender stands before the refusal, which ends the message.
        "Nov  9 15:20:04 mx1 sm-mta[507]: 4A9FK4004000507: from=<v@z.example>, size=100, class=0, nrcpts=1, msgid=<z4@x>, proto=ESMTP, daemon=MTA-v4, relay=z.example [192.0.2.6]",
        "Nov  9 15:20:05 mx1 sm-mta[507]: 4A9FK4004000507: Milter: data, reject=554 5.7.1 Spam",
        // And here nobody is ever told.
        "Nov  9 15:30:04 mx1 sm-mta[508]: 4A9FU4004000508: <gone@us.example>... User unknown",
    ];
    let report = report(&log);
    totals(&report, &[("messages", 1), ("rejected", 4), ("rejected_transient", 1), ("delivered", 1)]);
    let mut domains: Vec<_> = report["code_domains"].as_array().unwrap().iter().map(|row| &row["domain"]).collect();
    domains.sort_by_key(|domain| domain.as_str());
    assert_eq!(domains, [&Value::Null, &"x.example".into(), &"y.example".into(), &"z.example".into()]);
    let mut clients: Vec<_> =
        report["inbound"]["by_client"].as_array().unwrap().iter().map(|row| &row["client_ip"]).collect();
    clients.sort_by_key(|ip| ip.as_str());
    assert_eq!(clients, [&Value::Null, &"192.0.2.4".into(), &"192.0.2.5".into(), &"192.0.2.6".into()]);
    let greylisting = &report["inbound"]["greylisting"];
    assert_eq!((count(greylisting, "/triples"), count(greylisting, "/accepted")), (1, 1), "{greylisting}");
}

/// A message that was too large was refused, though its arrival is logged like that of any other.
#[test]
fn what_is_too_large_for_sendmail_is_refused() {
    let log = [
        "Nov  9 15:20:04 mx1 sm-mta[507]: 6A9FK4004000507: from=<v@z.example>, size=2000000, class=0, nrcpts=1, msgid=<z4@x>, proto=ESMTP, daemon=MTA-v4, relay=z.example [192.0.2.6]",
        "Nov  9 15:20:04 mx1 sm-mta[507]: 6A9FK4004000507: message size (2000000) exceeds maximum (1000000)",
        "Nov  9 15:20:04 mx1 sm-mta[507]: 6A9FK4004000507: to=<b@us.example>, delay=00:00:01, pri=30118, stat=Message exceeds maximum fixed size (1000000)",
    ];
    let report = report(&log);
    totals(&report, &[("messages", 0), ("recipients", 0), ("rejected", 1), ("rejected_transient", 0)]);
    assert_eq!(report["inbound"]["by_client"][0]["client_ip"], "192.0.2.6");
    assert_eq!(report["code_domains"][0]["domain"], "z.example");
}

/// A reply code and an enhanced code of different classes: what is the matter stands in the enhanced one of the reply, not
/// in the one that Postfix makes of it.
#[test]
fn an_enhanced_code_of_another_class_is_one() {
    let said = |to: &str, dsn: &str, status: &str, reply: &str| {
        format!(
            "Nov  3 09:16:00 mx1 postfix/smtp[200]: 2A2B3C4D5E: to=<{to}@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn={dsn}, status={status} (host mx.d.example[192.0.2.9] said: {reply} (in reply to RCPT TO command))"
        )
    };
    let log = [
        said("a", "4.0.0", "deferred", "450 5.1.1 Mailbox is currently disabled"),
        said("b", "5.0.0", "bounced", "552 4.2.2 User has full mailbox"),
        said("c", "4.0.0", "deferred", "451 not now"),
    ];
    let report = report(&log.each_ref().map(String::as_str));
    let codes = report["codes"].as_array().unwrap().iter();
    let mut codes: Vec<(u64, &str, &str)> = codes
        .map(|c| {
            let text = |key: &str| c[key].as_str().unwrap();
            (c["reply_code"].as_u64().unwrap(), text("enhanced_code"), text("class"))
        })
        .collect();
    codes.sort_unstable();
    let expected = [(450, "5.1.1", "transient"), (451, "4.0.0", "transient"), (552, "4.2.2", "permanent")];
    assert_eq!(codes, expected);
}

/// What Exim writes of a message that waits for `age` (`4 11:00:02`: day and time of its end), or of one that comes when
/// the time for its host has run out.
fn given_up(ends: &[&str]) -> Vec<String> {
    let mut log = Vec::new();
    for (number, end) in ends.iter().enumerate() {
        let line = |time: &str, what: &str| format!("2026-11-{time} 1t7WVC-0000000089R-0W{number:02} {what}");
        let deferred = "== z@y.example R=r T=smtp defer (111): Connection refused";
        log.push(line("03 11:00:00", "<= a@b.example H=m.example [192.0.2.5] P=esmtp S=10"));
        log.push(line("03 11:00:01", deferred));
        if !end.starts_with("03 11:00") {
            log.extend(["03 11:15:01", "03 12:00:01"].map(|time| line(time, deferred)));
            log.push(line(end, deferred));
        }
        log.push(line(end, "** z@y.example: retry timeout exceeded"));
        log.push(line(end, "Completed"));
    }
    log.sort_by(|a, b| a[..19].cmp(&b[..19]));
    log
}

/// That a message was given up at its first try says nothing of how long a host keeps trying; and a few hours are short.
#[test]
fn a_lifetime_is_that_of_messages_that_were_tried_again() {
    let at_once = ["03 11:00:07"; 7];
    for (end, lifetime, as_advised) in [("08 11:00:01", 432_001, true), ("03 17:00:01", 21_601, false)] {
        let log = given_up(&[&at_once[..], &[end; 3]].concat());
        let report = report(&log.iter().map(String::as_str).collect::<Vec<_>>());
        totals(&report, &[("expired", 10)]);
        let schedule = &report["retries"]["schedules"][0];
        assert_eq!(count(schedule, "/lifetime_s"), lifetime);
        assert_eq!(schedule["as_advised"], as_advised, "{schedule}");
        assert_eq!(schedule["hasty"], false, "{schedule}");
    }
}

/// The line that gives a message up names no recipient, and theirs may lie before the time window.
#[test]
fn what_is_given_up_within_a_window_is_counted() {
    let postfix = |time: &str, to: &str, status: &str| {
        format!(
            "Nov  3 {time} mx1 postfix/smtp[200]: 2A2B3C4D5E: to=<{to}@d.example>, relay=mx.d.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn={status} (host mx.d.example[192.0.2.9] said: 450 4.2.0 later)"
        )
    };
    let log = [
        "Nov  3 08:00:00 mx1 postfix/qmgr[20]: 2A2B3C4D5E: from=<s@x.example>, size=1, nrcpt=4 (queue active)"
            .to_owned(),
        postfix("08:00:01", "a", "4.2.0, status=deferred"),
        postfix("08:00:01", "b", "4.2.0, status=deferred"),
        postfix("08:00:01", "c", "2.0.0, status=sent"),
        postfix("08:00:01", "d", "4.2.0, status=deferred"),
        "Nov  3 08:00:00 mx1 postfix/qmgr[20]: 3A2B3C4D5E: from=<s@x.example>, size=1, nrcpt=1 (queue active)"
            .to_owned(),
        postfix("08:00:01", "a", "4.2.0, status=deferred").replace("2A2B", "3A2B"),
        postfix("09:10:00", "d", "2.0.0, status=sent"),
        postfix("09:10:00", "b", "4.2.0, status=deferred"),
        "Nov  3 09:30:00 mx1 postfix/qmgr[20]: 2A2B3C4D5E: from=<s@x.example>, status=expired, returned to sender"
            .to_owned(),
        "Nov  3 09:30:00 mx1 postfix/qmgr[20]: 2A2B3C4D5E: removed".to_owned(),
        "Nov  3 10:30:00 mx1 postfix/qmgr[20]: 3A2B3C4D5E: from=<s@x.example>, status=expired, returned to sender"
            .to_owned(),
    ];
    let log = log.each_ref().map(String::as_str);
    let since = ["--since", "2026-11-03T09:00:00Z", "--until", "2026-11-03T10:00:00Z"];
    let window = report_with(&since, &log);
    let expected = [
        ("messages", 1),
        ("attempts", 2),
        ("delivered", 1),
        ("delivered_first_try", 0),
        ("deferred", 1),
        ("expired", 2),
        ("recipients", 3),
        ("recipients_deferred", 1),
        ("expired_recipients", 1),
        ("recovered", 0),
        ("still_queued", 0),
    ];
    totals(&window, &expected);
    totals(&report(&log), &[("expired", 3), ("recovered", 1), ("recipients", 5)]);
}

/// No line tells the sender of a notice that Sendmail makes; it is the null sender, as of all notices.
#[test]
fn a_notice_of_sendmail_has_the_null_sender() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let lines = "Nov  9 15:20:04 mx1 sm-mta[507]: 6A9FK4004000507: 6A9FK4014000507: DSN: User unknown\n\
                 Nov  9 15:20:05 mx1 sm-mta[507]: 6A9FK4014000507: to=<v@z.example>, delay=00:00:01, xdelay=00:00:01, \
                 mailer=esmtp, pri=30000, relay=mx.z.example. [192.0.2.6], dsn=2.0.0, stat=Sent (Ok)\n";
    fs::write(&log, lines).unwrap();
    let mut command = Command::new(cargo_bin("mailrake"));
    let output =
        command.args(["events", "--format", "ndjson", "--timezone", "UTC", "--year", "2026"]).arg(&log).output();
    let row: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert_eq!((&row["recipient"], &row["sender"]), (&"v@z.example".into(), &"".into()));
}

/// A filter on this host is down for some minutes: who waited for it has recovered, in the totals and in the domain.
#[test]
fn what_goes_on_to_a_filter_after_a_deferral_has_recovered() {
    let log = [
        "Nov  3 09:15:00 mx1 postfix/smtpd[200]: 2A2B3C4D5E: client=x.example[192.0.2.54]",
        "Nov  3 09:15:00 mx1 postfix/qmgr[201]: 2A2B3C4D5E: from=<s@x.example>, size=900, nrcpt=1 (queue active)",
        "Nov  3 09:15:01 mx1 postfix/smtp[202]: 2A2B3C4D5E: to=<b@us.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to 127.0.0.1[127.0.0.1]:10024: Connection refused)",
        "Nov  3 09:25:01 mx1 postfix/smtpd[203]: 3A2B3C4D5E: client=localhost[127.0.0.1], orig_queue_id=2A2B3C4D5E, orig_client=x.example[192.0.2.54]",
        "Nov  3 09:25:01 mx1 postfix/qmgr[201]: 3A2B3C4D5E: from=<s@x.example>, size=1900, nrcpt=1 (queue active)",
        "Nov  3 09:25:01 mx1 postfix/smtp[202]: 2A2B3C4D5E: to=<b@us.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=601, delays=600/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 3A2B3C4D5E)",
        "Nov  3 09:25:01 mx1 postfix/qmgr[201]: 2A2B3C4D5E: removed",
        "Nov  3 09:25:02 mx1 postfix/lmtp[204]: 3A2B3C4D5E: to=<b@us.example>, relay=mail.us.example[203.0.113.5]:24, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Saved)",
        "Nov  3 09:25:02 mx1 postfix/qmgr[201]: 3A2B3C4D5E: removed",
    ];
    let report = report(&log);
    totals(&report, &[("internal_hops", 1), ("recipients_deferred", 1), ("recovered", 1), ("delivered", 1)]);
    assert_eq!(report["domains"][0]["recovered"], 1);
}
