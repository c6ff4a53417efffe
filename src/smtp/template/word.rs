//! What a word of a reply is: a host, an address, an id, a number, or just a word.

/// A word of letters alone is a word up to here; beyond, it is some encoded thing.
pub(super) const LONGEST_WORD: usize = 48;

/// The kinds of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Plain,
    Host,
    HostAndIp,
    Ip,
    Address,
    User,
    Id,
    Number,
    /// One to three digits.
    Small,
    Time,
    /// A mark that a template wrote.
    Mark,
    Empty,
}

/// The marks of a template, without their brackets.
const MARKS: [&[u8]; 8] = [b"address", b"user", b"ip", b"host", b"url", b"time", b"id", b"number"];

/// What stands between angle brackets.
pub(super) fn angle(inner: &[u8]) -> Word {
    if inner.is_empty() {
        return Word::Empty;
    }
    if MARKS.contains(&inner) || inner.strip_prefix(b"url ").is_some_and(|h| is_host(h) && is_blocklist(h)) {
        return Word::Mark;
    }
    let gap = |b: &u8| b.is_ascii_control() || *b == b' ';
    if memchr::memchr(b'<', inner).is_some() || (inner.iter().any(gap) && inner[0] != b'"') {
        return Word::Plain;
    }
    if memchr::memchr(b'@', inner).is_some_and(|at| at > 0) && scheme_in(inner).is_none() {
        return Word::Address;
    }
    if is_host(inner) {
        return Word::Host;
    }
    let bare = inner.strip_prefix(b"[").and_then(|i| i.strip_suffix(b"]")).unwrap_or(inner);
    if is_ip(bare) {
        return Word::Ip;
    }
    if let Some(open) = memchr::memchr(b'[', inner)
        && let Some(close) = memchr::memchr(b']', inner)
        && open < close
        && name_length(&inner[..open]) == open
        && is_ip(&inner[open + 1..close])
    {
        return Word::HostAndIp;
    }
    if is_local_part(inner) { Word::User } else { Word::Plain }
}

/// A local part as people have them: no space, no bracket, not too long.
pub(super) fn is_local_part(text: &[u8]) -> bool {
    (1..=64).contains(&text.len())
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'=' | b'\''))
}

/// Where an address stands in a chunk that has an `@`.
pub(super) fn address_in(chunk: &[u8]) -> Option<(usize, usize)> {
    memchr::memchr_iter(b'@', chunk).find_map(|at| address_around(chunk, at))
}

fn address_around(chunk: &[u8], at: usize) -> Option<(usize, usize)> {
    // A question mark may stand for a byte that was no UTF-8.
    let local = |b: u8| b.is_ascii_graphic() && !matches!(b, b':' | b'?' | b'@') || b >= 0x80;
    let mut begin = at;
    while begin > 0 && local(chunk[begin - 1]) {
        begin -= 1;
    }
    // Text without spaces around an address (Chinese, Japanese): the local part is what is ASCII.
    if let Some(high) = chunk[begin..at].iter().rposition(|b| *b >= 0x80) {
        begin += high + 1;
    }
    // `to=ann@host.example`
    if let Some(equals) = chunk[begin..at].iter().position(|b| *b == b'=')
        && equals <= 12
        && chunk[begin..begin + equals].iter().all(u8::is_ascii_alphabetic)
        && begin + equals + 1 < at
    {
        begin += equals + 1;
    }
    let mut end = at + 1;
    while end < chunk.len() && (chunk[end].is_ascii_alphanumeric() || matches!(chunk[end], b'.' | b'-' | b'_')) {
        end += 1;
    }
    while end > at + 1 && chunk[end - 1] == b'.' {
        end -= 1;
    }
    (begin < at && end > at + 1).then_some((begin, end))
}

/// Where a link begins in a chunk, and where its colon stands.
pub(super) fn scheme_in(chunk: &[u8]) -> Option<(usize, usize)> {
    let colons = chunk.iter().enumerate().filter(|(i, b)| **b == b':' && chunk[*i..].starts_with(b"://"));
    colons.map(|(colon, _)| colon).find_map(|colon| Some((scheme_before(&chunk[..colon])?, colon)))
}

/// Where the scheme begins that ends here: `see:https` is `https`.
fn scheme_before(text: &[u8]) -> Option<usize> {
    [b"https".as_slice(), b"http", b"ftp"]
        .iter()
        .find(|s| text.len() >= s.len() && text[text.len() - s.len()..].eq_ignore_ascii_case(s))
        .map(|s| text.len() - s.len())
}

/// The link at the start of `text`, without the punctuation that follows it.
pub(super) fn link(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .position(|b| *b <= b' ' || *b >= 0x7f || matches!(b, b'<' | b'>' | b'"' | b')' | b']' | b'}' | b'\\'))
        .unwrap_or(text.len());
    trim_link(&text[..end])
}

/// A link without the punctuation of the sentence around it.
pub(super) fn trim_link(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|b| *b >= 0x7f).unwrap_or(text.len());
    let mut link = &text[..end];
    while let [head @ .., b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*'] = link {
        link = head;
    }
    link
}

/// The host that a link names.
pub(super) fn host_at_start(text: &[u8]) -> &[u8] {
    &text[..name_length(text)]
}

/// Bytes that a name has.
static IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        table[b] = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'\'');
        b += 1;
    }
    table
};

/// May a name have this byte?
pub(super) fn in_name(byte: u8) -> bool {
    IN_NAME[usize::from(byte)]
}

/// How far letters, digits, dots, hyphens and underscores reach; a full stop at the end is not part of it.
pub(super) fn name_length(text: &[u8]) -> usize {
    let mut n = text.iter().take_while(|b| in_name(**b)).count();
    while n > 1 && matches!(text[n - 1], b'.' | b'-' | b'\'') {
        n -= 1;
    }
    n
}

/// What a word is that has letters, digits, dots, hyphens and underscores.
pub(super) fn classify(word: &[u8]) -> Word {
    let (mut digits, mut letters, mut dots) = (0, 0, 0);
    for b in word {
        digits += usize::from(b.is_ascii_digit());
        letters += usize::from(b.is_ascii_alphabetic());
        dots += usize::from(*b == b'.');
    }
    if dots > 0 && is_host(word) {
        return Word::Host;
    }
    match (letters, digits) {
        (_, 0) if word.len() > LONGEST_WORD => Word::Id,
        (_, 0) => Word::Plain,
        (0, _) if dots == 0 && digits == word.len() => {
            if digits > 3 {
                Word::Number
            } else {
                Word::Small
            }
        }
        (0, _) if dots == 3 && is_ipv4(word) => Word::Ip,
        // An enhanced code, a version.
        (0, _) if dots == 2 && digits <= 7 => Word::Plain,
        // Yahoo's "(554.30)".
        (0, 5) if dots == 1 && matches!(word, [b'2' | b'4' | b'5', _, _, b'.', _, _]) => Word::Plain,
        (0, _) if digits > 3 || dots == 1 => Word::Number,
        (0, _) => Word::Plain,
        _ if is_span(word) => Word::Time,
        _ if is_provider_token(word) => Word::Plain,
        _ if has_codes(word) => Word::Plain,
        // A hex id, a session id, a queue id: long, and letters and digits mixed.
        _ if word.len() > LONGEST_WORD || (word.len() >= 6 && (digits >= 2 || word.len() >= 12)) => Word::Id,
        _ => Word::Plain,
    }
}

/// `300s`, `15min`.
fn is_span(word: &[u8]) -> bool {
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0
        && [
            b"s".as_slice(),
            b"sec",
            b"secs",
            b"seconds",
            b"m",
            b"min",
            b"mins",
            b"minutes",
            b"h",
            b"hours",
            b"d",
            b"days",
        ]
        .contains(&&word[digits..])
}

/// `550-5.1.1`, `450-4.7.1`: codes that are no id.
fn has_codes(word: &[u8]) -> bool {
    word.len() <= 12 && word.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
}

/// The marks by which a provider names its reason: `S3140`, `TSS04`, `BL21`, `RL000001`, `AS761`, `LPN007_416`,
/// `SC-004`, `OFR_506`, `rfc5321`.
fn is_provider_token(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (head, tail) = word.split_at(letters);
    let digits = tail.iter().take_while(|b| b.is_ascii_digit()).count();
    let all_digits = |t: &[u8]| !t.is_empty() && t.len() <= 3 && t.iter().all(u8::is_ascii_digit);
    match head {
        b"S" | b"s" if digits == tail.len() => (4..=5).contains(&digits),
        b"AS" | b"as" if digits == tail.len() => digits <= 8,
        // Also "RFC.5321".
        b"rfc" | b"RFC" => tail.len() <= 5,
        _ if digits == tail.len() && (2..=5).contains(&letters) => {
            digits <= 3 || (digits == 6 && tail.starts_with(b"0000"))
        }
        // LPN007_416, OFR005_104
        _ if (2..=5).contains(&letters) && digits <= 3 => match &tail[digits..] {
            [b'_' | b'-', rest @ ..] => all_digits(rest),
            _ => false,
        },
        _ => false,
    }
}

/// Is this a host or domain name of two labels or more?  The last is letters of one case, so that
/// `here.Please` is none; Exchange's `RESOLVER.ADR.RecipNotFound` is a reason.
pub(super) fn is_host(word: &[u8]) -> bool {
    let Some(last_dot) = memchr::memrchr(b'.', word) else { return false };
    let top = &word[last_dot + 1..];
    let one_case = top.iter().all(u8::is_ascii_lowercase) || top.iter().all(u8::is_ascii_uppercase);
    let puny = top.len() > 4 && top[..4].eq_ignore_ascii_case(b"xn--");
    if word.len() > 255 || !((2..=24).contains(&top.len()) && one_case || puny) {
        return false;
    }
    let begins = |p: &[u8]| word.get(..p.len()).is_some_and(|w| w.eq_ignore_ascii_case(p));
    if begins(b"RESOLVER.") || begins(b"STOREDRV.") || begins(b"rfc") {
        return false;
    }
    word[..last_dot].split(|b| *b == b'.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && label.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

/// Is the host a blocklist's, by its end or by a label that only blocklists have?
pub(super) fn is_blocklist(host: &[u8]) -> bool {
    let Some(last) = memchr::memrchr(b'.', host) else { return false };
    let second = memchr::memrchr(b'.', &host[..last]).map_or(0, |dot| dot + 1);
    public_list(&host[second..]) || host[..last].split(|b| *b == b'.').any(is_list_label)
}

/// The domains of public blocklists.
fn public_list(domain: &[u8]) -> bool {
    let mut room = [0; 20];
    let Some(name) = room.get_mut(..domain.len()) else { return false };
    name.copy_from_slice(domain);
    name.make_ascii_lowercase();
    matches!(
        &*name,
        b"spamhaus.org"
            | b"spamhaus.net"
            | b"spamhaus.com"
            | b"spamcop.net"
            | b"sorbs.net"
            | b"barracudacentral.org"
            | b"uribl.com"
            | b"surbl.org"
            | b"invaluement.com"
            | b"mail-abuse.com"
            | b"mail-abuse.org"
            | b"abuseat.org"
            | b"uceprotect.net"
            | b"mailspike.net"
            | b"mailspike.org"
            | b"spamrats.com"
            | b"manitu.net"
            | b"cloudmark.com"
            | b"senderscore.org"
            | b"senderscore.com"
            | b"abusix.zone"
            | b"abusix.com"
            | b"psbl.org"
            | b"njabl.org"
    )
}

/// A label that names a list wherever it stands: `zen.dnsbl.example`.
fn is_list_label(label: &[u8]) -> bool {
    let mut room = [0; 7];
    let Some(name) = room.get_mut(..label.len()) else { return false };
    name.copy_from_slice(label);
    name.make_ascii_lowercase();
    matches!(
        &*name,
        b"dnsbl"
            | b"rbl"
            | b"rhsbl"
            | b"uribl"
            | b"surbl"
            | b"drbl"
            | b"dbl"
            | b"zen"
            | b"sbl"
            | b"xbl"
            | b"pbl"
            | b"sbl-xbl"
            | b"bl"
    )
}

/// Four numbers up to 255.
fn is_ipv4(word: &[u8]) -> bool {
    let mut parts = 0;
    for part in word.split(|b| *b == b'.') {
        let value = part.iter().take(3).fold(0, |v, d| v * 10 + u32::from(d.wrapping_sub(b'0')));
        if part.is_empty() || part.len() > 3 || !part.iter().all(u8::is_ascii_digit) || value > 255 {
            return false;
        }
        parts += 1;
    }
    parts == 4
}

fn is_ip(text: &[u8]) -> bool {
    is_ipv4(text) || ipv6_length(text) == Some(text.len())
}

/// The length of an IPv6 address (`IPv6:` before it or not) at the start of `text`.
pub(super) fn ipv6_length(text: &[u8]) -> Option<usize> {
    let named = matches!(text, [b'I' | b'i', ..]) && text.len() > 5 && text[..5].eq_ignore_ascii_case(b"ipv6:");
    let prefix = if named { 5 } else { 0 };
    let body = &text[prefix..];
    // Cheap way out for ordinary words: the first five bytes of an address hold a colon.
    if !body.iter().take(5).any(|b| *b == b':') {
        return None;
    }
    let reach = |dots: bool| {
        let part = |b: &&u8| b.is_ascii_hexdigit() || **b == b':' || (dots && **b == b'.');
        let mut n = body.iter().take(46).take_while(part).count();
        while n > 0 && body[n - 1] == b'.' {
            n -= 1;
        }
        let address = std::str::from_utf8(&body[..n]).ok()?;
        // "2001:db8::" is a network, and seldom seen; with a colon after it, it could be part of anything.
        let whole = !address.ends_with(':') && !body.get(n).is_some_and(u8::is_ascii_alphanumeric);
        (whole && address.parse::<std::net::Ipv6Addr>().is_ok()).then_some(prefix + n)
    };
    reach(true).or_else(|| reach(false))
}

/// A date or a time of day at the start of `text`: `2025-03-04T09:11:02.114Z`, `2025-03-04`, `09:11:02`.
pub(super) fn time_length(text: &[u8]) -> Option<usize> {
    let digits = |at: usize, n: usize| text.get(at..at + n).is_some_and(|t| t.iter().all(u8::is_ascii_digit));
    let byte = |at: usize| text.get(at).copied();
    let clock = digits(0, 2) && byte(2) == Some(b':') && digits(3, 2);
    let date = digits(0, 4) && byte(4) == Some(b'-') && digits(5, 2) && byte(7) == Some(b'-') && digits(8, 2);
    if !clock && !date {
        return None;
    }
    // Whatever goes on without a gap belongs to it: "T09:11:02.114Z", "+01:00", "pm".
    let goes_on = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'+' | b'-');
    let mut end = text.iter().take_while(goes_on).count();
    while matches!(text[end - 1], b':' | b'.' | b'+' | b'-') {
        end -= 1;
    }
    Some(end)
}
