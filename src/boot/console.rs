//! The shell on the console: where it runs, and when it is started again. One at a time, whether it was configured or is there
//! to rescue the machine.

use crate::base::text::reason;
use crate::base::{Mono, Pid, Signal};
use crate::boot::early::{CONSOLE, ENVIRONMENT};
use crate::model::InitSettings;
use crate::runtime::Companion;
use crate::sys::process::{self, Reach};
use crate::sys::session::{self, OnTerminal};
use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// The consoles that are in use; the last one is that of /dev/console.
const ACTIVE: &str = "/sys/class/tty/console/active";

/// A shell that lived for less is not started again at once.
const SHORT_LIFE: Duration = Duration::from_secs(2);

/// How long it then takes; also where it cannot be started, the first time. The next times it takes twice as long.
const PAUSE: Duration = Duration::from_secs(5);

/// So that it never takes more than six minutes.
const MOST_DOUBLINGS: u32 = 6;

/// The console and the shell on it.
#[derive(Debug)]
pub struct Console {
    /// What is to run there; `None` for nothing.
    command: Option<Vec<String>>,
    shell: Option<Pid>,
    started: Mono,
    /// Not before then.
    again: Option<Mono>,
    /// How often in a row it could not be started.
    failures: u32,
}

impl Default for Console {
    fn default() -> Console {
        Console { command: None, shell: None, started: Mono(Duration::ZERO), again: None, failures: 0 }
    }
}

impl Console {
    /// Whether a shell is running.
    #[must_use]
    pub fn has_shell(&self) -> bool {
        self.shell.is_some()
    }

    /// Starts this command on the console.
    ///
    /// # Errors
    /// The console cannot be opened, or the command cannot be executed.
    pub fn start(&mut self, words: &[String], now: Mono) -> io::Result<()> {
        let terminal = terminal(&fs::read_to_string(ACTIVE).unwrap_or_default());
        let mut environment = ENVIRONMENT.to_vec();
        environment.push(("TERM", terminal_type(&terminal)));
        let what =
            OnTerminal { words, terminal: &terminal, environment: &environment, directory: Path::new("/") };
        self.shell = Some(session::spawn(&what)?);
        self.started = now;
        self.failures = 0;
        Ok(())
    }

    /// A child has ended; whether it was the shell.
    pub fn ended(&mut self, pid: Pid, now: Mono) -> bool {
        if self.shell != Some(pid) {
            return false;
        }
        self.shell = None;
        let pause = if now.since(self.started) < SHORT_LIFE { PAUSE } else { Duration::ZERO };
        self.again = Some(now + pause);
        true
    }

    /// How long not to start it yet.
    #[must_use]
    pub fn pause(&self, now: Mono) -> Duration {
        self.again.map_or(Duration::ZERO, |again| again.since(now))
    }

    /// Tells the shell that its console is gone: interactive shells do not heed SIGTERM.
    pub fn hang_up(&self) {
        if let Some(pid) = self.shell {
            let _ = process::send(pid, Signal::HUP, Reach::Process);
        }
    }

    fn attend(&mut self, now: Mono) -> Vec<String> {
        let Some(command) = self.command.clone() else { return Vec::new() };
        if self.has_shell() || !self.pause(now).is_zero() {
            return Vec::new();
        }
        match self.start(&command, now) {
            Ok(()) => Vec::new(),
            Err(error) => {
                let pause = PAUSE.saturating_mul(1 << self.failures.min(MOST_DOUBLINGS));
                self.failures = self.failures.saturating_add(1);
                self.again = Some(now + pause);
                let (name, seconds) = (command.join(" "), pause.as_secs());
                let why = reason(&error);
                vec![format!("cannot start '{name}' on the console: {why}; next try in {seconds} seconds")]
            }
        }
    }
}

/// A console that the daemon looks after while it runs, and the init before and after.
#[derive(Debug, Clone, Default)]
pub struct Shared(pub Rc<RefCell<Console>>);

impl Companion for Shared {
    fn configure(&mut self, settings: &InitSettings) {
        self.0.borrow_mut().command.clone_from(&settings.console_shell);
    }

    fn ended(&mut self, pid: Pid, now: Mono) -> bool {
        self.0.borrow_mut().ended(pid, now)
    }

    fn attend(&mut self, now: Mono) -> Vec<String> {
        self.0.borrow_mut().attend(now)
    }

    fn next(&self) -> Option<Mono> {
        let console = self.0.borrow();
        console.again.filter(|_| console.command.is_some() && !console.has_shell())
    }
}

/// The terminal behind /dev/console, which cannot itself control jobs.
fn terminal(active: &str) -> PathBuf {
    match active.split_whitespace().last() {
        // tty0 is whichever virtual terminal is in front, and no place to live.
        Some("tty0") => PathBuf::from("/dev/tty1"),
        Some(name) => Path::new("/dev").join(name),
        None => PathBuf::from(CONSOLE),
    }
}

fn terminal_type(terminal: &Path) -> &'static str {
    let name = terminal.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let number = name.strip_prefix("tty").unwrap_or_default();
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) { "linux" } else { "vt220" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono(Duration::from_secs(seconds))
    }

    #[test]
    fn the_last_console_is_the_one() {
        for (active, wanted, kind) in [
            ("tty0 ttyS0\n", "/dev/ttyS0", "vt220"),
            ("ttyS0 tty0\n", "/dev/tty1", "linux"),
            ("hvc0", "/dev/hvc0", "vt220"),
            ("", "/dev/console", "vt220"),
        ] {
            let terminal = terminal(active);
            assert_eq!((terminal.as_path(), terminal_type(&terminal)), (Path::new(wanted), kind));
        }
    }

    #[test]
    fn only_a_shell_that_lived_comes_back_at_once() {
        let mut console = Console { shell: Some(Pid(7)), started: at(10), ..Console::default() };
        assert!(!console.ended(Pid(8), at(11)));
        assert!(console.ended(Pid(7), at(11)));
        assert_eq!(console.pause(at(11)), PAUSE);
        assert_eq!(console.pause(at(100)), Duration::ZERO);
        console.shell = Some(Pid(9));
        assert!(console.ended(Pid(9), at(100)));
        assert_eq!(console.pause(at(100)), Duration::ZERO);
    }

    #[test]
    fn nothing_is_due_without_a_command_or_with_a_living_shell() {
        let mut shared = Shared::default();
        assert_eq!((shared.attend(at(1)), shared.next()), (Vec::new(), None));
        let shell = Some(vec!["/no/such/shell".to_owned()]);
        shared.configure(&InitSettings { console_shell: shell, ..InitSettings::default() });
        let lines = shared.attend(at(1));
        assert!(lines.iter().all(|line| line.contains("/no/such/shell")) && lines.len() == 1, "{lines:?}");
        assert_eq!(shared.next(), Some(at(1) + PAUSE));
        assert_eq!(shared.attend(at(2)), Vec::<String>::new());
        assert_eq!(shared.attend(at(6)).len(), 1);
        assert_eq!(shared.next(), Some(at(6) + PAUSE * 2));
        shared.0.borrow_mut().shell = Some(Pid(7));
        assert_eq!(shared.next(), None);
    }
}
