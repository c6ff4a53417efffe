//! The strings that histories and figures refer to by number.

use hashbrown::HashMap;

use super::key::Place;
use super::reasons::Reasons;
use super::symbols::{Symbol, Symbols, Translation};

/// Longest sample of a reply text that is kept, in bytes; reports show 200 characters.
const SAMPLE: usize = 400;

/// For each domain and reason the text that was logged first.
type Samples = HashMap<(Symbol, Symbol), (Place, Box<[u8]>)>;

/// Tables of distinct strings.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Hosts that log.
    pub hosts: Symbols,
    /// Domains: of recipients, and of the senders of refused mail.
    pub domains: Symbols,
    /// Reply templates.
    pub reasons: Symbols,
    /// Next hops.
    pub relays: Symbols,
    /// What texts became which of the reply templates.
    made: Reasons,
    /// For each domain and reason one text as logged: the one that came first.
    samples: Samples,
}

/// What the numbers of one [`Names`] are in another.
#[derive(Debug, Clone, Default)]
pub struct NamesTranslation {
    /// Hosts.
    pub hosts: Translation,
    /// Domains.
    pub domains: Translation,
    /// Reply templates.
    pub reasons: Translation,
    /// Next hops.
    pub relays: Translation,
}

impl Names {
    /// The template of a reply, which was said of `recipient`.
    pub fn reason(&mut self, text: &[u8], recipient: Option<&[u8]>) -> Symbol {
        self.made.of(text, recipient, &mut self.reasons)
    }

    /// Keeps a text as the sample of its domain and reason, where there is none yet.
    pub fn sample(&mut self, domain: Symbol, reason: Symbol, place: Place, text: &[u8]) {
        self.samples.entry((domain, reason)).or_insert_with(|| (place, text[..text.len().min(SAMPLE)].into()));
    }

    /// A text as logged for this domain and reason.
    #[must_use]
    pub fn sample_of(&self, domain: Symbol, reason: Symbol) -> &[u8] {
        self.samples.get(&(domain, reason)).map_or(&[], |(_, text)| text)
    }

    /// For how many domains and reasons there is a text.
    #[must_use]
    pub fn number_of_samples(&self) -> usize {
        self.samples.len()
    }

    /// Where the sample of this domain and reason stands, and its text.
    #[must_use]
    pub fn sample_at(&self, domain: Symbol, reason: Symbol) -> Option<(Place, &[u8])> {
        self.samples.get(&(domain, reason)).map(|(place, text)| (*place, &**text))
    }

    /// The text as logged that came first for this reason, over all domains.
    #[must_use]
    pub fn first_samples(&self) -> HashMap<Symbol, &[u8]> {
        let mut first: HashMap<Symbol, (Place, &[u8])> = HashMap::new();
        for (&(_, reason), (place, text)) in &self.samples {
            let known = first.entry(reason).or_insert((*place, text));
            if *place < known.0 {
                *known = (*place, text);
            }
        }
        first.into_iter().map(|(reason, (_, text))| (reason, text)).collect()
    }

    /// Takes in what is new in the tables of another stretch, and adds to `known` what their numbers are here.
    pub fn learn(&mut self, other: &Self, known: &mut NamesTranslation) {
        self.hosts.learn(&other.hosts, &mut known.hosts);
        self.domains.learn(&other.domains, &mut known.domains);
        self.reasons.learn(&other.reasons, &mut known.reasons);
        self.relays.learn(&other.relays, &mut known.relays);
    }

    /// Takes the samples out of another stretch, whose numbers are `known` here.
    pub fn take_samples(&mut self, other: &mut Self, known: &NamesTranslation) {
        for ((domain, reason), (place, text)) in other.samples.drain() {
            let key = (known.domains.of(domain), known.reasons.of(reason));
            let first = self.samples.entry(key).or_insert((place, Box::default()));
            if place <= first.0 {
                *first = (place, text);
            }
        }
    }
}
