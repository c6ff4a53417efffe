//! The one integration binary: everything that needs more than one room of the house.
//!
//! `lab` reads the committed logs; every other module holds one promise of the program.

mod cli;
mod cuts;
mod envelopes;
mod events;
mod generated;
mod hostile;
mod journal;
mod lab;
mod made_up;
mod outside;
mod packaging;
mod profiles;
mod redact;
mod runs;
mod schema;
mod state;
mod stories;
mod sums;
mod truth;
mod windows;
