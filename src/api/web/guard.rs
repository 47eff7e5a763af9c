//! Who may come: the checks that keep foreign pages in an operator's browser from reading or ordering anything.
//!
//! Three of them. The token, which only a page of ours knows. The origin, which a browser tells with everything that can
//! change something. And the name under which the browser came: a foreign page whose name is made to lead here (DNS
//! rebinding) has the same origin as we and can read the token, but it cannot hide its own name.

use crate::model::{Hosts, Listen, Server};
use crate::wire::http::Head;
use subtle::ConstantTimeEq;

/// Headers that every browser sends with a request that is not a plain GET, and other clients do not.
const SENDING: [&str; 2] = ["origin", "sec-fetch-site"];

/// Headers of which every browser sends at least one with any request. A script can alter some of them; it cannot leave
/// all of them out.
const READING: [&str; 4] = ["origin", "sec-fetch-site", "referer", "accept-language"];

/// Whether this is the token, compared in constant time.
#[must_use]
pub fn is_token(given: &str, token: &str) -> bool {
    !token.is_empty() && bool::from(given.as_bytes().ct_eq(token.as_bytes()))
}

/// Which names of a server browsers may use.
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// The server.
    pub server: &'a Server,
    /// The machine's own name.
    pub machine: &'a str,
}

impl Gate<'_> {
    /// The name that a request must not use, if it uses one. `page` tells that the path is one of the web page's, which only
    /// browsers have a use for; elsewhere clients that are no browsers pass under any name.
    #[must_use]
    pub fn refused<'h>(&self, head: &'h Head, page: bool) -> Option<&'h str> {
        let host = head.header("host").filter(|host| !host.is_empty())?;
        let marks: &[&str] = if matches!(head.method(), "GET" | "HEAD") { &READING } else { &SENDING };
        let browser = page || marks.iter().any(|mark| head.header(mark).is_some());
        (browser && self.is_closed() && !self.is_known(host)).then_some(host)
    }

    /// Whether a request comes from a page of this server, as far as the browser tells. Behind a proxy the browser knows the
    /// server under another name than the proxy does. A client that names no origin is no browser's foreign page; it must
    /// still know the token.
    #[must_use]
    pub fn is_same_origin(&self, head: &Head) -> bool {
        match head.header("sec-fetch-site") {
            Some("same-origin") => return true,
            Some("none") | None => {}
            Some(_) => return false,
        }
        let Some(from) = head.header("origin").or_else(|| head.header("referer")) else { return true };
        let rest = from.strip_prefix("http://").or_else(|| from.strip_prefix("https://"));
        let Some(from) = rest.and_then(|rest| rest.split('/').next()).filter(|from| !from.is_empty()) else {
            return false;
        };
        // No form and no script of a foreign page can set the second.
        [head.header("host"), head.header("x-forwarded-host")].contains(&Some(from)) || self.is_listed(from)
    }

    /// Whether names count here. Where a password is asked for, a foreign name does not have it: browsers keep passwords by
    /// name. Where the server listens beyond the machine, its users' names for it are not known, unless they are listed.
    fn is_closed(&self) -> bool {
        match (&self.server.hosts, &self.server.listen) {
            (Hosts::Any, _) => false,
            (Hosts::Named(_), _) => true,
            (Hosts::Usual, Listen::Inet { host, .. }) => {
                self.server.credentials.is_none() && is_loopback(host)
            }
            (Hosts::Usual, Listen::Unix { .. }) => false,
        }
    }

    /// Names that nobody else can make lead here, and the listed ones.
    fn is_known(&self, host: &str) -> bool {
        let name = bare(host).to_lowercase();
        let machine = self.machine.to_lowercase();
        is_address(&name)
            || name == "localhost"
            || name.ends_with(".localhost")
            || (!name.is_empty() && (name == machine || Some(name.as_str()) == machine.split('.').next()))
            || self.is_listed(host)
    }

    fn is_listed(&self, host: &str) -> bool {
        let name = bare(host).to_lowercase();
        matches!(&self.server.hosts, Hosts::Named(names) if names.contains(&name))
    }
}

/// A host without its port and without the dot that may end a full name.
fn bare(host: &str) -> &str {
    let end = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    end.strip_suffix('.').unwrap_or(end)
}

/// Whether this is an address as it stands in a URL. To a browser, no name ends with a number and none has brackets.
fn is_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    (name.starts_with('[') && name.ends_with(']'))
        || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]" | "::1") || (host.starts_with("127.") && is_address(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Credentials, Password};
    use crate::wire::http::{Connection, Event};

    fn head(method: &str, headers: &str) -> Head {
        let mut codec = Connection::default();
        codec.feed(format!("{method} / HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n").as_bytes());
        match codec.next(|_| Ok(())) {
            Some(Event::Request(request)) => request.head,
            _ => panic!("a request"),
        }
    }

    fn server(host: &str) -> Server {
        Server::new("inet_http_server", Listen::Inet { host: host.to_owned(), port: 9001 })
    }

    fn refuses(server: &Server, host: &str, page: bool) -> bool {
        let gate = Gate { server, machine: "Web1.corp" };
        gate.refused(&head("GET", &format!("Host: {host}\r\n")), page).is_some()
    }

    #[test]
    fn tokens() {
        assert!(is_token("ab", "ab"));
        assert!(!is_token("ab", "ac") && !is_token("", "ab") && !is_token("", ""));
    }

    #[test]
    fn a_loopback_server_knows_its_names() {
        for host in [
            "127.0.0.1:9001",
            "[::1]:9001",
            "10.0.0.7",
            "localhost",
            "LOCALHOST.:80",
            "a.localhost:1",
            "web1",
            "web1.corp:9001",
        ] {
            assert!(!refuses(&server("127.0.0.1"), host, true), "{host}");
        }
        for host in [
            "evil.example:9001",
            "web1.evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "7.evil",
            ":80",
        ] {
            assert!(refuses(&server("127.0.0.1"), host, true), "{host}");
            assert!(refuses(&server("localhost"), host, true), "{host}");
            assert!(!refuses(&server(""), host, true), "{host}");
            assert!(!refuses(&server("127.0.0.1"), host, false), "{host}");
        }
    }

    #[test]
    fn a_password_or_a_list_decides() {
        let mut guarded = server("127.0.0.1");
        guarded.credentials =
            Some(Credentials { username: "u".to_owned(), password: Password::Clear("p".to_owned()) });
        assert!(!refuses(&guarded, "evil.example", true));
        let mut listed = server("");
        listed.hosts = Hosts::Named(vec!["status.example.com".to_owned()]);
        assert!(refuses(&listed, "evil.example", true));
        assert!(!refuses(&listed, "Status.Example.com:443", true));
        let mut open = server("127.0.0.1");
        open.hosts = Hosts::Any;
        assert!(!refuses(&open, "evil.example", true));
    }

    #[test]
    fn orders_come_from_our_own_page() {
        let mut server = server("127.0.0.1");
        server.hosts = Hosts::Named(vec!["public".to_owned()]);
        let gate = Gate { server: &server, machine: "" };
        let same = |headers: &str| gate.is_same_origin(&head("POST", &format!("Host: a:1\r\n{headers}")));
        for headers in [
            "",
            "Origin: http://a:1\r\n",
            "Referer: https://a:1/x\r\n",
            "Origin: https://public:8443\r\n",
            "Origin: https://b\r\nX-Forwarded-Host: b\r\n",
            "Origin: https://b\r\nSec-Fetch-Site: same-origin\r\n",
        ] {
            assert!(same(headers), "{headers}");
        }
        for headers in [
            "Origin: http://a\r\n",
            "Origin: null\r\n",
            "Origin: http://\r\n",
            "Referer: http://b/?a:1\r\n",
            "Origin: http://a:1\r\nSec-Fetch-Site: cross-site\r\n",
            "Origin: http://a:1\r\nSec-Fetch-Site: same-site\r\n",
        ] {
            assert!(!same(headers), "{headers}");
        }
    }

    #[test]
    fn browsers_are_told_by_their_marks() {
        let server = server("127.0.0.1");
        let gate = Gate { server: &server, machine: "" };
        let refused = |method: &str, mark: &str| {
            gate.refused(&head(method, &format!("Host: evil.example\r\n{mark}")), false).is_some()
        };
        assert!(!refused("POST", "") && !refused("GET", "User-Agent: curl/8\r\n"));
        assert!(!refused("POST", "Accept-Language: *\r\n"), "clients that are no browsers send this");
        assert!(refused("POST", "Origin: http://evil.example\r\n"));
        assert!(refused("GET", "Accept-Language: en\r\n") && refused("GET", "Referer: http://x/\r\n"));
        assert!(gate.refused(&head("POST", "Origin: null\r\n"), true).is_none(), "no host at all");
    }
}
