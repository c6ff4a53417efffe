//! From the finished figures to bytes: text for people, JSON and CSV for programs.
//!
//! [`document`] says *what* is shown, in which order and with which words; a format says only how it
//! looks.  A new format is one file and one row in [`FORMATS`]; a new section is one function in
//! [`document`].  This room reads [`Analysis`] and nothing else: no log, no file, no environment.
//!
//! `ACT: 3 critical, 7 warnings, 1 notice. 302 of 586 recipients reached (51.5 %).`

pub mod csv;
pub mod escape;
pub mod events;
pub mod json;
pub mod output;
pub mod text;

use std::io::{self, Write};

use crate::analyze::Analysis;
