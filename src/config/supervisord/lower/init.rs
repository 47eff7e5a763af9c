//! `[init]`. What is wrong here is a warning and the default is taken: a machine that boots with another name is better than
//! one that does not, and a plain daemon is not concerned at all.

use crate::config::supervisord::keys::init as keys;
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::report::Report;
use crate::config::supervisord::values;
use crate::config::{Diagnostic, Severity};
use crate::model::InitSettings;

/// Reads the section; without it everything is at its default.
pub(crate) fn settings(context: &Context<'_>) -> InitSettings {
    let report = Report::default();
    let inner = Context { report: &report, ..*context };
    let reader = Reader::new(&inner, "init");
    let settings = InitSettings {
        hostname: reader.typed(&keys::HOSTNAME, values::host_name),
        console_shell: reader.typed(&keys::CONSOLE_SHELL, values::console_shell).flatten(),
    };
    for diagnostic in report.finish().0 {
        context.report.add_logged(Diagnostic { severity: Severity::Warning, ..diagnostic });
    }
    settings
}
