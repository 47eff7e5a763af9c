//! `onevisor demo`: runs an embedded example configuration in the foreground and says what there is to see.

use crate::base::text::reason;
use crate::cli::{Call, complain, parse, supervisord};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const CONFIGURATION: &str = include_str!("demo.conf");

/// Run an embedded example configuration in the foreground.
#[derive(clap::Parser)]
#[command(name = "onevisor demo")]
struct Arguments {
    /// Stop by itself after this many seconds.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,
    /// Keep configuration and logs in this folder (default: a new one in the folder for temporary files).
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    let arguments: Arguments = match parse("demo", &call.args) {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    let folder = arguments
        .dir
        .unwrap_or_else(|| std::env::temp_dir().join(format!("onevisor-demo-{}", std::process::id())));
    let file = folder.join("supervisord.conf");
    let text = configuration(arguments.seconds);
    if let Err(error) = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)) {
        return complain(
            "demo",
            &format!("cannot write {}: {error}", file.display(), error = reason(&error)),
        );
    }
    introduce(&folder, arguments.seconds);
    let args = ["-n", "-c"].into_iter().map(OsString::from).chain([file.into_os_string()]).collect();
    supervisord::run(&Call { program: "supervisord".to_owned(), args })
}

/// The example; with a program that ends it, if a time was given.
fn configuration(seconds: Option<u32>) -> String {
    // Root is told so by the daemon unless it says that this is meant; others cannot name a user.
    let user = if crate::sys::process::real_uid().0 == 0 { "user = root" } else { "" };
    let mut text = CONFIGURATION.replace("@USER@", user);
    if let Some(seconds) = seconds {
        text.push_str(&format!(
            "\n; Ends the demonstration.\n[program:end]\ncommand = /bin/sh -c \"sleep {seconds}; kill -TERM $PPID\"\n\
             startsecs = 0\nautorestart = false\n"
        ));
    }
    text
}

fn introduce(folder: &Path, seconds: Option<u32>) {
    let end = match seconds {
        Some(seconds) => format!("It stops by itself after {seconds} seconds."),
        None => "Press Ctrl-C to stop it: everything is stopped in order, twice for at once.".to_owned(),
    };
    println!(
        "This is supervisord with an example configuration, {folder}/supervisord.conf:\n\
         \x20 clock    prints the time into clock.log, which rotates\n\
         \x20 worker   four processes of one definition\n\
         \x20 crashes  fails after 3 seconds, and is started again at once\n\
         \x20 broken   never comes up: three retries, 1, 2 and 3 seconds apart, then it is given up\n\
         \x20 once     ends with success, and stays ended\n\
         Below is its activity log. Watch the logs with: tail -F {folder}/*.log\n\
         Try in another terminal: kill -9 the process of a worker; kill -HUP {pid} reads the file anew.\n{end}\n",
        folder = folder.display(),
        pid = std::process::id(),
    );
}
