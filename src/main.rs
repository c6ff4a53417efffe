//! The `mailrake` command: the library's [`mailrake`] with options, files and exit codes around it.

mod cli;

use std::process::ExitCode;

/// musl's own allocator has one lock for all threads: with it a report took half as long again (benches/RESULTS.md).
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
