//! After a transient reply that may be about the sender, a new message to the same recipient within 600 s from
//! another sender domain, of the same origin.

use hashbrown::{HashMap, HashSet};

use super::{Case, Detector, SECOND, Scene, Shown, is_later};
use crate::analyze::chains::{Kept, Passage, Try};
use crate::event::is_loopback;
use crate::history::symbols::Symbol;
use crate::knowledge::Cause;
use crate::smtp::address;

pub const DETECTOR: Detector = Detector { kind: "sender_hop", find, waiting_helps: true };

/// A client that hands in mail of more sender domains than this is a relay: who uses it says nothing.
const DOMAINS_OF_ONE_CLIENT: usize = 3;

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    let relays = relays(scene);
    let mut cases = Vec::new();
    for of_one in scene.chains.chunk_by(|a, b| a.recipient() == b.recipient()).filter(|chains| chains.len() > 1) {
        let mut passages: Vec<&'a Passage> = of_one.iter().flat_map(|c| c.passages).collect();
        passages.sort_unstable_by_key(|p| p.time_order(scene.kept));
        cases.extend(hops(scene, &passages, &relays));
    }
    cases
}

/// The hops among the passages to one recipient, in time order.
fn hops<'a>(scene: &Scene<'a>, passages: &[&'a Passage], relays: &HashSet<Symbol>) -> Vec<Case<'a>> {
    let within = i64::try_from(scene.thresholds.hop_within_s).unwrap_or(i64::MAX).saturating_mul(SECOND);
    let mut failures: Vec<(&'a Passage, &'a Try)> = passages
        .iter()
        .flat_map(|p| scene.kept.tries(p).iter().map(|t| (*p, t)))
        .filter(|(_, t)| t.is_deferral() && may_be_about_sender(scene, t))
        .collect();
    failures.sort_by_key(|(_, t)| t.at);
    let mut cases = Vec::new();
    for hop in passages.iter().filter(|p| scene.is_new(p)) {
        let from = failures.partition_point(|(_, t)| t.at.time < hop.handed_in.saturating_sub(within));
        let to = failures.partition_point(|(_, t)| t.at.time < hop.handed_in);
        let mut before = failures.get(from..to).unwrap_or_default().iter().rev();
        let before = before
            .find(|(first, failed)| is_later(hop.handed_in, failed.at.time) && is_hop(scene.kept, first, hop, relays));
        let Some((first, failed)) = before else { continue };
        let tries = scene.kept.tries(hop);
        let answer = tries.iter().find_map(|t| Shown::of_try(hop, t));
        cases.push(Case {
            sender: scene.sender(hop),
            recipient: Some(scene.kept.person(hop.recipient)),
            domain: hop.domain,
            count: 1,
            tries: tries.iter().collect(),
            wasted: tries.iter().filter(|t| !t.is_delivery()).collect(),
            evidence: Shown::of_try(first, failed).into_iter().chain(Shown::of_arrival(hop)).chain(answer).collect(),
            ..Case::default()
        });
    }
    cases
}

/// Not a connection or DNS failure, not a full mailbox: another sender could not change those.
fn may_be_about_sender(scene: &Scene<'_>, one: &Try) -> bool {
    scene.kept.verdict(one).reply.is_some()
        && !matches!(
            scene.judge(one).cause,
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
fn is_hop(kept: &Kept, first: &Passage, hop: &Passage, relays: &HashSet<Symbol>) -> bool {
    let (Some(a), Some(b)) = (first.sender, hop.sender) else { return false };
    let (a, b) = (kept.person(a), kept.person(b));
    let (Some(domain_a), Some(domain_b)) = (address::domain(a), address::domain(b)) else { return false };
    if domain_a.eq_ignore_ascii_case(domain_b) {
        return false;
    }
    let same = |a: Symbol, b: Symbol| a != Symbol::NONE && a == b;
    let (from, to) = (&first.origin, &hop.origin);
    let login = same(from.login, to.login) && !is_shared(kept.person(from.login));
    let client = same(from.client_ip, to.client_ip)
        && !is_loopback(kept.person(from.client_ip))
        && !relays.contains(&from.client_ip);
    let message = from.message_id != 0 && from.message_id == to.message_id;
    login || client || message || !local_part(a).is_empty() && local_part(a) == local_part(b)
}

/// What stands before the last `@`.
fn local_part(address: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', address).and_then(|at| address.get(..at)).unwrap_or(address)
}

/// Local users under which all programs of a host submit.
fn is_shared(login: &[u8]) -> bool {
    matches!(login, b"0" | b"root" | b"daemon" | b"www-data" | b"apache" | b"nobody")
}

/// Clients that hand in mail of many sender domains, and those of which the operator says so.
fn relays(scene: &Scene<'_>) -> HashSet<Symbol> {
    let kept = scene.kept;
    let mut domains: HashMap<Symbol, HashSet<&[u8]>> = HashMap::new();
    let pairs: HashSet<(Symbol, Symbol)> =
        kept.passages.iter().filter_map(|p| Some((p.origin.client_ip, p.sender?))).collect();
    for (client, sender) in pairs {
        if let Some(domain) = address::domain(kept.person(sender)) {
            domains.entry(client).or_default().insert(domain);
        }
    }
    let is_relay = |client, domains: usize| domains > DOMAINS_OF_ONE_CLIENT || scene.site.owns(kept.person(client));
    domains.into_iter().filter(|(client, d)| is_relay(*client, d.len())).map(|(client, _)| client).collect()
}
