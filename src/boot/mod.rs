//! The init of a machine: what comes before the daemon, beside it and after it. In a container none of this is wanted, and
//! none of it happens.
//!
//! Must not know how a configuration is written; it is handed one.

pub mod console;
mod early;
pub mod machine;
pub mod mounts;
mod rescue;
mod say;
mod shutdown;

pub use machine::{Found, Source, run};

use crate::base::Pid;
use crate::sys::{process, reboot};

/// Container managers set this for the init they start (podman, nspawn, LXC).
const CONTAINER: &str = "container";

/// Whether this process is the init of a machine, rather than that of a container, or no init at all.
///
/// Asks the kernel to send us Ctrl-Alt-Del, which it refuses (EINVAL) to the init of any pid namespace but the machine's own,
/// and (EPERM) to those without the capability.
#[must_use]
pub fn is_machine() -> bool {
    process::own_pid() == Pid(1)
        && std::env::var_os(CONTAINER).is_none_or(|value| value.is_empty())
        && reboot::catch_ctrl_alt_del().is_ok()
}
