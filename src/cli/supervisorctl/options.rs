//! What the command line and the configuration say: each value comes from an option, else from the file, else from the
//! defaults (`ClientOptions` in `supervisor/options.py`).

use crate::base::text::python_repr;
use crate::config::World;
use crate::config::supervisord::getopt::{self, Flag, Found};
use crate::config::supervisord::{explanation, find_control, first_error, load_control, values};
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Act.
    Run(Box<Options>),
    /// Print this and leave with 0.
    Print(String),
    /// Not to be understood: goes behind `Error: `, exit status 2.
    Wrong(String),
    /// The same, with a line to print below it.
    Refused(String, String),
}

/// Everything that a session needs to know.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Options {
    /// Where the daemon listens.
    pub(super) server_url: String,
    /// Name to give.
    pub(super) username: Option<String>,
    /// Password to give.
    pub(super) password: Option<String>,
    /// Prompt of the shell, without the `> `.
    pub(super) prompt: String,
    /// Where the shell keeps its history.
    pub(super) history_file: Option<PathBuf>,
    /// `-i`, or no action given.
    pub(super) interactive: bool,
    /// The action with its arguments, in one line.
    pub(super) action: Option<String>,
}

/// The password stays out of it.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("server_url", &self.server_url)
            .field("username", &self.username)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    Help,
    Configuration,
    Interactive,
    ServerUrl,
    Username,
    Password,
    History,
}

const fn flag(short: char, also: Option<char>, long: &'static str, takes_value: bool) -> Flag<'static> {
    Flag { short: Some(short), also, long, takes_value }
}

/// The original's options. It knows `history_file` and documents `history-file`; both are meant.
const FLAGS: &[(Id, Flag<'static>)] = &[
    (Id::Help, flag('h', Some('?'), "help", false)),
    (Id::Configuration, flag('c', None, "configuration", true)),
    (Id::Interactive, flag('i', None, "interactive", false)),
    (Id::ServerUrl, flag('s', None, "serverurl", true)),
    (Id::Username, flag('u', None, "username", true)),
    (Id::Password, flag('p', None, "password", true)),
    (Id::History, flag('r', None, "history_file", true)),
];

/// The help text. Its first line and the form of the others are those of the original; the words are our own.
fn help(program: &str) -> String {
    format!(
        "supervisorctl -- control applications run by supervisord from the cmd line.\n\n\
         Usage: {program} [options] [action [arguments]]\n\n\
         Options:\n\
         -c/--configuration FILENAME -- read this configuration file (default: search)\n\
         -h/--help -- print this text and leave\n\
         -i/--interactive -- start an interactive shell, after the action if one is given\n\
         -s/--serverurl URL -- where supervisord listens: http://host:port or unix:///path\n\
         \x20    (default \"http://localhost:9001\").\n\
         -u/--username USERNAME -- name to give to the server\n\
         -p/--password PASSWORD -- password to give to the server\n\
         -r/--history-file FILENAME -- remember the shell's lines in this file\n\n\
         action [arguments] -- see below\n\n\
         An action is a command such as \"tail\" or \"stop\"; \"help\" lists them all. Without one, a shell\n\
         reads actions until \"quit\". More than the original knows:\n\
         status --json, avail --json -- print JSON\n\
         status --watch[=SECONDS] -- show the table again and again\n\
         start|stop|restart --wait[=SECONDS] NAME... -- return when it is done, or the time is up\n\
         start|stop|restart --no-wait NAME... -- return at once\n\n"
    )
}

#[derive(Default)]
struct Given {
    file: Option<String>,
    interactive: bool,
    server_url: Option<String>,
    username: Option<String>,
    password: Option<String>,
    history_file: Option<String>,
}

/// Reads arguments and configuration.
pub(super) fn parse(world: &dyn World, program: &str, arguments: &[String]) -> Asked {
    let (given, action) = match command_line(arguments) {
        Ok(Some(found)) => found,
        Ok(None) => return Asked::Print(help(program)),
        Err(why) => return Asked::Wrong(why),
    };
    let mut options = Options {
        server_url: "http://localhost:9001".to_owned(),
        prompt: "supervisor".to_owned(),
        interactive: given.interactive || action.is_none(),
        action,
        ..Options::default()
    };
    if let Some(path) = given.file.or_else(|| find_control(world, program)) {
        match load_control(world, &path) {
            Ok(settings) => {
                options.server_url = settings.server_url;
                options.username = settings.username;
                options.password = settings.password;
                options.prompt = settings.prompt;
                options.history_file = settings.history_file;
            }
            Err(found) => {
                let message = first_error(&found).unwrap_or("the configuration is wrong").to_owned();
                return match explanation(&found) {
                    Some(line) => Asked::Refused(message, line),
                    None => Asked::Wrong(message),
                };
            }
        }
    }
    options.server_url = given.server_url.unwrap_or(options.server_url);
    options.username = given.username.or(options.username);
    options.password = given.password.or(options.password);
    options.history_file = given.history_file.map(PathBuf::from).or(options.history_file);
    Asked::Run(Box::new(options))
}

/// What is given, and the action; nothing where help is wanted.
fn command_line(arguments: &[String]) -> Result<Option<(Given, Option<String>)>, String> {
    let arguments: Vec<String> = arguments.iter().map(|word| spelled(word)).collect();
    let flags: Vec<Flag<'_>> = FLAGS.iter().map(|(_, flag)| *flag).collect();
    let (found, rest) = getopt::split(&flags, &arguments)?;
    let mut given = Given::default();
    let mut seen = Vec::new();
    for Found { index, name, value } in found {
        let Some((id, _)) = FLAGS.get(index) else { continue };
        match id {
            Id::Help => return Ok(None),
            Id::Configuration => given.file = Some(value),
            Id::Interactive => given.interactive = true,
            Id::ServerUrl => {
                let url = values::url(&value);
                let wrong = |why| format!("invalid value for {name} {}: {why}", python_repr(&value));
                given.server_url = Some(url.map_err(wrong)?);
            }
            Id::Username => given.username = Some(value),
            Id::Password => given.password = Some(value),
            Id::History => given.history_file = Some(value),
        }
        if seen.contains(id) {
            return Err(format!("conflicting command line option {}", python_repr(&name)));
        }
        seen.push(*id);
    }
    Ok(Some((given, (!rest.is_empty()).then(|| rest.join(" ")))))
}

/// `--history-file` as the original's help spells it.
fn spelled(word: &str) -> String {
    match word.strip_prefix("--history-f") {
        Some(rest) => format!("--history_f{rest}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;

    fn asked(arguments: &[&str]) -> Asked {
        let world = FakeWorld::default()
            .with_file("/etc/x.conf", "[supervisorctl]\nserverurl=unix:///s\nusername=a\nprompt=p\n")
            .with_file("/etc/y.conf", "[supervisord]\n");
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        parse(&world, "/usr/bin/supervisorctl", &arguments)
    }

    fn options(arguments: &[&str]) -> Options {
        match asked(arguments) {
            Asked::Run(options) => *options,
            other => panic!("{arguments:?} gave {other:?}"),
        }
    }

    #[test]
    fn options_go_before_the_file_and_the_file_before_defaults() {
        let none = options(&[]);
        assert_eq!((none.server_url.as_str(), none.prompt.as_str()), ("http://localhost:9001", "supervisor"));
        assert!(none.interactive && none.action.is_none());
        let both = options(&["-c", "/etc/x.conf", "-u", "b", "--pass=w", "status", "-x", "a"]);
        assert_eq!((both.server_url.as_str(), both.prompt.as_str()), ("unix:///s", "p"));
        assert_eq!((both.username.as_deref(), both.password.as_deref()), (Some("b"), Some("w")));
        assert_eq!((both.interactive, both.action.as_deref()), (false, Some("status -x a")));
        assert!(options(&["-i", "status"]).interactive);
    }

    #[test]
    fn the_history_file_is_what_it_says() {
        for arguments in [&["-r", "h"][..], &["--history_file=h"], &["--history-file", "h"], &["--hist", "h"]]
        {
            assert_eq!(options(arguments).history_file, Some("h".into()), "{arguments:?}");
        }
    }

    #[test]
    fn mistakes_are_called_as_in_the_original() {
        for (arguments, why) in [
            (&["-x"][..], "option -x not recognized"),
            (&["-s", "foo"], "invalid value for -s 'foo': value 'foo' is not a URL"),
            (&["--serverurl=foo"], "invalid value for --serverurl 'foo': value 'foo' is not a URL"),
            (&["-i", "-i"], "conflicting command line option '-i'"),
            (&["-c", "/no"], "could not find config file /no"),
            (&["-c", "/etc/y.conf"], ".ini file does not include supervisorctl section"),
        ] {
            assert_eq!(asked(arguments), Asked::Wrong(why.to_owned()), "{arguments:?}");
        }
    }

    #[test]
    fn help_is_printed_before_anything_is_read() {
        for arguments in [&["-h"][..], &["-?"], &["--help"], &["-c", "/no", "-h"]] {
            let Asked::Print(text) = asked(arguments) else { panic!("no help for {arguments:?}") };
            assert!(text.starts_with("supervisorctl -- control applications"));
            assert!(text.contains("-i/--interactive -- start an interactive"));
            assert!(text.contains("Usage: /usr/bin/supervisorctl [options]"));
        }
    }
}
