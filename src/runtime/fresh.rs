//! A configuration as it comes from its files, and how to get another one.

use crate::model::{Configuration, LogLevel};

/// A configuration with what is to be logged about it.
#[derive(Debug)]
pub struct Fresh {
    /// The configuration.
    pub configuration: Configuration,
    /// Lines for the activity log: critical ones first, then warnings, then the rest.
    pub notes: Vec<(LogLevel, String)>,
}

/// Reads the configuration anew; the error is one line for people.
pub type Loader = Box<dyn Fn() -> Result<Fresh, String>>;
