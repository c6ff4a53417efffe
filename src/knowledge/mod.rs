//! What is true of mail.
