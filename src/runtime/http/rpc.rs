//! Calls of methods over HTTP: XML-RPC at `/RPC2`, JSON at `/api/v1/…`. Texts and status codes mirror `supervisor/xmlrpc.py`
//! (`supervisor_xmlrpc_handler`).

use crate::api::{self, Answer, Outcome, Refusal, Reply, dispatch, json};
use crate::base::text::python_bytes_repr;
use crate::model::LogLevel;
use crate::runtime::daemon::Daemon;
use crate::runtime::http::routes::Routed;
use crate::runtime::http::web::{self, Told};
use crate::wire::http::{Request, Response};
use crate::wire::xmlrpc::{self, DecodeError, Value};

/// Bytes of an unreadable request that are logged. The original logs all, which lets a client fill the disk.
const LOGGED: usize = 8 * 1024;

/// A request to `/RPC2`.
pub fn xml(daemon: &mut Daemon, request: &Request) -> Routed {
    if request.head.method() != "POST" {
        return Routed::Answer(Response::error(400));
    }
    match xmlrpc::decode_call(&request.body) {
        Err(error) => {
            let data = python_bytes_repr(request.body.get(..LOGGED).unwrap_or(&request.body));
            let why = match error {
                DecodeError::NoMethod => "no method name",
                DecodeError::Unmarshallable(_) => "unmarshallable",
            };
            daemon.log.error(&format!("XML-RPC request data {data} is invalid: {why}"));
            Routed::Answer(Response::error(400))
        }
        Ok(call) => match run(daemon, &call.method, &call.params) {
            Ok(Reply::Now(value)) => Routed::Answer(value_response(&value)),
            Ok(Reply::Later(job)) => Routed::Later(job, Encoding::Xml),
            Err(refusal) => Routed::Answer(refused(&refusal)),
        },
    }
}

/// How the result of a call is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As XML-RPC.
    Xml,
    /// As JSON.
    Json,
    /// To who clicked on the web page.
    Page(Told),
}

/// A request below `/api/v1/`.
pub fn json(daemon: &mut Daemon, request: &Request) -> Routed {
    let head = &request.head;
    let asked = json::Request {
        verb: head.method(),
        path: head.path(),
        query: head.query().unwrap_or_default(),
        content_type: head.header("content-type"),
        body: &request.body,
    };
    match json::route(&daemon.namespaces, &asked) {
        json::Route::Answer(response) => Routed::Answer(json_response(response)),
        json::Route::Call { name, params } => match run(daemon, &name, &params) {
            Ok(Reply::Now(value)) => Routed::Answer(json_response(json::response(Ok(value)))),
            Ok(Reply::Later(job)) => Routed::Later(job, Encoding::Json),
            Err(refusal) => Routed::Answer(json_response(json::response(Err(refusal)))),
        },
    }
}

fn json_response(response: json::Response) -> Response {
    let answer = Response::new(response.status).with("Content-Type", "application/json");
    let answer = match response.allow {
        Some(allow) => answer.with("Allow", allow),
        None => answer,
    };
    answer.with_body(response.body.into_bytes())
}

/// Calls a method and logs that at `trace`.
fn run(daemon: &mut Daemon, name: &str, params: &[Value]) -> Outcome {
    if daemon.log.wants(LogLevel::Trace) {
        daemon.log.write(LogLevel::Trace, &dispatch::trace_called(name));
    }
    let namespaces = daemon.namespaces.clone();
    let outcome = api::call(daemon, &namespaces, name, params);
    daemon.calls.record(namespaces.find(name), outcome.is_err());
    if let Err(Refusal::Broken(exception)) = &outcome {
        daemon.log.critical(&dispatch::critical(name, exception));
    } else if daemon.log.wants(LogLevel::Trace)
        && let Some(line) = dispatch::trace_returned(name, &outcome)
    {
        daemon.log.write(LogLevel::Trace, &line);
    }
    outcome
}

/// What a call that took a while is answered with.
pub fn answered(answer: Answer, encoding: Encoding) -> Response {
    match (encoding, answer) {
        (Encoding::Xml, Ok(value)) => value_response(&value),
        (Encoding::Xml, Err(refusal)) => refused(&refusal),
        (Encoding::Json, answer) => json_response(json::response(answer)),
        (Encoding::Page(told), answer) => web::ended(&answer, told),
    }
}

fn value_response(value: &Value) -> Response {
    // A number beyond 32 bits cannot be told in XML-RPC; the original stumbles over it in the same way.
    xmlrpc::response(value).map_or_else(|_| Response::error(500), Response::xml)
}

fn refused(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Fault(fault) => Response::xml(xmlrpc::fault(fault.code, &fault.text)),
        Refusal::Broken(_) => Response::error(500),
    }
}
