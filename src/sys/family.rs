//! Who descends from whom, from `/proc`. Without /proc nobody has descendants, which is no error.

use crate::base::Pid;
use std::collections::{HashMap, HashSet};
use std::fs;

/// Everybody who descends from that process, as of now; it is not among them itself.
#[must_use]
pub fn descendants(of: Pid) -> Vec<Pid> {
    let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()).map(Pid) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(parent) = parent(&stat) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut seen) = (Vec::new(), HashSet::from([of]));
    let mut next = vec![of];
    while let Some(pid) = next.pop() {
        for &child in children.get(&pid).into_iter().flatten() {
            // Numbers may have been used again while we read.
            if seen.insert(child) {
                found.push(child);
                next.push(child);
            }
        }
    }
    found
}

/// The fourth field of `/proc/PID/stat`. The second is a name in parentheses that may hold anything.
fn parent(stat: &str) -> Option<Pid> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok().map(Pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_stands_behind_any_name() {
        assert_eq!(parent("7 (a) b) (c) S 42 7 7 0"), Some(Pid(42)));
        assert_eq!(parent("7 (x"), None);
    }

    #[test]
    fn grandchildren_are_descendants() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "sleep 100 & echo $!; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let out = shell.stdout.take().expect("its output");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("a line");
        let grandchild = Pid(line.trim().parse().expect("a number"));
        let found = descendants(crate::sys::process::own_pid());
        assert!(found.contains(&grandchild), "{found:?}");
        let _ = crate::sys::process::send(
            grandchild,
            crate::base::Signal::KILL,
            crate::sys::process::Reach::Process,
        );
        shell.wait().expect("its end");
    }
}
