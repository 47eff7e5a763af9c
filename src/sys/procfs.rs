//! What a process uses, read from `/proc`, and random bytes from the kernel.

use crate::base::Pid;
use nix::libc;
use std::time::Duration;

/// Processor time and resident bytes of a process; `None` when it is gone or `/proc` is not there (`man 5 proc`).
#[must_use]
pub fn usage(pid: Pid) -> Option<(Duration, u64)> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(&String::from_utf8_lossy(&stat), setting(libc::_SC_CLK_TCK), setting(libc::_SC_PAGESIZE))
}

/// The name may hold anything, so fields count from the last parenthesis: state is the third.
fn parse(stat: &str, ticks: u64, page: u64) -> Option<(Duration, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let field = |number: usize| rest.split_whitespace().nth(number - 3)?.parse::<u64>().ok();
    let used = field(14)? + field(15)?;
    Some((Duration::from_millis(used * 1000 / ticks.max(1)), field(24)? * page))
}

fn setting(name: libc::c_int) -> u64 {
    // SAFETY: sysconf takes an integer and answers one.
    u64::try_from(unsafe { libc::sysconf(name) }).unwrap_or(0)
}

/// 32 random hexadecimal digits that nobody can guess; empty when the kernel has none to give (`getrandom(2)`).
#[must_use]
pub fn random_token() -> String {
    let mut bytes = [0_u8; 16];
    // SAFETY: the buffer is ours and as long as we say.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), libc::GRND_NONBLOCK) };
    if usize::try_from(count) != Ok(bytes.len()) {
        return String::new();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_name_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 99 1000 3 0";
        assert_eq!(parse(stat, 100, 4096), Some((Duration::from_secs(2), 12288)));
        assert_eq!(parse("", 100, 4096), None);
    }

    #[test]
    fn we_use_something_and_tokens_differ() {
        assert!(usage(crate::sys::process::own_pid()).is_some_and(|(_, memory)| memory > 0));
        let (one, other) = (random_token(), random_token());
        assert!(one.len() == 32 && one != other);
    }
}
