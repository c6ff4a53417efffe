//! The cases of a finding, counted: how many, of whom, how far apart.
//!
//! Knows no sentence: [`super::summary`], [`super::detail`] and [`super::advice`] say these figures.

use hashbrown::{HashMap, HashSet};

use crate::analyze::analysis::{DeadEnd, DeadEndItem, Evidence};
use crate::analyze::detect::ITEMS_KEPT;
use crate::knowledge::detectors::About;
use crate::report::words;

/// The attempts of a finding, or what it counts.
pub(super) fn tries(end: &DeadEnd) -> u64 {
    if end.attempts > 0 { end.attempts } else { end.count }
}

/// The next hop of all its items, where they are several and it is one.
pub(super) fn one_next_hop(end: &DeadEnd) -> Option<&str> {
    let [first, others @ ..] = end.items.as_slice() else { return None };
    let same = |item: &DeadEndItem| item.relay == first.relay;
    first.relay.as_deref().filter(|_| !others.is_empty() && others.iter().all(same))
}

/// Are there more cases than the analysis keeps?
pub(super) fn is_cut(end: &DeadEnd) -> bool {
    end.items.len() >= ITEMS_KEPT
}

/// Whom a case is about: its sender, its recipient, or the host it met.
pub(super) fn who(about: About, item: &DeadEndItem) -> Option<&str> {
    let fields = match about {
        About::Senders => [&item.sender, &item.recipient, &item.domain, &item.relay],
        About::Hosts => [&item.domain, &item.relay, &item.recipient, &item.sender],
    };
    fields.into_iter().find_map(|f| f.as_deref())
}

/// The cases of one sender, or of one host.
pub(super) struct Group<'a> {
    /// Whom they are about.
    pub who: &'a str,
    /// The attempts of all of them.
    pub tries: u64,
    /// The cases, worst first.
    pub items: Vec<&'a DeadEndItem>,
}

/// What belongs to one sender or host, drawn together; most tries first.
pub(super) fn groups(end: &DeadEnd) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let about = end.kind.info().about;
    for item in &end.items {
        let Some(who) = who(about, item) else { continue };
        let place = *places.entry(who).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group { who, tries: 0, items: Vec::new() });
        }
        if let Some(group) = groups.get_mut(place) {
            group.tries += item.attempts;
            group.items.push(item);
        }
    }
    // Of equals the analysis names the worse one first.
    groups.sort_by_key(|g| std::cmp::Reverse(g.tries));
    groups
}

/// How many different ones there are.
pub(super) fn distinct<'a>(
    items: impl IntoIterator<Item = &'a DeadEndItem>,
    of: impl Fn(&'a DeadEndItem) -> Option<&'a str>,
) -> u64 {
    items.into_iter().filter_map(of).collect::<HashSet<_>>().len() as u64
}

/// Distinct recipients.
pub(super) fn recipients<'a>(items: impl IntoIterator<Item = &'a DeadEndItem>) -> u64 {
    distinct(items, |i| i.recipient.as_deref())
}

/// The case with most tries; of equals the first.
pub(super) fn worst(end: &DeadEnd) -> Option<&DeadEndItem> {
    end.items.iter().rev().max_by_key(|i| i.attempts)
}

/// Seconds from the first line of a case to its last.
pub(super) fn span(item: &DeadEndItem) -> Option<u64> {
    between(&item.first, &item.last).filter(|s| *s > 0)
}

/// Seconds from one time to another.
pub(super) fn between(from: &str, to: &str) -> Option<u64> {
    let seconds = (words::time(to)? - words::time(from)?).as_seconds_f64().round();
    (seconds >= 0.0).then_some(seconds as u64)
}

/// The shortest and the longest time from the failure that a case shows to what was done after it.
pub(super) fn apart(end: &DeadEnd) -> Option<(u64, u64)> {
    let times = end.items.iter().filter_map(|i| match i.evidence.as_slice() {
        [failed, next, ..] => between(&failed.time, &next.time),
        _ => None,
    });
    times.fold(None, |all, s| match all {
        None => Some((s, s)),
        Some((low, high)) => Some((s.min(low), s.max(high))),
    })
}

/// Cases whose first code is of a class: `4`, `5`.
pub(super) fn of_class(end: &DeadEnd, class: char) -> impl Iterator<Item = &DeadEndItem> {
    end.items.iter().filter(move |i| i.codes.first().is_some_and(|c| c.starts_with(class)))
}

/// Does the far side ask for TLS and not for a login (RFC 3207 section 4)?
pub(super) fn wants_tls(item: &DeadEndItem) -> bool {
    item.evidence.iter().any(|e| e.reply.contains("STARTTLS") || e.reply.contains("TLS is required"))
}

/// The blocklist that the lines name: `blocked using zen.dnsbl.example;`
pub(super) fn list_named(end: &DeadEnd) -> Option<&str> {
    end.items.iter().flat_map(|i| &i.evidence).find_map(|e| list_in(&e.reply))
}

fn list_in(reply: &str) -> Option<&str> {
    let (_, rest) = reply.split_once("blocked using ")?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
    rest.get(..end).map(|list| list.trim_end_matches('.')).filter(|list| list.contains('.'))
}

/// Our address, where every reply that names one in brackets names the same: `Client host [192.0.2.10] blocked`.
pub(super) fn address_named(end: &DeadEnd) -> Option<String> {
    let mut named = end.items.iter().flat_map(|i| &i.evidence).filter_map(address_in);
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

/// What the template calls `[<ip>]`, as the line has it.
fn address_in(line: &Evidence) -> Option<String> {
    let (before, _) = line.reply.split_once("[<ip>]")?;
    // The words before it find it again; without any it could be anybody's.
    let from = before.rfind(' ').and_then(|last| before.get(..last)).and_then(|b| b.rfind(' ')).unwrap_or(0);
    let before = before.get(from..).filter(|b| b.len() >= 5)?;
    let text = line.text.text();
    let (_, after) = text.rsplit_once(&format!("{before}["))?;
    let (address, _) = after.split_once(']')?;
    address.parse::<std::net::IpAddr>().is_ok().then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::detectors::Kind;
    use crate::report::fixture;

    #[test]
    fn only_the_name_of_a_list_is_taken_from_a_reply() {
        assert_eq!(list_in("554 blocked using zen.dnsbl.example; see"), Some("zen.dnsbl.example"));
        assert_eq!(list_in("554 blocked using <script>"), None);
        assert_eq!(list_in("554 no"), None);
    }

    #[test]
    fn our_address_is_what_the_line_has_where_the_template_has_an_address() {
        let shape = fixture::busy().dead_ends[0].items[0].evidence[0].clone();
        for (reply, text, address) in [
            ("554 Client host [<ip>] blocked", "said: 554 Client host [192.0.2.10] blocked", Some("192.0.2.10")),
            (
                "550 messages from [<ip>] weren't sent",
                "550 messages from [2001:db8::1] weren't sent",
                Some("2001:db8::1"),
            ),
            ("554 Client host [<ip>] blocked", "554 Client host [<script>] blocked", None),
            ("[<ip>] blocked", "[192.0.2.10] blocked", None),
            ("554 no", "554 no", None),
        ] {
            let line = Evidence { reply: reply.to_owned(), text: text.to_owned().into(), ..shape.clone() };
            assert_eq!(address_in(&line).as_deref(), address, "{reply}");
        }
    }

    #[test]
    fn what_belongs_to_one_is_drawn_together_most_tries_first() {
        let mut end = fixture::busy().dead_ends.swap_remove(0);
        let shape = end.items[0].clone();
        let item = |domain: &str, attempts| DeadEndItem { domain: Some(domain.to_owned()), attempts, ..shape.clone() };
        end.kind = Kind::EndlessDeferral;
        end.items = vec![item("a.example", 9), item("b.example", 8), item("b.example", 7), item("c.example", 9)];
        let groups: Vec<(&str, u64, usize)> =
            groups(&end).into_iter().map(|g| (g.who, g.tries, g.items.len())).collect();
        assert_eq!(groups, [("b.example", 15, 2), ("a.example", 9, 1), ("c.example", 9, 1)]);
    }
}
