//! One executable, several names: what it is called, or else its first argument, decides what it does.

mod check;
mod completions;
mod demo;
mod dump;
mod init;
mod link;
mod options;
mod pidproxy;
mod power;
mod run;
mod sample;
mod supervisorctl;
mod supervisord;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// One job of the program.
pub struct Job {
    /// The name by which it is called.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Whether `link` makes a link of that name.
    pub linked: bool,
    run: fn(&Call) -> ExitCode,
}

/// How a job was called.
#[derive(Debug, Clone)]
pub struct Call {
    /// What the user typed in place of the program's name: shown in usage texts, and where the search for a
    /// configuration begins.
    pub program: String,
    /// Everything after the name.
    pub args: Vec<OsString>,
}

/// Every name that this version answers to.
pub const JOBS: &[Job] = &[
    Job {
        name: "supervisord",
        about: "run programs as their configuration says, and keep them running",
        linked: true,
        run: supervisord::run,
    },
    Job {
        name: "supervisorctl",
        about: "control what supervisord runs: one command, or a shell",
        linked: true,
        run: supervisorctl::run,
    },
    Job {
        name: "echo_supervisord_conf",
        about: "print a commented sample configuration",
        linked: true,
        run: sample::run,
    },
    Job {
        name: "pidproxy",
        about: "run a command and pass signals to the process in its pid file",
        linked: true,
        run: pidproxy::run,
    },
    Job {
        name: "run",
        about: "run one command as the init of a container: reap, pass signals on, end with its status",
        linked: false,
        run: run::run,
    },
    Job { name: "tini", about: "the same, with tini's options", linked: false, run: run::tini },
    Job { name: "docker-init", about: "the same, with tini's options", linked: false, run: run::tini },
    Job { name: "podman-init", about: "the same, with tini's options", linked: false, run: run::tini },
    Job {
        name: "dumb-init",
        about: "the same, with dumb-init's options",
        linked: false,
        run: run::dumb_init,
    },
    Job {
        name: "init",
        about: "be PID 1: of a machine, boot it and end it; in a container, what supervisord -n does",
        linked: false,
        run: init::run,
    },
    Job { name: "poweroff", about: "end the machine and switch it off", linked: false, run: power::poweroff },
    Job { name: "reboot", about: "end the machine and start it anew", linked: false, run: power::reboot },
    Job { name: "halt", about: "end the machine and leave it on", linked: false, run: power::halt },
    Job {
        name: "shutdown",
        about: "the same as poweroff, or with -r as reboot, with -H as halt",
        linked: false,
        run: power::shutdown,
    },
    Job {
        name: "check",
        about: "read configuration files and print every diagnostic",
        linked: false,
        run: check::run,
    },
    Job { name: "options", about: "print the reference of all options", linked: false, run: options::run },
    Job { name: "link", about: "make links with the names above in a folder", linked: false, run: link::run },
    Job {
        name: "completions",
        about: "print the completion of all names for bash, zsh or fish",
        linked: false,
        run: completions::run,
    },
    Job { name: "demo", about: "run an embedded example", linked: false, run: demo::run },
];

/// The exit status for a call that cannot be understood.
pub const USAGE: u8 = 2;

/// Runs the job that the name or the first argument asks for.
#[must_use]
pub fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let called = words.next().unwrap_or_else(|| OsString::from("onevisor"));
    let rest: Vec<OsString> = words.collect();
    let name =
        Path::new(&called).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(status) = init::if_it_must_be(&name, &called, &rest) {
        return status;
    }
    if let Some(job) = JOBS.iter().find(|job| job.name == name) {
        return (job.run)(&Call { program: called.to_string_lossy().into_owned(), args: rest });
    }
    by_first_argument(&called.to_string_lossy(), &rest)
}

fn by_first_argument(called: &str, rest: &[OsString]) -> ExitCode {
    let Some(first) = rest.first().map(|word| word.to_string_lossy().into_owned()) else {
        eprint!("{}", overview());
        return ExitCode::from(USAGE);
    };
    if let Some(job) = JOBS.iter().find(|job| job.name == first) {
        // The place of the executable counts for the search of a configuration, as if a link had been called.
        let program = Path::new(called).with_file_name(job.name).to_string_lossy().into_owned();
        return (job.run)(&Call { program, args: rest.get(1..).unwrap_or_default().to_vec() });
    }
    match first.as_str() {
        "-h" | "--help" | "help" => {
            print!("{}", overview());
            ExitCode::SUCCESS
        }
        "-V" | "--version" | "version" => {
            println!("onevisor {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("onevisor: no job is called '{first}'");
            eprint!("{}", overview());
            ExitCode::from(USAGE)
        }
    }
}

fn overview() -> String {
    let mut text = String::from(
        "onevisor: Supervisor, PID 1 and a systemd-compatible init in one executable.\n\n\
         Usage: onevisor JOB [ARGUMENTS…], or call it by the name of a job (see `link`).\n\nJobs:\n",
    );
    for job in JOBS {
        text.push_str(&format!("  {:<22} {}\n", job.name, job.about));
    }
    text.push_str("\n`onevisor JOB --help` says more about a job.\n");
    text
}

/// Prints an error of a job the way all jobs do.
fn complain(job: &str, message: &str) -> ExitCode {
    eprintln!("onevisor {job}: {message}");
    ExitCode::FAILURE
}

/// Prints a text on standard output. A closed pipe is the reader's choice, no error.
fn emit(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Reads the arguments of a job with clap; a failure, `--help` included, is printed and answered with its exit status.
fn parse<T: clap::Parser>(job: &str, args: &[OsString]) -> Result<T, ExitCode> {
    let name = OsString::from(format!("onevisor {job}"));
    T::try_parse_from(std::iter::once(name).chain(args.iter().cloned())).map_err(|error| {
        // A closed pipe is the reader's choice.
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
    })
}
