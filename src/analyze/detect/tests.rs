//! The samples of `knowledge/detectors.toml`: what must fire and what must not.

use crate::analyze::Analysis;
use crate::analyze::build::{Standards, analysis};
use crate::analyze::frame::Frame;
use crate::envelope::{Clock, TimeRules, Zone};
use crate::fold::partial::{FoldOptions, Partial, Stretch};
use crate::knowledge::detectors::{Kind, detectors};

/// The analysis of a log in memory.
fn analyse(log: &str) -> Analysis {
    let rules = TimeRules { zone: Zone::UTC, year: None };
    let clock = Clock::begin(&rules, log.as_bytes(), &[], 0);
    let mut whole = Partial::new(FoldOptions::default(), true);
    whole.append(Partial::fold(
        Stretch { file: 0, block: 0, bytes: log.as_bytes(), clock, position: None },
        FoldOptions::default(),
    ));
    whole.finish();
    let frame = Frame { zone: Zone::UTC, zone_name: "UTC".into(), since: None, until: None };
    analysis(&whole, &[], &frame, &Standards::default())
}

#[test]
fn every_kind_fires_on_its_sample_and_not_on_its_look_alike() {
    assert_eq!(super::DETECTORS.each_ref().map(|detector| detector.kind), Kind::ALL);
    for info in detectors() {
        let fires = analyse(&info.fires);
        assert_eq!(fires.input.unparsed_lines, 0, "{}", info.kind);
        let found: Vec<_> = fires.dead_ends.iter().map(|d| d.kind).collect();
        assert!(found.contains(&info.kind), "{} does not fire, but {found:?}", info.kind);
        let quiet = analyse(&info.quiet);
        let found: Vec<_> = quiet.dead_ends.iter().map(|d| d.kind).collect();
        assert!(!found.contains(&info.kind), "{} cries wolf", info.kind);
    }
}

#[test]
fn a_clock_that_stands_still_shows_nobody_doing_anything_again() {
    for info in detectors() {
        let stamp = info.fires.split(' ').next().unwrap_or_default();
        assert_eq!(stamp.len(), "2026-03-02T08:00:00+00:00".len(), "{}", info.kind);
        let frozen: String = info
            .fires
            .lines()
            .map(|line| format!("{stamp}{}\n", line.get(stamp.len()..).unwrap_or_default()))
            .collect();
        let log = frozen.split(", delay=").collect::<Vec<_>>().join(", delay=0, was=");
        let found: Vec<_> = analyse(&log).dead_ends.into_iter().map(|d| d.kind).collect();
        // What a single line says needs no time.
        let needs_no_time = |kind: &Kind| matches!(kind, Kind::WrongCode | Kind::RecipientDropped);
        assert!(found.iter().all(needs_no_time), "{}: {found:?}", info.kind);
    }
}

#[test]
fn evidence_is_the_lines_themselves() {
    for info in detectors() {
        let lines: Vec<&str> = info.fires.lines().collect();
        for finding in analyse(&info.fires).dead_ends {
            for item in finding.items {
                assert!(!item.evidence.is_empty(), "{}", finding.kind);
                for shown in item.evidence {
                    assert_eq!(lines.get(shown.line as usize - 1), Some(&&*shown.text.text()), "{}", finding.kind);
                }
            }
        }
    }
}

#[test]
fn each_wasted_attempt_counts_once_in_the_sum() {
    for info in detectors() {
        let analysis = analyse(&info.fires);
        let (sum, totals) = (&analysis.dead_end_totals, &analysis.totals);
        assert!(sum.attempts_wasted <= sum.attempts && sum.attempts <= totals.attempts, "{}", info.kind);
        let most = analysis.dead_ends.iter().map(|d| d.attempts_wasted).max();
        assert!(Some(sum.attempts_wasted) >= most, "{}", info.kind);
    }
}

/// Messages of one host that are deferred again and again, each for another recipient: some every two minutes, the
/// others with gaps that grow.
fn tried_again_and_again(hammered: usize, patient: usize) -> Vec<Option<String>> {
    let gaps = |n| if n < hammered { [120; 4] } else { [300, 600, 1200, 2400] };
    let mut lines = Vec::new();
    for n in 0..hammered + patient {
        let mut seconds = n;
        let mut tried = |gap: usize| {
            seconds += gap;
            let (h, m, s) = (8 + seconds / 3600, seconds / 60 % 60, seconds % 60);
            lines.push(format!(
                "2026-03-02T{h:02}:{m:02}:{s:02}+00:00 mx1 postfix/smtp[13]: E0223344{n:02}: to=<ann{n}@remote.example>, \
                 relay=mx.remote.example[203.0.113.7]:25, delay={seconds}, delays=0.1/0/0.5/0.4, dsn=4.3.0, \
                 status=deferred (host mx.remote.example[203.0.113.7] said: 451 4.3.0 Temporary local problem (in reply \
                 to RCPT TO command))\n"
            ));
        };
        tried(1);
        gaps(n).into_iter().for_each(tried);
    }
    lines.sort();
    let found = analyse(&lines.concat()).dead_ends.into_iter().find(|found| found.kind == Kind::NoBackoff);
    found.unwrap().items.into_iter().map(|item| item.recipient).collect()
}

#[test]
fn what_a_host_does_to_most_messages_is_its_schedule_and_told_once() {
    assert_eq!(tried_again_and_again(5, 4), [None]);
    let told: Vec<Option<String>> = (0..5).map(|n| Some(format!("ann{n}@remote.example"))).collect();
    assert_eq!(tried_again_and_again(5, 5), told);
    assert_eq!(tried_again_and_again(4, 0), told[..4]);
}

/// The kinds found where one message each, twenty minutes apart, goes to these domains over these next hops, and all get
/// this reply; how many domains each names, and how many tries were in vain.
fn met(hops: &[(&str, &str)], reply: &str) -> Vec<(Kind, usize, u64)> {
    let mut log = String::new();
    for (n, (domain, relay)) in hops.iter().enumerate() {
        let (h, m) = (8 + n / 3, n % 3 * 20);
        log += &format!(
            "2026-03-02T{h:02}:{m:02}:01+00:00 mx1 postfix/smtp[13]: E0223344{n:02}: to=<ann@{domain}>, \
             relay={relay}[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=5.7.0, status=bounced (host \
             {relay}[203.0.113.7] said: {reply} (in reply to MAIL FROM command))\n"
        );
    }
    analyse(&log).dead_ends.into_iter().map(|found| (found.kind, found.items.len(), found.attempts_wasted)).collect()
}

#[test]
fn what_one_next_hop_says_to_one_domain_it_says_to_all() {
    let login = "530 5.7.0 Authentication required";
    let smart = "smtp.carrier.example";
    assert_eq!(met(&[("a.example", smart), ("b.example", smart)], login), [(Kind::AuthMissing, 2, 1)]);
    assert_eq!(met(&[("a.example", smart), ("b.example", "mx.b.example")], login), []);
    let sequence = "503 5.5.1 Error: need MAIL command";
    let three = [("a.example", smart), ("b.example", smart), ("c.example", smart)];
    assert_eq!(met(&three, sequence), [(Kind::BadSequence, 3, 2)]);
    assert_eq!(met(&three[..2], sequence), []);
    // One domain alone, whose hosts are many.
    let many = [("a.example", "mx1.a.example"), ("a.example", "mx2.a.example"), ("a.example", "mx3.a.example")];
    assert_eq!(met(&many, sequence), [(Kind::BadSequence, 1, 2)]);
}

#[test]
fn a_blocklist_holds_at_all_hosts_of_a_provider() {
    let listed = "550 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.dnsbl.example";
    let of = |hosts: [&'static str; 3]| [("a.example", hosts[0]), ("b.example", hosts[1]), ("c.example", hosts[2])];
    let one = of(["a.mail.protection.outlook.com", "b.mail.protection.outlook.com", "c.mail.protection.outlook.com"]);
    assert_eq!(met(&one, listed), [(Kind::BlocklistedSending, 3, 2)]);
    assert_eq!(met(&of(["mx.a.example", "mx.b.example", "mx.c.example"]), listed), []);
    // Who asks for a login at one host of a provider need not ask at another.
    assert_eq!(met(&one, "530 5.7.0 Authentication required"), []);
}

/// Does mail of these two senders to one recipient, each with client and login as far as they are known, make a hop?
fn is_hop(first: [&str; 3], second: [&str; 3]) -> bool {
    let mut log = String::new();
    for (n, [sender, client, login]) in [first, second].into_iter().enumerate() {
        let at = ["2026-03-02T08:00:00", "2026-03-02T08:00:20"][n];
        if !client.is_empty() {
            let login =
                if login.is_empty() { String::new() } else { format!(", sasl_method=PLAIN, sasl_username={login}") };
            log += &format!("{at}+00:00 mx1 postfix/smtpd[11]: E02233440{n}: client=app.example[{client}]{login}\n");
        }
        log += &format!(
            "{at}+00:00 mx1 postfix/qmgr[12]: E02233440{n}: from=<{sender}>, size=900, nrcpt=1 (queue active)\n\
             {at}+00:00 mx1 postfix/smtp[13]: E02233440{n}: to=<ann@remote.example>, \
             relay=mx.remote.example[203.0.113.7]:25, delay=0, delays=0/0/0/0, dsn=4.2.0, status=deferred (host \
             mx.remote.example[203.0.113.7] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))\n"
        );
    }
    analyse(&log).dead_ends.iter().any(|found| found.kind == Kind::SenderHop)
}

#[test]
fn an_equal_name_before_the_at_sign_is_one_person_where_nothing_speaks_against_it() {
    let (here, there) = ("192.0.2.50", "192.0.2.51");
    assert!(is_hop(["Berta@shop.example", here, ""], ["berta@store.example", there, ""]));
    assert!(!is_hop(["berta@shop.example", here, "shop"], ["berta@store.example", there, "garden"]));
    assert!(!is_hop(["berta@shop.example", here, ""], ["carla@store.example", there, ""]));
    for role in ["info", "no-reply", "NoReply", "postmaster"] {
        let [ours, theirs] = ["shop", "bank"].map(|who| format!("{role}@{who}.example"));
        assert!(!is_hop([&ours, here, ""], [&theirs, there, ""]));
        assert!(is_hop([&ours, here, ""], [&theirs, here, ""]));
        assert!(is_hop([&ours, "", ""], [&theirs, "", ""]));
    }
}
