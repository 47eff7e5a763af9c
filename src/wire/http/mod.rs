//! HTTP/1.0 and 1.1 over byte buffers, both sides. Who owns the sockets feeds what it read and writes what it is given.
//!
//! The server half answers as the original does (medusa in `supervisor/medusa/http_server.py`, `deferring_http_request`
//! in `supervisor/http.py`), down to the order of the headers. It is stricter where leniency is a hole or hangs a
//! client; the differences:
//!
//! * heads, bodies and the number of headers are bounded;
//! * header lines must be well-formed and end with CR LF (400), the lengths of a body must not contradict each other (400), a request with a
//!   version other than 1.x is answered with 505;
//! * a body is read whatever the method, so its bytes are never taken for the next request; a chunked body is understood,
//!   `Content-Length: 0` does not wait for more, `Expect: 100-continue` is answered;
//! * a request line without a version is answered as HTTP/1.0 (the original writes `HTTP/None`);
//! * neither HEAD nor 304 is ever followed by a body, not even by the end of a chunked one;
//! * after 401 and after every refusal by this codec the connection ends.

pub mod auth;
pub mod chunked;
mod client;
mod connection;
pub mod date;
mod request;
mod response;
mod target;

pub use client::{Reader, ReplyError, ReplyHead, request};
pub use connection::{CONTINUE, Connection, Event, Refusal};
pub use request::{Exchange, Head, Request, Version};
pub use response::{Body, Delivery, Response, reason};
pub use target::{form_pairs, percent_decode};

/// Bytes of a request line and its headers. A browser sends at most some 8 KiB of cookies for a host name, which on
/// localhost may come from unrelated services; everything else fits a few hundred bytes. The original has no limit.
pub const MAX_HEAD: usize = 32 * 1024;

/// Headers of a request. Browsers send up to 30, proxies add a few.
pub const MAX_HEADERS: usize = 100;

/// Bytes of a request's body. The longest that makes sense is the text for a program's standard input, of which a pipe
/// takes 64 KiB at a time, or a multicall of some thousand calls. The original has no limit.
pub const MAX_BODY: usize = 4 * 1024 * 1024;
