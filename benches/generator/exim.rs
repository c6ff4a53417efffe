//! Exim 4.98: `1tSczm-00000000023-3hcW => anna.berg@fernwood.example R=dnslookup T=remote_smtp H=mx.fernwood.example [203.0.113.3]`

use super::world::{Letter, Recipient, Silence, Stranger, Verdict, World};
use super::{Effect, Lines, SECOND};

fn base_62(mut value: u64, width: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = vec![b'0'; width];
    for place in text.iter_mut().rev() {
        *place = DIGITS[(value % 62) as usize];
        value /= 62;
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Seconds, process, fraction.
fn message_id(world: &mut World, at: i64) -> String {
    let serial = world.next_serial();
    format!(
        "{}-{}-{}",
        base_62((at / SECOND) as u64, 6),
        base_62(serial, 11),
        base_62(at.rem_euclid(SECOND) as u64 * 10, 4)
    )
}

/// All lines of a letter's life.
pub fn letter(world: &mut World, lines: &mut Lines, letter: &Letter) {
    let at = letter.at;
    let id = message_id(world, at);
    let (name, ip) = &letter.client;
    let from = if letter.local {
        format!("U=news P=local S={}", letter.size)
    } else {
        let login = letter.login.as_ref().map(|l| format!(" A=plain_server:{l}")).unwrap_or_default();
        let with = if login.is_empty() {
            "esmtp"
        } else {
            "esmtpsa X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no"
        };
        format!("H={name} [{ip}] P={with}{login} S={}", letter.size)
    };
    lines.push(
        at,
        "",
        format!("{id} <= {} {from} id={}@{name}", letter.sender, world.rng.below(1 << 40)),
        Effect::None,
    );
    let mut last = at;
    for round in &letter.rounds {
        let mut bounced = false;
        for (one, verdict) in &round.tries {
            last = round.at + world.rng.between(100_000, 3 * SECOND);
            bounced |= matches!(verdict, Verdict::Bounced(_));
            attempt(world, lines, &id, &letter.recipients[*one], verdict, last);
        }
        if bounced {
            last += 50_000;
            notice(world, lines, &id, letter, last);
        }
        // A queue run before the retry time: nothing is tried.
        if let Some((one, _)) = round.tries.iter().find(|(_, v)| matches!(v, Verdict::Deferred(_))) {
            let said =
                format!("{id} == {} routing defer (-52): retry time not reached", letter.recipients[*one].address);
            lines.push(last + 150 * SECOND, "", said, Effect::None);
        }
    }
    if let Some((expired, open)) = &letter.expired {
        last = *expired;
        for one in open {
            let to = &letter.recipients[*one];
            let said = format!("{id} ** {}: retry timeout exceeded", to.address);
            lines.push(last, "", said, Effect::Expired(vec![to.domain]));
        }
        notice(world, lines, &id, letter, last + 20_000);
    }
    lines.push(last + 200_000, "", format!("{id} Completed"), Effect::None);
}

fn attempt(world: &mut World, lines: &mut Lines, id: &str, to: &Recipient, verdict: &Verdict, at: i64) {
    let domain = &world.domains[to.domain];
    let (mx, ip, address) = (&domain.mx, &domain.ip, &to.address);
    let failure = |text: &str| {
        let after = if text.contains("spam") { "end of data".to_owned() } else { format!("RCPT TO:<{address}>") };
        format!("H={mx} [{ip}]: SMTP error from remote mail server after {after}: {text}")
    };
    let (said, effect) = match verdict {
        Verdict::Delivered => {
            let queued_as = (world.serial * 0x9E37) & 0xFF_FFFF;
            let said = format!(
                "{id} => {address} R=dnslookup T=remote_smtp H={mx} [{ip}] X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no C=\"250 2.0.0 Ok: queued as {queued_as:X}\""
            );
            (said, Effect::Delivered(vec![to.domain]))
        }
        Verdict::Deferred(text) => (
            format!("{id} == {address} R=dnslookup T=remote_smtp defer (-44) {}", failure(text)),
            Effect::Deferred(vec![to.domain]),
        ),
        Verdict::Bounced(text) => {
            (format!("{id} ** {address} R=dnslookup T=remote_smtp {}", failure(text)), Effect::Bounced(vec![to.domain]))
        }
        Verdict::Silent(silence) => {
            let why = match silence {
                Silence::Refused => "(111): Connection refused",
                Silence::TimedOut => "(110): Connection timed out",
                Silence::Unreachable => "(101): Network is unreachable",
            };
            lines.push(
                at - 10_000,
                "",
                format!("{id} H={mx} [{ip}] {}", why.split_once(": ").map_or(why, |(_, w)| w)),
                Effect::None,
            );
            (format!("{id} == {address} R=dnslookup T=remote_smtp defer {why}"), Effect::Deferred(vec![to.domain]))
        }
    };
    lines.push(at, "", said, effect);
}

/// The sender is told, in a mailbox of this host.
fn notice(world: &mut World, lines: &mut Lines, about: &str, letter: &Letter, at: i64) {
    let id = message_id(world, at);
    let user = letter.sender.split('@').next().unwrap_or_default();
    lines.push(at, "", format!("{id} <= <> R={about} U=Debian-exim P=local S=2068"), Effect::None);
    let said = format!("{id} => {user} <{}> R=localuser T=local_delivery", letter.sender);
    lines.push(at + 3000, "", said, Effect::DeliveredLocal);
    lines.push(at + 4000, "", format!("{id} Completed"), Effect::None);
}

/// A client that is sent away.
pub fn stranger(_: &mut World, lines: &mut Lines, at: i64, who: &Stranger) {
    let host = match &who.name {
        Some(name) => format!("H={name} ({}) [{}]", who.helo, who.ip),
        None => format!("H=({}) [{}]", who.helo, who.ip),
    };
    let why = if who.relaying { "relay not permitted" } else { "Unknown user" };
    let said = format!("{host} F=<{}> rejected RCPT <{}>: {why}", who.sender, who.recipient);
    lines.push(at, "", said, Effect::Rejected);
}
