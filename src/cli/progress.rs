//! The progress bar: bytes, on standard error, only for a person who waits.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows how much of the input was read.
pub struct Progress {
    total: u64,
    begun: Instant,
    wanted: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// A bar for so many bytes (0: not known), drawn only when standard error is a terminal.
    pub fn new(total: u64) -> Self {
        Self { total, begun: Instant::now(), wanted: io::stderr().is_terminal(), bar: OnceLock::new() }
    }

    /// So many bytes were read.
    pub fn at(&self, bytes: u64) {
        if self.wanted && self.begun.elapsed() > PATIENCE {
            self.bar.get_or_init(|| bar(self.total)).set_position(bytes);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let (bar, shape) = if total == 0 {
        (ProgressBar::no_length(), "reading {bytes} ({bytes_per_sec})")
    } else {
        (ProgressBar::new(total), "reading {bar:30} {bytes} of {total_bytes} ({bytes_per_sec})")
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(shape) {
        bar.set_style(style);
    }
    bar
}
