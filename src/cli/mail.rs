//! Whom a report by mail is from and for.

/// Headers of --format mail.
#[derive(Debug, Default, clap::Args)]
pub struct MailArgs {
    /// The header To of --format mail
    #[arg(long, value_name = "ADDRESS")]
    pub mail_to: Option<String>,
    /// The header From of --format mail [default: left to the program that sends it]
    #[arg(long, value_name = "ADDRESS")]
    pub mail_from: Option<String>,
}
