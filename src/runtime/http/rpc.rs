//! Calls of methods over HTTP: XML-RPC at `/RPC2`. Texts and status codes mirror `supervisor/xmlrpc.py`
//! (`supervisor_xmlrpc_handler`).

use crate::api::{self, Answer, Outcome, Refusal, Reply, dispatch};
use crate::base::text::python_bytes_repr;
use crate::model::LogLevel;
use crate::runtime::daemon::Daemon;
use crate::runtime::http::routes::Routed;
use crate::wire::http::{Request, Response};
use crate::wire::xmlrpc::{self, DecodeError, Value};

/// A request to `/RPC2`.
pub fn xml(daemon: &mut Daemon, request: &Request) -> Routed {
    // As in the original, the method of the request does not matter: a GET has no body, and so is no call.
    match xmlrpc::decode_call(&request.body) {
        Err(error) => {
            let data = python_bytes_repr(&request.body);
            let why = match error {
                DecodeError::NoMethod => "no method name",
                DecodeError::Unmarshallable(_) => "unmarshallable",
            };
            daemon.log.error(&format!("XML-RPC request data {data} is invalid: {why}"));
            Routed::Answer(Response::error(400))
        }
        Ok(call) => match run(daemon, &call.method, &call.params) {
            Ok(Reply::Now(value)) => Routed::Answer(value_response(&value)),
            Ok(Reply::Later(job)) => Routed::Later(job),
            Err(refusal) => Routed::Answer(refused(&refusal)),
        },
    }
}

/// Calls a method and logs that at `trace`.
fn run(daemon: &mut Daemon, name: &str, params: &[Value]) -> Outcome {
    if daemon.log.wants(LogLevel::Trace) {
        daemon.log.write(LogLevel::Trace, &dispatch::trace_called(name));
    }
    let namespaces = daemon.namespaces.clone();
    let outcome = api::call(daemon, &namespaces, name, params);
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
pub fn answered(answer: &Answer) -> Response {
    match answer {
        Ok(value) => value_response(value),
        Err(refusal) => refused(refusal),
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
