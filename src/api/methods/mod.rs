//! What the methods do, one file per subject. Mirrors `supervisor/rpcinterface.py` and what it names; the table says which is called what.

pub(super) mod config;
pub(super) mod daemon;
pub(super) mod info;
pub(super) mod logs;
pub(super) mod messages;
pub(super) mod names;
pub(super) mod signal;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod system;
pub(super) mod twiddler;
pub(super) mod wait;
