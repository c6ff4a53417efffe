//! Who runs a host: `mx-in.g.example` by the end of its name.

use std::sync::LazyLock;

use hashbrown::HashMap;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    hosts: Vec<String>,
}

/// Ends of names, in lower case.
static ENDS: LazyLock<HashMap<Vec<u8>, &'static str>> = LazyLock::new(|| {
    // A test reads the file; it is part of the program.
    let file = toml::from_str::<File>(include_str!("providers.toml"));
    let mut ends = HashMap::new();
    for provider in file.map_or_else(|_| Vec::new(), |f| f.provider) {
        // Kept for as long as the program runs, and once only.
        let name: &'static str = Box::leak(provider.name.into_boxed_str());
        ends.extend(provider.hosts.into_iter().map(|h| (h.into_bytes(), name)));
    }
    ends
});

/// The longest name that can be looked up (RFC 1035 section 2.3.4).
const LONGEST: usize = 255;

/// Who runs this host: an MX, a relay, or the domain of an address, in any letter case.
#[must_use]
pub fn provider_of(host: &str) -> Option<&'static str> {
    let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
    let mut room = [0; LONGEST];
    let name = room.get_mut(..host.len())?;
    name.copy_from_slice(host);
    name.make_ascii_lowercase();
    let mut rest: &[u8] = name;
    loop {
        if let Some(provider) = ENDS.get(rest) {
            return Some(provider);
        }
        rest = &rest[memchr::memchr(b'.', rest)? + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_at_label_borders() {
        let file: File = toml::from_str(include_str!("providers.toml")).unwrap();
        assert_eq!(file.provider.iter().map(|p| p.hosts.len()).sum::<usize>(), ENDS.len(), "a host stands twice");
        assert_eq!(provider_of("aspmx.l.google.com"), Some("Google"));
        assert_eq!(provider_of("Example-COM.mail.protection.OUTLOOK.com."), Some("Microsoft 365"));
        assert_eq!(provider_of("hotmail-com.olc.protection.outlook.com"), Some("Microsoft consumer"));
        assert_eq!(provider_of("mta7.am0.yahoodns.net"), Some("Yahoo/AOL"));
        assert_eq!(provider_of("notgmx.net"), None);
        assert_eq!(provider_of("mx.host.example"), None);
        assert_eq!(provider_of(""), None);
    }
}
