//! Lines and what they say: from the logs of the laboratory's servers, from Exim's manual forms, and made
//! up to mislead.

mod samples;

use std::time::{Duration, Instant};

use samples::{ARRIVALS, DEFERRALS, DELIVERIES, FAILURES, QUEUE, QUIET, REFUSALS};

use super::*;
use crate::event::{Attempt, Recipients};

fn line(message: &[u8]) -> Line<'_> {
    Line { time: 0, host: b"mx1", tag: b"exim", pid: b"", message, times: 1 }
}

/// An event in one line of text, empty parts left out.
fn told(event: &Event<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let part = |name: &str, value: Option<&[u8]>| value.map(|v| format!(" {name}={}", text(v))).unwrap_or_default();
    match event {
        Event::Message { fact: Fact::Attempt(a), .. } => attempt(a),
        Event::Message { fact: Fact::Arrival(a), .. } => {
            format!("arrival of <{}>", text(a.sender.unwrap_or(b"?")))
                + &part("name", a.client_name)
                + &part("ip", a.client_ip)
                + &part("login", a.login)
                + if a.local { " local" } else { "" }
                + &part("id", a.message_id)
                + &a.size.map(|n| format!(" size={n}")).unwrap_or_default()
                + &a.recipients.map(|n| format!(" recipients={n}")).unwrap_or_default()
                + &part("parent", a.parent)
        }
        Event::Message { fact, .. } => format!("{fact:?}"),
        Event::Refusal(r) => {
            format!("{:?} refusal", r.class)
                + &r.stage.map(|s| format!(" at {}", s.as_str())).unwrap_or_default()
                + &part("name", r.client_name)
                + &part("ip", r.client_ip)
                + &part("helo", r.helo)
                + &part("from", r.sender)
                + &part("to", r.recipient)
                + &part("id", r.id)
                + &r.reply.code.map(|c| format!(" {c}")).unwrap_or_default()
                + ": "
                + &text(r.reply.text)
        }
        Event::Quiet(kind) => format!("quiet: {kind}"),
        Event::Unparsed => "unparsed".to_owned(),
    }
}

fn attempt(a: &Attempt<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let Recipients::One(recipient) = a.recipients else { unreachable!("Exim names one recipient a line") };
    format!("{:?} {}", a.disposition, text(recipient))
        + &a.original.map(|o| format!(" was {}", text(o))).unwrap_or_default()
        + if a.local { " local" } else { "" }
        + &(if a.relay.host.is_empty() { String::new() } else { format!(" via {}", text(a.relay.host)) })
        + &(if a.relay.ip.is_empty() { String::new() } else { format!("[{}]", text(a.relay.ip)) })
        + &a.delay_us.map(|us| format!(" after {us}us")).unwrap_or_default()
        + &a.stage.map(|s| format!(" at {}", s.as_str())).unwrap_or_default()
        + &a.reply.code.map(|c| format!(" {c}")).unwrap_or_default()
        + &a.reply.enhanced.map(|c| format!(" {c}")).unwrap_or_default()
        + &(if a.reply.text.is_empty() { String::new() } else { format!(": {}", text(a.reply.text)) })
        + &a.queued_as.map(|id| format!(" as {}", text(id))).unwrap_or_default()
}

#[track_caller]
fn check(message: &str, expected: &str) {
    assert_eq!(told(&parse(&line(message.as_bytes()))), expected, "{message}");
}

/// Checks texts behind a message id of 4.97 and of 4.96, and with a process id before it.
#[track_caller]
fn check_all(samples: &[(&str, &str)]) {
    for (text, expected) in samples {
        for prefix in ["1tSczm-00000000023-3hcW ", "1uEh6u-00002d-13 ", "[789] 1VabCd-0001Ef-Gh "] {
            check(&format!("{prefix}{text}"), expected);
        }
    }
}

#[test]
fn deliveries_name_the_recipient_and_the_next_hop() {
    check_all(DELIVERIES);
}

#[test]
fn failures_are_bounces_unless_the_age_was_the_reason() {
    check_all(FAILURES);
}

#[test]
fn deferrals_are_tries_unless_nothing_was_tried() {
    check_all(DEFERRALS);
}

#[test]
fn arrivals_say_who_handed_it_in() {
    check_all(ARRIVALS);
}

#[test]
fn the_queue_and_the_hosts_of_a_delivery() {
    check_all(QUEUE);
}

#[test]
fn refusals_have_the_class_of_the_word() {
    for (message, expected) in REFUSALS {
        check(message, expected);
    }
}

#[test]
fn other_lines_have_a_kind() {
    for (message, expected) in QUIET {
        check(message, expected);
    }
}

#[test]
fn ids_have_two_lengths_and_end_at_a_blank() {
    let id = |text: &'static str| message_id(text.as_bytes()).map(|(id, rest)| (id.len(), rest));
    assert_eq!(id("1Ov4tU-0000Nz-Rm Completed"), Some((16, &b"Completed"[..])));
    assert_eq!(id("1t7WhK-0000000089R-0W7E Completed"), Some((23, &b"Completed"[..])));
    assert_eq!(id("0Z2VKM-0000NZ-RM Completed"), Some((16, &b"Completed"[..])));
    assert_eq!(id("1Ov4tU-0000Nz-Rm"), Some((16, &b""[..])));
    assert_eq!(id("1Ov4tU-0000Nz-Rm x-note: 1"), Some((16, &b"x-note: 1"[..])));
    assert_eq!(id("1Ov4tU-0000Nz-Rmx Completed"), None);
    assert_eq!(id("1Ov4tU-0000N_-Rm Completed"), None);
    assert_eq!(id("1t7WhK-0000000089R-0W7E-D not found"), None);
    assert_eq!(id("1Ov4tU-0000Nz"), None);
}

#[test]
fn the_prefixes_of_exim_are_no_part_of_the_text() {
    for prefix in ["", "[123] ", "2024-12-31 14:03:35 ", "2024-12-31 14:03:35.678 +0100 [123] "] {
        check(&format!("{prefix}Start queue run: pid=123"), "quiet: queue run");
    }
    check("2024-12-31 14:03:3x Start queue run: pid=123", "unparsed");
    check("[12x] Start queue run: pid=123", "unparsed");
}

#[test]
fn tags_begin_with_the_name() {
    assert!(["exim", "exim4", "exim-out"].iter().all(|tag| claims(tag.as_bytes(), b"")));
    assert!(["", "postfix/smtpd", "sm-mta", "EXIM"].iter().all(|tag| !claims(tag.as_bytes(), b"")));
}

#[test]
fn pieces_are_numbered_and_say_how_they_end() {
    let piece = |text: &'static str| part(&line(text.as_bytes())).map(|p| (p.number, p.last, p.joint, p.text));
    assert_eq!(
        piece("[1/2] 1u7632-00000000030-0oLm ** a"),
        Some((1, false, &b""[..], &b"1u7632-00000000030-0oLm ** a"[..]))
    );
    assert_eq!(piece("[2/2]  paragraph 4"), Some((2, true, &b""[..], &b" paragraph 4"[..])));
    assert_eq!(
        piece("[3\\12] T To: <office@lumenshop.example>"),
        Some((3, false, &b"\n"[..], &b"T To: <office@lumenshop.example>"[..]))
    );
    for text in
        ["[1/1] x", "[0/2] x", "[3/2] x", "[1] x", "[192.0.2.1] x", "[1/2]x", "[1/99999999999] x", "x [1/2] y", "["]
    {
        assert_eq!(piece(text), None, "{text}");
    }
}

#[test]
fn durations_have_units() {
    let time = |text: &str| delivery::duration(text.as_bytes());
    assert_eq!(time("0s"), Some(0));
    assert_eq!(time("0.304s"), Some(304_000));
    assert_eq!(time("3m45s"), Some(225_000_000));
    assert_eq!(time("0.1234567890s"), Some(123_456));
    for text in ["", "s", "5", "1.s2", "1..5s", "qqs", "99999999999999999999w", "-1s"] {
        assert_eq!(time(text), None, "{text}");
    }
}

/// Every sample behind its prefix.
fn samples() -> Vec<Vec<u8>> {
    let with_id = [DELIVERIES, FAILURES, DEFERRALS, ARRIVALS, QUEUE].into_iter().flatten();
    let with_id = with_id.map(|(text, _)| format!("1tSczm-00000000023-3hcW {text}").into_bytes());
    let without = [REFUSALS, QUIET].into_iter().flatten().map(|(text, _)| text.as_bytes().to_vec());
    with_id.chain(without).collect()
}

#[test]
fn damaged_lines_never_panic() {
    for sample in samples() {
        for end in 0..=sample.len() {
            told(&parse(&line(&sample[..end])));
            part(&line(&sample[..end]));
        }
        let mut bytes = sample.clone();
        for at in 0..bytes.len() {
            let kept = bytes[at];
            for other in [b' ', b':', b'"', b'<', b'>', b'[', b']', b'(', b'\\', 0, 0xff, kept ^ 0x20] {
                bytes[at] = other;
                parse(&line(&bytes));
            }
            bytes[at] = kept;
        }
    }
}

#[test]
fn a_cut_line_keeps_its_recipient_and_its_verdict() {
    let whole = b"1tSczm-00000000023-3hcW ** u@x.example R=r T=t H=mx.x.example [203.0.113.3]: SMTP error from remote mail server after RCPT TO:<u@x.example>: 550 no";
    for end in b"1tSczm-00000000023-3hcW ** u@x.example".len()..whole.len() {
        let said = told(&parse(&line(&whole[..end])));
        assert!(said.starts_with("Bounced u@x.example"), "{said}");
    }
}

/// Time in proportion to length: a line of 200 kB takes some 0.1 s in a debug build; its square would take 25 s.
#[test]
fn long_lines_are_read_once() {
    let pieces: [&[u8]; 14] = [
        b") [", b"> ", b" <", b"\"", b"\\", b" id=", b" H=(", b": ", b" for ", b"> R=", b" T=\"", b"<\"", b" from <",
        b" (",
    ];
    let prefixes: [&[u8]; 10] = [
        b"1tSczm-00000000023-3hcW => |",
        b"1tSczm-00000000023-3hcW => a@b",
        b"1tSczm-00000000023-3hcW ** a@b R=c T=d H=e (",
        b"1tSczm-00000000023-3hcW == a@b R=c defer (1): ",
        b"1tSczm-00000000023-3hcW == a@b R=c defer (1)",
        b"1tSczm-00000000023-3hcW <= a@b H=(x",
        b"1tSczm-00000000023-3hcW <= a@b S=1 id=x",
        b"1tSczm-00000000023-3hcW ",
        b"H=(x",
        b"rejected ",
    ];
    for prefix in prefixes {
        for piece in pieces {
            let mut text = prefix.to_vec();
            while text.len() < 200_000 {
                text.extend_from_slice(piece);
            }
            let start = Instant::now();
            told(&parse(&line(&text)));
            let time = start.elapsed();
            let (prefix, piece) = (String::from_utf8_lossy(prefix), String::from_utf8_lossy(piece));
            assert!(time < Duration::from_secs(3), "{prefix:?} + {piece:?}: {time:?}");
        }
    }
}
