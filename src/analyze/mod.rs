//! From histories to figures: partial results that add up, and the analysis made of them.

pub mod analysis;
pub mod build;
pub mod carry;
pub mod chains;
pub mod clients;
pub mod complete;
pub mod delays;
pub mod detect;
pub mod events;
pub mod frame;
pub mod greylisted;
pub mod health;
pub mod inputs;
pub mod judge;
pub mod outcome;
pub mod partial;
mod providers;
pub mod refusals;
pub mod rows;
pub mod settle;
pub mod site;
pub mod tally;

pub use analysis::Analysis;
pub use events::{EventRow, Events};
