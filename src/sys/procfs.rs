//! What processes use, from `/proc/PID/stat` (`proc_pid_stat(5)`). Without /proc nothing is known, which is no error.

use crate::base::Pid;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::time::Duration;

/// What one process, or several together, use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, their own, the kernel's for them, and that of children they have waited for.
    pub cpu: Duration,
    /// Resident memory in bytes; what several processes share counts for each.
    pub memory: u64,
    /// How many processes.
    pub processes: u64,
}

impl Usage {
    fn add(&mut self, other: Usage) {
        self.cpu = self.cpu.saturating_add(other.cpu);
        self.memory = self.memory.saturating_add(other.memory);
        self.processes += other.processes;
    }
}

/// One line of the table of processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    parent: Pid,
    group: Pid,
    usage: Usage,
}

/// Links followed from a process upwards; the kernel has no loops, but pids may be used anew while we read.
const MOST_LINKS: usize = 64;

/// Asks the kernel about one process; `None` where it, or /proc, is not there.
#[must_use]
pub fn usage(pid: Pid) -> Option<Usage> {
    read(&pid.to_string(), &Units::system(), &mut String::new()).map(|entry| entry.usage)
}

/// What children use with all their descendants, by one pass over all processes of the machine. A process belongs to the
/// child whose process group it is in, else to that of its nearest ancestor.
#[must_use]
pub fn usage_of_trees(roots: impl Iterator<Item = Pid>) -> HashMap<Pid, Usage> {
    let mut sums: HashMap<Pid, Usage> = roots.map(|pid| (pid, Usage::default())).collect();
    if !sums.is_empty() {
        add_up(&table(), &mut sums);
    }
    sums.retain(|_, usage| usage.processes > 0);
    sums
}

fn add_up(table: &HashMap<Pid, Entry>, sums: &mut HashMap<Pid, Usage>) {
    for (&pid, entry) in table {
        if let Some(sum) = root(pid, table, sums).and_then(|root| sums.get_mut(&root)) {
            sum.add(entry.usage);
        }
    }
}

/// The child to which a process belongs.
fn root(pid: Pid, table: &HashMap<Pid, Entry>, roots: &HashMap<Pid, Usage>) -> Option<Pid> {
    let mut at = pid;
    for _ in 0..MOST_LINKS {
        if roots.contains_key(&at) {
            return Some(at);
        }
        let entry = table.get(&at)?;
        if roots.contains_key(&entry.group) {
            return Some(entry.group);
        }
        at = entry.parent;
    }
    None
}

fn table() -> HashMap<Pid, Entry> {
    let (units, mut text) = (Units::system(), String::new());
    let names = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| Some((Pid(name.parse().ok()?), read(&name, &units, &mut text)?))).collect()
}

/// `text` is only there to be used again.
fn read(pid: &str, units: &Units, text: &mut String) -> Option<Entry> {
    text.clear();
    File::open(format!("/proc/{pid}/stat")).ok()?.read_to_string(text).ok()?;
    parse(text, units)
}

/// Fields 4, 5, 14 to 17 and 24. The second field is a name in parentheses that may hold anything, so counting begins
/// behind it.
fn parse(stat: &str, units: &Units) -> Option<Entry> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(1);
    let parent = Pid(fields.next()?.parse().ok()?);
    let group = Pid(fields.next()?.parse().ok()?);
    let mut fields = fields.skip(8);
    let mut ticks: u64 = 0;
    for _ in 0..4 {
        // The last two are signed in the kernel's table.
        ticks = ticks.saturating_add(fields.next()?.parse::<i64>().ok()?.try_into().unwrap_or(0));
    }
    let pages: u64 = fields.nth(6)?.parse().ok()?;
    let cpu = Duration::from_millis(ticks.saturating_mul(1000) / units.ticks.max(1));
    let usage = Usage { cpu, memory: pages.saturating_mul(units.page), processes: 1 };
    Some(Entry { parent, group, usage })
}

/// What the numbers count.
struct Units {
    /// Ticks of a second.
    ticks: u64,
    /// Bytes of a page.
    page: u64,
}

impl Units {
    fn system() -> Units {
        Units {
            ticks: system_number(nix::libc::_SC_CLK_TCK, 100),
            page: system_number(nix::libc::_SC_PAGESIZE, 4096),
        }
    }
}

fn system_number(name: nix::libc::c_int, usual: u64) -> u64 {
    // SAFETY: sysconf takes an integer and answers one.
    u64::try_from(unsafe { nix::libc::sysconf(name) }).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: Units = Units { ticks: 100, page: 4096 };

    #[test]
    fn fields_are_counted_behind_any_name() {
        let stat =
            "7 (a) b) (c) S 1 6 7 0 -1 4194560 100 0 0 0 150 50 30 20 20 0 1 0 99 5000000 300 1844 1 1 0";
        let entry = parse(stat, &UNITS).expect("a whole line");
        let usage = Usage { cpu: Duration::from_millis(2500), memory: 300 * 4096, processes: 1 };
        assert_eq!(entry, Entry { parent: Pid(1), group: Pid(6), usage });
        assert_eq!(parse("7 (x", &UNITS), None);
        assert_eq!(parse("7 (x) S 1 7 7 0", &UNITS), None);
    }

    #[test]
    fn our_own_process_uses_memory() {
        assert!(usage(crate::sys::process::own_pid()).is_some_and(|usage| usage.memory > 0));
    }

    #[test]
    fn descendants_and_members_of_the_group_count() {
        let usage = Usage { cpu: Duration::from_secs(1), memory: 10, processes: 1 };
        let entry = |parent, group| Entry { parent: Pid(parent), group: Pid(group), usage };
        let table = HashMap::from([
            (Pid(1), entry(0, 1)),
            (Pid(10), entry(1, 10)),
            (Pid(11), entry(10, 10)),
            // Its parent has died; the group still tells.
            (Pid(12), entry(1, 10)),
            // A group of its own below a member.
            (Pid(13), entry(11, 13)),
            (Pid(20), entry(1, 20)),
            // A loop, as pids that are used anew could make one.
            (Pid(30), entry(31, 30)),
            (Pid(31), entry(30, 31)),
        ]);
        let mut sums = HashMap::from([(Pid(10), Usage::default()), (Pid(20), Usage::default())]);
        add_up(&table, &mut sums);
        assert_eq!(sums[&Pid(10)], Usage { cpu: Duration::from_secs(4), memory: 40, processes: 4 });
        assert_eq!(sums[&Pid(20)].processes, 1);
    }

    #[test]
    fn a_tree_of_the_real_table() {
        let own = crate::sys::process::own_pid();
        let gone = Pid(i32::MAX);
        let trees = usage_of_trees([own, gone].into_iter());
        assert!(trees[&own].memory > 0 && trees.len() == 1);
        assert!(usage_of_trees(std::iter::empty()).is_empty());
    }
}
