//! Resource limits of the daemon, which its children inherit.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Open files, `minfds`.
    OpenFiles,
    /// Processes of the user, `minprocs`.
    Processes,
}

/// What came of asking for a minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raised {
    /// It was high enough.
    NotNeeded,
    /// It was raised to this.
    To(u64),
    /// It cannot be raised.
    Refused {
        /// The hard limit as it is.
        hard: u64,
    },
}

/// Makes sure that the soft limit is at least `minimum`, raising the hard one if that is allowed.
#[must_use]
pub fn at_least(limit: Limit, minimum: u64) -> Raised {
    let resource = match limit {
        Limit::OpenFiles => Resource::RLIMIT_NOFILE,
        Limit::Processes => Resource::RLIMIT_NPROC,
    };
    let Ok((soft, hard)) = getrlimit(resource) else { return Raised::Refused { hard: 0 } };
    let minimum: rlim_t = minimum;
    // RLIM_INFINITY is the largest number, so the comparison needs no special case.
    if soft >= minimum {
        return Raised::NotNeeded;
    }
    match setrlimit(resource, minimum, hard.max(minimum)) {
        Ok(()) => Raised::To(minimum),
        Err(_) => Raised::Refused { hard },
    }
}

/// How many files this process may have open now.
#[must_use]
pub fn open_files() -> u64 {
    const USUAL: u64 = 1024;
    getrlimit(Resource::RLIMIT_NOFILE).map_or(USUAL, |(soft, _)| soft)
}
