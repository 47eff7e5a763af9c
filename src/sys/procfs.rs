//! What a process uses, from `/proc/PID/stat` (`proc_pid_stat(5)`). Without /proc nothing is known, which is no error.

use crate::base::Pid;
use std::fs;
use std::time::Duration;

/// Processor time and memory of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, its own and the kernel's for it.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub memory: u64,
}

/// Asks the kernel; `None` where the process or /proc is not there.
#[must_use]
pub fn usage(pid: Pid) -> Option<Usage> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?, ticks(), page())
}

/// Fields 14, 15 and 24. The second field is a name in parentheses that may hold anything, so counting begins behind it.
fn parse(stat: &str, ticks: u64, page: u64) -> Option<Usage> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let pages: u64 = fields.nth(8)?.parse().ok()?;
    let cpu = Duration::from_millis((user + system).saturating_mul(1000) / ticks.max(1));
    Some(Usage { cpu, memory: pages.saturating_mul(page) })
}

fn ticks() -> u64 {
    system_number(nix::libc::_SC_CLK_TCK, 100)
}

fn page() -> u64 {
    system_number(nix::libc::_SC_PAGESIZE, 4096)
}

fn system_number(name: nix::libc::c_int, usual: u64) -> u64 {
    // SAFETY: sysconf takes an integer and answers one.
    u64::try_from(unsafe { nix::libc::sysconf(name) }).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_any_name() {
        let stat =
            "7 (a) b) (c) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 99 5000000 300 1844 1 1 0";
        let usage = parse(stat, 100, 4096).expect("a whole line");
        assert_eq!(usage, Usage { cpu: Duration::from_secs(2), memory: 300 * 4096 });
        assert_eq!(parse("7 (x", 100, 4096), None);
    }

    #[test]
    fn our_own_process_uses_memory() {
        assert!(usage(crate::sys::process::own_pid()).is_some_and(|usage| usage.memory > 0));
    }
}
