//! The web page at `/`: its files, its orders, and the events for who watches it.
//!
//! Processor and memory figures are read from `/proc` only while somebody watches, every [`SAMPLE`]; without watchers nothing
//! wakes the daemon. A watcher always gets a whole snapshot, and never a second one before the first has gone out: who is
//! slow misses what lay between, and memory stays bounded.

use crate::api::metrics::{Calls, Figures, Turns, Usage};
use crate::api::web::{self, Filling, Gate, Order};
use crate::api::{Answer, Host, Job, Log, view};
use crate::base::{Mono, Now};
use crate::model::{OutputChannel, Server};
use crate::runtime::daemon::Daemon;
use crate::runtime::http::routes::{self, Routed, program_log};
use crate::runtime::http::{figures, rpc};
use crate::sys::random;
use crate::wire::http::{Request, Response, form_pairs};
use std::collections::HashMap;
use std::time::Duration;

/// How often figures are read while somebody watches.
pub const SAMPLE: Duration = Duration::from_secs(2);

/// How long a change waits for others before watchers are told again: when a thousand programs start, a thousand snapshots
/// would be made for nothing.
pub const PAUSE: Duration = Duration::from_millis(50);

/// Watchers at most.
pub const MOST_WATCHERS: usize = 256;

/// The log viewer begins with this much of the past.
const SHOWN: u64 = 128 * 1024;

/// A download is the end of a log, at most this long.
const DOWNLOAD: u64 = 4 * 1024 * 1024;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = "text/css;charset=utf-8";
const SCRIPT: &str = "text/javascript;charset=utf-8";

/// What the page consists of besides itself: path, type, text.
const FILES: [(&str, &str, &str); 8] = [
    ("/stylesheets/supervisor.css", STYLE, include_str!("page/page.css")),
    ("/web/viewer.css", STYLE, include_str!("page/viewer.css")),
    ("/web/page.js", SCRIPT, include_str!("page/page.js")),
    ("/web/table.js", SCRIPT, include_str!("page/table.js")),
    ("/web/viewer.js", SCRIPT, include_str!("page/viewer.js")),
    ("/web/live.js", SCRIPT, include_str!("page/live.js")),
    ("/web/orders.js", SCRIPT, include_str!("page/orders.js")),
    ("/web/dom.js", SCRIPT, include_str!("page/dom.js")),
];

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the page needs to be remembered.
pub struct Web {
    token: String,
    /// Whether something that the page shows has changed since it was told last.
    pub changed: bool,
    figures: Figures,
    sampled: Option<Mono>,
    /// When watchers were told last.
    pub told: Option<Mono>,
}

impl Web {
    /// With a token of its own.
    #[must_use]
    pub fn new(now: Now) -> Web {
        let figures = Figures {
            started: now.wall,
            daemon: Usage::default(),
            usage: HashMap::new(),
            log_bytes: HashMap::new(),
            pools: Vec::new(),
            turns: Turns::default(),
            calls: Calls::default(),
        };
        Web { token: random::token(), changed: false, figures, sampled: None, told: None }
    }
}

/// How the end of an order is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// To the page's script.
    Script,
    /// By sending the browser back to the page.
    Browser,
}

/// Answers what belongs to the page; `None` for any other path.
pub fn answer(daemon: &mut Daemon, request: &Request, server: &Server) -> Option<Routed> {
    let path = request.head.path();
    let reads = matches!(request.head.method(), "GET" | "HEAD");
    let response = match path {
        "/" | "/index.html" if request.head.method() == "POST" => {
            return Some(order(daemon, request, server));
        }
        "/" | "/index.html" if !reads => Response::error(405),
        "/" | "/index.html" if orders(request) => return Some(link(daemon, request, server)),
        "/" | "/index.html" => page(daemon, request),
        "/ok.html" => Response::new(200).with("Content-Type", "text/plain").with_body(&b"OK"[..]),
        "/tail.html" => tail(daemon, request),
        "/events" if request.head.method() == "GET" => return Some(Routed::Watch(Box::new(events()))),
        "/web/mainlog" => download(daemon, daemon.main_log().map(Log::File).as_ref()),
        "/web/follow" => {
            let log = daemon.main_log().map(Log::File).ok_or(404);
            return Some(routes::follow(daemon, request, log, SHOWN, true));
        }
        _ => return file(path).map(Routed::Answer).or_else(|| log(daemon, request)),
    };
    Some(Routed::Answer(response))
}

/// A file of the page.
fn file(path: &str) -> Option<Response> {
    let (_, kind, text) = FILES.iter().find(|(name, _, _)| *name == path)?;
    Some(document(kind, *text))
}

/// A program's log: to download, or to follow.
fn log(daemon: &Daemon, request: &Request) -> Option<Routed> {
    let path = request.head.path();
    let of = |name: &str| program_log(daemon, &format!("/logtail/{name}"));
    if let Some(name) = path.strip_prefix("/web/follow/") {
        return Some(routes::follow(daemon, request, of(name), SHOWN, true));
    }
    let log = of(path.strip_prefix("/web/log/")?).ok();
    Some(Routed::Answer(download(daemon, log.as_ref())))
}

/// Whether a path is the page's. `/ok.html` is not: health checks ask for it under any name.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    matches!(path, "/" | "/index.html" | "/tail.html" | "/events") || path.starts_with("/web/")
}

/// The answer to a browser that came under a name that is not known here, with what to do about it.
#[must_use]
pub fn stranger(host: &str, server: &Server) -> Response {
    let text = format!(
        "This server does not know the name {host}, and has no password: a foreign page could have made that name lead \
         here. If the name is yours, write allowed_hosts={} into [{}], or set username and password there.\n",
        host.split(':').next().unwrap_or_default(),
        server.section
    );
    guarded(403, "text/plain;charset=utf-8", text)
}

fn document(kind: &'static str, body: impl Into<String>) -> Response {
    guarded(200, kind, body)
}

/// With the headers that keep browsers from doing more with a document than showing it.
fn guarded(status: u16, kind: &'static str, body: impl Into<String>) -> Response {
    Response::new(status)
        .with("Content-Type", kind)
        .with("Cache-Control", "no-cache")
        .with("Pragma", "no-cache")
        .with("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
        .with("Content-Security-Policy", POLICY)
        .with("X-Content-Type-Options", "nosniff")
        .with("Referrer-Policy", "same-origin")
        .with_body(body.into().into_bytes())
}

fn html(body: String) -> Response {
    document("text/html;charset=utf-8", body)
}

fn events() -> Response {
    Response::new(200)
        .with("Content-Type", "text/event-stream")
        .with("Cache-Control", "no-cache")
        .with("X-Accel-Buffering", "no")
}

fn field(pairs: &str, name: &str) -> Option<String> {
    form_pairs(pairs).find(|(key, _)| key == name).map(|(_, value)| value)
}

fn orders(request: &Request) -> bool {
    field(request.head.query().unwrap_or_default(), "action").is_some()
}

fn page(daemon: &Daemon, request: &Request) -> Response {
    let message = field(request.head.query().unwrap_or_default(), "message").unwrap_or_default();
    html(web::page(Filling { template: PAGE, token: &daemon.web.token, message: &message }, daemon))
}

/// A link that orders something, as the original has them. Any page that an operator's browser opens could follow it, so
/// that is refused unless the server's section allows it.
fn link(daemon: &mut Daemon, request: &Request, server: &Server) -> Routed {
    if !server.allow_get_actions || request.head.method() != "GET" {
        return Routed::Answer(Response::new(405).with("Allow", "POST").with_error_page());
    }
    obey(daemon, request.head.query().unwrap_or_default())
}

fn order(daemon: &mut Daemon, request: &Request, server: &Server) -> Routed {
    let body = String::from_utf8_lossy(&request.body);
    let token = field(&body, "token").unwrap_or_default();
    let gate = Gate { server, machine: &daemon.machine };
    if !gate.is_same_origin(&request.head) || !web::is_token(&token, &daemon.web.token) {
        return Routed::Answer(Response::error(403));
    }
    obey(daemon, &body)
}

/// Begins what the fields of a form or of a link order.
fn obey(daemon: &mut Daemon, fields: &str) -> Routed {
    let given = |name: &str| field(fields, name).unwrap_or_default();
    let Some(mut order) = Order::new(&given("action"), &given("processname"), daemon) else {
        return Routed::Answer(Response::error(400));
    };
    let told = if given("json").is_empty() { Told::Browser } else { Told::Script };
    match order.poll(daemon) {
        Some(answer) => Routed::Answer(ended(&answer, told)),
        None => Routed::Later(Box::new(order), rpc::Encoding::Page(told)),
    }
}

/// What an order that has ended is answered with.
pub fn ended(answer: &Answer, told: Told) -> Response {
    let message = match answer {
        Ok(value) => value.as_str().unwrap_or_default(),
        Err(_) => "ERROR",
    };
    match told {
        Told::Script => document("application/json", serde_json::json!({ "message": message }).to_string()),
        Told::Browser => {
            // Relative: behind a proxy the page may be elsewhere than at the top.
            let place = format!("./?message={}", web::page::percent_encode(message));
            Response::new(303).with("Location", place).with_error_page()
        }
    }
}

/// The end of a program's output (`tail.html` of `supervisor/web.py`).
fn tail(daemon: &Daemon, request: &Request) -> Response {
    let query = request.head.query().unwrap_or_default();
    let limit = field(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(1024);
    let name = field(query, "processname").unwrap_or_default();
    let text = tail_of(daemon, &name, u64::clamp(limit, 1024, DOWNLOAD));
    html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Supervisor tail of process {}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"stylesheets/supervisor.css\"></head>\
         <body><div id=\"wrapper\"><p><a href=\"./\">All processes</a> <a href=\"\">Refresh</a></p>\
         <pre>{}</pre></div></body></html>",
        web::escape(&name),
        web::escape(&text)
    ))
}

fn tail_of(daemon: &Daemon, name: &str, length: u64) -> String {
    if name.is_empty() {
        return "No process name found".to_owned();
    }
    match program_log(daemon, &format!("/logtail/{name}/{}", OutputChannel::Stdout.name())) {
        Err(_) => format!("ERROR: unexpected rpc fault [10] BAD_NAME: {name}"),
        Ok(log) => match end_of(daemon, &log, length) {
            None => format!("No file for {name}"),
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        },
    }
}

fn end_of(daemon: &Daemon, log: &Log, length: u64) -> Option<Vec<u8>> {
    let size = daemon.log_size(log).ok()??;
    daemon.read_log(log, size.saturating_sub(length), length).ok()
}

fn download(daemon: &Daemon, log: Option<&Log>) -> Response {
    match log.and_then(|log| end_of(daemon, log, DOWNLOAD)) {
        None => Response::error(404),
        Some(bytes) => Response::new(200)
            .with("Content-Type", "text/plain;charset=utf-8")
            .with("Content-Disposition", "attachment")
            .with("X-Content-Type-Options", "nosniff")
            .with("Cache-Control", "no-cache")
            .with_body(bytes),
    }
}

impl Daemon {
    /// Everything that the page shows, as one event.
    pub(super) fn snapshot_event(&mut self, now: Now) -> Vec<u8> {
        if self.web.sampled.is_none_or(|last| now.mono.since(last) >= SAMPLE) {
            self.sample(now);
        }
        let mut shown = view::snapshot(self, &self.web.figures);
        if let Some(shown) = shown.as_object_mut() {
            let sampled = self.web.sampled.map(|mono| mono.0.as_secs_f64());
            shown.insert("sampled".to_owned(), serde_json::json!(sampled));
        }
        view::frame("snapshot", &shown).into_bytes()
    }

    fn sample(&mut self, now: Now) {
        self.web.figures.daemon = figures::own();
        self.web.figures.usage = figures::used(self);
        self.web.sampled = Some(now.mono);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_can_be_served_below_a_proxys_path() {
        for text in FILES.iter().map(|(_, _, text)| *text).chain([PAGE]) {
            assert!(!text.contains("=\"/") && !text.contains("url(") && !text.contains("(\"/"), "{text}");
        }
    }
    use crate::wire::xmlrpc::Value;

    #[test]
    fn a_message_survives_the_way_through_the_address() {
        let response = ended(&Ok(Value::Text("a&b=\u{e4} <c>".to_owned())), Told::Browser);
        assert_eq!(
            (response.status(), response.header("Location")),
            (303, Some("./?message=a%26b%3D%C3%A4%20%3Cc%3E"))
        );
    }
}
