//! The key table: every section and every option of `supervisord.conf` with its type, its default, the names that can be
//! expanded in it and one line of meaning. Lowering reads options only through these rows, so the table cannot drift
//! from what is read; it also makes the reference, the sample configuration and the tests.

mod control_keys;
mod daemon_keys;
mod init_keys;
mod nearest;
mod program_keys;
mod server_keys;

pub use control_keys::{CONTROL, PLUGIN, control, plugin};
pub use daemon_keys::{DAEMON, INCLUDE, daemon, include};
pub use init_keys::{INIT, init};
pub use nearest::nearest;
pub use program_keys::{FASTCGI, GROUP, LISTENER, PROGRAM, fastcgi, group, listener, program};
pub use server_keys::{
    INET_SERVER, RPC_INTERFACE, UNIX_SERVER, inet_server, rpc_interface, server, unix_server,
};

/// What an option's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any text.
    Text,
    /// A command line, split as a shell would.
    Command,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A number of bytes.
    Bytes,
    /// A mode or mask in base eight.
    Octal,
    /// A signal.
    Signal,
    /// Exit codes between commas.
    ExitCodes,
    /// `true`, `false` or `unexpected`.
    AutoRestart,
    /// A user by name or number.
    User,
    /// `user` or `user:group`.
    Owner,
    /// A folder that exists.
    ExistingDirectory,
    /// A folder; whether it exists shows when the process starts.
    Directory,
    /// A file in a folder that exists.
    File,
    /// A file in a folder that exists, or `AUTO`, `NONE`.
    LogFile,
    /// The path of a socket or a history; its folder is not checked.
    Path,
    /// A level of the activity log.
    LogLevel,
    /// `port` or `host:port`.
    Address,
    /// `unix:///path` or `tcp://host:port`.
    Socket,
    /// `http://host:port` or `unix:///path`.
    Url,
    /// A process name, usually with expansions.
    Name,
    /// Names between commas.
    Names,
    /// Host names between commas, or `*`.
    Hosts,
    /// Event types between commas.
    Events,
    /// When the daemon ends by itself.
    ExitWhen,
    /// `WHAT:STATUS` between commas.
    ExitRules,
    /// A file, or `none`.
    OptionalFile,
    /// How lines of programs appear on the daemon's output.
    ChildOutput,
    /// How lines of the activity log look.
    LogFormat,
    /// `KEY="value"` pairs between commas.
    Pairs,
    /// Files with `NAME=value` lines, between commas.
    EnvFiles,
    /// Folders with a file for each variable, between commas.
    EnvDirs,
    /// `true`, `false`, or names of variables between commas.
    FromFiles,
    /// File patterns between spaces.
    Patterns,
    /// The name of a machine.
    HostName,
    /// Whether there is a shell, and which.
    Shell,
    /// A Python path, `package.module:function`.
    Callable,
}

impl Kind {
    /// The type in a few words, for the reference.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Command => "command line",
            Kind::Integer => "number",
            Kind::Boolean => "true or false",
            Kind::Bytes => "bytes (KB, MB, GB)",
            Kind::Octal => "octal number",
            Kind::Signal => "signal",
            Kind::ExitCodes => "exit codes",
            Kind::AutoRestart => "true, false or unexpected",
            Kind::User => "user",
            Kind::Owner => "user or user:group",
            Kind::ExistingDirectory => "existing folder",
            Kind::Directory => "folder",
            Kind::File => "file in an existing folder",
            Kind::LogFile => "file, AUTO or NONE",
            Kind::Path => "path",
            Kind::LogLevel => "log level",
            Kind::Address => "port or host:port",
            Kind::Socket => "unix:// or tcp:// address",
            Kind::Url => "http:// or unix:// address",
            Kind::Name => "name",
            Kind::Names => "names between commas",
            Kind::Hosts => "host names between commas",
            Kind::Events => "event types between commas",
            Kind::ExitWhen => "never, any_fatal, any_exit or all_exited",
            Kind::ExitRules => "WHAT:STATUS between commas",
            Kind::OptionalFile => "file, or none",
            Kind::ChildOutput => "none, raw, prefix or json",
            Kind::LogFormat => "text or json",
            Kind::Pairs => "KEY=\"value\" between commas",
            Kind::EnvFiles => "files between commas",
            Kind::EnvDirs => "folders between commas",
            Kind::FromFiles => "true, false or names between commas",
            Kind::Patterns => "file patterns between spaces",
            Kind::HostName => "host name",
            Kind::Shell => "yes, no or a command line",
            Kind::Callable => "package.module:function",
        }
    }
}

/// What holds where an option is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// The option must be given.
    Required,
    /// This text counts as given.
    Text(&'static str),
    /// No value; the words say what that means.
    Nothing(&'static str),
}

/// The names that can be expanded in an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `ENV_*`.
    Environment,
    /// `here` and `ENV_*`.
    Here,
    /// `here`, `host_node_name` and `ENV_*`.
    Host,
    /// `program_name`, `group_name`, `host_node_name`, `here`, `ENV_*`.
    Program,
    /// All of that, `process_num`, `numprocs` and the program's own environment.
    Process,
}

impl Scope {
    /// The names, for the reference.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Scope::Environment => "ENV_*",
            Scope::Here => "here, ENV_*",
            Scope::Host => "here, host_node_name, ENV_*",
            Scope::Program => "program_name, group_name, host_node_name, here, ENV_*",
            Scope::Process => "process_num, numprocs, program_name, group_name, host_node_name, here, ENV_*",
        }
    }
}

/// One option of one kind of section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its default.
    pub default: Default,
    /// What can be expanded in it.
    pub scope: Scope,
    /// What it means, in one line.
    pub doc: &'static str,
    /// A value for the sample configuration.
    pub example: &'static str,
}

/// One kind of section.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Its name, up to the colon where it has one.
    pub name: &'static str,
    /// How its header is written.
    pub form: Form,
    /// What it is for, in one line.
    pub doc: &'static str,
    /// Its own options.
    pub own: &'static [&'static Key],
    /// Options that it shares with `[program:x]`.
    pub shared: &'static [&'static Key],
    /// Whether other options belong to somebody else and are handed on.
    pub open: bool,
}

/// How a section's header is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `[name]`, nothing else.
    Exact,
    /// `[name]` and whatever begins with it.
    Start,
    /// `[name:NAME]`.
    Named,
}

/// Every kind of section, in the order of the reference.
pub const SECTIONS: &[&Section] = &[
    &UNIX_SERVER,
    &INET_SERVER,
    &DAEMON,
    &CONTROL,
    &PROGRAM,
    &INCLUDE,
    &GROUP,
    &LISTENER,
    &FASTCGI,
    &RPC_INTERFACE,
    &PLUGIN,
    &INIT,
];

impl Section {
    /// The kind that a header belongs to.
    #[must_use]
    pub fn of(header: &str) -> Option<&'static Section> {
        SECTIONS.iter().copied().find(|section| section.fits(header))
    }

    fn fits(&self, header: &str) -> bool {
        let rest = header.strip_prefix(self.name);
        match self.form {
            Form::Exact => rest == Some(""),
            Form::Start => rest.is_some(),
            Form::Named => rest.is_some_and(|rest| rest.starts_with(':')),
        }
    }

    /// All its options; its own come first and hide shared ones of the same name.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        let (own, shared) = (self.own, self.shared);
        let hidden = move |key: &&'static Key| own.iter().any(|mine| mine.name == key.name);
        own.iter().copied().chain(shared.iter().copied().filter(move |key| !hidden(key)))
    }

    /// The option of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.own.iter().chain(self.shared).copied().find(|key| key.name == name)
    }

    /// The header as the reference writes it.
    #[must_use]
    pub fn header(&self) -> String {
        match self.form {
            Form::Exact | Form::Start => format!("[{}]", self.name),
            Form::Named => format!("[{}:NAME]", self.name),
        }
    }
}

/// Makes the rows of a section: a constant for each option, so that the code that reads it cannot misspell it, and the
/// list of them all.
macro_rules! rows {
    ($list:ident: $($id:ident = $name:literal, $kind:ident, $default:expr, $scope:ident, $doc:literal, $example:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "=`")]
            pub const $id: $crate::config::supervisord::keys::Key = $crate::config::supervisord::keys::Key {
                name: $name,
                kind: $crate::config::supervisord::keys::Kind::$kind,
                default: $default,
                scope: $crate::config::supervisord::keys::Scope::$scope,
                doc: $doc,
                example: $example,
            };
        )*
        /// All options of this section.
        pub const $list: &[&$crate::config::supervisord::keys::Key] = &[$(&$id),*];
    };
}
use rows;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_find_their_section() {
        for (header, name) in [
            ("supervisord", Some("supervisord")),
            ("program:x", Some("program")),
            ("program:", Some("program")),
            ("inet_http_server2", Some("inet_http_server")),
            ("unix_http_server:a", Some("unix_http_server")),
            ("eventlistener:a:b", Some("eventlistener")),
            ("program", None),
            ("Program:x", None),
            ("supervisord2", None),
        ] {
            assert_eq!(Section::of(header).map(|section| section.name), name, "{header}");
        }
    }

    #[test]
    fn every_row_is_well_formed() {
        for section in SECTIONS {
            let mut names = std::collections::BTreeSet::new();
            for key in section.keys() {
                assert!(names.insert(key.name), "{} has {} twice", section.name, key.name);
                assert_eq!(key.name, key.name.to_lowercase());
                assert!(
                    !key.doc.is_empty() && !key.doc.contains('\n') && !key.doc.ends_with('.'),
                    "{}",
                    key.name
                );
                assert!(!key.example.is_empty(), "{}", key.name);
                assert_eq!(section.key(key.name), Some(key));
            }
        }
    }
}
