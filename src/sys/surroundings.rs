//! Where we run: as the first process, and in a container or not.

use crate::base::Pid;
use crate::sys::process;

/// Variables that container engines give to the process that they start: podman, LXC and systemd-nspawn the first, Kubernetes the
/// second. Files such as `/.dockerenv` say only that somebody above us may be in a container, not that all that runs here is ours.
const VARIABLES: [&str; 2] = ["container", "KUBERNETES_SERVICE_HOST"];

/// Whether this is the first process of its pid namespace.
#[must_use]
pub fn is_first_process() -> bool {
    process::own_pid() == Pid(1)
}

/// Whether a container engine has told us that this is its container.
#[must_use]
pub fn is_container() -> bool {
    VARIABLES.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
