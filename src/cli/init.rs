//! `init`: PID 1. Of a machine it boots it (`boot`); in a container it is `supervisord -n`, since there is nothing to boot.
//!
//! A process that the kernel started as the init of a machine must never end, whatever it was called and with which words, so
//! this job takes over there.

use crate::base::Pid;
use crate::boot::{self, Found};
use crate::cli::{Call, JOBS, USAGE, check, supervisord};
use crate::config::Severity;
use crate::config::supervisord::{Arguments, Overrides, Request, command_line, load};
use crate::runtime::Machine;
use crate::sys::process;
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    if process::own_pid() != Pid(1) {
        eprintln!(
            "init: this is the job of PID 1; to end this machine use poweroff, reboot or halt, to run programs supervisord"
        );
        return ExitCode::from(USAGE);
    }
    if boot::is_machine() {
        run_machine(&call.program, &call.args);
    }
    // Words that the kernel, or a tool made for other inits, may have left are none of supervisord's options.
    supervisord::run(&Call { program: call.program.clone(), args: vec![OsString::from("-n")] })
}

/// Becomes the init of a machine where the kernel started us as that under another name; in a container, where we are PID 1
/// without arguments under a name that is no job's.
pub(super) fn if_it_must_be(name: &str, called: &OsStr, args: &[OsString]) -> Option<ExitCode> {
    if process::own_pid() != Pid(1) {
        return None;
    }
    let is_job = |name: &str| JOBS.iter().any(|job| job.name == name);
    let by_argument = args.first().and_then(|word| word.to_str()).is_some_and(is_job);
    let program = called.to_string_lossy().into_owned();
    if !by_argument && boot::is_machine() {
        run_machine(&program, args);
    }
    let nothing_said = args.is_empty() && !is_job(name);
    nothing_said.then(|| run(&Call { program, args: Vec::new() }))
}

fn run_machine(program: &str, args: &[OsString]) -> ! {
    let words: Vec<String> = args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    // Words that are supervisord's count; among others none does, since they are the kernel's.
    let overrides = match command_line::parse(&Machine, program, &words) {
        Arguments::Run(overrides) => *overrides,
        Arguments::Print(_) | Arguments::Wrong(_) => Overrides::default(),
    };
    // There is no background to go to.
    let overrides = Overrides { nodaemon: true, ..overrides };
    let request = Request { program: program.to_owned(), overrides, advise: false };
    boot::run(&|| read(&request), &words)
}

/// The configuration, from the places where supervisord looks for it.
fn read(request: &Request) -> Result<Found, String> {
    let loaded = load(&Machine, request);
    let file = loaded.file.clone();
    let errors: Vec<_> =
        loaded.diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned().collect();
    match supervisord::fresh(loaded) {
        Ok(fresh) => Ok(Found { fresh, loader: supervisord::again(request.clone(), file) }),
        Err(_) => {
            let text = check::text(&errors.iter().collect::<Vec<_>>(), &Machine, false);
            let advice = match (&file, &request.overrides.config_file) {
                (None, None) => "nothing is started: put a configuration at /etc/supervisord.conf",
                _ => "nothing is started: the configuration has to be mended first",
            };
            Err(format!("{}\n{advice}", text.trim_end()))
        }
    }
}
