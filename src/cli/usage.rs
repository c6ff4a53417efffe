//! A command line that cannot be used.
//!
//! `--top: "-1" cannot be used`, and what to do.

use std::error::Error;
use std::fmt;

/// An option with a value that cannot be used.  What reads the value of one option says only what is behind the value.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}
