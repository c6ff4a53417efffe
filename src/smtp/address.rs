//! Addresses as they stand in logs: `local-part@domain` (RFC 5321 section 4.1.2), or less.

use crate::bytes;

/// The domain of an address as logged: what follows the last `@`, or nothing.
///
/// A trailing dot is not part of it; letter case is kept (compare without regard to it).
#[must_use]
pub fn domain(address: &[u8]) -> Option<&[u8]> {
    let at = bytes::rfind(address, b'@')?;
    let domain = &address[at + 1..];
    let domain = domain.strip_suffix(b".").unwrap_or(domain);
    (!domain.is_empty()).then_some(domain)
}
