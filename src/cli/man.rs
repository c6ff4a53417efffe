//! `mailrake man`: one page for the program and its commands.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::Man;

use super::Status;
use super::args::Args;

/// Writes the page.
pub fn run() -> anyhow::Result<Status> {
    let mut command = Args::command();
    // Options of commands get their names and their defaults only then.
    command.build();
    let mut page = Vec::new();
    let whole = Man::new(command.clone());
    whole.render(&mut page)?;
    for sub in command.get_subcommands().filter(|sub| !matches!(sub.get_name(), "report" | "help")) {
        let man = Man::new(sub.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        let name = sub.get_name().to_uppercase();
        let text = String::from_utf8_lossy(&section)
            .replace(".SH SYNOPSIS", &format!(".SH \"{name}\""))
            .replace(".SH DESCRIPTION", ".PP")
            .replace(".SH OPTIONS", ".PP\nOptions:");
        page.extend_from_slice(text.as_bytes());
    }
    io::stdout().write_all(&page)?;
    Ok(Status::Done)
}
