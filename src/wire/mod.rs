//! Bytes in, messages out. Pure.
#![forbid(unsafe_code)]

pub mod ansi;
pub mod base64;
pub mod capture;
pub mod http;
pub mod json;
pub mod lines;
pub mod listener;
pub mod xmlrpc;
