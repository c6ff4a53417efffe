//! Sendmail 8.18: `552DAJRb001694: to=<anna.berg@fernwood.example>, delay=00:00:09, xdelay=00:00:08, mailer=esmtp, ...`

use super::world::{Letter, Round, Silence, Stranger, Verdict, World};
use super::{Effect, Lines, SECOND, clock, date};

/// Year modulo 60, month, day, hour, minute, second, a character each; two of sequence; the pid.
fn queue_id(world: &mut World, at: i64) -> String {
    const DIGITS: &[u8; 60] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";
    let ((year, month, day), (h, m, s)) = (date(at / SECOND), clock(at / SECOND));
    let serial = world.next_serial() as i64;
    let places = [(year - 1900) % 60, month - 1, day, h, m, s, serial / 60 % 60, serial % 60];
    let stamp: String = places.iter().map(|&p| char::from(DIGITS[p as usize])).collect();
    format!("{stamp}{:06}", 1000 + serial / 3600 % 900_000)
}

fn tag(world: &mut World) -> String {
    format!("sendmail[{}]", world.pid())
}

/// `00:04:12`, with days before it where there are some.
fn interval(micros: i64) -> String {
    let secs = micros / SECOND;
    let (h, m, s) = clock(secs);
    match secs / 86_400 {
        0 => format!("{h:02}:{m:02}:{s:02}"),
        days => format!("{days}+{h:02}:{m:02}:{s:02}"),
    }
}

/// All lines of a letter's life.
pub fn letter(world: &mut World, lines: &mut Lines, letter: &Letter) {
    let at = letter.at;
    let id = queue_id(world, at);
    let from = tag(world);
    let (name, ip) = &letter.client;
    let relay = if letter.local {
        "relay=root@localhost".to_owned()
    } else {
        format!("proto=ESMTP, daemon=MTA-v4, relay={name} [{ip}]")
    };
    let said = format!(
        "{id}: from=<{}>, size={}, class=0, nrcpts={}, msgid=<{}@{name}>, {relay}",
        letter.sender,
        letter.size,
        letter.recipients.len(),
        world.rng.below(1 << 40),
    );
    lines.push(at, from, said, Effect::None);
    let mut last = at;
    for round in &letter.rounds {
        last = self::round(world, lines, &id, letter, round);
    }
    if let Some((expired, open)) = &letter.expired {
        last = *expired;
        let (child, by) = (queue_id(world, last), tag(world));
        let domains = open.iter().map(|one| letter.recipients[*one].domain).collect();
        lines.push(
            last,
            &*by,
            format!("{id}: {child}: sender notify: Cannot send message for 4 hours"),
            Effect::Expired(domains),
        );
        notice(lines, &by, &child, letter, last);
    }
    let _ = last;
}

/// One queue run.  Recipients of one domain that got the same answer share a line.
fn round(world: &mut World, lines: &mut Lines, id: &str, letter: &Letter, round: &Round) -> i64 {
    let by = tag(world);
    let mut last = round.at;
    let mut done = vec![false; round.tries.len()];
    for (i, (one, verdict)) in round.tries.iter().enumerate() {
        if done[i] {
            continue;
        }
        let to = &letter.recipients[*one];
        let mut list = format!("<{}>", to.address);
        let mut domains = vec![to.domain];
        if matches!(verdict, Verdict::Delivered | Verdict::Silent(_)) {
            for (j, (other, same)) in round.tries.iter().enumerate().skip(i + 1) {
                let other = &letter.recipients[*other];
                if other.domain == to.domain && std::mem::discriminant(same) == std::mem::discriminant(verdict) {
                    done[j] = true;
                    list.push_str(&format!(",<{}>", other.address));
                    domains.push(other.domain);
                }
            }
        }
        let took = world.rng.between(SECOND, 4 * SECOND);
        last = round.at + took;
        let domain = &world.domains[to.domain];
        let (mx, ip) = (&domain.mx, &domain.ip);
        let head = format!(
            "{id}: to={list}, delay={}, xdelay={}, mailer=esmtp, pri={}, relay={mx}.",
            interval(last - letter.at),
            interval(took),
            30_000 + letter.size
        );
        let dsn = |text: &str| {
            text.split(['-', ' ']).nth(1).filter(|e| e.split('.').count() == 3).unwrap_or("5.0.0").to_owned()
        };
        let (said, effect) = match verdict {
            Verdict::Delivered => {
                let queued_as = (world.serial * 0x9E37) & 0xFF_FFFF;
                (
                    format!("{head} [{ip}], dsn=2.0.0, stat=Sent (Ok: queued as {queued_as:X})"),
                    Effect::Delivered(domains),
                )
            }
            Verdict::Deferred(text) => (
                format!("{head} [{ip}], dsn={}, reply={text}, stat=Deferred: {text}", dsn(text)),
                Effect::Deferred(domains),
            ),
            Verdict::Bounced(text) => {
                let stat = if text.starts_with("550") { "User unknown" } else { "Service unavailable" };
                (format!("{head} [{ip}], dsn={}, reply={text}, stat={stat}", dsn(text)), Effect::Bounced(domains))
            }
            Verdict::Silent(silence) => {
                let why = match silence {
                    Silence::Refused => format!("Connection refused by {mx}."),
                    Silence::TimedOut => format!("Connection timed out with {mx}."),
                    Silence::Unreachable => format!("{mx}.: Network is unreachable"),
                };
                (format!("{head}, dsn=4.4.1, stat=Deferred: {why}"), Effect::Deferred(domains))
            }
        };
        lines.push(last, &*by, said, effect);
        if let Verdict::Bounced(text) = verdict {
            let child = queue_id(world, last);
            let stat = if text.starts_with("550") { "User unknown" } else { "Service unavailable" };
            lines.push(last, &*by, format!("{id}: {child}: DSN: {stat}"), Effect::None);
            notice(lines, &by, &child, letter, last);
        }
    }
    last
}

/// The sender is told, in a mailbox of this host.
fn notice(lines: &mut Lines, by: &str, id: &str, letter: &Letter, at: i64) {
    let user = letter.sender.split('@').next().unwrap_or_default();
    let said = format!(
        "{id}: to=/var/vmail/{user}, ctladdr=<{}> (8/0), delay=00:00:02, xdelay=00:00:01, mailer=*file*, pri=31142, dsn=2.0.0, stat=Sent",
        letter.sender
    );
    lines.push(at + 2 * SECOND, by, said, Effect::DeliveredLocal);
}

/// A client that is sent away.
pub fn stranger(world: &mut World, lines: &mut Lines, at: i64, who: &Stranger) {
    let (id, by) = (queue_id(world, at), tag(world));
    let peer = match &who.name {
        Some(name) => format!("{name} [{}]", who.ip),
        None => format!("[{}]", who.ip),
    };
    let why = if who.relaying {
        format!("550 5.7.1 <{}>... Relaying denied", who.recipient)
    } else {
        format!("550 5.1.1 <{}>... User unknown", who.recipient)
    };
    let said = format!("{id}: ruleset=check_rcpt, arg1=<{}>, relay={peer}, reject={why}", who.recipient);
    lines.push(at, &*by, said, Effect::Rejected);
    let said =
        format!("{id}: from=<{}>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay={peer}", who.sender);
    lines.push(at + 50_000, by, said, Effect::None);
}
