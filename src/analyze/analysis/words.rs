//! The shapes of texts that are one of a few words.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::fold::outcome::Outcome;
use crate::knowledge::Move;
use crate::knowledge::detectors::Severity;
use crate::smtp::ReplyClass;

// A failure is never positive or delivered: the shapes of these keys name fewer words than their types have.

pub(super) fn failure_class(_: &mut SchemaGenerator) -> Schema {
    one_of(&[ReplyClass::Transient, ReplyClass::Permanent].map(ReplyClass::as_str))
}

pub(super) fn failure_outcome(_: &mut SchemaGenerator) -> Schema {
    use Outcome::{Bounced, Deferred, Expired, Rejected};
    one_of(&[Deferred, Bounced, Expired, Rejected].map(Outcome::as_str))
}

pub(super) fn severity(_: &mut SchemaGenerator) -> Schema {
    one_of(&Severity::ALL.map(Severity::as_str))
}

pub(super) fn whose(_: &mut SchemaGenerator) -> Schema {
    one_of(&Move::ALL.map(Move::as_str))
}

/// The shape of a text that is one of these words.
fn one_of(words: &[&str]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}
