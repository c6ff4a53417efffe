//! After a transient reply that may be about the sender, a new message to the same recipient within 600 s from
//! another sender domain, of the same origin.

use super::{Case, Detector, SECOND, Scene, Shown, is_later};
use crate::event::is_loopback;
use crate::fold::chains::{Origin, Passage, Try};
use crate::knowledge::Cause;
use crate::knowledge::detectors::Kind;
use crate::smtp::address;

pub const DETECTOR: Detector = Detector { kind: Kind::SenderHop, find, of_host: None, waiting_helps: true };

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for of_one in scene.chains.chunk_by(|a, b| a.recipient() == b.recipient()).filter(|chains| chains.len() > 1) {
        let mut passages: Vec<&'a Passage<'a>> = of_one.iter().flat_map(|c| c.passages).collect();
        passages.sort_unstable_by_key(|p| p.time_order(scene.opened));
        cases.extend(hops(scene, &passages));
    }
    cases
}

/// The hops among the passages to one recipient, in time order.
fn hops<'a>(scene: &Scene<'a>, passages: &[&'a Passage<'a>]) -> Vec<Case<'a>> {
    let within = i64::try_from(scene.ground.thresholds.hop_within_s).unwrap_or(i64::MAX).saturating_mul(SECOND);
    let mut failures: Vec<(&'a Passage<'a>, &'a Try<'a>)> = passages
        .iter()
        .flat_map(|p| scene.tries(p).iter().map(|t| (*p, t)))
        .filter(|(_, t)| t.is_deferral() && may_be_about_sender(scene, t))
        .collect();
    failures.sort_by_key(|(_, t)| t.at);
    let mut cases = Vec::new();
    for hop in passages.iter().filter(|p| scene.is_new(p)) {
        let from = failures.partition_point(|(_, t)| t.at.time < hop.handed_in.saturating_sub(within));
        let to = failures.partition_point(|(_, t)| t.at.time < hop.handed_in);
        let mut before = failures.get(from..to).unwrap_or_default().iter().rev();
        let before =
            before.find(|(first, failed)| is_later(hop.handed_in, failed.at.time) && is_hop(scene, first, hop));
        let Some((first, failed)) = before else { continue };
        let tries = scene.tries(hop);
        let answer = tries.iter().find_map(|t| Shown::of_try(hop, t));
        cases.push(Case {
            count: 1,
            tries: tries.iter().collect(),
            wasted: tries.iter().filter(|t| !t.is_delivery()).collect(),
            evidence: Shown::of_try(first, failed).into_iter().chain(Shown::of_arrival(hop)).chain(answer).collect(),
            ..Case::of_message(hop)
        });
    }
    cases
}

/// Not a connection or DNS failure, not a full mailbox: another sender could not change those.
fn may_be_about_sender(scene: &Scene<'_>, one: &Try<'_>) -> bool {
    scene.ground.verdict(one).reply.is_some()
        && !matches!(
            scene.ground.judge(one).cause,
            Cause::MailboxFull
                | Cause::MailboxBusy
                | Cause::MailboxDisabled
                | Cause::UserUnknown
                | Cause::DnsFailure
                | Cause::ConnectRefused
                | Cause::ConnectTimeout
                | Cause::ConnectionLost
                | Cause::TlsFailure
                | Cause::TooLarge
                | Cause::Loop
                | Cause::RemoteError
        )
}

/// Does `hop` come from another sender domain than `first`, and from the same hands?
fn is_hop(scene: &Scene<'_>, first: &Passage<'_>, hop: &Passage<'_>) -> bool {
    let (Some(a), Some(b)) = (first.sender, hop.sender) else { return false };
    let (Some(domain_a), Some(domain_b)) = (address::domain(a), address::domain(b)) else { return false };
    if domain_a.eq_ignore_ascii_case(domain_b) {
        return false;
    }
    let same = |a: &[u8], b: &[u8]| !a.is_empty() && a == b;
    let (from, to) = (&first.origin, &hop.origin);
    let login = same(from.login, to.login) && !is_shared(from.login);
    let client = same(from.client_ip, to.client_ip) && !is_loopback(from.client_ip) && !is_relay(scene, from.client_ip);
    let message = from.message_id != 0 && from.message_id == to.message_id;
    login || client || message || is_same_name(local_part(a), local_part(b)) && !are_two_people(local_part(a), from, to)
}

fn is_same_name(a: &[u8], b: &[u8]) -> bool {
    !a.is_empty() && a.eq_ignore_ascii_case(b)
}

/// Two logins are two people, whatever they are called; and so are two clients that both write as `info@`, which
/// everybody has.
fn are_two_people(name: &[u8], a: &Origin<'_>, b: &Origin<'_>) -> bool {
    let differ = |a: &[u8], b: &[u8]| !a.is_empty() && !b.is_empty() && a != b;
    let logins = differ(a.login, b.login) && !is_shared(a.login) && !is_shared(b.login);
    logins || is_role(name) && differ(a.client_ip, b.client_ip)
}

/// Does it name an office or a program?  Dashes and the like are not looked at: `no-reply` is `noreply`.
fn is_role(name: &[u8]) -> bool {
    let bare = name.iter().filter(|b| !b"-_.".contains(b)).map(u8::to_ascii_lowercase);
    ROLES.iter().any(|role| role.bytes().eq(bare.clone()))
}

/// Local parts that stand for an office or a program, without dashes: RFC 2142, and what programs send as.
const ROLES: [&str; 27] = [
    "abuse",
    "accounts",
    "admin",
    "administrator",
    "alerts",
    "billing",
    "bounce",
    "bounces",
    "contact",
    "cron",
    "donotreply",
    "hello",
    "hostmaster",
    "info",
    "invoice",
    "mail",
    "mailerdaemon",
    "news",
    "newsletter",
    "noreply",
    "notifications",
    "postmaster",
    "root",
    "sales",
    "service",
    "support",
    "webmaster",
];

/// What stands before the last `@`.
fn local_part(address: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', address).and_then(|at| address.get(..at)).unwrap_or(address)
}

/// Local users under which all programs of a host submit.
fn is_shared(login: &[u8]) -> bool {
    matches!(login, b"0" | b"root" | b"daemon" | b"www-data" | b"apache" | b"nobody")
}

/// Does this client hand in mail of many sender domains, or does the operator say that it is a relay?
fn is_relay(scene: &Scene<'_>, client: &[u8]) -> bool {
    scene.ground.kept.is_relay(client) || scene.ground.site.owns(client)
}
