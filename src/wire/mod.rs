//! Bytes in, messages out. Pure.
#![forbid(unsafe_code)]
