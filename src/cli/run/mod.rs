//! `onevisor run -- CMD ARG…`, `tini` and `dumb-init`: one command under a correct init. Reads the command lines of all three;
//! what they mean is `runtime::solo`.
//!
//! Read by hand, since this is the whole start-up of many containers, and the two others have their own ways.

mod dumb_init;
mod own;
mod tini;

use crate::base::Signal;
use crate::base::text::reason;
use crate::cli::{Call, USAGE, emit};
use crate::runtime::solo::{self, Solo};
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Run this.
    Run(Box<Solo>),
    /// Print this and be done.
    Print(String),
    /// It is wrong; why, and the exit status.
    Wrong(String, u8),
}

/// `onevisor run`.
pub(super) fn run(call: &Call) -> ExitCode {
    act("onevisor run", own::read(&call.args))
}

/// `tini`, `docker-init`.
pub(super) fn tini(call: &Call) -> ExitCode {
    let name = name_of(call);
    act(&name, tini::read(&name, &call.args, &|variable| std::env::var(variable).ok()))
}

/// `dumb-init`.
pub(super) fn dumb_init(call: &Call) -> ExitCode {
    act("dumb-init", dumb_init::read(&call.args, &|variable| std::env::var(variable).ok()))
}

fn name_of(call: &Call) -> String {
    Path::new(&call.program)
        .file_name()
        .map_or_else(|| "tini".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn act(name: &str, asked: Asked) -> ExitCode {
    match asked {
        Asked::Print(text) => {
            emit(&text);
            ExitCode::SUCCESS
        }
        Asked::Wrong(why, status) => {
            eprintln!("{name}: {why}");
            ExitCode::from(status)
        }
        Asked::Run(solo) => match solo::run(&solo) {
            Ok(status) => ExitCode::from(status),
            Err(error) => {
                eprintln!("{name}: cannot start the command: {error}", error = reason(&error));
                ExitCode::from(USAGE)
            }
        },
    }
}

/// The command and its arguments as the kernel takes them.
fn command(words: &[OsString]) -> Result<Vec<CString>, String> {
    let c_string = |word: &OsString| {
        CString::new(word.as_bytes()).map_err(|_| "an argument has a NUL byte in it".to_owned())
    };
    words.iter().map(c_string).collect()
}

/// A signal by number or name.
fn signal(text: &str) -> Result<Signal, String> {
    let number = text.parse().ok().map(Signal).filter(|signal| signal.is_valid() && signal.0 > 0);
    number
        .or_else(|| Signal::from_name(text))
        .ok_or_else(|| format!("'{text}' is no signal: give a number from 1 to 64, or a name such as TERM"))
}

/// `FROM:TO`: TO is sent where FROM comes; 0 sends nothing.
fn rewrite(text: &str) -> Result<(i32, Option<Signal>), String> {
    let (from, to) = text
        .split_once(':')
        .ok_or_else(|| format!("'{text}' is no pair of signals: write 15:3 or TERM:QUIT"))?;
    let to = if to == "0" { None } else { Some(signal(to)?) };
    Ok((signal(from)?.0, to))
}

/// An exit status.
fn status(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_| format!("'{text}' is no exit status: give a number from 0 to 255"))
}
