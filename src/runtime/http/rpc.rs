//! Calls of methods over HTTP: XML-RPC at `/RPC2`.

use crate::runtime::daemon::Daemon;
use crate::runtime::http::routes::Routed;
use crate::wire::http::{Request, Response};

/// A request to `/RPC2`.
pub fn xml(_daemon: &mut Daemon, _request: &Request) -> Routed {
    Routed::Answer(Response::error(400))
}
/// x
pub fn result(
    _: Result<crate::wire::xmlrpc::Value, crate::api::Fault>,
    _: super::connection::Answer,
) -> Response {
    Response::error(500)
}
