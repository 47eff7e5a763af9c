//! The only home of `unsafe` and of kernel calls.
#![allow(unsafe_code)]
