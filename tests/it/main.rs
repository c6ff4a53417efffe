//! The one integration binary: everything that needs more than one room of the house.
//!
//! `lab` reads the committed logs; every other module holds one promise of the program.

mod cuts;
mod envelopes;
mod lab;
mod made_up;
mod sums;
mod truth;
