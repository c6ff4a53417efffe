//! Postfix 3.x: `4F1A0A20311: to=<anna.berg@fernwood.example>, relay=mx.fernwood.example[203.0.113.3]:25, ...`

use super::world::{Letter, Recipient, Silence, Stranger, Verdict, World};
use super::{Effect, Lines, SECOND, clock, date};

/// The short kind, which comes again: the microsecond and the inode.
fn queue_id(world: &mut World, at: i64) -> String {
    let inode = 0xA2_0000 + world.next_serial() % 65_536;
    format!("{:05X}{inode:X}", at.rem_euclid(SECOND))
}

fn tag(program: &str, pid: u64) -> String {
    format!("postfix/{program}[{pid}]")
}

/// All lines of a letter's life.
pub fn letter(world: &mut World, lines: &mut Lines, letter: &Letter) {
    let at = letter.at;
    let id = queue_id(world, at);
    if world.statistics < at {
        world.statistics = at + 600 * SECOND;
        let (pid, peer) = (world.pid(), &letter.client.1);
        let anvil = tag("anvil", pid);
        lines.push(
            at,
            &*anvil,
            format!("statistics: max connection rate 3/60s for (smtpd:{peer}) at Mar  3 08:01:07"),
            Effect::None,
        );
        lines.push(
            at,
            &*anvil,
            format!("statistics: max connection count 1 for (smtpd:{peer}) at Mar  3 08:01:07"),
            Effect::None,
        );
        lines.push(at, anvil, "statistics: max cache size 2 at Mar  3 08:04:31".into(), Effect::None);
    }
    let cleanup = tag("cleanup", world.pid());
    let qmgr = tag("qmgr", 283);
    if letter.local {
        let pickup = tag("pickup", world.pid());
        lines.push(at, pickup, format!("{id}: uid=1000 from=<{}>", letter.sender), Effect::None);
    } else {
        let smtpd = tag("smtpd", world.pid());
        let (name, ip) = &letter.client;
        let login =
            letter.login.as_ref().map(|l| format!(", sasl_method=PLAIN, sasl_username={l}")).unwrap_or_default();
        let rcpt = letter.recipients.len();
        lines.push(at - 40_000, &*smtpd, format!("connect from {name}[{ip}]"), Effect::None);
        lines.push(at, &*smtpd, format!("{id}: client={name}[{ip}]{login}"), Effect::None);
        let said =
            format!("disconnect from {name}[{ip}] ehlo=1 mail=1 rcpt={rcpt} data=1 quit=1 commands={}", rcpt + 4);
        lines.push(at + 120_000, smtpd, said, Effect::None);
    }
    let ((year, month, day), (h, m, s)) = (date(at / SECOND), clock(at / SECOND));
    let message_id = format!("{year}{month:02}{day:02}{h:02}{m:02}{s:02}.{id}@mx1.lumenshop.example");
    lines.push(at + 30_000, cleanup, format!("{id}: message-id=<{message_id}>"), Effect::None);
    let queued = |lines: &mut Lines, at| {
        let said = format!(
            "{id}: from=<{}>, size={}, nrcpt={} (queue active)",
            letter.sender,
            letter.size,
            letter.recipients.len()
        );
        lines.push(at, &*qmgr, said, Effect::None);
    };
    queued(lines, at + 90_000);
    let mut last = at;
    for (number, round) in letter.rounds.iter().enumerate() {
        if number > 0 {
            queued(lines, round.at);
        }
        let mut bounced = false;
        for (one, verdict) in &round.tries {
            let took = world.rng.between(100_000, 3 * SECOND);
            last = round.at + took;
            bounced |= matches!(verdict, Verdict::Bounced(_));
            attempt(world, lines, &id, &letter.recipients[*one], verdict, last, last - at);
        }
        if bounced {
            last += 50_000;
            notice(world, lines, &id, letter, last);
        }
    }
    match &letter.expired {
        Some((expired, open)) => {
            let domains = open.iter().map(|one| letter.recipients[*one].domain).collect();
            let said = format!("{id}: from=<{}>, status=expired, returned to sender", letter.sender);
            lines.push(*expired, &*qmgr, said, Effect::Expired(domains));
            notice(world, lines, &id, letter, expired + 20_000);
            lines.push(expired + 60_000, qmgr, format!("{id}: removed"), Effect::None);
        }
        None => lines.push(last + 60_000, qmgr, format!("{id}: removed"), Effect::None),
    }
}

/// Seconds in two significant digits, as Postfix writes them.
fn seconds(micros: i64) -> String {
    match micros {
        ..1_000_000 => format!("{:.2}", micros as f64 / 1e6),
        1_000_000..10_000_000 => format!("{:.1}", micros as f64 / 1e6),
        _ => (micros / SECOND).to_string(),
    }
}

fn attempt(world: &mut World, lines: &mut Lines, id: &str, to: &Recipient, verdict: &Verdict, at: i64, delay: i64) {
    let domain = &world.domains[to.domain];
    let (mx, ip) = (&domain.mx, &domain.ip);
    let reply = |text: &str| {
        let dsn = text.split(['-', ' ']).nth(1).filter(|e| e.split('.').count() == 3).unwrap_or("5.0.0").to_owned();
        let stage = if text.contains("spam") { "end of DATA command" } else { "RCPT TO command" };
        (dsn, format!("host {mx}[{ip}] said: {text} (in reply to {stage})"))
    };
    let connected = format!("{mx}[{ip}]:25");
    let queued_as = (world.serial * 0x9E37) & 0xFF_FFFF;
    let (relay, dsn, status, effect) = match verdict {
        Verdict::Delivered => (
            connected,
            "2.0.0".to_owned(),
            format!("sent (250 2.0.0 Ok: queued as {queued_as:X})"),
            Effect::Delivered(vec![to.domain]),
        ),
        Verdict::Deferred(text) => {
            let (dsn, reason) = reply(text);
            (connected, dsn, format!("deferred ({reason})"), Effect::Deferred(vec![to.domain]))
        }
        Verdict::Bounced(text) => {
            let (dsn, reason) = reply(text);
            (connected, dsn, format!("bounced ({reason})"), Effect::Bounced(vec![to.domain]))
        }
        Verdict::Silent(silence) => {
            let why = match silence {
                Silence::Refused => "Connection refused",
                Silence::TimedOut => "Connection timed out",
                Silence::Unreachable => "Network is unreachable",
            };
            let reason = format!("connect to {mx}[{ip}]:25: {why}");
            ("none".to_owned(), "4.4.1".to_owned(), format!("deferred ({reason})"), Effect::Deferred(vec![to.domain]))
        }
    };
    let smtp = tag("smtp", 1000 + world.rng.below(400));
    if let Verdict::Silent(_) = verdict {
        let said = status.trim_start_matches("deferred (").trim_end_matches(')').to_owned();
        lines.push(at - 20_000, &*smtp, said, Effect::None);
    }
    if world.rng.chance(120) {
        let said = format!(
            "Untrusted TLS connection established to {connected}: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 \
             (256/256 bits) key-exchange x25519 server-signature RSA-PSS (2048 bits) server-digest SHA256",
            connected = format_args!("{}[{}]:25", world.domains[to.domain].mx, world.domains[to.domain].ip),
        );
        lines.push(at - 60_000, &*smtp, said, Effect::None);
    }
    let said = format!(
        "{id}: to=<{}>, relay={relay}, delay={}, delays={}/0.02/0.31/0.42, dsn={dsn}, status={status}",
        to.address,
        seconds(delay),
        seconds((delay - 750_000).max(10_000)),
    );
    lines.push(at, smtp, said, effect);
}

/// The sender is told, in a mailbox of this host.
fn notice(world: &mut World, lines: &mut Lines, about: &str, letter: &Letter, at: i64) {
    let id = queue_id(world, at);
    let ((year, month, day), (h, m, s)) = (date(at / SECOND), clock(at / SECOND));
    let cleanup = tag("cleanup", world.pid());
    let message_id = format!("{year}{month:02}{day:02}{h:02}{m:02}{s:02}.{id}@mx1.lumenshop.example");
    lines.push(at, cleanup, format!("{id}: message-id=<{message_id}>"), Effect::None);
    lines.push(
        at + 1000,
        tag("bounce", 1144),
        format!("{about}: sender non-delivery notification: {id}"),
        Effect::None,
    );
    lines.push(at + 2000, tag("qmgr", 283), format!("{id}: from=<>, size=2600, nrcpt=1 (queue active)"), Effect::None);
    let said = format!(
        "{id}: to=<{}>, relay=virtual, delay=0.38, delays=0.18/0.06/0/0.14, dsn=2.0.0, status=sent (delivered to maildir)",
        letter.sender
    );
    lines.push(at + 5000, tag("virtual", 1147), said, Effect::DeliveredLocal);
    lines.push(at + 6000, tag("qmgr", 283), format!("{id}: removed"), Effect::None);
}

/// A client that is sent away.
pub fn stranger(world: &mut World, lines: &mut Lines, at: i64, who: &Stranger) {
    let smtpd = tag("smtpd", world.pid());
    let peer = format!("{}[{}]", who.name.as_deref().unwrap_or("unknown"), who.ip);
    let why = if who.relaying {
        format!("554 5.7.1 <{}>: Relay access denied", who.recipient)
    } else {
        format!("550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table", who.recipient)
    };
    lines.push(at, &*smtpd, format!("connect from {peer}"), Effect::None);
    let said = format!(
        "NOQUEUE: reject: RCPT from {peer}: {why}; from=<{}> to=<{}> proto=ESMTP helo=<{}>",
        who.sender, who.recipient, who.helo
    );
    lines.push(at + 200_000, &*smtpd, said, Effect::Rejected);
    lines.push(
        at + 300_000,
        smtpd,
        format!("disconnect from {peer} ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"),
        Effect::None,
    );
}
