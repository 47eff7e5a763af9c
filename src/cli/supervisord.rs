//! `supervisord`: the daemon's command line. Reads flags and configuration, prints what is wrong with them in the original's
//! words and form, and hands over to the runtime.

use crate::cli::{Call, USAGE};
use crate::config::supervisord::{
    Arguments, Loaded, Overrides, Request, command_line, explanation, first_error, load, usage_error,
};
use crate::runtime::{Fresh, Loader, Machine, supervise};
use crate::sys::{signals, surroundings};
use std::process::ExitCode;

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    if surroundings::is_first_process() {
        // A container may be stopped before its configuration is read.
        signals::hold_all();
    }
    let words: Vec<String> = call.args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    match command_line::parse(&Machine, &call.program, &words) {
        Arguments::Print(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Arguments::Wrong(message) => refuse(&call.program, &message),
        Arguments::Run(overrides) => start(&call.program, *overrides),
    }
}

fn start(program: &str, overrides: Overrides) -> ExitCode {
    let request = Request { program: program.to_owned(), overrides, advise: false };
    let loaded = load(&Machine, &request);
    if let Some(warning) = loaded.user_warning {
        eprintln!("{program}: UserWarning: {warning}");
    }
    let file = loaded.file.clone();
    let explanation = explanation(&loaded.diagnostics);
    let fresh = match fresh(loaded) {
        Ok(fresh) => fresh,
        Err(message) => {
            let status = refuse(program, &message);
            explanation.iter().for_each(|line| eprintln!("{line}"));
            return status;
        }
    };
    match supervise(fresh, again(request, file)) {
        Ok(status) => ExitCode::from(status),
        Err(error) => refuse(program, &error.0),
    }
}

/// How a reload reads: the same flags and the file that was found the first time, wherever the daemon has gone since.
pub(super) fn again(mut request: Request, file: Option<String>) -> Loader {
    let absolute = file.and_then(|file| std::path::absolute(file).ok());
    request.overrides.config_file = absolute.map(|path| path.to_string_lossy().into_owned());
    Box::new(move || fresh(load(&Machine, &request)))
}

pub(super) fn fresh(loaded: Loaded) -> Result<Fresh, String> {
    match loaded.configuration {
        Some(configuration) => Ok(Fresh { configuration, notes: loaded.notes }),
        None => {
            Err(first_error(&loaded.diagnostics).unwrap_or("the configuration cannot be used").to_owned())
        }
    }
}

fn refuse(program: &str, message: &str) -> ExitCode {
    eprint!("{}", usage_error(program, message));
    ExitCode::from(USAGE)
}
