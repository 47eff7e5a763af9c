//! One program that is described to a running daemon instead of written in a file: lowered by the same table of options, in the
//! same way and with the same errors as a `[program:x]` (`processes_from_section` of `supervisor/options.py`, as
//! `supervisor_twiddler` calls it).

use crate::config::World;
use crate::config::supervisord::facts::Facts;
use crate::config::supervisord::lexer::{Span, Value};
use crate::config::supervisord::load::{environment, first_error};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::group::Members;
use crate::config::supervisord::lower::program::{Processes, processes};
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::python::{absolute, dirname};
use crate::config::supervisord::report::Report;
use crate::config::supervisord::source::{Entry, Section, Source};
use crate::config::supervisord::unknown;
use crate::model::{LogLevel, Service};
use indexmap::IndexMap;
use std::cell::Cell;
use std::sync::Arc;

/// A program and where it is to belong.
#[derive(Debug, Clone, Copy)]
pub struct Single<'a> {
    /// The configuration file of the daemon: errors name it, and `%(here)s` is its folder.
    pub file: &'a str,
    /// The variables of `[supervisord]`. They can be expanded; the program does not get them, as in the original.
    pub variables: &'a IndexMap<String, String>,
    /// Name of the group.
    pub group: &'a str,
    /// Name of the program.
    pub name: &'a str,
    /// Names, in any case, and values as they would stand in a file.
    pub options: &'a [(String, String)],
    /// How many processes there are already.
    pub processes: usize,
}

/// What became of it.
#[derive(Debug)]
pub struct Lowered {
    /// One for each process.
    pub services: Vec<Service>,
    /// Lines to log.
    pub notes: Vec<(LogLevel, String)>,
}

/// The services of one program.
///
/// # Errors
/// What the original says of the first thing that is wrong.
pub fn program(world: &dyn World, single: &Single<'_>) -> Result<Lowered, String> {
    let section = format!("program:{}", single.name);
    let source = source(single, &section);
    let (report, facts) = (Report::default(), Facts::new(world));
    let mut environment = environment(world);
    environment.extend(single.variables.iter().map(|(name, value)| (format!("ENV_{name}"), value.clone())));
    let context = Context {
        source: &source,
        report: &report,
        world: &facts,
        environment: &environment,
        global: &Arc::default(),
        here: &absolute(dirname(single.file), &world.current_dir()),
        host_name: &world.host_name(),
        advise: false,
        processes: &Cell::new(single.processes),
    };
    let mut members = Members::default();
    let reader = Reader::with_here(&context, &section);
    for service in processes(&context, &section, single.group, Processes::Program) {
        members.add(&reader, service);
    }
    unknown::report(&source, &report);
    let (diagnostics, notes) = report.finish();
    match first_error(&diagnostics) {
        Some(message) => Err(message.to_owned()),
        None => Ok(Lowered { services: members.into_services(), notes }),
    }
}

/// The section as if it had been read.
fn source(single: &Single<'_>, section: &str) -> Source {
    let entry = |text: &String| Entry {
        file: 0,
        key: Span::default(),
        value: Value { text: text.clone(), ..Value::default() },
    };
    let entries = single.options.iter().map(|(key, text)| (key.to_lowercase(), entry(text))).collect();
    let section = (section.to_owned(), Section { file: 0, span: Span::default(), entries });
    Source {
        files: vec![single.file.to_owned()],
        defaults: Section::default(),
        sections: IndexMap::from([section]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;

    fn lowered(name: &str, options: &[(&str, &str)]) -> Result<Lowered, String> {
        let options: Vec<(String, String)> =
            options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let variables = IndexMap::from([("V".to_owned(), "v".to_owned())]);
        let single = Single {
            file: "/etc/s/x.conf",
            variables: &variables,
            group: "g",
            name,
            options: &options,
            processes: 1,
        };
        program(&FakeWorld::default(), &single)
    }

    #[test]
    fn options_mean_what_they_mean_in_a_file() {
        let Lowered { services, notes } = lowered(
            "web",
            &[
                ("Command", "/bin/cat %(here)s %(group_name)s %(ENV_V)s"),
                ("numprocs", "2"),
                ("process_name", "%(program_name)s_%(process_num)02d"),
                ("autostart", "False"),
                ("autostrat", "1"),
            ],
        )
        .expect("services");
        let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
        assert_eq!(names, ["web_00", "web_01"]);
        assert_eq!(services[0].exec.command.text, "/bin/cat /etc/s g v");
        assert!(!services[0].start.autostart && services[0].exec.environment.is_empty());
        let warning = "unknown option autostrat in section [program:web] is ignored; did you mean autostart?";
        assert_eq!(notes, [(LogLevel::Warn, warning.to_owned())]);
    }

    #[test]
    fn errors_are_the_originals() {
        let file = "in section 'program:x' (file: '/etc/s/x.conf')";
        let command = ("command", "/bin/cat");
        for (options, why) in [
            (&[][..], "program section program:x does not specify a command"),
            (&[command, ("priority", "abc")], "invalid literal for int() with base 10: 'abc'"),
            (
                &[command, ("numprocs", "2")],
                "%(process_num) must be present within process_name when numprocs > 1",
            ),
            (&[command, ("user", "nosuch")], "Invalid user name nosuch"),
        ] {
            assert_eq!(lowered("x", options).map(drop), Err(format!("{why} {file}")));
        }
        let why = lowered("a b", &[command]).map(drop).expect_err("a bad name");
        assert!(
            why.starts_with("Invalid name: 'a b' because of character: ' ' in section 'program:a b'"),
            "{why}"
        );
        let many = crate::config::supervisord::MOST_PROCESSES.to_string();
        let why = lowered("x", &[command, ("numprocs", &many), ("process_name", "%(process_num)d")]);
        assert!(why.is_err_and(|why| why.contains("makes more than")));
    }
}
