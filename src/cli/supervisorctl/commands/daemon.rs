//! The daemon itself: `reload`, `shutdown`, `open`, `version`.

use super::{refuse_arguments, show};
use crate::cli::supervisorctl::names::code;
use crate::cli::supervisorctl::session::{Done, Failure, Flow, Session, status};
use crate::cli::supervisorctl::{help, output};
use crate::runtime::client::CallError;
use std::io;

/// Asks a user who sits at a shell. Scripts are taken at their word.
fn really(session: &mut Session, question: &str) -> Result<bool, Failure> {
    if !session.options.interactive {
        return Ok(true);
    }
    Ok(session.ask(question)?.to_lowercase().starts_with('y'))
}

/// `shutdown`. Does not wait until the daemon is gone.
pub(super) fn shutdown(session: &mut Session, arg: &str) -> Done {
    let refused = refuse_arguments(session, arg, "shutdown", help::SHUTDOWN);
    if refused || !really(session, output::REALLY_SHUT_DOWN)? {
        return Ok(Flow::Stay);
    }
    let url = session.options.server_url.clone();
    let Err(error) = session.call("shutdown", &[]) else {
        session.say(output::SHUT_DOWN);
        return Ok(Flow::Stay);
    };
    match &error {
        CallError::Fault(fault) if fault.code == code::SHUTDOWN_STATE => {
            session.say(output::ALREADY_SHUTTING_DOWN);
            return Ok(Flow::Stay);
        }
        CallError::Io(why) if why.kind() == io::ErrorKind::ConnectionRefused => {
            session.say(&output::already_down(&output::refused(&url)));
        }
        CallError::Io(why) if why.kind() == io::ErrorKind::NotFound => {
            session.say(&output::already_down(&output::no_such_file(&url)));
        }
        _ => return Err(error.into()),
    }
    session.status = status::GENERIC;
    Ok(Flow::Stay)
}

/// `reload`: the daemon starts anew.
pub(super) fn reload(session: &mut Session, arg: &str) -> Done {
    let refused = refuse_arguments(session, arg, "reload", help::RELOAD);
    if refused || !really(session, output::REALLY_RESTART)? {
        return Ok(Flow::Stay);
    }
    match session.call("restart", &[]) {
        Ok(_) => session.say(output::RESTARTED),
        Err(CallError::Fault(fault)) if fault.code == code::SHUTDOWN_STATE => {
            session.say(output::ALREADY_SHUTTING_DOWN);
            session.status = status::GENERIC;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Flow::Stay)
}

/// `open URL`: another daemon from now on. The exit status stays what it was.
pub(super) fn open(session: &mut Session, url: &str) -> Done {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "unix")) {
        session.say(output::BAD_URL);
        session.status = status::GENERIC;
        return Ok(Flow::Stay);
    }
    session.move_to(url);
    let before = session.status;
    let done = show::status(session, "")?;
    session.status = before;
    Ok(done)
}

/// `version`: the daemon's.
pub(super) fn version(session: &mut Session, arg: &str) -> Done {
    if refuse_arguments(session, arg, "version", help::VERSION) || !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let version = session.call("getSupervisorVersion", &[])?;
    session.say(version.as_str().unwrap_or_default());
    Ok(Flow::Stay)
}
