//! Sections and options that nobody reads. The original passes over them without a word; a typing error there costs
//! hours, so each is named once.

use crate::config::Diagnostic;
use crate::config::supervisord::keys::{Form, SECTIONS, Section, nearest};
use crate::config::supervisord::report::Report;
use crate::config::supervisord::source::{Entry, Source};

/// Options that the original knows on its command line only.
const COMMAND_LINE_ONLY: &[&str] = &["profile_options"];

/// Reports every unknown section and option.
pub(crate) fn report(source: &Source, report: &Report) {
    for (key, entry) in &source.defaults.entries {
        if !SECTIONS.iter().any(|section| section.key(key).is_some()) {
            let names = SECTIONS.iter().flat_map(|section| section.keys()).map(|key| key.name);
            unknown_option(source, report, "DEFAULT", key, entry, nearest(key, names));
        }
    }
    for (name, section) in &source.sections {
        let Some(kind) = Section::of(name) else {
            unknown_section(source, report, name);
            continue;
        };
        if kind.open {
            continue;
        }
        for (key, entry) in &section.entries {
            let inherited = source.defaults.entries.contains_key(key);
            if !inherited && kind.key(key).is_none() {
                unknown_option(
                    source,
                    report,
                    name,
                    key,
                    entry,
                    nearest(key, kind.keys().map(|key| key.name)),
                );
            }
        }
    }
}

fn unknown_option(
    source: &Source,
    report: &Report,
    section: &str,
    key: &str,
    entry: &Entry,
    near: Option<&str>,
) {
    let message = format!("unknown option {key} in section [{section}] is ignored");
    let help = match near {
        Some(near) => Some(format!("did you mean {near}?")),
        None if COMMAND_LINE_ONLY.contains(&key) => Some("it exists on the command line only".to_owned()),
        None => None,
    };
    let place = source.place(entry.file, entry.key);
    let diagnostic = Diagnostic::warning(place, message).about(section, Some(key));
    add(report, diagnostic, help);
}

fn unknown_section(source: &Source, report: &Report, name: &str) {
    let message = format!("unknown section [{name}] is ignored");
    let (start, rest) = name.split_once(':').map_or((name, None), |(start, rest)| (start, Some(rest)));
    let help = nearest(start, SECTIONS.iter().map(|section| section.name)).map(|near| {
        let named = SECTIONS.iter().any(|section| section.name == near && section.form == Form::Named);
        match (named, rest) {
            (true, rest) => format!("did you mean [{near}:{}]?", rest.unwrap_or("NAME")),
            (false, _) => format!("did you mean [{near}]?"),
        }
    });
    let diagnostic = Diagnostic::warning(source.place_of(name), message).about(name, None);
    add(report, diagnostic, help);
}

fn add(report: &Report, mut diagnostic: Diagnostic, help: Option<String>) {
    let place = &diagnostic.place;
    let asked = help.as_deref().map_or_else(String::new, |help| format!("; {help}"));
    let line = match place.line {
        // Not written in a file.
        0 => format!("{}{asked}", diagnostic.message),
        line => format!("{}:{line}: {}{asked}", place.file, diagnostic.message),
    };
    diagnostic.help = help;
    report.add_unknown(diagnostic, line);
}
