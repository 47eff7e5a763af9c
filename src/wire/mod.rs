//! Bytes in, messages out. Pure.
#![forbid(unsafe_code)]

pub mod ansi;
pub mod lines;
