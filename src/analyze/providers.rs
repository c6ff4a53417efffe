//! Who runs the hosts that take a domain's mail, by the next hops in the log.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::tally::Tally;
use crate::bytes;
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
    of_domain: HashMap<Symbol, &'static str>,
}

impl Providers {
    /// Reads them off the next hops.  Where a domain's mail went to several, the one with most tries counts,
    /// of equals the first by name: a failure is not counted by its hop.
    pub fn of(tally: &Tally, names: &Names) -> Self {
        let mut providers = Self::default();
        let mut shares: HashMap<(Symbol, &'static str), u64> = HashMap::new();
        for (&relay, count) in &tally.relays {
            let host = provider_of(&bytes::text(names.relays.get(relay)));
            for (&domain, counts) in &count.by_domain {
                let Some(provider) = host.or_else(|| provider_of_domain(domain, names)) else { continue };
                let tries = providers.tries.entry(provider).or_default();
                tries.domains.insert(domain);
                tries.counts.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
                *shares.entry((domain, provider)).or_default() += counts.iter().sum::<u64>();
            }
        }
        let mut shares: Vec<_> = shares.into_iter().collect();
        shares.sort_by_key(|((_, provider), tries)| (Reverse(*tries), *provider));
        for ((domain, provider), _) in shares {
            providers.of_domain.entry(domain).or_insert(provider);
        }
        providers
    }

    /// Who takes the mail of this domain.  Where no next hop was reached, its own name may tell.
    pub fn of_domain(&self, domain: Symbol, names: &Names) -> Option<&'static str> {
        self.of_domain.get(&domain).copied().or_else(|| provider_of_domain(domain, names))
    }
}

fn provider_of_domain(domain: Symbol, names: &Names) -> Option<&'static str> {
    provider_of(&bytes::text(names.domains.get(domain)))
}
