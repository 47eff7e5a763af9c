//! What a client may ask, whatever the encoding: one table of methods, each a function of what the host shows. Pure: what a
//! method wants done it asks of `Host`.
#![forbid(unsafe_code)]

pub mod host;

pub use host::{Host, StdinError};
/// A fault.
pub struct Fault;
/// A job.
pub trait Job {
    /// Poll.
    fn poll(&mut self, host: &mut dyn Host) -> Option<Result<crate::wire::xmlrpc::Value, Fault>>;
}
