use super::*;
use crate::analyze::analysis::Evidence;
use crate::report::document::advice::advice;
use crate::report::document::detail::detail;
use crate::report::fixture;

/// A finding of so many cases, the n-th with `n + 1` tries and lines at the minutes named.
fn end(kind: Kind, domains: &[&str], code: &str, replies: [&str; 2]) -> DeadEnd {
    let mut end = fixture::busy().dead_ends.swap_remove(0);
    let shape = end.items[0].clone();
    let line = |minute: usize, reply: &str| Evidence {
        reply: reply.to_owned(),
        time: format!("2025-03-04T08:{minute:02}:00+00:00"),
        ..shape.evidence[0].clone()
    };
    let item = |(n, domain): (usize, &&str)| DeadEndItem {
        recipient: Some(format!("ann@{domain}")),
        domain: Some((*domain).to_owned()),
        relay: Some(format!("mx.{domain}")),
        attempts: n as u64 + 2,
        codes: vec![code.to_owned()],
        first: line(0, "").time,
        last: line(29, "").time,
        evidence: vec![line(0, replies[0]), line(n + 1, replies[1])],
        ..shape.clone()
    };
    end.items = domains.iter().enumerate().map(item).collect();
    end.kind = kind;
    (end.count, end.attempts) = (domains.len() as u64, end.items.iter().map(|i| i.attempts).sum());
    (end.attempts_wasted, end.delivered) = (4, 1);
    end.advice = "do it".to_owned();
    end
}

#[test]
fn a_summary_has_the_figures_of_its_items() {
    let two = ["a.example", "b.example"];
    let blocked = "554 5.7.1 Client host [<ip>] blocked using zen.dnsbl.example; <url>";
    for (end, says) in [
        (
            end(Kind::EndlessDeferral, &two, "450 4.1.1", ["450 no", "450 no"]),
            "2 recipients got the same answer again and again; 4 tries were in vain.",
        ),
        (
            end(Kind::EndlessDeferral, &["a.example"; 3], "450", ["450 no", "450 no"]),
            "3 recipients (1 address) got the same answer again and again; 4 tries were in vain.",
        ),
        (
            end(Kind::BlocklistedSending, &["a.example"], "554", [blocked, blocked]),
            "a.example refuses 192.0.2.10 as blocklisted (zen.dnsbl.example); 4 tries came after the first such answer.",
        ),
        (
            end(Kind::AuthMissing, &two, "530", ["530 5.7.0 Must issue a STARTTLS command first", ""]),
            "2 domains asked for STARTTLS first, 5 times, and got none.",
        ),
        (end(Kind::WrongCode, &two, "450 4.1.1", ["", ""]), "450 (later) for unknown users, 5 times."),
        (end(Kind::WrongCode, &["a.example"], "550", ["", ""]), "550 (never) for greylisting, 2 times."),
        (
            end(Kind::BadSequence, &["a.example"], "503", ["503 5.5.1 need MAIL", ""]),
            "a.example answered 503 to 1 try: \"need MAIL\".",
        ),
        (
            end(Kind::RecipientDropped, &two, "450", ["450 no", ""]),
            "2 recipients taken out of the queue by hand, 60 s and 2 min after a deferral.",
        ),
        (
            end(Kind::RecipientDropped, &two, "450", ["450 no", "450 no"]),
            "2 recipients not tried again after a deferral.",
        ),
        (
            end(Kind::SenderHop, &two, "450", ["450 no", ""]),
            "2 addresses got it again from another sender domain within 2 min of a 4xx.",
        ),
        (
            end(Kind::ImmediateResend, &two, "450", ["450 no", ""]),
            "2 new messages while the first was still queued; 1 of them arrived too.",
        ),
    ] {
        assert_eq!(summary(&end).replace('\u{a0}', " "), says, "{}", end.kind);
    }
}

#[test]
fn advice_names_hosts_where_there_are_few_and_is_a_sentence() {
    let a = fixture::busy();
    let advice = |end: &DeadEnd| advice(end, &a).replace('\u{a0}', " ");
    let (few, many) = (["a.example", "b.example"], ["a.example", "b.example", "c.example"]);
    assert_eq!(
        advice(&end(Kind::AuthMissing, &few, "530", ["530 login", ""])),
        "set up AUTH for mx.a.example, AUTH for mx.b.example."
    );
    assert_eq!(advice(&end(Kind::AuthMissing, &many, "530", ["530 login", ""])), "do it.");
    assert_eq!(
        advice(&end(Kind::WrongCode, &many, "450", ["", ""])),
        "remove the unknown users at a.example (+2 more)."
    );
    assert_eq!(advice(&end(Kind::WrongCode, &few[..1], "550", ["", ""])), "ask postmaster@a.example for a 4xx.");
    assert_eq!(
        advice(&end(Kind::RecipientDropped, &few, "450", ["", ""])),
        "leave them queued: 136 of 219 deferred (62.1 %) were delivered later."
    );
}

#[test]
fn one_next_hop_for_many_domains_is_named() {
    let a = fixture::busy();
    let mut login = end(Kind::AuthMissing, &["a.example", "b.example", "c.example"], "530", ["530 login", ""]);
    login.items.iter_mut().for_each(|item| item.relay = Some("smtp.carrier.example".to_owned()));
    let says = |end: &DeadEnd| summary(end).replace('\u{a0}', " ");
    assert_eq!(says(&login), "smtp.carrier.example (for 3 domains) asked for a login, 9 times, and got none.");
    assert_eq!(advice(&login, &a), "set up AUTH for smtp.carrier.example.");
    login.items[1].relay = Some("smtp.other.example".to_owned());
    assert_eq!(says(&login), "3 domains asked for a login, 9 times, and got none.");
}

#[test]
fn our_own_wrong_codes_are_ours_to_correct() {
    let a = fixture::busy();
    let mut both = end(Kind::WrongCode, &["a.example", "b.example"], "450 4.1.1", ["", ""]);
    (both.items[1].codes, both.items[1].attempts) = (Vec::new(), 0);
    (both.count, both.attempts) = (9, 2);
    assert_eq!(
        summary(&both).replace('\u{a0}', " "),
        "450 (later) for unknown users, 2 times; our own replies contradict their code 7 times."
    );
    both.items.remove(0);
    both.attempts = 0;
    assert_eq!(summary(&both).replace('\u{a0}', " "), "Our own replies contradict their code 9 times.");
    assert_eq!(advice(&both, &a), "correct the rule of ours that answers so.");
}

#[test]
fn the_detail_has_who_did_it_the_rates_here_and_what_is_known() {
    let a = fixture::busy();
    let detail = |end: &DeadEnd| detail(end, &a).join(" ").replace('\u{a0}', " ");
    let mut resend = end(Kind::ImmediateResend, &["a.example", "b.example", "c.example"], "450", ["450 no", ""]);
    for (item, sender) in resend.items.iter_mut().zip(["bob@x.example", "anna@x.example", "anna@x.example"]) {
        item.sender = Some(sender.to_owned());
    }
    (resend.expected_attempts, resend.expected_delivered) = (568, 121);
    (resend.success_rate, resend.expected_success_rate) = (Some(0.1), Some(0.2));
    assert_eq!(
        detail(&resend),
        "Most tries: anna@x.example 7 (2 addresses), bob@x.example 2. Worst: 4 tries to ann@c.example in 29 min. \
         Delivered here: 1 of 9 (11.1 %) such tries, 121 of 568 (21.3 %) that waited 5 to 60 min. In general a resend at \
         once fails in about 90 % of cases: greylisting wants 300 to 600 s."
    );
    // The analysis gives no rate for fewer than five.
    let mut few = end(Kind::SenderHop, &["a.example"], "450", ["450 no", ""]);
    (few.expected_attempts, few.expected_delivered) = (3, 2);
    (few.success_rate, few.expected_success_rate) = (None, None);
    assert_eq!(
        detail(&few),
        "Delivered here: 1 of 2 (too few cases for a rate) such tries, 2 of 3 (too few cases for a rate) that waited 5 to \
         60 min. In general another sender domain fails in about 70 % of cases."
    );
}
