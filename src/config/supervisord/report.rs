//! Collects what reading a configuration finds: diagnostics with places, and the lines that the daemon logs once its log
//! is open. Decides nothing about what is wrong.

use crate::config::{Diagnostic, Severity};
use crate::model::LogLevel;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;

/// What makes two findings one: severity, file, line, column, and the option or the message.
type Spot = (Severity, String, u32, u32, String);

/// The findings so far, in the order in which the original would meet them.
#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: RefCell<Vec<Diagnostic>>,
    warnings: RefCell<Vec<String>>,
    infos: RefCell<Vec<String>>,
    unknown: RefCell<Vec<String>>,
    seen: RefCell<HashSet<Spot>>,
    errors: Cell<usize>,
}

impl Report {
    /// Adds a finding. A value read more than once, as that of a program in two groups, is complained about once.
    pub(crate) fn add(&self, diagnostic: Diagnostic) {
        let place = &diagnostic.place;
        // An error spoils its whole value: a second one about the same value follows from the first.
        let what = match (&diagnostic.key, diagnostic.severity) {
            (Some(key), Severity::Error) if place.line > 0 => format!("={key}"),
            _ => diagnostic.message.clone(),
        };
        let spot = (diagnostic.severity, place.file.clone(), place.line, place.column, what);
        if diagnostic.severity == Severity::Error {
            self.errors.set(self.errors.get() + 1);
        }
        if self.seen.borrow_mut().insert(spot) {
            self.diagnostics.borrow_mut().push(diagnostic);
        }
    }

    /// Adds a finding that is logged as well, as the original does.
    pub(crate) fn add_logged(&self, diagnostic: Diagnostic) {
        let line = diagnostic.message.clone();
        self.add(diagnostic);
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&line) {
            warnings.push(line);
        }
    }

    /// Adds a finding about a name that nobody reads; logged after what the original logs.
    pub(crate) fn add_unknown(&self, diagnostic: Diagnostic, line: String) {
        self.add(diagnostic);
        self.unknown.borrow_mut().push(line);
    }

    /// Adds a line to log that is no finding.
    pub(crate) fn inform(&self, line: String) {
        self.infos.borrow_mut().push(line);
    }

    /// How many errors there were, those told before included.
    pub(crate) fn errors(&self) -> usize {
        self.errors.get()
    }

    /// All findings, and the lines to log in the original's order: warnings, then what only we say, then the rest.
    pub(crate) fn finish(self) -> (Vec<Diagnostic>, Vec<(LogLevel, String)>) {
        let warnings = self.warnings.into_inner().into_iter().chain(self.unknown.into_inner());
        let notes = warnings
            .map(|line| (LogLevel::Warn, line))
            .chain(self.infos.into_inner().into_iter().map(|line| (LogLevel::Info, line)))
            .collect();
        (self.diagnostics.into_inner(), notes)
    }
}
