//! Tests that the key table makes: every option of every section is read as its row says. A row that nobody reads, a
//! default that is not the one taken, a type or a scope that is wrong fails here without another line being written.

use crate::config::Severity;
use crate::config::fake_world::FakeWorld;
use crate::config::supervisord::keys::{Default, Form, Key, Kind, SECTIONS, Scope, Section};
use crate::config::supervisord::{Loaded, Overrides, Request, load};

/// What a section needs besides the option under test.
fn needs(section: &Section) -> &'static [&'static str] {
    match section.name {
        "unix_http_server" => &["file=/tmp/s.sock", "username=u", "password=p"],
        "inet_http_server" => &["port=9001", "username=u", "password=p"],
        "program" => &["command=/bin/cat"],
        "eventlistener" => &["command=/bin/cat", "events=TICK"],
        "fcgi-program" => &["command=/bin/cat", "socket=unix:///tmp/x"],
        "rpcinterface" => {
            &["supervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface"]
        }
        "ctlplugin" => &["supervisor.ctl_factory=supervisor.supervisorctl:DefaultControllerPlugin"],
        "include" => &["files=/etc/extra.conf"],
        _ => &[],
    }
}

/// A configuration with that section, and in it the option, if there is to be one.
fn read(section: &Section, option: Option<(&Key, &str)>) -> Loaded {
    let header = match section.form {
        Form::Exact | Form::Start => section.name.to_owned(),
        Form::Named => format!("{}:x", section.name),
    };
    let mut text = String::from(
        "[supervisord]\n[program:first]\ncommand=/bin/cat\n[program:second]\ncommand=/bin/cat\n",
    );
    text.push_str(&format!("[{header}]\n"));
    for line in needs(section) {
        let is_same = option.is_some_and(|(key, _)| line.starts_with(&format!("{}=", key.name)));
        if !is_same {
            text.push_str(&format!("{line}\n"));
        }
    }
    if let Some((key, value)) = option {
        text.push_str(&format!("{}={value}\n", key.name));
    }
    let world = FakeWorld::default().with_file("/etc/x.conf", text).with_file("/etc/extra.conf", "");
    let overrides = Overrides { config_file: Some("/etc/x.conf".to_owned()), ..Overrides::default() };
    load(&world, &Request { program: String::new(), overrides, advise: false })
}

fn rows() -> impl Iterator<Item = (&'static Section, &'static Key)> {
    SECTIONS.iter().flat_map(|section| section.keys().map(|key| (*section, key)))
}

/// A text that the type refuses; for types that take everything, one that cannot be expanded.
fn bad(key: &Key) -> &'static str {
    match key.kind {
        Kind::Integer => "ten",
        Kind::Boolean => "maybe",
        Kind::Bytes => "1M",
        Kind::Octal => "9",
        Kind::Signal => "FOO",
        Kind::ExitCodes => "256",
        Kind::AutoRestart => "always",
        Kind::User | Kind::Owner => "no-such-user",
        Kind::ExistingDirectory => "/no/such/folder",
        Kind::File | Kind::LogFile => "/no/such/folder/x",
        Kind::LogLevel => "loud",
        Kind::Address => "port",
        Kind::Socket => "foo",
        Kind::Name => "a b",
        Kind::Names => "nobody-knows",
        Kind::Hosts => "http://x",
        Kind::Events => "FOO",
        Kind::ExitWhen => "sometimes",
        Kind::ExitRules => "0:999",
        Kind::OptionalFile => "/no/such/folder/x",
        Kind::ChildOutput | Kind::LogFormat => "xml",
        Kind::Pairs => "A",
        Kind::EnvFiles => "-/none, /no/such/file",
        Kind::EnvDirs => "-/none, /no/such/folder",
        Kind::FromFiles => "A, B C",
        Kind::HostName => "a b",
        Kind::Shell => "/bin/sh '",
        Kind::Text
        | Kind::Command
        | Kind::Directory
        | Kind::Path
        | Kind::Url
        | Kind::Patterns
        | Kind::Callable => "%(nope)s",
    }
}

#[test]
fn every_option_refuses_a_bad_value_at_its_place() {
    for (section, key) in rows() {
        let loaded = read(section, Some((key, bad(key))));
        let found = loaded.diagnostics.iter().find(|found| found.key.as_deref() == Some(key.name));
        let found = found.unwrap_or_else(|| panic!("[{}] {}={} is taken", section.name, key.name, bad(key)));
        // What only supervisorctl reads does not keep the daemon from starting, nor a machine what its init can do without.
        let wanted = if matches!(section.name, "supervisorctl" | "ctlplugin" | "init") {
            Severity::Warning
        } else {
            Severity::Error
        };
        assert_eq!(found.severity, wanted, "{found:?}");
        assert_eq!(found.place.column as usize, key.name.len() + 2, "{found:?}");
        assert_eq!(found.place.length as usize, bad(key).len(), "{found:?}");
        assert_eq!(loaded.configuration.is_none(), wanted == Severity::Error);
    }
}

#[test]
fn every_default_is_the_one_that_is_taken() {
    for (section, key) in rows() {
        let Default::Text(default) = key.default else { continue };
        if (section.name, key.name) == ("eventlistener", "priority") {
            // The default is the pool's; its processes have that of a program.
            continue;
        }
        let (without, with) = (read(section, None), read(section, Some((key, default))));
        assert_eq!(with.diagnostics, [], "[{}] {}", section.name, key.name);
        assert_eq!(without.configuration, with.configuration, "[{}] {}", section.name, key.name);
    }
}

#[test]
fn every_required_option_is_missed() {
    for (section, key) in rows() {
        if key.default != Default::Required {
            continue;
        }
        let header =
            if section.form == Form::Named { format!("{}:x", section.name) } else { section.name.to_owned() };
        let text = format!("[supervisord]\n[{header}]\n");
        let world = FakeWorld::default().with_file("/etc/x.conf", text);
        let overrides = Overrides { config_file: Some("/etc/x.conf".to_owned()), ..Overrides::default() };
        let loaded = load(&world, &Request { program: String::new(), overrides, advise: false });
        let found = loaded.diagnostics.iter().find(|found| found.key.as_deref() == Some(key.name));
        assert!(found.is_some_and(|found| found.place.line == 2), "[{}] needs no {}", section.name, key.name);
    }
}

#[test]
fn every_example_is_taken() {
    for (section, key) in rows() {
        let loaded = read(section, Some((key, key.example)));
        let errors = loaded.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        assert_eq!(errors, 0, "[{}] {}: {:?}", section.name, key.name, loaded.diagnostics);
    }
}

/// The names that a scope has, and where the original reads an option twice, the fewer of both.
fn may_expand(section: &Section, key: &Key, name: &str) -> bool {
    let scope = match (section.name, key.name) {
        // Looked at before the rest of the section, with fewer names.
        ("eventlistener", "redirect_stderr") | ("fcgi-program", "user") => Scope::Here,
        ("fcgi-program", "socket") if name == "program_name" => return true,
        _ => key.scope,
    };
    match name {
        "ENV_HOME" => true,
        "here" => scope != Scope::Environment,
        "host_node_name" => matches!(scope, Scope::Host | Scope::Program | Scope::Process),
        "program_name" | "group_name" => matches!(scope, Scope::Program | Scope::Process),
        _ => scope == Scope::Process,
    }
}

#[test]
fn every_option_expands_the_names_of_its_scope_and_no_others() {
    for (section, key) in rows() {
        for name in
            ["ENV_HOME", "here", "host_node_name", "program_name", "group_name", "process_num", "numprocs"]
        {
            let loaded = read(section, Some((key, &format!("%({name})s"))));
            let refused =
                loaded.diagnostics.iter().any(|found| found.message.contains("which cannot be expanded"));
            // With [include] in the file, `%(here)s` is replaced everywhere, as text.
            let here_as_text = name == "here" && section.name == "include";
            let wanted = here_as_text || may_expand(section, key, name);
            assert_eq!(
                !refused, wanted,
                "[{}] {}=%({name})s: {:?}",
                section.name, key.name, loaded.diagnostics
            );
        }
    }
}

#[test]
fn every_option_is_proposed_for_its_misspelling() {
    for (section, key) in rows() {
        if section.open {
            continue;
        }
        let wrong = format!("{}x", key.name);
        let misspelt = Key { name: Box::leak(wrong.clone().into_boxed_str()), ..*key };
        let loaded = read(section, Some((&misspelt, "1")));
        let found = loaded.diagnostics.iter().find(|found| found.key.as_deref() == Some(wrong.as_str()));
        let found = found.unwrap_or_else(|| panic!("[{}] {wrong} is not noticed", section.name));
        assert_eq!((found.severity, found.place.column), (Severity::Warning, 1));
        assert_eq!(found.help.as_deref(), Some(format!("did you mean {}?", key.name).as_str()));
        let noted = loaded.notes.iter().filter(|(_, line)| line.contains(&wrong)).count();
        assert_eq!(noted, 1, "{:?}", loaded.notes);
    }
}
