//! Asks [`crate::knowledge`] why, once for each distinct reason.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{HashMap, HashSet};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::analysis::Direction;
use crate::bytes;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::{Cause, Contradiction, Failure, Refuser, Rules};
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

impl Direction {
    /// Who refuses then.
    #[must_use]
    pub const fn refuser(self) -> Refuser {
        match self {
            Self::Outbound => Refuser::Them,
            Self::Inbound => Refuser::Us,
        }
    }
}

/// Why something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The cause.
    pub cause: Cause,
    /// The first digit says something else than the text.
    pub wrong_code: Option<Contradiction>,
}

impl Judgement {
    const EXPIRED: Self = Self { cause: Cause::Expired, wrong_code: None };
}

/// What bears on a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// Outbound or inbound.
    pub direction: Direction,
    /// The MTA's verdict.
    pub class: ReplyClass,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// Given up for age: no answer at all.
    pub expired: bool,
    /// Reply template.
    pub reason: Symbol,
}

/// Tells causes; remembers what it was asked.
#[derive(Debug)]
pub struct Judge<'a> {
    rules: &'a Rules,
    names: &'a Names,
    answers: Mutex<HashMap<Question, Judgement>>,
}

impl<'a> Judge<'a> {
    /// A judge of the reasons in `names`, by these rules.
    #[must_use]
    pub fn new(names: &'a Names, rules: &'a Rules) -> Self {
        Self { rules, names, answers: Mutex::default() }
    }

    /// Why it failed.
    #[must_use]
    pub fn of(&self, question: Question) -> Judgement {
        if let Some(known) = self.answers().get(&question) {
            return *known;
        }
        let judgement = self.judge(question);
        self.answers().insert(question, judgement);
        judgement
    }

    /// Why each of these failed: as many are thought about at once as there are threads.
    #[must_use]
    pub fn of_all(&self, questions: Vec<Question>) -> Vec<Judgement> {
        let new: Vec<Question> = {
            let answers = self.answers();
            let new: HashSet<&Question> = questions.iter().filter(|asked| !answers.contains_key(*asked)).collect();
            new.into_iter().copied().collect()
        };
        let judged: Vec<(Question, Judgement)> = new.into_par_iter().map(|asked| (asked, self.judge(asked))).collect();
        let mut answers = self.answers();
        answers.extend(judged);
        questions.iter().filter_map(|asked| answers.get(asked).copied()).collect()
    }

    fn judge(&self, question: Question) -> Judgement {
        if question.expired {
            return Judgement::EXPIRED;
        }
        let text = bytes::text(self.names.reasons.get(question.reason));
        let verdict = self.rules.judge(&Failure {
            reply_code: question.reply,
            enhanced: question.enhanced,
            class: question.class,
            inbound: question.direction == Direction::Inbound,
            stage: None,
            text: &text,
        });
        let wrong_code = verdict.contradiction.filter(|c| c.is_wrong_code());
        Judgement { cause: verdict.cause, wrong_code }
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<Question, Judgement>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
