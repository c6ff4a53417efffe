//! From events to the story of each message: who sent it, to whom, every attempt, its end.
//!
//! This is the first room with a memory.  It knows events, not grammars and not files.

pub mod clocks;
pub mod correlator;
mod generation;
mod handoffs;
pub mod key;
pub mod message;
pub mod names;
pub mod reasons;
pub mod samples;
pub mod span;
pub mod symbols;
