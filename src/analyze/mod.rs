//! From sums to figures: why it failed, which behaviour cannot work, what waiting did; and the finished analysis.
//!
//! It must not know lines, grammars or how the log was cut: it reads one [`Partial`](crate::fold::partial::Partial), of
//! all that was read.

pub mod analysis;
pub mod build;
pub mod detect;
pub mod events;
pub mod frame;
pub mod judge;
mod providers;
pub mod site;
pub mod waits;

pub use analysis::Analysis;
pub use events::{EventRow, Events};
