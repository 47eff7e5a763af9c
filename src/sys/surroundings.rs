//! Where we run: as the first process, and in a container or not. Looks at what container engines leave for that purpose.

use crate::base::Pid;
use crate::sys::process;
use std::path::Path;

/// Files that podman, Docker and systemd-nspawn put into a container.
const MARKS: [&str; 3] = ["/run/.containerenv", "/.dockerenv", "/run/systemd/container"];

/// Variables that container engines set: podman, LXC and systemd-nspawn the first, Kubernetes the second.
const VARIABLES: [&str; 2] = ["container", "KUBERNETES_SERVICE_HOST"];

/// Whether this is the first process of its pid namespace.
#[must_use]
pub fn is_first_process() -> bool {
    process::own_pid() == Pid(1)
}

/// Whether a container engine says that this is a container.
#[must_use]
pub fn is_container() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    VARIABLES.iter().any(is_set) || MARKS.iter().any(|mark| Path::new(mark).exists())
}
