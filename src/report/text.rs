//! stub
use crate::analyze::Analysis;
use std::io::{self, Write};
/// style
#[derive(Debug)]
pub struct TextStyle {
    /// w
    pub width: usize,
    /// a
    pub ascii: bool,
    /// c
    pub color: bool,
    /// t
    pub top: usize,
    /// v
    pub verbose: bool,
}
/// w
pub fn write(a: &Analysis, _s: &TextStyle, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:#?}", a.totals)
}
