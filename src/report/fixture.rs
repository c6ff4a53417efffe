//! An analysis made by hand, for the tests of the formats: the figures of a day of a small server with
//! trouble (ours is the lab's `mx1`), a calm day, and one that strangers tried to poison.

use crate::analyze::Analysis;
use crate::analyze::analysis::*;
use crate::fold::outcome::Outcome;
use crate::knowledge::Move;
use crate::knowledge::detectors::{Kind, Severity};
use crate::smtp::ReplyClass;

/// Nothing at all.
pub(crate) fn empty() -> Analysis {
    Analysis {
        schema: SCHEMA,
        generator: Generator { name: "mailrake", version: "0.1.0" },
        window: Window { timezone: "UTC".to_owned(), ..Window::default() },
        input: Input::default(),
        totals: Totals::default(),
        fates: Fates::default(),
        counted_apart: CountedApart::default(),
        codes: Vec::new(),
        domains: Vec::new(),
        code_domains: Vec::new(),
        reasons: Vec::new(),
        providers: Vec::new(),
        causes: Vec::new(),
        inbound: Inbound::default(),
        retries: Retries::default(),
        dead_ends: Vec::new(),
        dead_end_totals: DeadEndTotals::default(),
        ignored: Vec::new(),
        ignores_expired: Vec::new(),
        series: Vec::new(),
        previous: None,
        counters: None,
    }
}

fn file(name: &str, lines: u64) -> InputFile {
    let mta = MtaLines { postfix: lines, ..MtaLines::default() };
    InputFile { name: name.to_owned(), bytes: lines * 150, lines, mta, ..InputFile::default() }
}

fn at(day: u32, clock: &str) -> String {
    format!("2025-03-{day:02}T{clock}+00:00")
}

/// A day with trouble.
pub(crate) fn busy() -> Analysis {
    let mut a = empty();
    a.window.first = Some(at(4, "05:35:53"));
    a.window.last = Some(at(5, "00:39:58"));
    a.input = Input {
        files: vec![file("/var/log/mail-iso.log", 7538)],
        bytes: 1_130_700,
        lines: 7538,
        mail_lines: 7538,
        hosts: vec!["mx1".to_owned()],
        quiet: vec![
            QuietKind { kind: "connect".to_owned(), lines: 1702 },
            QuietKind { kind: "sasl-failed".to_owned(), lines: 8 },
        ],
        ..Input::default()
    };
    a.totals = Totals {
        messages: 812,
        recipients: 917,
        attempts: 1852,
        delivered: 633,
        delivered_local: 331,
        deferred: 1011,
        bounced: 208,
        expired: 74,
        rejected: 71,
        rejected_transient: 11,
        skipped: 21,
        recipients_deferred: 219,
        recovered: 136,
        failed: 7,
        expired_recipients: 74,
        dropped: 2,
        delivered_first_try: 166,
        ..Totals::default()
    };
    a.fates = Fates {
        delivered_first_try: 166,
        delivered_after_deferral: 136,
        delivered_local: 331,
        bounced: 208,
        expired: 74,
        removed_by_hand: 2,
        messages: 481,
        ..Fates::default()
    };
    a.counted_apart = CountedApart { local_notices: 324, failed_logins: 8 };
    a.code_domains = code_domains();
    a.codes = a.code_domains.iter().map(code).collect();
    a.domains = domains();
    a.reasons = reasons();
    a.causes = causes();
    a.providers = providers();
    a.inbound = inbound();
    a.retries = retries();
    a.dead_ends = dead_ends();
    a.dead_end_totals = DeadEndTotals {
        attempts: 1044,
        attempts_wasted: 486,
        share: Some(486.0 / 1521.0),
        critical: 3,
        warning: 7,
        notice: 1,
    };
    a.series = series();
    a
}

/// Reply, enhanced code, domain, outcome, tries, recipients, cause.
type CodeRow = (u16, &'static str, &'static str, Outcome, u64, u64, &'static str);

fn code_domains() -> Vec<CodeDomain> {
    let rows: [CodeRow; 20] = [
        (0, "4.4.1", "closedport.example", Outcome::Deferred, 105, 11, "connect-refused"),
        (0, "4.4.1", "unrouted.example", Outcome::Deferred, 100, 11, "connect-refused"),
        (554, "5.7.1", "fortress.example", Outcome::Deferred, 139, 15, "blocklisted-ip"),
        (452, "4.2.2", "gmale.example", Outcome::Deferred, 98, 12, "mailbox-full"),
        (452, "4.2.2", "fernwood.example", Outcome::Deferred, 34, 9, "mailbox-full"),
        (0, "4.4.3", "lamedns.example", Outcome::Deferred, 87, 9, "dns-failure"),
        (0, "4.4.2", "mute.example", Outcome::Deferred, 81, 11, "connect-timeout"),
        (450, "4.1.1", "softbounce.example", Outcome::Deferred, 80, 6, "user-unknown"),
        (450, "4.7.1", "strictgrey.example", Outcome::Deferred, 49, 18, "greylisted"),
        (450, "4.7.1", "twogates.example", Outcome::Deferred, 14, 11, "greylisted"),
        (421, "4.7.28", "gmale.example", Outcome::Deferred, 35, 14, "rate-limited"),
        (550, "5.1.1", "fernwood.example", Outcome::Bounced, 22, 22, "user-unknown"),
        (550, "5.1.1", "contozo.example", Outcome::Bounced, 13, 13, "user-unknown"),
        (421, "4.7.1", "quietmail.example", Outcome::Deferred, 26, 13, "greylisted"),
        (450, "4.2.1", "fernwood.example", Outcome::Deferred, 22, 9, "mailbox-busy"),
        (0, "5.4.4", "a-rather-long-name.no-such-domain.example", Outcome::Bounced, 20, 20, "domain-not-found"),
        (530, "5.7.0", "submitonly.example", Outcome::Bounced, 14, 14, "auth-required"),
        (550, "", "hardgrey.example", Outcome::Bounced, 9, 9, "greylisted"),
        (450, "4.2.0", "brightwater.example", Outcome::Deferred, 15, 13, "greylisted"),
        (554, "5.7.1", "gmale.example", Outcome::Bounced, 256, 128, "policy"),
    ];
    let row = |(reply, enhanced, domain, outcome, attempts, recipients, cause): CodeRow| CodeDomain {
        direction: Direction::Outbound,
        reply_code: (reply > 0).then_some(reply),
        enhanced_code: (!enhanced.is_empty()).then(|| enhanced.to_owned()),
        domain: Some(domain.to_owned()),
        outcome,
        attempts,
        messages: recipients,
        recipients,
        cause: cause.to_owned(),
        first: at(4, "05:46:00"),
        last: at(4, "17:42:10"),
        sample: format!("{reply} {enhanced} as {domain} says it"),
    };
    rows.into_iter().map(row).collect()
}

fn code(row: &CodeDomain) -> Code {
    Code {
        direction: row.direction,
        reply_code: row.reply_code,
        enhanced_code: row.enhanced_code.clone(),
        class: if row.outcome == Outcome::Bounced { ReplyClass::Permanent } else { ReplyClass::Transient },
        outcome: row.outcome,
        attempts: row.attempts,
        messages: row.messages,
        recipients: row.recipients,
        domains: 1,
        cause: row.cause.clone(),
        meaning: "not now".to_owned(),
        first: row.first.clone(),
        last: row.last.clone(),
    }
}

fn domains() -> Vec<Domain> {
    // Domain, tries, delivered, deferred, bounced, expired, waits, code, cause.
    type Row = (&'static str, [u64; 5], Option<(f64, f64)>, &'static str, &'static str);
    let rows: [Row; 9] = [
        ("gmale.example", [164, 11, 133, 20, 11], Some((4.0, 2570.0)), "452 4.2.2", "mailbox-full"),
        ("fortress.example", [139, 0, 139, 0, 15], None, "554 5.7.1", "blocklisted-ip"),
        ("closedport.example", [105, 0, 105, 0, 11], None, "4.4.1", "connect-refused"),
        ("softbounce.example", [88, 8, 80, 0, 6], Some((2.0, 14.0)), "450 4.1.1", "user-unknown"),
        ("fernwood.example", [97, 39, 36, 22, 0], Some((6.0, 4719.0)), "452 4.2.2", "mailbox-full"),
        ("strictgrey.example", [67, 18, 49, 0, 0], Some((2326.0, 2974.0)), "450 4.7.1", "greylisted"),
        ("yahoh.example", [27, 10, 13, 4, 0], Some((77.0, 8762.0)), "421 4.7.0", "rate-limited"),
        ("a-rather-long-name.no-such-domain.example", [20, 0, 0, 20, 0], None, "5.4.4", "domain-not-found"),
        ("goodhost.example", [216, 216, 0, 0, 0], Some((1.0, 3.0)), "", ""),
    ];
    let row = |(domain, [attempts, delivered, deferred, bounced, expired], delay, code, cause): Row| Domain {
        domain: Some(domain.to_owned()),
        attempts,
        delivered,
        delivered_local: 0,
        deferred,
        bounced,
        expired,
        recovered: delivered / 3,
        delay_p50: delay.map(|d| d.0),
        delay_p95: delay.map(|d| d.1),
        delay_max: delay.map(|d| d.1 * 2.0),
        top_code: (!code.is_empty()).then(|| code.to_owned()),
        top_cause: (!cause.is_empty()).then(|| cause.to_owned()),
    };
    let mut domains: Vec<Domain> = rows.into_iter().map(row).collect();
    domains.push(Domain {
        attempts: 331,
        delivered: 331,
        delivered_local: 331,
        ..row(("lumenshop.example", [0; 5], None, "", ""))
    });
    domains
}

fn reasons() -> Vec<Reason> {
    let rows: [(u16, &str, u64); 17] = [
        (450, "user-unknown", 80),
        (450, "greylisted", 78),
        (450, "mailbox-busy", 22),
        (452, "mailbox-full", 132),
        (452, "remote-error", 12),
        (552, "mailbox-full", 8),
        (550, "user-unknown", 63),
        (550, "policy", 11),
        (550, "sender-auth-failed", 10),
        (550, "greylisted", 9),
        (550, "mailbox-disabled", 6),
        (550, "blocklisted-ip", 5),
        (421, "rate-limited", 48),
        (421, "greylisted", 26),
        (421, "remote-error", 7),
        (554, "blocklisted-ip", 139),
        (554, "spam-content", 25),
    ];
    let row = |(code, cause, attempts): (u16, &str, u64)| Reason {
        direction: Direction::Outbound,
        reply_code: Some(code),
        enhanced_code: None,
        template: format!("{code} <address>: {cause}"),
        cause: cause.to_owned(),
        attempts,
        recipients: attempts / 2 + 1,
        domains: 1,
        sample: format!("{code} <anna@lumenshop.example>: {cause}"),
    };
    rows.into_iter().map(row).collect()
}

fn causes() -> Vec<CauseRow> {
    let rows = [
        ("connect-refused", 205, 2, Move::Theirs, "wait; reach them otherwise"),
        ("user-unknown", 147, 10, Move::Sender, "remove or correct address"),
        ("blocklisted-ip", 144, 2, Move::Ours, "get off the list named"),
        ("mailbox-full", 140, 2, Move::Theirs, "stop after a few days"),
        ("greylisted", 136, 6, Move::Wait, "nothing: the retry passes"),
        ("dns-failure", 87, 1, Move::Theirs, "wait; check our resolver"),
        ("connect-timeout", 81, 1, Move::Theirs, "wait; reach them otherwise"),
        ("rate-limited", 57, 4, Move::Ours, "slow down there"),
        ("policy", 222, 2, Move::Theirs, "read the text, ask them"),
    ];
    let row = |(cause, attempts, domains, whose, short): (&str, u64, u64, Move, &str)| CauseRow {
        cause: cause.to_owned(),
        direction: Direction::Outbound,
        class: ReplyClass::Transient,
        attempts,
        recipients: attempts / 2,
        domains,
        domains_any_class: domains,
        providers: match cause {
            "rate-limited" => vec![cause_provider("Example Mail", 31), cause_provider("Mailbox, Inc.", 20)],
            "blocklisted-ip" => vec![cause_provider("Mailbox, Inc.", 144)],
            _ => Vec::new(),
        },
        whose,
        advice: format!("{short}, and more words than a table holds"),
        advice_short: short.to_owned(),
        dead_ends: vec!["send again".to_owned(), "flush the queue".to_owned()],
    };
    let mut rows: Vec<CauseRow> = rows.into_iter().map(row).collect();
    // Both classes of one cause are one row of the report.
    let bounced = CauseRow {
        class: ReplyClass::Permanent,
        domains_any_class: 11,
        ..row(("user-unknown", 60, 9, Move::Sender, "remove or correct address"))
    };
    rows.push(bounced);
    rows.push(CauseRow { direction: Direction::Inbound, ..row(("relay-denied", 5, 1, Move::Sender, "")) });
    rows
}

fn cause_provider(provider: &str, attempts: u64) -> CauseProvider {
    CauseProvider { provider: provider.to_owned(), attempts }
}

fn providers() -> Vec<Provider> {
    let row = |(provider, domains, [attempts, delivered, deferred, bounced]): (&str, u64, [u64; 4])| Provider {
        provider: provider.to_owned(),
        domains,
        attempts,
        delivered,
        deferred,
        bounced,
        top_cause: (deferred > 0).then(|| "rate-limited".to_owned()),
    };
    [("Example Mail", 3, [228, 39, 155, 34]), ("Mailbox, Inc.", 1, [40, 40, 0, 0])].map(row).to_vec()
}

fn inbound() -> Inbound {
    let reasons = [
        (550, "5.1.1", "550 5.1.1 <address>: Recipient address rejected: User unknown in virtual mailbox table", 38),
        (450, "4.1.8", "450 4.1.8 <address>: Sender address rejected: Domain not found", 7),
        (504, "5.5.2", "504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname", 6),
        (0, "5.7.1", "message content rejected", 20),
    ];
    let reason = |(code, enhanced, template, rejected): (u16, &str, &str, u64)| InboundReason {
        reply_code: (code > 0).then_some(code),
        enhanced_code: Some(enhanced.to_owned()),
        class: if code / 100 == 4 { ReplyClass::Transient } else { ReplyClass::Permanent },
        template: template.to_owned(),
        cause: "user-unknown".to_owned(),
        rejected,
        sample: template.replace("<address>", "<nobody@lumenshop.example>"),
    };
    let clients = [
        (Some("192.0.2.203"), Some("unknown"), 35),
        (Some("192.0.2.200"), Some("mail.partner.invalid"), 9),
        (Some("2001:db8:93:17:1d::25"), Some("out3.bulkhouse.invalid"), 9),
        (Some("192.0.2.205"), Some("mx.goodsender.invalid"), 8),
        (None, None, 6),
        (Some("192.0.2.204"), Some("dyn-204.pool.invalid"), 4),
    ];
    let client = |(ip, name, rejected): (Option<&str>, Option<&str>, u64)| Client {
        client_ip: ip.map(str::to_owned),
        client_name: name.map(str::to_owned),
        rejected,
        transient: 0,
        permanent: rejected,
        first: at(4, "05:36:00"),
        last: at(4, "18:00:00"),
    };
    Inbound {
        greylisting: OurGreylisting {
            triples: 30,
            accepted: 20,
            never_returned: 8,
            named_never_returned: 3,
            early_retries: 5,
        },
        by_client: clients.into_iter().map(client).collect(),
        by_reason: reasons.into_iter().map(reason).collect(),
    }
}

fn gaps(rows: [(u64, u64); 7]) -> Vec<Gap> {
    let bounds = [0, 60, 300, 600, 1800, 3600, 14_400];
    let gap = |(i, (attempts, delivered)): (usize, (u64, u64))| Gap {
        from_s: bounds[i],
        to_s: bounds.get(i + 1).copied(),
        attempts,
        delivered,
        deferred: attempts - delivered,
        bounced: 0,
        success_rate: (attempts > 0).then(|| delivered as f64 / attempts as f64),
    };
    rows.into_iter().enumerate().map(gap).collect()
}

fn chains(rows: &[(u64, u64)]) -> Vec<ChainLength> {
    let chain = |(i, (delivered, recipients)): (usize, &(u64, u64))| ChainLength {
        attempt: i as u64 + 1,
        recipients: *recipients,
        delivered: *delivered,
    };
    rows.iter().enumerate().map(chain).collect()
}

fn retries() -> Retries {
    let grey = [
        ("brightwater.example", 14, 13, Some(4), Some(323), Some(840), 1),
        ("quietmail.example", 10, 10, Some(584), Some(900), Some(960), 16),
        ("strictgrey.example", 12, 12, Some(1468), Some(1492), Some(2390), 37),
        ("nobodypassed.example", 2, 0, Some(600), None, None, 3),
    ];
    let row = |(domain, chains, passed, low, high, most, early): (
        &str,
        u64,
        u64,
        Option<u64>,
        Option<u64>,
        Option<u64>,
        u64,
    )| Greylist {
        domain: domain.to_owned(),
        chains,
        passed,
        wait_low_s: low,
        wait_high_s: high,
        passed_max_s: most,
        early_retries: early,
        restarts: domain == "strictgrey.example",
    };
    let schedule = Schedule {
        host: Some("mx1".to_owned()),
        mta: crate::event::Mta::Postfix,
        chains: 218,
        first_retry_s: 488,
        growth: Some(1.26),
        longest_gap_s: Some(4215),
        lifetime_s: Some(434_160),
        hasty: false,
        as_advised: true,
    };
    Retries {
        schedules: vec![schedule],
        gaps: gaps([(59, 0), (34, 1), (223, 46), (249, 64), (96, 11), (284, 2), (0, 0)]),
        attempts_per_chain: chains(&[
            (166, 586),
            (39, 218),
            (53, 177),
            (32, 124),
            (10, 86),
            (2, 76),
            (0, 74),
            (0, 70),
            (0, 110),
        ]),
        greylisting: grey.into_iter().map(row).collect(),
    }
}

fn evidence(line: u64, clock: &str, id: &str, reply: &str) -> Evidence {
    Evidence {
        file: "/var/log/mail-iso.log".to_owned(),
        line,
        time: at(4, clock),
        queue_id: Some(id.to_owned()),
        reply: reply.to_owned(),
        text: format!(
            "2025-03-04T{clock} mx1 postfix/smtp[99]: {id}: to=<khan67@softbounce.example>, ... said: {reply}"
        )
        .into(),
    }
}

fn item(who: [Option<&str>; 3], attempts: u64, codes: &[&str], evidence: Vec<Evidence>) -> DeadEndItem {
    let [sender, recipient, domain] = who.map(|w| w.map(str::to_owned));
    DeadEndItem {
        sender,
        recipient,
        domain,
        relay: None,
        first: at(4, "06:03:31"),
        last: at(4, "12:04:39"),
        attempts,
        codes: codes.iter().map(|c| (*c).to_owned()).collect(),
        evidence,
    }
}

fn dead_ends() -> Vec<DeadEnd> {
    let blocked = "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.dnsbl.example; https://check.dnsbl.example/";
    let unknown = "450 4.1.1 Recipient address rejected: User unknown in local recipient table";
    let base = DeadEnd {
        kind: Kind::EndlessDeferral,
        severity: Severity::Critical,
        count: 74,
        attempts: 698,
        delivered: 0,
        attempts_wasted: 254,
        within: None,
        success_rate: Some(0.0),
        expected_success_rate: Some(121.0 / 568.0),
        expected_attempts: 568,
        expected_delivered: 121,
        whose: Move::Sender,
        advice: "correct or remove them; from the 7th try on 0 of 254 were delivered.".to_owned(),
        items: vec![
            item(
                [None, Some("ops@fortress.example"), Some("fortress.example")],
                139,
                &["554 5.7.1"],
                vec![evidence(1144, "08:21:39", "E5DB5A20162", blocked)],
            ),
            item(
                [None, Some("maria@gmale.example"), Some("gmale.example")],
                98,
                &["452 4.2.2", "421 4.7.28"],
                vec![evidence(
                    1131,
                    "08:18:28",
                    "97630A20424",
                    "452-4.2.2 The recipient's inbox is out of storage space.",
                )],
            ),
            item([None, None, Some("mute.example")], 81, &[], vec![]),
        ],
    };
    let auth = DeadEnd {
        kind: Kind::AuthMissing,
        count: 2,
        attempts: 24,
        advice: "set up AUTH for mx.submitonly.example, TLS for mx.tlsplease.example.".to_owned(),
        items: vec![
            item(
                [None, None, Some("submitonly.example")],
                14,
                &["530 5.7.0"],
                vec![evidence(603, "07:08:57", "D5EEBA202E6", "530 5.7.0 Authentication required")],
            ),
            item(
                [None, None, Some("tlsplease.example")],
                10,
                &["530 5.7.0"],
                vec![evidence(292, "06:25:47", "34E4AA20177", "530 5.7.0 Must issue a STARTTLS command first")],
            ),
        ],
        ..base.clone()
    };
    let backoff = DeadEnd {
        kind: Kind::NoBackoff,
        severity: Severity::Warning,
        count: 4,
        attempts: 79,
        delivered: 1,
        attempts_wasted: 78,
        advice: "find what flushes the queue each minute; its own schedule is enough.".to_owned(),
        items: ["anna@lumenshop.example", "bob@lumenshop.example", "carl@lumenshop.example", "dora@lumenshop.example"]
            .map(|s| {
                item(
                    [Some(s), Some("khan67@softbounce.example"), None],
                    26,
                    &["450 4.1.1"],
                    vec![evidence(129, "06:03:31", "E735DA20181", unknown)],
                )
            })
            .to_vec(),
        ..base.clone()
    };
    let retry = DeadEnd {
        kind: Kind::ImmediateRetry,
        severity: Severity::Warning,
        attempts: 25,
        within: Some(Kind::NoBackoff),
        ..backoff.clone()
    };
    let hop = DeadEnd {
        kind: Kind::SenderHop,
        severity: Severity::Notice,
        count: 2,
        attempts: 10,
        delivered: 4,
        attempts_wasted: 6,
        advice: "keep the sender and wait: the first one passed after 6 and 18 min.".to_owned(),
        items: vec![item([Some("office@lumenshop.example"), Some("x@grey.example"), None], 5, &["451 4.7.1"], vec![])],
        ..base.clone()
    };
    vec![base, auth, backoff, retry, hop]
}

fn series() -> Vec<SeriesPoint> {
    let delivered = [6, 15, 20, 26, 22, 49, 42, 22, 21, 20, 21, 20, 19, 15, 4];
    (0..20usize)
        .map(|i| SeriesPoint {
            start: at(if i < 19 { 4 } else { 5 }, &format!("{:02}:00:00", (5 + i) % 24)),
            delivered: delivered.get(i).copied().unwrap_or(0) + 10,
            delivered_local: 10,
            deferred: [10, 80, 60, 70, 72, 97, 80, 70, 84, 96, 83, 60, 95, 30, 28, 20, 15, 10, 8, 3][i],
            bounced: if i < 14 { 15 + (i as u64 % 5) * 2 } else { 0 },
            expired: if i > 5 { i as u64 % 7 } else { 0 },
            rejected: [4, 6, 14, 1, 5, 11, 3, 1, 2, 3, 11, 10, 0, 0, 0, 0, 0, 0, 0, 0][i],
        })
        .collect()
}

/// A day on which there is nothing to do.
pub(crate) fn clean() -> Analysis {
    let mut a = empty();
    a.window.first = Some(at(4, "05:46:02"));
    a.window.last = Some(at(4, "17:42:10"));
    a.input = Input {
        files: vec![file("clean.log", 506)],
        lines: 506,
        mail_lines: 506,
        hosts: vec!["mx1".to_owned()],
        ..Input::default()
    };
    a.totals = Totals {
        messages: 76,
        attempts: 130,
        delivered: 70,
        deferred: 54,
        bounced: 6,
        recipients_deferred: 38,
        recovered: 38,
        ..Totals::default()
    };
    a.fates =
        Fates { delivered_first_try: 32, delivered_after_deferral: 38, bounced: 6, messages: 76, ..Fates::default() };
    let transient = |cause: &str, attempts| CauseRow { cause: cause.to_owned(), attempts, ..causes().swap_remove(0) };
    a.causes = vec![transient("greylisted", 38), transient("rate-limited", 16)];
    a.code_domains = ["secure.example", "sixonly.example"]
        .into_iter()
        .flat_map(|domain| {
            code_domains()
                .into_iter()
                .filter(|c| c.cause == "user-unknown" && c.outcome == Outcome::Bounced)
                .take(1)
                .map(move |c| CodeDomain { domain: Some(domain.to_owned()), attempts: 3, ..c })
        })
        .collect();
    a.retries.attempts_per_chain = chains(&[(32, 76), (20, 38), (10, 18), (6, 8), (2, 2)]);
    a.series = (0..13)
        .map(|i| SeriesPoint {
            start: at(4, &format!("{:02}:00:00", 5 + i)),
            delivered: [2, 1, 7, 6, 3, 5, 7, 8, 4, 7, 8, 6, 6][i],
            delivered_local: 0,
            deferred: [0, 11, 4, 2, 1, 7, 7, 2, 4, 3, 3, 5, 5][i],
            bounced: [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1][i],
            expired: 0,
            rejected: 0,
        })
        .collect();
    a
}

/// What a stranger may write into a log.
pub(crate) const HOSTILE: [&str; 8] = [
    "\x1b[2J\x1b]0;owned\x07",
    "\u{202e}elpmaxe.moc",
    "=cmd|'/c calc'!A1",
    "a\r\nACT: 9 critical\n",
    "tab\there\u{0}nul",
    "zero\u{200b}width\u{2066}iso\u{9b}31mcsi",
    "日本語の長いドメイン名.example",
    "z\u{301}\u{302}\u{303}a\u{1f468}\u{200d}\u{1f469}",
];

/// The busy day, with every name and text written by strangers.
pub(crate) fn hostile() -> Analysis {
    let mut a = busy();
    let long = format!("{}.example", "x".repeat(10_000));
    let mut words = HOSTILE.iter().copied().chain([long.as_str()]).cycle();
    let mut next = || words.next().unwrap_or_default().to_owned();
    a.input.hosts = (0..9).map(|_| next()).collect();
    a.input.unparsed_examples = (0..9).map(|_| next()).collect();
    a.input.unparsed_lines = 2000;
    for file in &mut a.input.files {
        (file.name, file.error) = (next(), Some(next()));
    }
    for d in &mut a.domains {
        (d.domain, d.top_cause, d.top_code) = (Some(next()), Some(next()), Some(next()));
    }
    for c in &mut a.code_domains {
        (c.domain, c.sample, c.cause, c.enhanced_code) = (Some(next()), next(), next(), Some(next()));
    }
    for r in &mut a.reasons {
        (r.template, r.cause, r.sample) = (next(), next(), next());
    }
    for c in &mut a.causes {
        (c.cause, c.advice_short) = (next(), next());
    }
    for c in &mut a.inbound.by_client {
        (c.client_ip, c.client_name) = (Some(next()), Some(next()));
    }
    for r in &mut a.inbound.by_reason {
        (r.template, r.sample, r.enhanced_code) = (next(), next(), Some(next()));
    }
    for g in &mut a.retries.greylisting {
        g.domain = next();
    }
    for end in &mut a.dead_ends {
        end.advice = next();
        for item in &mut end.items {
            (item.sender, item.recipient, item.domain) = (Some(next()), Some(next()), Some(next()));
            for line in &mut item.evidence {
                (line.file, line.reply, line.text, line.queue_id) = (next(), next(), next().into(), Some(next()));
            }
        }
    }
    a
}
