//! Reads the options of one section by their rows in the key table: default, expansion, type, and a diagnostic at the
//! right place where one of them fails. Goes on with the default, so that further errors are found.

use crate::base::Signal;
use crate::config::supervisord::expand::{Failure, Names, expand};
use crate::config::supervisord::keys::{Default, Key, Kind};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::source::Entry;
use crate::config::supervisord::values::{self, Integer};
use crate::config::{Diagnostic, diagnostic::Place};
use crate::model::Identity;
use std::borrow::Cow;

/// One section being read.
pub(crate) struct Reader<'c> {
    pub(crate) context: &'c Context<'c>,
    pub(crate) section: &'c str,
    /// What can be expanded.
    pub(crate) names: Names<'c>,
    /// What the original adds to every error here, as ` in section 'program:x' (file: '/x')`.
    pub(crate) suffix: String,
}

impl<'c> Reader<'c> {
    /// A reader that expands the environment only.
    pub(crate) fn new(context: &'c Context<'c>, section: &'c str) -> Reader<'c> {
        Reader { context, section, names: Names::new(context.environment), suffix: String::new() }
    }

    /// A reader that expands `here` too.
    pub(crate) fn with_here(context: &'c Context<'c>, section: &'c str) -> Reader<'c> {
        let mut reader = Reader::new(context, section);
        reader.names.set("here", context.here);
        reader
    }

    /// The option as it stands in a file.
    pub(crate) fn entry(&self, key: &Key) -> Option<&'c Entry> {
        self.context.source.entry(self.section, key.name)
    }

    /// The option's text or default, not expanded.
    pub(crate) fn raw(&self, key: &Key) -> Option<&'c str> {
        match (self.entry(key), key.default) {
            (Some(entry), _) => Some(&entry.value.text),
            (None, Default::Text(text)) => Some(text),
            (None, Default::Required | Default::Nothing(_)) => None,
        }
    }

    /// The option's text or default, expanded. `None` where there is none, or where it cannot be expanded.
    pub(crate) fn text(&self, key: &Key) -> Option<Cow<'c, str>> {
        let text = self.raw(key)?;
        if memchr::memchr(b'%', text.as_bytes()).is_none() {
            return Some(Cow::Borrowed(text));
        }
        let label = format!("{}.{}", self.section, key.name);
        expand(text, &self.names, &label).map_err(|failure| self.misexpanded(key, failure)).ok()
    }

    /// The option's text, expanded, without a word where that fails.
    pub(crate) fn quiet(&self, key: &Key) -> Option<Cow<'c, str>> {
        let label = format!("{}.{}", self.section, key.name);
        expand(self.raw(key)?, &self.names, &label).ok()
    }

    /// Expands a text once more, under the option's bare name, as the original does with a few options.
    pub(crate) fn expand_again(&self, key: &Key, text: &str) -> Option<String> {
        match expand(text, &self.names, key.name) {
            Ok(text) => Some(text.into_owned()),
            Err(failure) => {
                // The place within the text is only known while the text is as written.
                let as_written = self.entry(key).is_some_and(|entry| entry.value.text == text);
                let end = if as_written { failure.end } else { 0 };
                self.misexpanded(key, Failure { end, ..failure });
                None
            }
        }
    }

    fn misexpanded(&self, key: &Key, failure: Failure) {
        let place = match self.entry(key) {
            Some(entry) if failure.end > 0 => {
                self.context.source.place(entry.file, entry.value.span_of(failure.start, failure.end))
            }
            _ => self.place(key),
        };
        self.error_at(place, key, failure.message, Some(failure.help));
    }

    /// The option's text as a typed value. A bad one is reported and the default taken.
    pub(crate) fn typed<T>(&self, key: &Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if let Some(text) = self.text(key) {
            match parse(&text) {
                Ok(value) => return Some(value),
                Err(message) => self.wrong(key, message),
            }
        }
        match key.default {
            Default::Text(text) => parse(text).ok(),
            Default::Required | Default::Nothing(_) => None,
        }
    }

    /// Where the option's value stands, or where the section starts if the option is not there.
    pub(crate) fn place(&self, key: &Key) -> Place {
        match self.entry(key) {
            Some(entry) if entry.value.span.length > 0 => {
                self.context.source.place(entry.file, entry.value.span)
            }
            Some(entry) if !entry.value.continued.is_empty() => {
                let span = entry.value.continued.first().map_or(entry.key, |(_, span)| *span);
                self.context.source.place(entry.file, span)
            }
            Some(entry) => self.context.source.place(entry.file, entry.key),
            None => self.context.source.place_of(self.section),
        }
    }

    /// Reports a value of which the original would say this.
    ///
    /// Users and folders that this machine does not have are warnings to `check`, which may well run on another machine than
    /// the daemon will.
    pub(crate) fn wrong(&self, key: &Key, message: impl Into<String>) {
        if self.context.advise && depends_on_the_machine(key.kind) && self.entry(key).is_some() {
            let help = "supervisord does not start on a machine without it";
            return self.context.report.add(self.warning(key, message.into() + &self.suffix).with_help(help));
        }
        let help = expected(key.kind);
        self.error_at(self.place(key), key, message.into(), help);
    }

    /// Reports a value of which the original would say this, with our own advice.
    pub(crate) fn error_with_help(&self, key: &Key, message: &str, help: &str) {
        self.error_at(self.place(key), key, message.to_owned(), Some(help));
    }

    fn error_at(&self, place: Place, key: &Key, message: String, help: Option<&str>) {
        let message = if self.suffix.is_empty() { message } else { message + &self.suffix };
        let mut diagnostic = Diagnostic::error(place, message).about(self.section, Some(key.name));
        diagnostic.help = help.map(str::to_owned);
        self.context.report.add(diagnostic);
    }

    /// A warning about an option.
    pub(crate) fn warning(&self, key: &Key, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(self.place(key), message).about(self.section, Some(key.name))
    }

    /// A whole number.
    pub(crate) fn integer(&self, key: &Key) -> Integer {
        debug_assert!(key.kind == Kind::Integer, "{} is no number", key.name);
        let number = self.typed(key, values::integer).unwrap_or_default();
        self.fitted(key, number)
    }

    /// A number of bytes.
    pub(crate) fn bytes(&self, key: &Key) -> i64 {
        debug_assert!(key.kind == Kind::Bytes, "{} is no size", key.name);
        let number = self.typed(key, values::byte_size).unwrap_or_default();
        self.fitted(key, number).value
    }

    /// A mode, if one is set.
    pub(crate) fn octal(&self, key: &Key) -> Option<u32> {
        debug_assert!(key.kind == Kind::Octal, "{} is no mode", key.name);
        self.typed(key, values::octal).map(|mode| permissions(&mode))
    }

    /// Yes or no.
    pub(crate) fn boolean(&self, key: &Key) -> bool {
        debug_assert!(key.kind == Kind::Boolean, "{} is no boolean", key.name);
        self.typed(key, values::boolean).unwrap_or_default()
    }

    /// A signal.
    pub(crate) fn signal(&self, key: &Key) -> Signal {
        debug_assert!(key.kind == Kind::Signal, "{} is no signal", key.name);
        self.typed(key, values::signal).unwrap_or(Signal::TERM)
    }

    /// A user, if one is set.
    pub(crate) fn user(&self, key: &Key) -> Option<Identity> {
        debug_assert!(key.kind == Kind::User, "{} is no user", key.name);
        self.typed(key, |text| values::identity(text, self.context.world))
    }

    /// Python's numbers have no end, ours do; the difference is said, never silent.
    fn fitted(&self, key: &Key, number: Integer) -> Integer {
        if number.beyond.is_some() {
            let message = format!("{}={number} is beyond 64 bits and counts as {}", key.name, number.value);
            self.context.report.add_logged(self.warning(key, message));
        }
        number
    }
}

/// The nine permission bits and the three above them; a mask or mode has no more.
pub(crate) fn permissions(mode: &Integer) -> u32 {
    u32::try_from(mode.value & 0o7777).unwrap_or_default()
}

/// Whether the only thing that can be wrong with a value of that type is that the machine lacks what it names.
fn depends_on_the_machine(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::User
            | Kind::Owner
            | Kind::ExistingDirectory
            | Kind::File
            | Kind::LogFile
            | Kind::OptionalFile
            | Kind::EnvFiles
            | Kind::EnvDirs
    )
}

/// What a value of that type looks like, where that can be said in a line.
fn expected(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Integer => "a whole number, such as 10",
        Kind::Boolean => "one of true, yes, on, 1 and false, no, off, 0",
        Kind::Bytes => "a whole number, alone or with KB, MB or GB: 1048576, 1024KB, 1MB",
        Kind::Octal => "an octal number, such as 022 or 0700",
        Kind::Signal => "the name or number of one signal, such as TERM, HUP, INT, QUIT, KILL, USR1, USR2",
        Kind::ExitCodes => "numbers from 0 to 255 between commas, such as 0,2",
        Kind::AutoRestart => "true, false or unexpected",
        Kind::User => "a user name or number of this machine (see getent passwd)",
        Kind::Owner => "a user, or user:group, by names or numbers of this machine",
        Kind::ExistingDirectory => "a folder that exists",
        Kind::File => "a file name; its folder has to exist",
        Kind::LogFile => "a file in a folder that exists, or AUTO, or NONE",
        Kind::LogLevel => "one of critical, error, warn, info, debug, trace, blather",
        Kind::Address => "a port from 1 to 65535, alone or behind a host: 127.0.0.1:9001, *:9001",
        Kind::Socket => "unix:///absolute/path or tcp://host:port",
        Kind::ExitWhen => "never, any_fatal, any_exit or all_exited",
        Kind::ExitRules => {
            "rules between commas, such as 143:0, SIGKILL:9, signal:1, fatal:70, stopped:0, *:same"
        }
        Kind::OptionalFile => "a file in a folder that exists, or none",
        Kind::Name => "a name without space, colon and slash",
        Kind::HostName => "1 to 64 letters, digits, hyphens and dots, such as web-1.example.com",
        Kind::Shell => "yes for /bin/sh, no, or a command such as /bin/login -f root",
        Kind::Hosts => "host names without scheme, port and path, such as status.example.com, or *",
        Kind::ChildOutput => "none, raw, prefix or json",
        Kind::LogFormat => "text or json",
        Kind::EnvFiles => "files that exist, between commas; - before one that may be missing",
        Kind::EnvDirs => "folders that exist, between commas; - before one that may be missing",
        Kind::FromFiles => "true, false, or names of variables between commas, such as DB_PASSWORD",
        Kind::Pairs => "KEY=\"value\" pairs between commas; quote values with special characters",
        Kind::Text
        | Kind::Command
        | Kind::Directory
        | Kind::Path
        | Kind::Url
        | Kind::Names
        | Kind::Events
        | Kind::Patterns
        | Kind::Callable => return None,
    })
}
