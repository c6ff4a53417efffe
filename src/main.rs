//! The `mailrake` command: the library's [`mailrake`] with options, files and exit codes around it.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
