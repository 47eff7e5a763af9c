//! File patterns as Python's `glob.glob` and `fnmatch` understand them, which `[include]` relies on: an unclosed bracket
//! is an ordinary character, `.*` finds hidden files, `**` is no more than `*`.

use std::fs;
use std::path::Path;

/// More levels than any path of the kernel can have (`PATH_MAX`).
const DEEPEST: usize = 4096;

/// The paths that a pattern matches, sorted by their bytes, as the pattern spells their fixed parts. Names that are not
/// UTF-8 are left out.
#[must_use]
pub fn glob(pattern: &str) -> Vec<String> {
    if pattern.matches('/').count() > DEEPEST {
        return Vec::new();
    }
    let mut found = find(pattern);
    found.sort_unstable();
    found
}

fn is_magic(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn find(pattern: &str) -> Vec<String> {
    let (folder, name) = split(pattern);
    let folders = if is_magic(folder) { find(folder) } else { vec![folder.to_owned()] };
    folders.iter().flat_map(|folder| within(folder, name)).collect()
}

/// `os.path.split`: the part before the last slash without its trailing slashes, and the part behind it.
fn split(path: &str) -> (&str, &str) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (head, name) = path.split_at(at);
    let trimmed = head.trim_end_matches('/');
    (if trimmed.is_empty() { head } else { trimmed }, name)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() || folder.ends_with('/') {
        format!("{folder}{name}")
    } else {
        format!("{folder}/{name}")
    }
}

/// What a name or a pattern finds in one folder.
fn within(folder: &str, name: &str) -> Vec<String> {
    let path = join(folder, name);
    if !is_magic(name) {
        // Nothing behind the last slash asks for a folder.
        let is_there =
            if name.is_empty() { Path::new(&path).is_dir() } else { fs::symlink_metadata(&path).is_ok() };
        return if is_there { vec![path] } else { Vec::new() };
    }
    let Ok(entries) = fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let pattern: Vec<char> = name.chars().collect();
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|found| name.starts_with('.') || !found.starts_with('.'))
        .filter(|found| matches(&pattern, &found.chars().collect::<Vec<_>>()))
        .map(|found| join(folder, &found))
        .collect()
}

/// `fnmatch.fnmatchcase`. Only the last star is ever gone back to, so the time is bounded by the product of the lengths.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star = None;
    while let Some(&c) = name.get(read) {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, read));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => bracket(pattern.get(at..).unwrap_or_default(), c),
            Some(&wanted) if wanted == c => Some(1),
            Some(_) | None => None,
        };
        match (step, star) {
            (Some(length), _) => {
                at += length;
                read += 1;
            }
            (None, Some((after, from))) => {
                star = Some((after, from + 1));
                at = after;
                read = from + 1;
            }
            (None, None) => return false,
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|&c| c == '*')
}

/// A set in brackets at the start of the pattern: its length where the character is in it.
fn bracket(pattern: &[char], c: char) -> Option<usize> {
    let negated = pattern.get(1) == Some(&'!');
    let start = if negated { 2 } else { 1 };
    // A closing bracket that comes first is a member.
    let close = pattern.iter().skip(start + 1).position(|&c| c == ']').map(|at| at + start + 1);
    let Some(close) = close else {
        return (c == '[').then_some(1);
    };
    let set = pattern.get(start..close).unwrap_or_default();
    (is_member(set, c) != negated).then_some(close + 1)
}

fn is_member(set: &[char], c: char) -> bool {
    let mut rest = set;
    while let [first, after @ ..] = rest {
        rest = match after {
            ['-', last, further @ ..] => {
                if (*first..=*last).contains(&c) {
                    return true;
                }
                further
            }
            _ if *first == c => return true,
            _ => after,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, name: &str) -> bool {
        matches(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
    }

    /// Every line was printed by Python's fnmatch.
    #[test]
    fn patterns_match_as_in_python() {
        for (pattern, name, wanted) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf~", false),
            ("a**b*", "axxbyy", true),
            ("*a*b*c", "aabbcab", false),
            ("?", "ö", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[!a-c]x", "dx", true),
            ("[]a]", "]", true),
            ("[!]a]", "b", true),
            ("[a-]", "-", true),
            ("[-a]", "-", true),
            ("[z-a]", "b", false),
            ("[a", "[a", true),
            ("[a", "a", false),
            ("[]", "[]", true),
            ("[^a]", "^", true),
            ("[\\]", "\\", true),
            ("a]", "a]", true),
            ("", "", true),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
        assert!(!fits(&"*a".repeat(500), &"a".repeat(400)));
    }

    #[test]
    fn folders_are_searched_as_in_python() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for name in ["b.conf", "a.conf", ".h.conf", "c.txt", "[x.conf"] {
            fs::write(at(name), "").unwrap();
        }
        for (sub, name) in [("sub", "sub/d.conf"), ("sub2", "sub2/d.conf")] {
            fs::create_dir(at(sub)).unwrap();
            fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink("/does/not/exist", at("dangling")).unwrap();
        for (pattern, found) in [
            ("*.conf", &["[x.conf", "a.conf", "b.conf"][..]),
            ("**.conf", &["[x.conf", "a.conf", "b.conf"]),
            ("**/d.conf", &["sub/d.conf", "sub2/d.conf"]),
            (".*", &[".h.conf"]),
            ("[!a].conf", &["b.conf"]),
            ("[x.conf", &["[x.conf"]),
            ("sub?/*", &["sub2/d.conf"]),
            ("./sub/../*.txt", &["./sub/../c.txt"]),
            ("sub*/", &["sub/", "sub2/"]),
            ("dangling", &["dangling"]),
            ("none", &[]),
            ("none/*", &[]),
            ("c.txt/*", &[]),
        ] {
            let wanted: Vec<String> =
                found.iter().map(|name| format!("{}/{name}", folder.path().display())).collect();
            assert_eq!(glob(&format!("{}/{pattern}", folder.path().display())), wanted, "{pattern}");
        }
        assert!(glob(&"*/".repeat(100_000)).is_empty());
    }
}
