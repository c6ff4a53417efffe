//! mailrake reads the mail logs of Postfix, Exim and Sendmail and says what was deferred and bounced,
//! why, and what to do about it.

pub mod envelope;
pub mod error;
pub mod event;
pub mod knowledge;
pub mod mta;
pub mod smtp;

pub use error::{Error, ErrorKind, Result};
