//! XML-RPC: values, calls and answers as text, byte for byte as Python's `xmlrpc.client` writes them, and back.
//!
//! The server half reads calls as the original's own reader does (`supervisor/xmlrpc.py`, `loads`); the client half reads
//! answers as Python's does. Differences, all on purpose:
//!
//! * document type declarations are refused, so there are no entities but the five that XML defines itself;
//! * nesting and the number of elements are bounded ([`DEPTH`], [`ELEMENTS`]);
//! * characters that XML 1.0 does not know (most control characters) are written as U+FFFD, one for one. The original
//!   writes them as they are, which strict clients, its own `supervisorctl` among them, cannot read.

mod decode;
mod encode;
mod number;
mod value;

pub use decode::{Call, DEPTH, DecodeError, ELEMENTS, Reply, decode_call, decode_response};
pub use encode::{IntOutOfRange, call, fault, response};
pub use value::{Fault, Value};
