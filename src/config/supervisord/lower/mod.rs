//! Sections to the model, in the order in which the original reads them, so that the first error is its first error.
//! Each file lowers one kind of section; none reads a file or knows another's options.

pub(crate) mod advice;
pub(crate) mod control;
pub(crate) mod daemon;
pub(crate) mod fastcgi;
pub(crate) mod group;
pub(crate) mod init;
pub(crate) mod listener;
pub(crate) mod plugin;
pub(crate) mod program;
pub(crate) mod reader;
pub(crate) mod server;
pub(crate) mod variables;

use crate::config::supervisord::facts::Facts;
use crate::config::supervisord::report::Report;
use crate::config::supervisord::source::Source;
use indexmap::IndexMap;
use std::cell::Cell;
use std::sync::Arc;

/// What every lowering step sees.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a Source,
    pub(crate) report: &'a Report,
    pub(crate) world: &'a Facts<'a>,
    /// The environment with `ENV_` in front of the names; from `[supervisord]` on, with its variables.
    pub(crate) environment: &'a IndexMap<String, String>,
    /// The variables of `[supervisord]`, which every process has.
    pub(crate) global: &'a Arc<IndexMap<String, String>>,
    /// Folder of the main file.
    pub(crate) here: &'a str,
    pub(crate) host_name: &'a str,
    /// Whether commands, folders and logs are looked at as well.
    pub(crate) advise: bool,
    /// Processes made so far.
    pub(crate) processes: &'a Cell<usize>,
}
