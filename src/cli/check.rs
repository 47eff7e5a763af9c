//! `onevisor check FILE…`: reads configurations and prints everything that is wrong with them, not only what comes first.
//! Changes nothing and starts nothing.
//!
//! `--format json` prints one object, for editors:
//!
//! ```text
//! { "diagnostics": [ { "severity": "error" or "warning",
//!                      "file": "…", "line": 3, "column": 5, "length": 7,   from 1, in characters; 0 for none
//!                      "section": "program:x" or null, "key": "startsecs" or null,
//!                      "message": "…", "help": "…" or null } ],
//!   "errors": 1, "warnings": 0 }
//! ```

use crate::cli::{Call, dump, emit, parse};
use crate::config::supervisord::text::lines;
use crate::config::supervisord::{Loaded, Overrides, Request, load};
use crate::config::{Diagnostic, Severity, World};
use crate::runtime::Machine;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Read configuration files and print every error and warning with its place.
#[derive(clap::Parser)]
#[command(name = "onevisor check")]
struct Arguments {
    /// Files to read, each a configuration of its own; what they include is read with them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// How to print: for people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Leave with 1 where there are warnings.
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    /// The configuration itself, for comparing it with what the original reads.
    #[value(hide = true)]
    Dump,
}

/// Runs the job. Leaves with 0 without findings, with 1 for warnings under `--strict`, with 2 for errors.
pub(super) fn run(call: &Call) -> ExitCode {
    match parse("check", &call.args) {
        Ok(arguments) => check(&arguments, &Machine),
        Err(status) => status,
    }
}

fn check(arguments: &Arguments, world: &dyn World) -> ExitCode {
    let advise = arguments.format != Format::Dump;
    let read = |file: &String| {
        let overrides = Overrides { config_file: Some(file.clone()), ..Overrides::default() };
        load(world, &Request { program: "supervisord".to_owned(), overrides, advise })
    };
    let loaded: Vec<Loaded> = arguments.files.iter().map(read).collect();
    let found: Vec<&Diagnostic> = loaded.iter().flat_map(|loaded| &loaded.diagnostics).collect();
    let count = |severity| found.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match arguments.format {
        Format::Text => {
            emit(&text(&found, world, std::io::stdout().is_terminal()));
            emit(&summary(arguments.files.len(), errors, warnings));
        }
        Format::Json => {
            let diagnostics: Vec<Value> = found.iter().map(|diagnostic| as_json(diagnostic)).collect();
            let all = json!({ "diagnostics": diagnostics, "errors": errors, "warnings": warnings });
            emit(&format!("{all:#}\n"));
        }
        Format::Dump => loaded.iter().for_each(|loaded| emit(&format!("{:#}\n", dump::loaded(loaded)))),
    }
    match (errors, warnings) {
        (1.., _) => ExitCode::from(2),
        (0, 1..) if arguments.strict => ExitCode::from(1),
        (0, _) => ExitCode::SUCCESS,
    }
}

fn summary(files: usize, errors: usize, warnings: usize) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let files = plural(files, "configuration");
    match (errors, warnings) {
        (0, 0) => format!("{files} read, nothing to complain about\n"),
        _ => format!("{files} read: {}, {}\n", plural(errors, "error"), plural(warnings, "warning")),
    }
}

fn as_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "file": diagnostic.place.file,
        "line": diagnostic.place.line,
        "column": diagnostic.place.column,
        "length": diagnostic.place.length,
        "section": diagnostic.section,
        "key": diagnostic.key,
        "message": diagnostic.message,
        "help": diagnostic.help,
    })
}

/// All findings as a compiler would print them.
pub(super) fn text(found: &[&Diagnostic], world: &dyn World, colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut files: HashMap<&str, Vec<String>> = HashMap::new();
    let mut out = String::new();
    for diagnostic in found {
        let file = diagnostic.place.file.as_str();
        let lines = files.entry(file).or_insert_with(|| {
            let bytes = if file.is_empty() { Vec::new() } else { world.read(file).unwrap_or_default() };
            lines(&String::from_utf8_lossy(&bytes)).map(|(line, _)| line.to_owned()).collect()
        });
        out.push_str(&renderer.render(&[group(diagnostic, lines)]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, lines: &'a [String]) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let group = Group::with_title(level.primary_title(diagnostic.message.as_str()));
    let place = &diagnostic.place;
    let line = (place.line as usize).checked_sub(1).and_then(|index| lines.get(index));
    let group = match line {
        Some(line) => {
            let start = byte_of(line, (place.column as usize).saturating_sub(1));
            let end = byte_of(line, (place.column as usize).saturating_sub(1) + place.length as usize);
            let snippet =
                Snippet::source(line.as_str()).line_start(place.line as usize).path(place.file.as_str());
            group.element(snippet.annotation(AnnotationKind::Primary.span(start..end)))
        }
        None if place.file.is_empty() => group,
        None => group.element(Origin::path(place.file.as_str())),
    };
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// Where a character starts, in bytes.
fn byte_of(line: &str, character: usize) -> usize {
    line.char_indices().nth(character).map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;

    fn findings(world: &FakeWorld) -> Vec<Diagnostic> {
        let overrides = Overrides { config_file: Some("/etc/x.conf".to_owned()), ..Overrides::default() };
        load(world, &Request { program: String::new(), overrides, advise: true }).diagnostics
    }

    #[test]
    fn every_finding_is_printed_with_its_place() {
        let world = FakeWorld::default().with_file(
            "/etc/x.conf",
            "[supervisord]\nlogfile=/tmp/ö.log\npidfile=/tmp/x.pid\nloglevel = lots ; x\n\n[program:a]\ncomand=/bin/cat\n",
        );
        let found = findings(&world);
        let text = text(&found.iter().collect::<Vec<_>>(), &world, false);
        for part in [
            "error: bad logging level name 'lots'",
            "/etc/x.conf:4:12",
            "loglevel = lots ; x",
            "^^^^",
            "error: program section program:a does not specify a command in section 'program:a' (file: '/etc/x.conf')",
            "warning: unknown option comand in section [program:a] is ignored",
            "/etc/x.conf:7:1",
            "help: did you mean command?",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
        let json = as_json(&found[0]);
        assert_eq!(
            (json["line"].as_u64(), json["column"].as_u64(), json["length"].as_u64()),
            (Some(4), Some(12), Some(4))
        );
        assert_eq!(json["key"], "loglevel");
    }

    #[test]
    fn the_exit_status_tells() {
        let world = FakeWorld::default()
            .with_file("/etc/good", "[supervisord]\nlogfile=/tmp/a\npidfile=/tmp/b\n")
            .with_file("/etc/odd", "[supervisord]\nlogfile=/tmp/a\npidfile=/tmp/b\nx=1\n")
            .with_file("/etc/bad", "[supervisord]\nminfds=x\n");
        for (file, strict, wanted) in [
            ("/etc/good", true, ExitCode::SUCCESS),
            ("/etc/odd", false, ExitCode::SUCCESS),
            ("/etc/odd", true, ExitCode::from(1)),
            ("/etc/bad", false, ExitCode::from(2)),
            ("/etc/missing", false, ExitCode::from(2)),
        ] {
            let arguments = Arguments { files: vec![file.to_owned()], format: Format::Json, strict };
            assert_eq!(check(&arguments, &world), wanted, "{file}");
        }
    }
}
