//! Who runs the hosts that take a domain's mail, by the next hops in the log.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use crate::bytes;
use crate::fold::tally::Tally;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::provider_of;

/// Tries at the hosts of one provider.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// Recipient domains.
    pub domains: HashSet<Symbol>,
    /// Delivered, deferred, bounced.
    pub counts: [u64; 3],
}

/// Providers of next hops and of recipient domains.
#[derive(Debug, Default)]
pub(super) struct Providers {
    /// Tries at the hosts of each.
    pub tries: HashMap<&'static str, Tries>,
    /// Who takes the mail of a domain.  Where no next hop was reached, its own name may tell.
    pub of_domain: HashMap<Symbol, &'static str>,
}

impl Providers {
    /// Reads them off the next hops.  Where a domain's mail went to several, the one with most tries counts,
    /// of equals the first by name: a failure is not counted by its hop.
    pub fn of(tally: &Tally, names: &Names) -> Self {
        let mut providers = Self::default();
        let of_name = |name: &[u8]| provider_of(&bytes::text(name));
        let by_name =
            tally.domains.iter().filter_map(|(&domain, _)| Some((domain, of_name(names.domains.get(domain))?)));
        let by_name: HashMap<Symbol, &'static str> = by_name.collect();
        let mut of_relay: HashMap<Symbol, Option<&'static str>> = HashMap::new();
        let mut shares: HashMap<(Symbol, &'static str), u64> = HashMap::new();
        for (&(relay, domain), counts) in &tally.hops {
            let Some(relay) = relay else { continue };
            let host = *of_relay.entry(relay).or_insert_with(|| of_name(names.relays.get(relay)));
            let Some(provider) = host.or_else(|| by_name.get(&domain).copied()) else { continue };
            let tries = providers.tries.entry(provider).or_default();
            tries.domains.insert(domain);
            tries.counts.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
            *shares.entry((domain, provider)).or_default() += counts.iter().sum::<u64>();
        }
        let mut shares: Vec<_> = shares.into_iter().collect();
        shares.sort_by_key(|((_, provider), tries)| (Reverse(*tries), *provider));
        for ((domain, provider), _) in shares {
            providers.of_domain.entry(domain).or_insert(provider);
        }
        for (domain, provider) in by_name {
            providers.of_domain.entry(domain).or_insert(provider);
        }
        providers
    }
}
