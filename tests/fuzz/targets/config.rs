//! `supervisord.conf`: reading never fails to end, says the same twice, and gives a configuration exactly where it found no error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::config::Severity;
use onevisor::config::fake_world::FakeWorld;
use onevisor::config::supervisord::{Overrides, Request, first_error, load, load_control};

const FILE: &str = "/etc/supervisord.conf";
const SEPARATOR: &[u8] = b"\n----\n";

/// The main file, and what it may include: parts behind separators are `/etc/0.conf` and so on.
fn world(input: &[u8]) -> FakeWorld {
    let mut world = FakeWorld::default();
    let mut rest = input;
    for number in 0.. {
        let at = rest.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
        let (part, after) = at.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + SEPARATOR.len()..]));
        let name = if number == 0 { FILE.to_owned() } else { format!("/etc/{}.conf", number - 1) };
        world = world.with_file(&name, part);
        if at.is_none() {
            return world;
        }
        rest = after;
    }
    world
}

/// A million processes are allowed, and take their time: no business of the fuzzer.
fn has_too_many_processes(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input).to_lowercase();
    text.lines()
        .filter(|line| line.trim_start().starts_with("numprocs"))
        .any(|line| line.chars().filter(char::is_ascii_digit).count() > 3 || line.contains('%'))
}

fuzz_target!(|input: &[u8]| {
    if has_too_many_processes(input) {
        return;
    }
    let world = world(input);
    for advise in [false, true] {
        let overrides = Overrides { config_file: Some(FILE.to_owned()), ..Overrides::default() };
        let request = Request { program: "supervisord".to_owned(), overrides, advise };
        let loaded = load(&world, &request);
        let failed = loaded.diagnostics.iter().any(|found| found.severity == Severity::Error);
        assert_eq!(loaded.configuration.is_none(), failed);
        assert_eq!(first_error(&loaded.diagnostics).is_some(), failed);
        for found in &loaded.diagnostics {
            assert!(!found.message.is_empty());
            assert!(found.place.line > 0 || found.place.column == 0, "{found:?}");
        }
        let again = load(&world, &request);
        assert_eq!(again.diagnostics, loaded.diagnostics);
        assert_eq!(again.notes, loaded.notes);
    }
    if let Err(found) = load_control(&world, FILE) {
        assert!(found.iter().any(|found| found.severity == Severity::Error));
    }
});
