//! onevisor: Supervisor, PID 1 and a systemd-compatible init in one static binary.
//!
//! The modules are layers; each may import only those below it (`tests/layering.rs` holds the table):
//! `cli` → `boot` → `runtime` → `api` → `engine`, `wire`, `config` → `model` → `sys`, `base`.
#![deny(unsafe_code)]

pub mod api;
pub mod base;
pub mod boot;
pub mod cli;
pub mod config;
pub mod engine;
pub mod model;
pub mod runtime;
pub mod sys;
pub mod wire;
