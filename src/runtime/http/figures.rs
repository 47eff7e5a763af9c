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
    let usage = daemon.children.keys().filter_map(|&pid| Some((pid, used(pid)?))).collect();
    let mut log_bytes = HashMap::new();
    for (&id, program) in &daemon.programs {
        for which in OutputChannel::BOTH {
            log_bytes.insert((id, which), program.bytes(which));
        }
    }
    Figures {
        started: daemon.started,
        daemon: used(process::own_pid()).unwrap_or_default(),
        usage,
        log_bytes,
        pools: pools(daemon),
        turns: daemon.turns.clone(),
        calls: daemon.calls.clone(),
    }
}

fn pools(daemon: &Daemon) -> Vec<Pool> {
    let pool = |view: PoolView<'_>| Pool {
        name: view.name().to_owned(),
        buffered: view.buffered() as u64,
        discarded: view.discarded(),
    };
    daemon.engine.pools().map(pool).collect()
}

fn used(pid: Pid) -> Option<Usage> {
    procfs::usage(pid).map(|usage| Usage { cpu: usage.cpu, memory: usage.memory })
}
