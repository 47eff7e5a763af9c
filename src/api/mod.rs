//! What a client may ask, whatever the encoding: one table of methods, each a function of what the host shows. Pure: what a
//! method wants done it asks of `Host`.
#![forbid(unsafe_code)]

mod arguments;
pub mod dispatch;
#[cfg(test)]
pub(crate) mod fake;
pub mod fault;
#[cfg(test)]
mod golden_tests;
pub mod host;
pub mod json;
#[cfg(test)]
mod method_tests;
mod methods;
pub mod metrics;
pub mod openapi;
pub mod outcome;
pub mod probes;
pub mod table;
pub mod view;
pub mod web;

pub use dispatch::{Namespaces, call};
pub use host::{Host, StdinError};
pub use methods::daemon::{API_VERSION, SUPERVISOR_VERSION};
pub use outcome::{Answer, Job, Outcome, Refusal, Reply};
