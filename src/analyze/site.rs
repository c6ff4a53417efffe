//! What the operator says of their own site: whose domains and networks are theirs, and which dead ends are to be
//! left alone, for how long and why.
//!
//! What is left alone is counted and named all the same: nothing vanishes.
//!
//! `finding = "no_backoff", sender = "monitor@example.org", until = 2027-01-01, reason = "probe of the pager"`

use std::net::IpAddr;

use crate::smtp::address;

/// Some addresses: `192.0.2.0/24`, `2001:db8::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Does it hold this address, as logged?
    #[must_use]
    pub fn contains(&self, address: &[u8]) -> bool {
        let address = std::str::from_utf8(address).ok().and_then(|text| text.parse::<IpAddr>().ok());
        match (self.address, address) {
            (IpAddr::V4(ours), Some(IpAddr::V4(theirs))) => {
                let apart = u32::from(ours) ^ u32::from(theirs);
                apart.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), Some(IpAddr::V6(theirs))) => {
                let apart = u128::from(ours) ^ u128::from(theirs);
                apart.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a network; use 192.0.2.0/24 or 2001:db8::/32");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Dead ends to be left alone: those that have all of what is given here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore {
    /// A kind of dead end.
    pub finding: Option<String>,
    /// A cause that a failed try of it has.
    pub cause: Option<String>,
    /// The recipient's domain, or one above it.
    pub domain: Option<String>,
    /// The sender: an address, or a domain.
    pub sender: Option<String>,
    /// The first day on which it holds no more, as written.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
}

/// `sender_hop of orders@example.org to remote.example, up to 2026-11-20: moving hosts`
impl std::fmt::Display for Ignore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.finding.as_deref().unwrap_or("dead ends"))?;
        for (word, value) in [(" by ", &self.cause), (" of ", &self.sender), (" to ", &self.domain)] {
            if let Some(value) = value {
                write!(f, "{word}{value}")?;
            }
        }
        if let Some(until) = &self.until {
            write!(f, ", up to {until}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// What is asked of an [`Ignore`].
#[derive(Debug, Clone, Copy)]
pub struct Suspect<'a> {
    /// The kind of dead end.
    pub kind: &'a str,
    /// Envelope sender, as far as it is about one.
    pub sender: Option<&'a [u8]>,
    /// Recipient domain; empty for none.
    pub domain: &'a [u8],
}

/// The site.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Senders of these domains are ours.  None: everybody's dead ends are ours.
    pub own_domains: Vec<String>,
    /// Clients in these networks are our own relays: many people's mail comes from one address.
    pub own_networks: Vec<Network>,
    /// What is to be left alone today.
    pub ignore: Vec<Ignore>,
    /// What was to be left alone up to a day that has come.
    pub expired: Vec<Ignore>,
}

/// Why a case is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// The rule with this index in [`Site::ignore`].
    Rule(usize),
    /// Its sender is none of ours: nobody here can change it.
    Foreign,
}

impl Site {
    /// A site of which nothing is said.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { own_domains: Vec::new(), own_networks: Vec::new(), ignore: Vec::new(), expired: Vec::new() }
    }

    /// Why this one is left alone, if it is.  `has_cause` tells whether a failed try of it has a cause.
    pub fn ignores(&self, one: Suspect<'_>, has_cause: impl Fn(&str) -> bool) -> Option<Why> {
        let rule = self.ignore.iter().position(|rule| {
            let Suspect { kind, sender, domain } = one;
            rule.finding.as_deref().is_none_or(|wanted| wanted == kind)
                && rule.domain.as_deref().is_none_or(|wanted| is_within(domain, wanted))
                && rule.sender.as_deref().is_none_or(|wanted| sender.is_some_and(|sender| is_of(sender, wanted)))
                && rule.cause.as_deref().is_none_or(&has_cause)
        });
        rule.map(Why::Rule).or_else(|| {
            let foreign = |sender: &[u8]| !self.own_domains.iter().any(|own| is_of(sender, own));
            let known = one.sender.filter(|sender| !sender.is_empty() && !self.own_domains.is_empty());
            known.is_some_and(foreign).then_some(Why::Foreign)
        })
    }

    /// Is this client, as logged, in one of our networks?
    #[must_use]
    pub fn owns(&self, client: &[u8]) -> bool {
        self.own_networks.iter().any(|network| network.contains(client))
    }
}

/// Is `address` this address, or one of this domain?  A sender without a domain is a local user.
fn is_of(sender: &[u8], wanted: &str) -> bool {
    if wanted.contains('@') {
        return sender.eq_ignore_ascii_case(wanted.as_bytes());
    }
    match address::domain(sender) {
        Some(domain) => is_within(domain, wanted),
        None => true,
    }
}

/// Is it the domain, or below it?
fn is_within(domain: &[u8], above: &str) -> bool {
    let start = domain.len().checked_sub(above.len());
    start.is_some_and(|start| {
        let (front, end) = domain.split_at(start);
        end.eq_ignore_ascii_case(above.as_bytes()) && (front.is_empty() || front.ends_with(b"."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let check = |network: &str, address: &str, holds: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.as_bytes()), holds, "{network:?} {address}");
        };
        check("192.0.2.0/24", "192.0.2.255", true);
        check("192.0.2.0/24", "192.0.3.0", false);
        check("0.0.0.0/0", "198.51.100.1", true);
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("::/0", "192.0.2.1", false);
        assert!("192.0.2.0/33".parse::<Network>().is_err());
        assert!("example.org".parse::<Network>().is_err());
    }

    #[test]
    fn a_rule_needs_all_that_it_says() {
        let rule = Ignore {
            finding: Some("no_backoff".into()),
            sender: Some("example.org".into()),
            domain: Some("remote.example".into()),
            ..Ignore::default()
        };
        let site = Site { ignore: vec![rule], ..Site::default() };
        let check = |kind, sender: &str, domain: &str, expected| {
            let one = Suspect { kind, sender: Some(sender.as_bytes()), domain: domain.as_bytes() };
            assert_eq!(site.ignores(one, |_| false), expected, "{kind} {sender} {domain}");
        };
        check("no_backoff", "a@example.org", "remote.example", Some(Why::Rule(0)));
        check("no_backoff", "a@sub.example.org", "mx.remote.example", Some(Why::Rule(0)));
        check("no_backoff", "a@notexample.org", "remote.example", None);
        check("no_backoff", "a@example.org", "other.example", None);
        check("wrong_code", "a@example.org", "remote.example", None);
    }

    #[test]
    fn with_own_domains_the_others_are_not_ours() {
        let site = Site { own_domains: vec!["example.org".into()], ..Site::default() };
        let why = |sender: Option<&str>| {
            let one = Suspect { kind: "no_backoff", sender: sender.map(str::as_bytes), domain: b"x.example" };
            site.ignores(one, |_| false)
        };
        assert_eq!(why(Some("a@other.example")), Some(Why::Foreign));
        assert_eq!(why(Some("a@mail.example.org")), None);
        assert_eq!(why(Some("root")), None);
        assert_eq!(why(None), None);
        assert_eq!(why(Some("")), None);
    }
}
