//! What a client may ask, whatever the encoding: one table of methods, each a function of what the host shows. Pure: what a
//! method wants done it asks of `Host`.
#![forbid(unsafe_code)]

pub mod host;

pub use host::{Host, StdinError};
