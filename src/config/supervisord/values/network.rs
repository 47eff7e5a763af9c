//! Addresses to listen on and to call.

use crate::base::text::python_repr;
use crate::config::supervisord::python::{is_space, strip};
use crate::config::supervisord::values::integer;
use crate::config::supervisord::values::number::decimal;
use crate::model::Hosts;

/// A TCP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Lower-case host; empty for every address.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

fn port(text: &str) -> Result<u16, String> {
    let number = integer(text)?;
    match u16::try_from(number.value) {
        Ok(port) if port > 0 => Ok(port),
        _ if number.value < 1 => Err(format!("{number} is below lower bound (1)")),
        _ => Err(format!("{number} is above upper bound (65535)")),
    }
}

/// `port` or `host:port`; `*` is every address.
///
/// # Errors
/// The original's texts about a port that is none.
pub fn inet_address(text: &str) -> Result<Address, String> {
    let Some((host, digits)) = text.rsplit_once(':') else {
        return match port(text) {
            Ok(port) => Ok(Address { host: String::new(), port }),
            Err(_) => Err(format!("not a valid port number: {} ", python_repr(text))),
        };
    };
    if digits.is_empty() {
        return Err("no port number specified in ''".to_owned());
    }
    let port = port(digits)?;
    let host = if host == "*" { String::new() } else { host.to_lowercase() };
    Ok(Address { host, port })
}

/// `tcp://host:port` of a FastCGI socket; `None` where it has another form.
///
/// # Errors
/// About a port out of range.
pub fn fastcgi_address(text: &str) -> Option<Result<Address, String>> {
    let (host, digits) = text.strip_prefix("tcp://")?.split_once(':')?;
    let well_formed = !host.is_empty()
        && !host.contains(is_space)
        && !digits.is_empty()
        && digits.chars().all(|c| decimal(c).is_some());
    well_formed.then(|| port(digits).map(|port| Address { host: host.to_lowercase(), port }))
}

/// A URL with a scheme and something behind it, for `supervisorctl -s`.
///
/// # Errors
/// `value 'x' is not a URL`.
pub fn url(text: &str) -> Result<String, String> {
    let scheme = text.split_once(':').filter(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && rest.split(['?', '#', ';']).next().is_some_and(|path| !path.is_empty() && path != "//")
    });
    match scheme {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("value {} is not a URL", python_repr(text))),
    }
}

/// Host names between commas; `*` among them is any.
///
/// # Errors
/// `not a valid host name: 'http://x'`.
pub fn hosts(text: &str) -> Result<Hosts, String> {
    let names: Vec<String> =
        text.split(',').map(|name| strip(name).to_lowercase()).filter(|name| !name.is_empty()).collect();
    if names.iter().any(|name| name == "*") {
        return Ok(Hosts::Any);
    }
    let fits = |name: &str| name.chars().all(|c| c.is_alphanumeric() || "-._".contains(c));
    match names.iter().find(|name| !fits(name)) {
        Some(name) => Err(format!("not a valid host name: {}", python_repr(name))),
        None => Ok(Hosts::Named(names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_bare() {
        let named = |names: &[&str]| Ok(Hosts::Named(names.iter().map(|&name| name.to_owned()).collect()));
        assert_eq!(hosts("Status.example.com, b_1,"), named(&["status.example.com", "b_1"]));
        assert_eq!(hosts(""), named(&[]));
        assert_eq!(hosts("a, *"), Ok(Hosts::Any));
        for bad in ["http://x", "x:80", "a b", "*.example.com"] {
            assert_eq!(hosts(bad), Err(format!("not a valid host name: '{bad}'")));
        }
    }

    #[test]
    fn addresses_are_split_at_the_last_colon() {
        for (text, host, port) in [
            ("9001", "", 9001),
            (":9001", "", 9001),
            ("*:9001", "", 9001),
            ("LocalHost:80", "localhost", 80),
            ("[::1]:80", "[::1]", 80),
            ("h: 80", "h", 80),
        ] {
            assert_eq!(inet_address(text), Ok(Address { host: host.to_owned(), port }), "{text}");
        }
        for (text, why) in [
            ("abc", "not a valid port number: 'abc' "),
            ("0", "not a valid port number: '0' "),
            ("", "not a valid port number: '' "),
            ("h:", "no port number specified in ''"),
            ("h:x", "invalid literal for int() with base 10: 'x'"),
            ("h:99999", "99999 is above upper bound (65535)"),
            ("h:99999999999999999999", "99999999999999999999 is above upper bound (65535)"),
            ("h:-1", "-1 is below lower bound (1)"),
        ] {
            assert_eq!(inet_address(text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn fastcgi_addresses_are_strict() {
        assert_eq!(fastcgi_address("tcp://H:80"), Some(Ok(Address { host: "h".to_owned(), port: 80 })));
        for text in ["tcp://:80", "tcp://h", "tcp://h:8 ", "tcp://a b:80", "http://h:80", "tcp://h:80:81"] {
            assert_eq!(fastcgi_address(text), None, "{text}");
        }
        assert_eq!(fastcgi_address("tcp://h:0"), Some(Err("0 is below lower bound (1)".to_owned())));
    }

    #[test]
    fn urls_have_a_scheme_and_more() {
        for text in ["http://h:9001", "unix:///x", "a:b"] {
            assert!(url(text).is_ok(), "{text}");
        }
        for text in ["", "h", "localhost", "http://", "http:", ":x", "1a:b"] {
            assert_eq!(url(text), Err(format!("value '{text}' is not a URL")));
        }
    }
}
