//! The strings that histories and figures refer to by number.

use super::reasons::Reasons;
use super::samples::Samples;
use super::symbols::{Symbol, Symbols, Translation};

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
    /// For each domain and reason one text as logged.
    pub samples: Samples,
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

    /// Takes in what is new in the tables of another stretch, and adds to `known` what their numbers are here.
    pub fn learn(&mut self, other: &Self, known: &mut NamesTranslation) {
        self.hosts.learn(&other.hosts, &mut known.hosts);
        self.domains.learn(&other.domains, &mut known.domains);
        self.reasons.learn(&other.reasons, &mut known.reasons);
        self.relays.learn(&other.relays, &mut known.relays);
    }
}
