//! `onevisor options`: the reference of every section and option, printed from the key table. Reads no configuration.

use crate::cli::{Call, USAGE, emit, parse};
use crate::config::supervisord::keys::{Default, Key, SECTIONS, Section, nearest};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Print every option of supervisord.conf with its type, its default and its meaning.
#[derive(clap::Parser)]
#[command(name = "onevisor options")]
struct Arguments {
    /// Only this section (`program`, `supervisord`, …) or this option (`startsecs`, …).
    name: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// A section with those of its options that are to be printed.
type Chapter = (&'static Section, Vec<&'static Key>);

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    let arguments: Arguments = match parse("options", &call.args) {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    let chapters = match &arguments.name {
        None => SECTIONS.iter().map(|section| (*section, section.own_or_all())).collect(),
        Some(name) => chosen(name),
    };
    if chapters.is_empty() {
        let name = arguments.name.unwrap_or_default();
        let names =
            SECTIONS.iter().flat_map(|section| section.keys().map(|key| key.name).chain([section.name]));
        let near = nearest(&name, names).map_or_else(String::new, |near| format!("; did you mean {near}?"));
        eprintln!("onevisor options: there is no section or option {name}{near}");
        return ExitCode::from(USAGE);
    }
    emit(&match arguments.format {
        Format::Text => chapters.iter().map(text).collect::<Vec<_>>().join("\n"),
        Format::Markdown => chapters.iter().map(markdown).collect::<Vec<_>>().join("\n"),
        Format::Json => format!("{:#}\n", Value::from(chapters.iter().map(as_json).collect::<Vec<_>>())),
    });
    ExitCode::SUCCESS
}

impl Section {
    /// Its own options; those of a program only where it has no others.
    fn own_or_all(&self) -> Vec<&'static Key> {
        if self.borrows_from_program() { self.own.to_vec() } else { self.keys().collect() }
    }

    fn borrows_from_program(&self) -> bool {
        matches!(self.name, "eventlistener" | "fcgi-program")
    }
}

/// The section of that name with all its options, or else the option in every section that has it.
fn chosen(name: &str) -> Vec<Chapter> {
    let wanted = name.trim_matches(['[', ']']).split(':').next().unwrap_or_default().to_lowercase();
    let section = SECTIONS.iter().find(|section| section.name == wanted);
    match section {
        Some(section) => vec![(section, section.keys().collect())],
        None => SECTIONS.iter().filter_map(|section| Some((*section, vec![section.key(&wanted)?]))).collect(),
    }
}

fn default(key: &Key) -> String {
    match key.default {
        Default::Required => "must be given".to_owned(),
        Default::Text("") => "default: empty".to_owned(),
        Default::Text(text) => format!("default: {text}"),
        Default::Nothing(meaning) => format!("default: none ({meaning})"),
    }
}

fn text((section, keys): &Chapter) -> String {
    let mut out = format!("{}\n  {}.\n\n", section.header(), section.doc);
    for key in keys {
        out.push_str(&format!("  {}\n", key.name));
        out.push_str(&format!("      {}; {}\n", key.kind.describe(), default(key)));
        out.push_str(&format!("      {}.\n", key.doc));
        out.push_str(&format!("      Can be expanded in it: {}\n", key.scope.describe()));
    }
    out
}

fn markdown((section, keys): &Chapter) -> String {
    let mut out = format!("## `{}`\n\n{}.\n\n", section.header(), section.doc);
    out.push_str("| option | type | default | meaning |\n|---|---|---|---|\n");
    for key in keys {
        let default = match key.default {
            Default::Required => "required".to_owned(),
            Default::Text("") => String::new(),
            Default::Text(text) => format!("`{text}`"),
            Default::Nothing(meaning) => meaning.to_owned(),
        };
        out.push_str(&format!("| `{}` | {} | {default} | {} |\n", key.name, key.kind.describe(), key.doc));
    }
    out
}

fn as_json((section, keys): &Chapter) -> Value {
    let options: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "name": key.name,
                "type": key.kind.describe(),
                "required": key.default == Default::Required,
                "default": match key.default {
                    Default::Text(text) => Some(text),
                    Default::Required | Default::Nothing(_) => None,
                },
                "meaning": key.doc,
                "expansions": key.scope.describe(),
            })
        })
        .collect();
    json!({ "section": section.header(), "meaning": section.doc, "options": options })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_in_the_reference() {
        let reference: String =
            SECTIONS.iter().map(|section| text(&(*section, section.own_or_all()))).collect();
        for section in SECTIONS {
            assert!(reference.contains(&section.header()));
            for key in section.keys() {
                assert!(reference.contains(key.doc), "{} is not explained", key.name);
            }
        }
    }

    #[test]
    fn sections_and_options_can_be_chosen() {
        assert_eq!(chosen("[program:x]").len(), 1);
        assert_eq!(chosen("startsecs").len(), 3);
        let (listener, all) = &chosen("eventlistener")[0];
        assert_eq!((listener.name, all.len()), ("eventlistener", listener.keys().count()));
        assert!(chosen("banana").is_empty());
    }
}
