//! The vocabulary of SMTP: reply codes, enhanced status codes, replies, addresses.
//!
//! This room knows no MTA, no file and no log; only RFC 5321 and RFC 3463.

pub mod address;
pub mod code;
pub mod reply;
pub mod template;

pub use code::{EnhancedCode, ReplyClass, ReplyCode};
