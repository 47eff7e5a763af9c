//! Gathers what only the loop and the kernel know, for `/metrics`. Reads /proc only when somebody asks.

use crate::api::metrics::{Figures, Pool, Usage};
use crate::base::Pid;
use crate::engine::PoolView;
use crate::model::OutputChannel;
use crate::runtime::daemon::Daemon;
use crate::sys::{process, procfs};
use std::collections::HashMap;

/// All figures as of now.
pub(super) fn gather(daemon: &Daemon) -> Figures {
    let usage = used(daemon);
    let mut log_bytes = HashMap::new();
    for (&id, program) in &daemon.programs {
        for which in OutputChannel::BOTH {
            log_bytes.insert((id, which), program.bytes(which));
        }
    }
    Figures {
        started: daemon.started,
        daemon: own(),
        usage,
        log_bytes,
        pools: pools(daemon),
        turns: daemon.turns.clone(),
        calls: daemon.calls.clone(),
    }
}

/// What the daemon itself uses.
pub(super) fn own() -> Usage {
    procfs::usage(process::own_pid()).map(usage).unwrap_or_default()
}

/// What the children use, each with everything that it has started.
pub(super) fn used(daemon: &Daemon) -> HashMap<Pid, Usage> {
    let trees = procfs::usage_of_trees(daemon.children.keys().copied());
    trees.into_iter().map(|(pid, used)| (pid, usage(used))).collect()
}

fn usage(used: procfs::Usage) -> Usage {
    Usage { cpu: used.cpu, memory: used.memory, processes: used.processes }
}

fn pools(daemon: &Daemon) -> Vec<Pool> {
    let pool = |view: PoolView<'_>| Pool {
        name: view.name().to_owned(),
        buffered: view.buffered() as u64,
        discarded: view.discarded(),
    };
    daemon.engine.pools().map(pool).collect()
}
