//! The life of a machine's init: prepare, run the daemon, end the machine. Whatever goes wrong in between is told on the
//! console, where there is a shell until it is mended. Never returns, never panics: the kernel would.

use crate::base::text::reason;
use crate::base::{MachineEnd, Mono, Signal};
use crate::boot::console::Shared;
use crate::boot::say::say;
use crate::boot::{early, rescue, shutdown};
use crate::runtime::{Fresh, Loader, MachineOver, machine_signals, supervise_machine};
use crate::sys::signals::SignalInbox;
use crate::sys::{clock, poll, signals};
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

/// A configuration, and how to read it anew.
pub struct Found {
    /// What to start with.
    pub fresh: Fresh,
    /// For reloads.
    pub loader: Loader,
}

/// Reads the configuration from the beginning; the error is everything that is wrong, for people.
pub type Source<'a> = &'a dyn Fn() -> Result<Found, String>;

/// Words on the kernel's command line that ask for a shell before anything is started (`init(8)`, `systemd(1)`).
const FIRST_A_SHELL: &[&str] = &["single", "s", "S", "1", "emergency", "rescue", "-b"];

/// A daemon that falls over more often than this within that time is not simply started again.
const MOST_FALLS: usize = 5;
const LATELY: Duration = Duration::from_secs(60);

/// Runs the machine. `words` are the arguments that the kernel had no use for.
pub fn run(source: Source<'_>, words: &[String]) -> ! {
    panic::set_hook(Box::new(|info| say(&format!("internal error, please report it: {info}"))));
    let _ = guarded(early::prepare);
    let mut first_a_shell = words.iter().any(|word| FIRST_A_SHELL.contains(&word.as_str()));
    let console = Shared::default();
    let mut inbox = listen();
    let mut falls = Falls::default();
    loop {
        let ended = guarded(|| {
            if std::mem::take(&mut first_a_shell) {
                Ok(rescue::wait(&mut console.0.borrow_mut(), &mut inbox))
            } else {
                live(source, &console, &mut inbox)
            }
        });
        match ended.unwrap_or_else(Err) {
            Ok(Some(end)) => finish(end, &console, &mut inbox),
            Ok(None) => {}
            Err(why) => {
                let too_often = falls.once_more(clock::now().mono);
                recover(&why, too_often, &console, &mut inbox);
            }
        }
    }
}

/// One try to read the configuration and to run by it. `None` to try again.
///
/// # Errors
/// The daemon fell over.
fn live(source: Source<'_>, console: &Shared, inbox: &mut SignalInbox) -> Result<Option<MachineEnd>, String> {
    let why = match source() {
        Ok(Found { fresh, loader }) => {
            if let Some(name) = &fresh.configuration.init.hostname {
                early::set_host_name(name);
            }
            match supervise_machine(fresh, loader, Box::new(console.clone())) {
                Ok(MachineOver::End(end)) => return Ok(Some(end)),
                Ok(MachineOver::GaveUp) => return Err("too many internal errors".to_owned()),
                Err(error) => error.0,
            }
        }
        Err(why) => why,
    };
    say(&why);
    Ok(rescue::wait(&mut console.0.borrow_mut(), inbox))
}

/// The daemon fell over. What it ran has lost its pipes, and would only be in the way of the next one.
fn recover(why: &str, too_often: bool, console: &Shared, inbox: &mut SignalInbox) {
    say(&format!("the daemon fell over: {why}"));
    if too_often {
        say("it does so again and again");
        if let Ok(Some(end)) = guarded(|| rescue::wait(&mut console.0.borrow_mut(), inbox)) {
            finish(end, console, inbox);
        }
    }
    let _ = guarded(|| shutdown::stop_everybody(&mut console.0.borrow_mut(), inbox));
}

/// When the daemon fell over lately.
#[derive(Debug, Default)]
struct Falls(Vec<Mono>);

impl Falls {
    /// Once more; whether that makes too many.
    fn once_more(&mut self, now: Mono) -> bool {
        self.0.retain(|at| now.since(*at) < LATELY);
        self.0.push(now);
        self.0.len() > MOST_FALLS
    }
}

fn finish(end: MachineEnd, console: &Shared, inbox: &mut SignalInbox) -> ! {
    let _ = guarded(|| -> () { shutdown::end(end, &mut console.0.borrow_mut(), inbox) });
    shutdown::at_once(end)
}

/// Signals are kept from here on, so that none is lost while no daemon runs. Without this inbox a machine could not be told
/// to end, so there is no going on before it is there.
fn listen() -> SignalInbox {
    signals::ignore_write_signals();
    signals::unblock_all();
    let wanted: Vec<_> =
        machine_signals().map(|(signal, _)| signal).chain([Signal::HUP, Signal::CHLD]).collect();
    loop {
        match SignalInbox::new(&wanted) {
            Ok(inbox) => return inbox,
            Err(error) => say(&format!("cannot catch signals: {}", reason(&error))),
        }
        poll::pause(Duration::from_secs(1));
    }
}

/// Runs something that may panic; what it said then.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_count_for_a_minute() {
        let at = |seconds| Mono(Duration::from_secs(seconds));
        let mut falls = Falls::default();
        let often: Vec<bool> = (0..6).map(|second| falls.once_more(at(second))).collect();
        assert_eq!(often, [false, false, false, false, false, true]);
        assert!(!falls.once_more(at(100)));
    }

    #[test]
    fn a_panic_becomes_its_text() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded(|| -> u8 { panic!("at {}", 7) }), Err("at 7".to_owned()));
        assert_eq!(guarded(|| -> u8 { panic!("plain") }), Err("plain".to_owned()));
    }
}
