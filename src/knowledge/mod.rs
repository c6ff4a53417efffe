//! What is true of mail, not of this program: causes of failures, the meaning of codes, who runs which
//! hosts.  All of it is data (`*.toml` beside this file), read once.
//!
//! `550 5.1.1 <ann@host.example>: User unknown` → `user-unknown`, the sender's move, "remove or correct address".

pub mod causes;
pub mod compare;
pub mod detectors;
mod patterns;
pub mod providers;
pub mod tables;
pub mod tokens;

pub use causes::{Contradiction, Evidence, Failure, Rules, Verdict, rules};
pub use providers::provider_of;
pub use tables::{
    Cause, CauseInfo, CodeInfo, Dont, EnhancedInfo, Move, Reference, Refuser, Words, enhanced_info, enhanced_meaning,
    meaning, reference, reply_code_meaning,
};
pub use tokens::{Token, TokenInfo, token};
