//! Asks [`crate::knowledge`] why, once for each distinct reason.

use hashbrown::HashMap;

use super::analysis::Direction;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// Tells causes, advice and providers.
#[derive(Debug, Default)]
pub struct Judge {}

/// Why something failed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Judgement {
    /// A word of the taxonomy.
    pub cause: &'static str,
}

/// What to do about a cause.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// theirs, ours, sender, wait.
    pub whose: &'static str,
    /// In a sentence.
    pub what_to_do: &'static str,
    /// In a few words.
    pub in_short: &'static str,
    /// What people do and should not.
    pub what_not_to_do: Vec<String>,
}

type Question = (Direction, ReplyClass, Option<ReplyCode>, Option<EnhancedCode>, bool, Symbol);

/// Answers that were given before.
#[derive(Debug)]
pub struct Memo {
    answers: HashMap<Question, Judgement>,
}

impl Judge {
    /// A memory for one table of names.
    #[must_use]
    pub fn memo(&self) -> Memo {
        Memo { answers: HashMap::new() }
    }

    /// Who runs this host.
    #[must_use]
    pub fn provider(&self, _host: &str) -> Option<&'static str> {
        None
    }
}

impl Memo {
    /// Why a failure with these codes and this reason happened.
    #[expect(clippy::too_many_arguments, reason = "they are one question")]
    pub fn of(
        &mut self,
        direction: Direction,
        class: ReplyClass,
        reply: Option<ReplyCode>,
        enhanced: Option<EnhancedCode>,
        expired: bool,
        reason: Symbol,
        _names: &Names,
    ) -> Judgement {
        *self
            .answers
            .entry((direction, class, reply, enhanced, expired, reason))
            .or_insert_with(|| if expired { Judgement { cause: "expired" } } else { Judgement { cause: "unknown" } })
    }
}

/// What a code means.
#[must_use]
pub fn meaning(_reply: Option<ReplyCode>, _enhanced: Option<EnhancedCode>, _cause: &str) -> String {
    String::new()
}

/// What to do about a cause.
#[must_use]
pub fn advice(_cause: &str) -> Advice {
    Advice::default()
}
