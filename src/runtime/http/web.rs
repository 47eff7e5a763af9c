//! The web page at `/`: its files, its orders, and the events for who watches it.
//!
//! Processor and memory figures are read from `/proc` only while somebody watches, every [`SAMPLE`]; without watchers nothing
//! wakes the daemon. A watcher always gets a whole snapshot, and never a second one before the first has gone out: who is
//! slow misses what lay between, and memory stays bounded.

use crate::api::metrics::{Calls, Figures, Turns, Usage};
use crate::api::web::{self, Order};
use crate::api::{Answer, Host, Job, view};
use crate::base::{Mono, Now};
use crate::engine::ServiceView;
use crate::model::OutputChannel;
use crate::runtime::daemon::Daemon;
use crate::runtime::http::routes::{Routed, program_log_path};
use crate::runtime::http::rpc;
use crate::sys::{process, procfs, random};
use crate::wire::http::{Request, Response, form_pairs};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// How often figures are read while somebody watches.
pub const SAMPLE: Duration = Duration::from_secs(2);

/// Watchers at most.
pub const MOST_WATCHERS: usize = 256;

/// A download is the end of a log, at most this long.
const DOWNLOAD: u64 = 4 * 1024 * 1024;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// What the page needs to be remembered.
pub struct Web {
    token: String,
    /// Whether something that the page shows has changed since it was told last.
    pub changed: bool,
    figures: Figures,
    sampled: Option<Mono>,
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
        Web { token: random::token(), changed: false, figures, sampled: None }
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
pub fn answer(daemon: &mut Daemon, request: &Request) -> Option<Routed> {
    let path = request.head.path();
    let reads = matches!(request.head.method(), "GET" | "HEAD");
    let response = match path {
        "/" | "/index.html" if request.head.method() == "POST" => return Some(order(daemon, request)),
        "/" | "/index.html" if !reads => Response::error(405),
        "/" | "/index.html" => page(daemon, request),
        "/ok.html" => document("text/plain;charset=utf-8", "OK"),
        "/stylesheets/supervisor.css" => document("text/css;charset=utf-8", STYLE),
        "/web/page.js" => document("text/javascript;charset=utf-8", SCRIPT),
        "/tail.html" => tail(daemon, request),
        "/events" if request.head.method() == "GET" => return Some(Routed::Watch(Box::new(events()))),
        "/web/mainlog" => download(daemon, daemon.main_log().as_deref()),
        _ => {
            let log = path.strip_prefix("/web/log/")?;
            let log = program_log_path(daemon, &format!("/logtail/{log}")).ok();
            download(daemon, log.as_deref())
        }
    };
    Some(Routed::Answer(response))
}

fn document(kind: &'static str, body: impl Into<String>) -> Response {
    Response::new(200)
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

fn page(daemon: &Daemon, request: &Request) -> Response {
    let query = request.head.query().unwrap_or_default();
    if field(query, "action").is_some() {
        // A link or an image on a foreign page could order this.
        return Response::new(405).with("Allow", "POST").with_error_page();
    }
    let message = field(query, "message").unwrap_or_default();
    html(web::page(PAGE, daemon, &daemon.web.token, &message))
}

fn order(daemon: &mut Daemon, request: &Request) -> Routed {
    let body = String::from_utf8_lossy(&request.body);
    let given = |name: &str| field(&body, name).unwrap_or_default();
    if !web::is_same_origin(&request.head) || !web::is_token(&given("token"), &daemon.web.token) {
        return Routed::Answer(Response::error(403));
    }
    let Some(mut order) = Order::new(&given("action"), &given("processname")) else {
        return Routed::Answer(Response::error(400));
    };
    order.spread(daemon);
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
            let place = format!("/?message={}", percent_encode(message));
            Response::new(303).with("Location", place).with_error_page()
        }
    }
}

fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let code = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(code).collect()
}

/// The end of a program's output (`tail.html` of `supervisor/web.py`).
fn tail(daemon: &Daemon, request: &Request) -> Response {
    let query = request.head.query().unwrap_or_default();
    let limit = field(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(1024);
    let text = match field(query, "processname") {
        None => "No process name found".to_owned(),
        Some(name) => {
            match program_log_path(daemon, &format!("/logtail/{name}/{}", OutputChannel::Stdout.name())) {
                Err(_) => format!("ERROR: unexpected rpc fault [10] BAD_NAME: {name}"),
                Ok(path) => match end_of(daemon, &path, u64::clamp(limit, 1024, DOWNLOAD)) {
                    None => format!("No file for {name}"),
                    Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                },
            }
        }
    };
    html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><title>Supervisor Status</title>\
         <link rel=\"stylesheet\" href=\"/stylesheets/supervisor.css\"></head><body><div id=\"wrapper\">\
         <p><a href=\"\">Refresh</a></p><pre>{}</pre></div></body></html>",
        web::escape(&text)
    ))
}

fn end_of(daemon: &Daemon, path: &Path, length: u64) -> Option<Vec<u8>> {
    let size = daemon.file_size(path).ok()??;
    daemon.read_file(path, size.saturating_sub(length), length).ok()
}

fn download(daemon: &Daemon, path: Option<&Path>) -> Response {
    match path.and_then(|path| end_of(daemon, path, DOWNLOAD)) {
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
        let usage = |pid| procfs::usage(pid).map(|usage| Usage { cpu: usage.cpu, memory: usage.memory });
        self.web.figures.daemon = usage(process::own_pid()).unwrap_or_default();
        let pids = self.engine.services().filter_map(ServiceView::pid);
        self.web.figures.usage = pids.filter_map(|pid| Some((pid, usage(pid)?))).collect();
        self.web.sampled = Some(now.mono);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::xmlrpc::Value;

    #[test]
    fn a_message_survives_the_way_through_the_address() {
        let response = ended(&Ok(Value::Text("a&b=\u{e4} <c>".to_owned())), Told::Browser);
        assert_eq!(
            (response.status(), response.header("Location")),
            (303, Some("/?message=a%26b%3D%C3%A4%20%3Cc%3E"))
        );
    }
}
