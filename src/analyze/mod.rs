//! From histories to figures: partial results that add up, and the analysis made of them.

pub mod analysis;
pub mod events;

pub use analysis::Analysis;
pub use events::EventRow;
