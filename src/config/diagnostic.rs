//! One finding about a configuration: what is wrong, where, and what would be right. Only data: `cli/check.rs` prints
//! it, the daemon prints its message.

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The configuration works, but perhaps not as meant.
    Warning,
    /// The configuration cannot be used.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// The section concerned, without its brackets; `None` for the file as a whole.
    pub section: Option<String>,
    /// The option concerned.
    pub key: Option<String>,
    /// What is wrong. For an error this is what Supervisor says, letter by letter.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Whether only we refuse it, so that the words of the original explain nothing without the help.
    pub ours: bool,
}

/// A stretch of one line of one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// The file, as it was named; empty for the command line.
    pub file: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// The column in characters, from 1; 0 where the whole line is meant.
    pub column: u32,
    /// Length in characters; 0 where only the point is known.
    pub length: u32,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            place,
            section: None,
            key: None,
            message: message.into(),
            help: None,
            ours: false,
        }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(place, message) }
    }

    /// The same with the section and the option named.
    #[must_use]
    pub fn about(mut self, section: &str, key: Option<&str>) -> Diagnostic {
        self.section = Some(section.to_owned());
        self.key = key.map(str::to_owned);
        self
    }

    /// The same as something that only we refuse.
    #[must_use]
    pub fn as_ours(mut self) -> Diagnostic {
        self.ours = true;
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}
