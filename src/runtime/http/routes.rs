//! Which path leads where. Prefixes are as loose as the original's: `/RPC2xyz` is the RPC handler, `/logtailx/cat` follows a log.

use crate::api::probes::Probe;
use crate::api::web::Gate;
use crate::api::{Job, json, metrics};
use crate::model::{OutputChannel, Server};
use crate::runtime::daemon::Daemon;
use crate::runtime::http::follow::{Follower, HEAD};
use crate::runtime::http::{figures, rpc, web};
use crate::wire::http::{Request, Response, date};
use std::path::{Path, PathBuf};

/// What becomes of a request.
pub enum Routed {
    /// This is the answer.
    Answer(Response),
    /// The answer comes when the job is done.
    Later(Box<dyn Job>, rpc::Encoding),
    /// The answer is what the web page shows, now and after each change.
    Watch(Box<Response>),
    /// The answer is what a log has and will get.
    Follow(Box<Response>, Box<Follower>),
}

/// Answers a request, or says what must happen first.
pub fn answer(daemon: &mut Daemon, request: &Request, server: &Server) -> Routed {
    let path = request.head.path();
    let gate = Gate { server, machine: &daemon.machine };
    if let Some(host) = gate.refused(&request.head, web::is_ours(path)) {
        return Routed::Answer(web::stranger(host, server));
    }
    if path.starts_with("/RPC2") {
        return rpc::xml(daemon, request);
    }
    if path.starts_with("/logtail") {
        let log = program_log_path(daemon, path);
        return follow(request, log, HEAD, true);
    }
    if path.starts_with("/mainlogtail") {
        let log = Ok(daemon.log.path().to_owned());
        return follow(request, log, HEAD, false);
    }
    if path.starts_with(json::PREFIX) {
        return rpc::json(daemon, request);
    }
    if let Some(probe) = Probe::of(path) {
        return Routed::Answer(probed(probe, daemon));
    }
    if path == "/metrics" {
        let text = metrics::text(daemon, &figures::gather(daemon));
        return Routed::Answer(
            Response::new(200).with("Content-Type", metrics::CONTENT_TYPE).with_body(text.into_bytes()),
        );
    }
    web::answer(daemon, request, server).unwrap_or_else(|| {
        let asks = matches!(request.head.method(), "GET" | "HEAD");
        Routed::Answer(Response::error(if asks { 404 } else { 400 }))
    })
}

fn probed(probe: Probe, daemon: &Daemon) -> Response {
    let (status, text) = probe.answer(daemon);
    Response::new(status)
        .with("Content-Type", "text/plain;charset=utf-8")
        .with("Cache-Control", "no-store")
        .with_body(text.into_bytes())
}

/// Opens a log to follow, from so many bytes before its end on. `log` is its path, or the status of the refusal.
pub(super) fn follow(request: &Request, log: Result<PathBuf, u16>, head: u64, unbuffered: bool) -> Routed {
    if request.head.method() != "GET" {
        return Routed::Answer(Response::error(400));
    }
    match log.and_then(|path| Follower::open(&path, head).map_err(|_| 404)) {
        Err(status) => Routed::Answer(Response::error(status)),
        Ok(follower) => {
            let response = Response::new(200)
                .with("Last-Modified", date::format(follower.modified()))
                .with("Content-Type", "text/plain;charset=utf-8");
            // Asks nginx not to collect pieces before it passes them on.
            let response = if unbuffered { response.with("X-Accel-Buffering", "no") } else { response };
            Routed::Follow(Box::new(response), Box::new(follower))
        }
    }
}

/// The file behind `/logtail/NAME[/CHANNEL]`, NAME being `process` or `group:process` (`supervisor/http.py`,
/// `logtail_handler`); the status of the refusal if there is none.
pub(super) fn program_log_path(daemon: &Daemon, path: &str) -> Result<PathBuf, u16> {
    let (_, name) = path.trim_start_matches('/').split_once('/').ok_or(500_u16)?;
    let (name, channel) = name.split_once('/').unwrap_or((name, "stdout"));
    let (group, process) = match name.split_once(':') {
        Some((group, process)) => (group, if process.is_empty() { "*" } else { process }),
        None => (name, name),
    };
    let channel = OutputChannel::BOTH.into_iter().find(|known| known.name() == channel).ok_or(404_u16)?;
    let view = daemon.engine.find(group, process).ok_or(404_u16)?;
    let program = daemon.programs.get(&view.id()).ok_or(404_u16)?;
    program.log_path(channel, view.service()).map(Path::to_owned).ok_or(404)
}
