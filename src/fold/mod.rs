//! From histories to sums: what a stretch of the log amounts to, and how two neighbouring stretches are joined.
//!
//! [`partial`] is the hinge.  What a complete message says is concluded in [`settle`] and counted in [`tally`]; what
//! was done to recipients in trouble lies in [`chains`]; what a later run needs to go on is in [`carry`].
//! It must not judge causes, nor know thresholds, zones or the names of figures in a report: those come when all is
//! joined.

pub mod carry;
pub mod chains;
pub mod clients;
pub mod complete;
pub mod delays;
pub mod greylisted;
pub mod health;
pub mod inputs;
pub mod outcome;
pub mod partial;
pub mod refusals;
pub mod rows;
pub mod settle;
pub mod tally;
pub mod totals;
