//! `status --watch[=SECONDS]`: the table again and again, until Ctrl-C. Ours.
//!
//! On a terminal the screen is redrawn in place; in a pipe each table is followed by an empty line.

use crate::cli::supervisorctl::commands::status_of;
use crate::cli::supervisorctl::output;
use crate::cli::supervisorctl::session::{Done, Flow, Session, status};
use crate::cli::supervisorctl::wait;
use crate::runtime::client::CallError;
use crate::sys::poll::readable;
use crate::sys::signals::SignalInbox;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::time::Duration;

const USUAL: Duration = Duration::from_secs(2);
const SHORTEST: Duration = Duration::from_millis(100);

/// To the top left corner; and what was there below the text goes.
const HOME: &[u8] = b"\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &[u8] = b"\x1b[J";

/// Shows the table until Ctrl-C or until nobody reads it. A daemon that goes away is waited for.
pub(super) fn watch(session: &mut Session, names: &[String], every: Option<&str>) -> Done {
    let every = match every.map(|text| wait::seconds("--watch", text)).transpose() {
        Ok(every) => every.unwrap_or(USUAL).max(SHORTEST),
        Err(why) => {
            session.say(&why);
            session.status = status::INVALID_ARGS;
            return Ok(Flow::Stay);
        }
    };
    let mut interrupts = SignalInbox::new(&[crate::base::Signal::INT]).map_err(CallError::Io)?;
    let on_screen = io::stdout().is_terminal();
    let mut first = true;
    loop {
        let table = table(session, names)?;
        if on_screen {
            if first {
                session.write(b"\x1b[2J");
            }
            session.write(HOME);
            session.write(table.replace('\n', &format!("{CLEAR_LINE}\n")).as_bytes());
            session.write(CLEAR_BELOW);
        } else {
            session.write(table.as_bytes());
            session.say("");
        }
        first = false;
        if !session.flush() {
            return Ok(Flow::Stay);
        }
        readable(&[interrupts.as_fd()], Some(every)).map_err(CallError::Io)?;
        if !interrupts.take().is_empty() {
            session.say("");
            return Ok(Flow::Stay);
        }
    }
}

/// The table, or why there is none.
fn table(
    session: &mut Session,
    names: &[String],
) -> Result<String, crate::cli::supervisorctl::session::Failure> {
    let all = match session.processes() {
        Ok(all) => all,
        Err(error @ (CallError::Status { .. } | CallError::Url(_))) => return Err(error.into()),
        Err(error) => {
            session.forget_connection();
            return Ok(output::error_line(&error) + "\n");
        }
    };
    let found = status_of(session, &all, names);
    Ok(output::table(&found, session.colours))
}
