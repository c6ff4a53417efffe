//! What a site's own configuration writes with `logwrite`, `warn log_message` or `event_action`, in whatever words.
//!
//! Asked after all of Exim's own texts, it is told by shapes that none of those has (`log_write` in the sources of 4.50
//! to 4.99).  Free text without such a shape stays unparsed.
//!
//! `peer dn<TAB>CN=client.example`

use memchr::memchr;

use crate::bytes;

/// The kind of a text that is none of Exim's own, with or without a message id before it.
pub(super) fn kind(id: bool, text: &[u8]) -> Option<&'static str> {
    let written = is_tabbed(text)
        || is_quoted(text)
        || is_named(text)
        || (id && is_labelled(text))
        || is_header(text)
        || is_value(id, text)
        || is_addressed(text)
        || is_column(text)
        || is_answer(text)
        || is_variable(text)
        || is_of_an_event(text);
    written.then_some("text of the configuration")
}

/// Nothing at all (`logwrite = $empty`), or a value by its name alone: `Connections=20`.  Any other single word, and an id
/// alone, may be the beginning of a line that was cut off.
fn is_value(id: bool, text: &[u8]) -> bool {
    let Some(at) = bytes::find(text, b'=') else { return !id && text.is_empty() };
    let (name, value) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    let whole = name.len() >= 4 && !value.is_empty();
    whole && name.iter().all(u8::is_ascii_alphabetic) && value.iter().all(u8::is_ascii_digit)
}

/// `192.0.2.1 accepted`, `[192.0.2.1] -> file`: Exim's own texts that begin with an address, in brackets, go on with
/// what TLS said.
fn is_addressed(text: &[u8]) -> bool {
    let bare = text.strip_prefix(b"[").unwrap_or(text);
    let (ip, rest) = bare.split_at(bytes::ip_length(bare.get(..64).unwrap_or(bare)));
    let rest = if bare.len() < text.len() { rest.strip_prefix(b"]").unwrap_or_default() } else { rest };
    is_ip(ip) && rest.first() == Some(&b' ')
}

/// `remote         [192.0.2.1]:25`, `tls session:   no`: up to three small words, and what stands in a column of its own.
fn is_column(text: &[u8]) -> bool {
    bytes::find_words(text, b"  ").and_then(|at| text.get(..at)).is_some_and(is_label)
}

/// `proxy session: no`, `proxy internal [192.0.2.1]:25`, `proxy external []:0`: up to three small words, and nothing but a
/// yes, a no, or an address with its port.
fn is_answer(text: &[u8]) -> bool {
    let Some((label, value)) = bytes::rfind(text, b' ').and_then(|at| text.split_at_checked(at)) else { return false };
    let said = match value {
        b" yes" | b" no" | b" true" | b" false" => label.ends_with(b":"),
        [b' ', b'[', rest @ ..] => {
            let (ip, port) = rest.split_at(bytes::ip_length(rest.get(..64).unwrap_or(rest)));
            let port = port.strip_prefix(b"]:").unwrap_or_default();
            (ip.is_empty() || is_ip(ip)) && !port.is_empty() && port.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    said && is_label(label)
}

/// Up to three words in small letters, with or without a colon behind them.
fn is_label(text: &[u8]) -> bool {
    let mut words = text.strip_suffix(b":").unwrap_or(text).split(|b| *b == b' ');
    words.clone().count() <= 3 && words.all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_lowercase))
}

fn is_ip(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|ip| ip.parse::<std::net::IpAddr>().is_ok())
}

/// `$1 'tail'`, `where='quota' msg='Over quota'`: variables, as a configuration names and quotes them.
fn is_variable(text: &[u8]) -> bool {
    let name = text.iter().take(40).position(|b| !(b.is_ascii_lowercase() || *b == b'_')).unwrap_or(0);
    match text {
        [b'$', first, ..] => first.is_ascii_alphanumeric() || *first == b'{',
        _ => name > 0 && text.get(name..).is_some_and(|rest| rest.starts_with(b"='")),
    }
}

/// `<dns:fail> nx.example`, `event auth:fail`: an `event_action` that writes which event it is called for (Exim's
/// manual, chapter "Events").
fn is_of_an_event(text: &[u8]) -> bool {
    const GROUPS: [&[u8]; 8] = [b"auth", b"dane", b"dns", b"msg", b"ptc", b"smtp", b"tcp", b"tls"];
    let text = text.strip_prefix(b"event ").or_else(|| text.strip_prefix(b"<")).unwrap_or(text);
    let end = text.iter().take(40).position(|b| !(b.is_ascii_lowercase() || *b == b':')).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or_default();
    let mut parts = name.split(|b| *b == b':');
    let known = parts.next().is_some_and(|group| GROUPS.contains(&group));
    let rest_fits = matches!(rest.first(), None | Some(b' ' | b'>'));
    known && rest_fits && parts.clone().count() >= 1 && parts.all(|part| !part.is_empty())
}

/// `peer dn<TAB>CN=client.example`: `logwrite = label\t$value`.
///
/// Exim itself never writes a tab: in everything that strangers hand it, tabs become `\t` (string_printing), and its own
/// texts have none.
fn is_tabbed(text: &[u8]) -> bool {
    let Some(label) = memchr(b'\t', text).and_then(|tab| text.get(..tab)) else { return false };
    (1..=40).contains(&label.len())
        && label.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-'))
}

/// `"rcpt ACL"`: Exim's only texts that begin with a quote go on behind the closing one.
fn is_quoted(text: &[u8]) -> bool {
    matches!(text, [b'"', inner @ .., b'"'] if !inner.contains(&b'"'))
}

/// `tls_out_resumption session resumed`, `acl_mail: ocsp in status: 4`: the name of a variable, of a list, of an
/// option.  The few texts of Exim's own that begin with such a name have their rules above.
fn is_named(text: &[u8]) -> bool {
    let name = text.iter().take(40).position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_'));
    let Some((name, rest)) = name.and_then(|end| text.split_at_checked(end)) else { return false };
    let inner = name.first().is_some_and(u8::is_ascii_lowercase) && name.last() != Some(&b'_') && name.contains(&b'_');
    inner && matches!(rest, [b' ', ..] | [b':', b' ', ..])
}

/// `1tSczm-00000000023-3hcW signer: x.example bits: 1024`, `... client claims: ocsp status 4`: one or two words and a
/// colon, behind a message id.
fn is_labelled(text: &[u8]) -> bool {
    let end = text.iter().take(40).position(|b| !(b.is_ascii_lowercase() || matches!(b, b' ' | b'-' | b'0'..=b'9')));
    let Some((label, rest)) = end.and_then(|end| text.split_at_checked(end)) else { return false };
    let words = label.split(|b| *b == b' ');
    let whole = words.clone().all(|word| word.first().is_some_and(u8::is_ascii_lowercase));
    whole && words.count() <= 2 && (rest.starts_with(b": ") || rest == b":")
}

/// `X-ACL-Warn: text`, `custom-message: text`: named as a header is, with a hyphen.
fn is_header(text: &[u8]) -> bool {
    let end = text.iter().take(40).position(|b| !(b.is_ascii_alphanumeric() || *b == b'-'));
    let Some((name, rest)) = end.and_then(|end| text.split_at_checked(end)) else { return false };
    let hyphens =
        name.first().is_some_and(u8::is_ascii_alphabetic) && name.last() != Some(&b'-') && name.contains(&b'-');
    hyphens && rest.starts_with(b": ")
}
