//! Automatic log files of earlier runs: found by their names and deleted at the start (`nocleanup=false`).

use crate::base::text::python_repr;
use std::fs;
use std::path::Path;

/// Deletes the automatic log files of earlier runs with this identifier. Says what could not be done, in the original's
/// words (`supervisor/options.py`, `clear_autochildlogdir`).
#[must_use]
pub fn delete_old(folder: &Path, identifier: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return vec!["Could not clear childlog dir".to_owned()] };
    let mut troubles = Vec::new();
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| is_auto_log(name, identifier));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_ours && is_file && fs::remove_file(entry.path()).is_err() {
            let path = entry.path().display().to_string();
            troubles.push(format!("Failed to clean up {}", python_repr(&path)));
        }
    }
    troubles
}

/// Whether a file name begins as the original's pattern `.+?---<identifier>-\S+\.log\.{0,1}\d{0,4}` does.
fn is_auto_log(name: &str, identifier: &str) -> bool {
    let mark = format!("---{identifier}-");
    name.match_indices(&mark).any(|(at, _)| {
        let rest = name.get(at + mark.len()..).unwrap_or_default();
        let random = rest.split(char::is_whitespace).next().unwrap_or_default();
        at > 0 && random.find(".log").is_some_and(|end| end > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_logs_are_told_from_other_files() {
        for name in ["cat-stdout---supervisor-ab_12345.log", "cat-stdout---supervisor-ab_12345.log.3"] {
            assert!(is_auto_log(name, "supervisor"), "{name}");
        }
        for name in [
            "cat-stdout---other-ab_12345.log",
            "---supervisor-x.log",
            "x---supervisor-.log",
            "a---supervisor-x y.log",
        ] {
            assert!(!is_auto_log(name, "supervisor"), "{name}");
        }
    }
}
