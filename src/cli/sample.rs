//! `echo_supervisord_conf`: a commented sample configuration, made from the key table. What is commented out shows an
//! example; what is not is ready to use.

use crate::cli::{Call, emit, parse};
use crate::config::supervisord::keys::{
    CONTROL, DAEMON, Default, FASTCGI, GROUP, INCLUDE, INET_SERVER, INIT, Key, Kind, LISTENER, PROGRAM,
    RPC_INTERFACE, Section, UNIX_SERVER,
};
use std::process::ExitCode;

/// Print a commented sample configuration.
#[derive(clap::Parser)]
#[command(name = "echo_supervisord_conf")]
struct Arguments {}

/// Column of the explanations.
const COLUMN: usize = 32;

const HEAD: &str = "\
; Sample supervisor config file. Lines that start with a semicolon are comments; take it away to use one.
;
; - A comment may also follow a value, behind a space: \"key=value ; comment\". This holds within quotes too, so
;   command=sh -c 'a ; b' is cut short: write the commands into a script.
; - Nothing is run by a shell: there is no $HOME, no ~, no * and no pipe in a command. Variables of the environment
;   are written %(ENV_HOME)s, and a percent sign is doubled: %%.
; - Values are not quoted, except those of environment= and the words of command=.
; - Files are kept in /tmp here because that exists everywhere. Some systems clean it up, and with it the socket that
;   supervisorctl needs: choose other places before relying on them.
";

/// A section of the sample.
struct Chapter {
    section: &'static Section,
    /// The header.
    header: &'static str,
    /// Whether the section is in use; otherwise all its lines are commented out.
    active: bool,
    /// The options in use.
    used: &'static [&'static str],
    /// What is said before it.
    introduction: &'static [&'static str],
}

const CHAPTERS: &[Chapter] = &[
    Chapter {
        section: &UNIX_SERVER,
        header: "unix_http_server",
        active: true,
        used: &["file"],
        introduction: &[],
    },
    Chapter {
        section: &INET_SERVER,
        header: "inet_http_server",
        active: false,
        used: &[],
        introduction: &[
            "The network port is off. Whoever can reach it can run anything as the user of the daemon, and nothing is",
            "encrypted: leave it on a local address, and set a name and a password.",
        ],
    },
    Chapter {
        section: &DAEMON,
        header: "supervisord",
        active: true,
        used: &[
            "logfile",
            "logfile_maxbytes",
            "logfile_backups",
            "loglevel",
            "pidfile",
            "nodaemon",
            "silent",
            "minfds",
            "minprocs",
        ],
        introduction: &[],
    },
    Chapter {
        section: &RPC_INTERFACE,
        header: "rpcinterface:supervisor",
        active: true,
        used: &["supervisor.rpcinterface_factory"],
        introduction: &["Without this section supervisorctl and the web page have nothing to talk to."],
    },
    Chapter {
        section: &CONTROL,
        header: "supervisorctl",
        active: true,
        used: &["serverurl"],
        introduction: &[
            "How supervisorctl finds the daemon: the same address, name and password as in the server above.",
        ],
    },
    Chapter {
        section: &PROGRAM,
        header: "program:theprogramname",
        active: false,
        used: &[],
        introduction: &["A program with every option that it can have. Only command is needed."],
    },
    Chapter {
        section: &LISTENER,
        header: "eventlistener:theeventlistenername",
        active: false,
        used: &[],
        introduction: &[
            "A listener is told of events; it needs command and events, and can have what a program has.",
        ],
    },
    Chapter {
        section: &FASTCGI,
        header: "fcgi-program:thefcgiprogramname",
        active: false,
        used: &[],
        introduction: &[
            "FastCGI workers share one socket; they need command and socket, and can have what a program has.",
        ],
    },
    Chapter {
        section: &GROUP,
        header: "group:thegroupname",
        active: false,
        used: &[],
        introduction: &["A group holds several programs under one name."],
    },
    Chapter {
        section: &INIT,
        header: "init",
        active: false,
        used: &[],
        introduction: &[
            "Where this program is the init of a machine, it names it and can give a shell on its console.",
        ],
    },
    Chapter {
        section: &INCLUDE,
        header: "include",
        active: false,
        used: &[],
        introduction: &["More files. They cannot include others themselves."],
    },
];

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    match parse::<Arguments>("echo_supervisord_conf", &call.args) {
        Ok(Arguments {}) => {
            emit(&sample());
            ExitCode::SUCCESS
        }
        Err(status) => status,
    }
}

/// The whole sample.
fn sample() -> String {
    let mut out = HEAD.to_owned();
    for chapter in CHAPTERS {
        out.push('\n');
        for line in chapter.introduction {
            out.push_str(&format!("; {line}\n"));
        }
        if !chapter.introduction.is_empty() {
            out.push('\n');
        }
        let mark = if chapter.active { "" } else { ";" };
        out.push_str(&line(&format!("{mark}[{}]", chapter.header), chapter.section.doc));
        for key in keys(chapter.section) {
            let mark = if chapter.used.contains(&key.name) { "" } else { ";" };
            let equals = if matches!(key.kind, Kind::Patterns | Kind::Callable) { " = " } else { "=" };
            out.push_str(&line(&format!("{mark}{}{equals}{}", key.name, key.example), &explanation(key)));
        }
    }
    out
}

/// The options to show: a section that can have all those of a program shows its own, and the command.
fn keys(section: &Section) -> Vec<&'static Key> {
    match section.name {
        "eventlistener" | "fcgi-program" => {
            section.key("command").into_iter().chain(section.own.iter().copied()).collect()
        }
        "unix_http_server" | "inet_http_server" | "program" => section.keys().collect(),
        // The other one is for another factory.
        "rpcinterface" => section.own.iter().copied().filter(|key| key.name != "whitelist").collect(),
        _ => section.own.to_vec(),
    }
}

fn line(text: &str, explanation: &str) -> String {
    format!("{text:<COLUMN$} ; {explanation}\n")
}

fn explanation(key: &Key) -> String {
    match key.default {
        Default::Required => format!("{} (required)", key.doc),
        Default::Text("") => key.doc.to_owned(),
        Default::Text(text) => format!("{} (default {text})", key.doc),
        Default::Nothing(meaning) => format!("{} (default: {meaning})", key.doc),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;
    use crate::config::supervisord::{Overrides, Request, load};
    use crate::model::Listen;

    fn loaded(text: &str, files: &[&str]) -> crate::config::supervisord::Loaded {
        let mut world = FakeWorld::default().with_file("/etc/s.conf", text);
        for file in files {
            world = world.with_file(file, "");
        }
        let overrides = Overrides { config_file: Some("/etc/s.conf".to_owned()), ..Overrides::default() };
        load(&world, &Request { program: String::new(), overrides, advise: true })
    }

    #[test]
    fn the_sample_is_ready_to_use() {
        let loaded = loaded(&sample(), &[]);
        assert_eq!(loaded.diagnostics, []);
        let configuration = loaded.configuration.unwrap();
        assert!(configuration.groups.is_empty());
        assert_eq!(configuration.rpc_interfaces.len(), 1);
        let Listen::Unix { path, .. } = &configuration.servers[0].listen else { panic!("a socket") };
        let url = configuration.supervisorctl.unwrap().server_url;
        assert_eq!(url, format!("unix://{}", path.display()));
    }

    /// Every example can be uncommented: the sample without its leading semicolons reads without an error.
    #[test]
    fn every_example_is_valid() {
        let is_example = |line: &str| line.starts_with(";[") || line.contains('=') && line.starts_with(';');
        let text: String = sample()
            .lines()
            .map(|line| match line.strip_prefix(';') {
                Some(rest) if is_example(line) && !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let text = text.replace("programs=first,second", "programs=theprogramname");
        let loaded = loaded(&text, &["/etc/relative/directory/x.ini"]);
        let errors: Vec<_> = loaded
            .diagnostics
            .iter()
            .filter(|found| {
                found.severity == crate::config::Severity::Error || found.message.contains("unknown")
            })
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(loaded.configuration.unwrap().groups.len(), 3);
    }

    /// Scripts edit the sample with sed; these are the lines that they look for.
    #[test]
    fn well_known_lines_are_there() {
        let sample = sample();
        for start in [
            "file=/tmp/supervisor.sock ",
            ";[inet_http_server] ",
            ";port=127.0.0.1:9001 ",
            "[supervisord] ",
            "logfile=/tmp/supervisord.log ",
            "nodaemon=false ",
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
            "serverurl=unix:///tmp/supervisor.sock ",
            ";[program:theprogramname] ",
            ";[include] ",
            ";files = relative/directory/*.ini",
        ] {
            assert!(sample.lines().any(|line| line.starts_with(start)), "no {start}");
        }
    }
}
