//! After a transient reply that may be about the sender, a new message to the same recipient within 600 s from
//! another sender domain, of the same origin.

use hashbrown::{HashMap, HashSet};

use super::{Case, Detector, SECOND, Scene, Shown, is_later};
use crate::analyze::chains::{Passage, Try};
use crate::event::is_loopback;
use crate::knowledge::Cause;
use crate::smtp::address;

pub const DETECTOR: Detector = Detector { kind: "sender_hop", find, waiting_helps: true };

/// A client that hands in mail of more sender domains than this is a relay: who uses it says nothing.
const DOMAINS_OF_ONE_CLIENT: usize = 3;

fn find<'a>(scene: &Scene<'a>) -> Vec<Case<'a>> {
    let relays = relays(scene.passages);
    let mut cases = Vec::new();
    // Chains are sorted by recipient.
    for of_one in scene.chains.chunk_by(|a, b| a.recipient == b.recipient).filter(|chains| chains.len() > 1) {
        let mut passages: Vec<&'a Passage> = of_one.iter().flat_map(|c| c.passages.iter().copied()).collect();
        passages.sort_by_key(|p| (p.handed_in, p.place()));
        cases.extend(hops(scene, &passages, &relays));
    }
    cases
}

/// The hops among the passages to one recipient, in time order.
fn hops<'a>(scene: &Scene<'a>, passages: &[&'a Passage], relays: &HashSet<&[u8]>) -> Vec<Case<'a>> {
    let within = i64::try_from(scene.thresholds.hop_within_s).unwrap_or(i64::MAX).saturating_mul(SECOND);
    let mut failures: Vec<(&'a Passage, &'a Try)> = passages
        .iter()
        .flat_map(|p| p.tries.iter().map(|t| (*p, t)))
        .filter(|(_, t)| t.is_deferral() && may_be_about_sender(scene, t))
        .collect();
    failures.sort_by_key(|(_, t)| t.at);
    let mut cases = Vec::new();
    for hop in passages.iter().filter(|p| scene.is_new(p)) {
        let from = failures.partition_point(|(_, t)| t.at.time < hop.handed_in.saturating_sub(within));
        let to = failures.partition_point(|(_, t)| t.at.time < hop.handed_in);
        let mut before = failures.get(from..to).unwrap_or_default().iter().rev();
        let before =
            before.find(|(first, failed)| is_later(hop.handed_in, failed.at.time) && is_hop(first, hop, relays));
        let Some((first, failed)) = before else { continue };
        let answer = hop.tries.iter().find_map(|t| Shown::of_try(hop, t));
        cases.push(Case {
            sender: hop.sender.as_deref(),
            recipient: Some(&hop.recipient),
            domain: hop.domain,
            count: 1,
            tries: hop.tries.iter().collect(),
            wasted: hop.tries.iter().filter(|t| !t.is_delivery()).collect(),
            evidence: Shown::of_try(first, failed)
                .into_iter()
                .chain(Shown::of_line(hop, &hop.arrival))
                .chain(answer)
                .collect(),
            ..Case::default()
        });
    }
    cases
}

/// Not a connection or DNS failure, not a full mailbox: another sender could not change those.
fn may_be_about_sender(scene: &Scene<'_>, one: &Try) -> bool {
    one.reply.is_some()
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
fn is_hop(first: &Passage, hop: &Passage, relays: &HashSet<&[u8]>) -> bool {
    let (Some(a), Some(b)) = (first.sender.as_deref(), hop.sender.as_deref()) else { return false };
    let (Some(domain_a), Some(domain_b)) = (address::domain(a), address::domain(b)) else { return false };
    if domain_a.eq_ignore_ascii_case(domain_b) {
        return false;
    }
    let same = |a: &[u8], b: &[u8]| !a.is_empty() && a == b;
    let (from, to) = (&first.origin, &hop.origin);
    let login = same(&from.login, &to.login) && !is_shared(&from.login);
    let client =
        same(&from.client_ip, &to.client_ip) && !is_loopback(&from.client_ip) && !relays.contains(&*from.client_ip);
    login || client || same(&from.message_id, &to.message_id) || same(local_part(a), local_part(b))
}

/// What stands before the last `@`.
fn local_part(address: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', address).and_then(|at| address.get(..at)).unwrap_or(address)
}

/// Local users under which all programs of a host submit.
fn is_shared(login: &[u8]) -> bool {
    matches!(login, b"0" | b"root" | b"daemon" | b"www-data" | b"apache" | b"nobody")
}

/// Clients that hand in mail of many sender domains.
fn relays(passages: &[Passage]) -> HashSet<&[u8]> {
    let mut domains: HashMap<&[u8], HashSet<&[u8]>> = HashMap::new();
    for passage in passages {
        if let Some(domain) = passage.sender.as_deref().and_then(address::domain) {
            domains.entry(&passage.origin.client_ip).or_default().insert(domain);
        }
    }
    domains.into_iter().filter(|(_, d)| d.len() > DOMAINS_OF_ONE_CLIENT).map(|(client, _)| client).collect()
}
