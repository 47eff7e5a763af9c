//! `onevisor link DIR`: makes the name links, so that scripts find `supervisord` and its companions.

use crate::base::text::reason;
use crate::cli::{Call, JOBS, complain, parse};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make symbolic links to this executable, one for each name it answers to.
#[derive(clap::Parser)]
#[command(name = "onevisor link")]
struct Arguments {
    /// The folder for the links; it is made if it is not there.
    dir: PathBuf,
    /// Replace other files and links of these names.
    #[arg(long)]
    force: bool,
}

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    let arguments: Arguments = match parse("link", &call.args) {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    match make_links(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => complain("link", &message),
    }
}

fn make_links(arguments: &Arguments) -> Result<(), String> {
    let target = std::env::current_exe()
        .map_err(|error| format!("cannot find this executable: {error}", error = reason(&error)))?;
    fs::create_dir_all(&arguments.dir).map_err(|error| {
        format!("cannot make folder {}: {error}", arguments.dir.display(), error = reason(&error))
    })?;
    for job in JOBS.iter().filter(|job| job.linked) {
        let link = arguments.dir.join(job.name);
        make_link(&target, &link, arguments.force).map_err(|error| {
            format!("cannot make link {}: {error}", link.display(), error = reason(&error))
        })?;
        println!("{} -> {}", link.display(), target.display());
    }
    Ok(())
}

/// Makes one link; one that is right already is left alone.
fn make_link(target: &Path, link: &Path, force: bool) -> io::Result<()> {
    if fs::read_link(link).is_ok_and(|old| old == target) {
        return Ok(());
    }
    match symlink(target, link) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && force => {
            let aside = link.with_extension("onevisor-new");
            symlink(target, &aside)?;
            fs::rename(&aside, link)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(io::Error::new(error.kind(), "something else has this name (--force replaces it)"))
        }
        result => result,
    }
}
