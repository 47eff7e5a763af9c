//! The first steps of a machine's init, before anything else runs: descriptors, session, file systems, network name,
//! environment. Each failure is told and none is final.

use crate::base::text::reason;
use crate::boot::mounts;
use crate::boot::say::say;
use crate::sys::{network, process, session, standard_fds};
use std::path::Path;

/// The kernel's name for whatever `console=` chose.
pub(super) const CONSOLE: &str = "/dev/console";

/// What every program of a machine begins with. What the kernel hands over instead are the words of its command line.
pub(super) const ENVIRONMENT: &[(&str, &str)] =
    &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/root")];

const HOSTNAME_FILE: &str = "/etc/hostname";

/// What the kernel calls a machine that nobody has named.
const UNNAMED: &str = "(none)";

/// Does all of it.
pub(super) fn prepare() {
    session::lead();
    session::replace_environment(ENVIRONMENT);
    let mut troubles = mounts::mount_all();
    // Only now is there surely a console to speak on.
    if let Err(error) = standard_fds::replace_stand_ins(Path::new(CONSOLE)) {
        troubles.push(format!("cannot open {CONSOLE}: {}", reason(&error)));
    }
    if let Err(error) = network::loopback_up() {
        troubles.push(format!("cannot bring the loopback interface up: {}", reason(&error)));
    }
    let file = std::fs::read_to_string(HOSTNAME_FILE).unwrap_or_default();
    match name_in(&file) {
        Some(name) => set_host_name(name),
        None if process::node_name() == UNNAMED => set_host_name("localhost"),
        None => {}
    }
    troubles.iter().for_each(|trouble| say(trouble));
}

/// Names the machine.
pub(super) fn set_host_name(name: &str) {
    if process::node_name() == name {
        return;
    }
    if let Err(error) = network::set_host_name(name) {
        say(&format!("cannot name this machine '{name}': {}", reason(&error)));
    }
}

/// The first line that is neither empty nor a comment (`hostname(5)`).
fn name_in(file: &str) -> Option<&str> {
    file.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_names() {
        assert_eq!(name_in("# the name\n\n  web-1 \nother\n"), Some("web-1"));
        assert_eq!(name_in("#\n"), None);
    }
}
