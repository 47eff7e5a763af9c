//! The arguments of supervisord, as Python's `getopt` reads them and `Options.realize` judges them: `-n`, `-nc FILE`,
//! `--log`, `--logfile=F`. Reads no file; asks the world only whether folders exist.

use crate::base::text::python_repr;
use crate::config::World;
use crate::config::supervisord::getopt;
use crate::config::supervisord::python::list_repr;
use crate::config::supervisord::values::{self, Integer};
use crate::model::LogLevel;

/// The version that users and scripts compare.
pub const VERSION: &str = "4.3.0";

/// What the command line sets; each goes before the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one field for each flag")]
pub struct Overrides {
    /// `-c`.
    pub config_file: Option<String>,
    /// `-n`.
    pub nodaemon: bool,
    /// `-s`.
    pub silent: bool,
    /// `-u`, not yet looked up.
    pub user: Option<String>,
    /// `-m`.
    pub umask: Option<Integer>,
    /// `-d`.
    pub directory: Option<String>,
    /// `-l`.
    pub log_file: Option<String>,
    /// `-y`.
    pub log_max_bytes: Option<Integer>,
    /// `-z`.
    pub log_backups: Option<Integer>,
    /// `-e`.
    pub log_level: Option<LogLevel>,
    /// `-j`.
    pub pid_file: Option<String>,
    /// `-i`.
    pub identifier: Option<String>,
    /// `-q`.
    pub child_log_dir: Option<String>,
    /// `-a`.
    pub min_fds: Option<Integer>,
    /// `--minprocs`.
    pub min_procs: Option<Integer>,
    /// `-k`.
    pub no_cleanup: bool,
    /// `-t`.
    pub strip_ansi: bool,
    /// `--profile_options`, which has no effect here.
    pub profile: bool,
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arguments {
    /// Run with these settings.
    Run(Box<Overrides>),
    /// Print this on standard output and leave with 0.
    Print(String),
    /// The command line is wrong; the text goes behind `Error: ` and the exit code is 2.
    Wrong(String),
}

/// One option of the command line.
struct Flag {
    short: Option<char>,
    long: &'static str,
    /// The word for its argument in the help text, if it takes one.
    argument: Option<&'static str>,
    id: Id,
    help: &'static str,
}

impl Flag {
    /// `-?` is another name of `-h`.
    fn form(&self) -> getopt::Flag<'_> {
        let also = (self.id == Id::Help).then_some('?');
        getopt::Flag { short: self.short, also, long: self.long, takes_value: self.argument.is_some() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    Help,
    Version,
    Configuration,
    Nodaemon,
    Silent,
    User,
    Umask,
    Directory,
    Logfile,
    LogfileMaxbytes,
    LogfileBackups,
    Loglevel,
    Pidfile,
    Identifier,
    Childlogdir,
    Nocleanup,
    Minfds,
    StripAnsi,
    Minprocs,
    ProfileOptions,
}

const fn flag(
    short: char,
    long: &'static str,
    argument: Option<&'static str>,
    id: Id,
    help: &'static str,
) -> Flag {
    Flag { short: Some(short), long, argument, id, help }
}

/// Every option, in the order of the help text (`supervisor/supervisord.py`).
const FLAGS: &[Flag] = &[
    flag(
        'c',
        "configuration",
        Some("FILENAME"),
        Id::Configuration,
        "read this configuration file (default: search)",
    ),
    flag('n', "nodaemon", None, Id::Nodaemon, "stay in the foreground (as 'nodaemon=true' in the file)"),
    flag('s', "silent", None, Id::Silent, "do not repeat the log on stdout (as 'silent=true' in the file)"),
    flag('h', "help", None, Id::Help, "print this text and leave"),
    flag(
        'v',
        "version",
        None,
        Id::Version,
        "print the version of Supervisor that this behaves as, and leave",
    ),
    flag('u', "user", Some("USER"), Id::User, "become this user, given by name or number"),
    flag('m', "umask", Some("UMASK"), Id::Umask, "file mode mask of the daemon (default 022)"),
    flag('d', "directory", Some("DIRECTORY"), Id::Directory, "folder to change to when daemonizing"),
    flag('l', "logfile", Some("FILENAME"), Id::Logfile, "use FILENAME as the activity log"),
    flag('y', "logfile_maxbytes", Some("BYTES"), Id::LogfileMaxbytes, "rotate the activity log at this size"),
    flag('z', "logfile_backups", Some("NUM"), Id::LogfileBackups, "keep so many rotated activity logs"),
    flag(
        'e',
        "loglevel",
        Some("LEVEL"),
        Id::Loglevel,
        "log from this level on (debug,info,warn,error,critical)",
    ),
    flag('j', "pidfile", Some("FILENAME"), Id::Pidfile, "write the process id of the daemon to FILENAME"),
    flag('i', "identifier", Some("STR"), Id::Identifier, "name of this instance"),
    flag('q', "childlogdir", Some("DIRECTORY"), Id::Childlogdir, "folder of the automatic logs of programs"),
    flag('k', "nocleanup", None, Id::Nocleanup, "keep the automatic logs of earlier runs"),
    flag('a', "minfds", Some("NUM"), Id::Minfds, "file descriptors that must be available"),
    flag('t', "strip_ansi", None, Id::StripAnsi, "remove terminal sequences from the output of programs"),
    Flag {
        short: None,
        long: "minprocs",
        argument: Some("NUM"),
        id: Id::Minprocs,
        help: "processes that must be available",
    },
    Flag {
        short: None,
        long: "profile_options",
        argument: Some("LIST"),
        id: Id::ProfileOptions,
        help: "accepted for compatibility, without effect",
    },
];

/// The help text. Its first line and the form of the others are those of the original; the words are our own.
#[must_use]
pub fn help(program: &str) -> String {
    let mut text = format!(
        "supervisord -- run a set of applications as daemons.\n\nUsage: {program} [options]\n\nOptions:\n"
    );
    for flag in FLAGS {
        let short = flag.short.map_or_else(String::new, |short| format!("-{short}/"));
        let argument = flag.argument.map_or_else(String::new, |word| format!(" {word}"));
        text.push_str(&format!("{short}--{}{argument} -- {}\n", flag.long, flag.help));
    }
    text.push('\n');
    text
}

/// Reads the arguments, the program's name not among them.
#[must_use]
pub fn parse(world: &dyn World, program: &str, arguments: &[String]) -> Arguments {
    let known: Vec<getopt::Flag<'_>> = FLAGS.iter().map(Flag::form).collect();
    let (options, rest) = match getopt::split(&known, arguments) {
        Ok(found) => found,
        Err(why) => return Arguments::Wrong(why),
    };
    if !rest.is_empty() {
        return Arguments::Wrong(format!("positional arguments are not supported: {}", list_repr(rest)));
    }
    let mut overrides = Overrides::default();
    let mut seen = Vec::new();
    for getopt::Found { index, name, value } in options {
        let Some(Flag { id, .. }) = FLAGS.get(index) else { continue };
        let id = *id;
        match id {
            Id::Help => return Arguments::Print(help(program)),
            Id::Version => return Arguments::Print(format!("{VERSION}\n")),
            _ => {}
        }
        if let Err(why) = set(&mut overrides, world, id, &value) {
            return Arguments::Wrong(format!("invalid value for {name} {}: {why}", python_repr(&value)));
        }
        if seen.contains(&id) {
            return Arguments::Wrong(format!("conflicting command line option {}", python_repr(&name)));
        }
        seen.push(id);
    }
    Arguments::Run(Box::new(overrides))
}

fn set(to: &mut Overrides, world: &dyn World, id: Id, value: &str) -> Result<(), String> {
    let text = || Some(value.to_owned());
    match id {
        Id::Help | Id::Version => {}
        Id::Configuration => to.config_file = text(),
        Id::Nodaemon => to.nodaemon = true,
        Id::Silent => to.silent = true,
        Id::User => to.user = text(),
        Id::Umask => to.umask = Some(values::octal(value)?),
        Id::Directory => to.directory = Some(values::existing_directory(value, world)?),
        Id::Logfile => to.log_file = Some(values::existing_dirpath(value, world)?),
        Id::LogfileMaxbytes => to.log_max_bytes = Some(values::byte_size(value)?),
        Id::LogfileBackups => to.log_backups = Some(values::integer(value)?),
        Id::Loglevel => to.log_level = Some(values::log_level(value)?),
        Id::Pidfile => to.pid_file = Some(values::existing_dirpath(value, world)?),
        Id::Identifier => to.identifier = text(),
        Id::Childlogdir => to.child_log_dir = Some(values::existing_directory(value, world)?),
        Id::Nocleanup => to.no_cleanup = true,
        Id::Minfds => to.min_fds = Some(values::integer(value)?),
        Id::StripAnsi => to.strip_ansi = true,
        Id::Minprocs => to.min_procs = Some(values::integer(value)?),
        Id::ProfileOptions => to.profile = true,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;

    fn run(arguments: &[&str]) -> Arguments {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        parse(&FakeWorld::default(), "/usr/bin/supervisord", &arguments)
    }

    fn overrides(arguments: &[&str]) -> Overrides {
        match run(arguments) {
            Arguments::Run(overrides) => *overrides,
            other => panic!("{arguments:?} gave {other:?}"),
        }
    }

    #[test]
    fn options_come_in_every_form() {
        for arguments in [
            &["-n", "-c", "f"][..],
            &["-nc", "f"],
            &["-ncf"],
            &["--nodaemon", "--configuration", "f"],
            &["--nod", "--conf=f"],
            &["-cf", "-n", "--"],
        ] {
            let found = overrides(arguments);
            assert_eq!((found.nodaemon, found.config_file.as_deref()), (true, Some("f")), "{arguments:?}");
        }
        assert_eq!(overrides(&["--logfile=x"]).log_file.as_deref(), Some("x"));
        assert!(overrides(&["--profile_options=calls"]).profile);
        assert_eq!(overrides(&["-y", "1KB", "-a", "5", "-e", "DEBUG"]).log_max_bytes, Some(1024.into()));
    }

    /// Every message was printed by Supervisor 4.3.0.
    #[test]
    fn mistakes_are_called_as_in_the_original() {
        for (arguments, why) in [
            (&["-Z"][..], "option -Z not recognized"),
            (&["--foo"], "option --foo not recognized"),
            (&["--log"], "option --log not a unique prefix"),
            (&["--=x"], "option -- not a unique prefix"),
            (&["-c"], "option -c requires argument"),
            (&["--conf"], "option --configuration requires argument"),
            (&["--nodaemon=1"], "option --nodaemon must not have an argument"),
            (&["foo", "-n"], "positional arguments are not supported: ['foo', '-n']"),
            (&["-n", "-"], "positional arguments are not supported: ['-']"),
            (&["-n", "-n"], "conflicting command line option '-n'"),
            (&["-n", "--nodaemon"], "conflicting command line option '--nodaemon'"),
            (&["-e", "foo"], "invalid value for -e 'foo': bad logging level name 'foo'"),
            (&["--loglevel=foo"], "invalid value for --loglevel 'foo': bad logging level name 'foo'"),
            (&["-a", "x"], "invalid value for -a 'x': invalid literal for int() with base 10: 'x'"),
            (&["-d", "/no"], "invalid value for -d '/no': /no is not an existing directory"),
            (&["-m", "9"], "invalid value for -m '9': 9 can not be converted to an octal type"),
        ] {
            assert_eq!(run(arguments), Arguments::Wrong(why.to_owned()), "{arguments:?}");
        }
    }

    #[test]
    fn help_and_version_are_printed() {
        assert_eq!(run(&["-n", "-v"]), Arguments::Print("4.3.0\n".to_owned()));
        for arguments in [["-h"], ["-?"], ["--help"], ["--he"]] {
            let Arguments::Print(text) = run(&arguments) else { panic!("no help") };
            assert!(text.starts_with("supervisord -- run a set of applications"));
            assert!(text.contains("Usage: /usr/bin/supervisord [options]"));
            assert!(text.contains("-l/--logfile FILENAME -- use FILENAME as"));
        }
        assert!(matches!(run(&["-e", "foo", "-h"]), Arguments::Wrong(_)));
    }
}
