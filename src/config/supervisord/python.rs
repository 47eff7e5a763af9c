//! White space and path arithmetic as Python does them, since the original's grammar and paths come from there. Text
//! only: nothing here looks at a disk.

/// `str.isspace()` of one character: what Unicode calls white space, and the four ASCII separators besides.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// `str.strip()`.
#[must_use]
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
#[must_use]
pub fn rstrip(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.split()`: words between any white space.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `str(list)` of a list of strings.
#[must_use]
pub fn list_repr(items: &[String]) -> String {
    let shown: Vec<String> = items.iter().map(|item| crate::base::text::python_repr(item)).collect();
    format!("[{}]", shown.join(", "))
}

/// `os.path.dirname`: everything before the last slash, itself without trailing slashes unless it is all slashes.
#[must_use]
pub fn dirname(path: &str) -> &str {
    let Some(at) = path.rfind('/') else { return "" };
    let (head, _) = path.split_at(at + 1);
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

/// `os.path.join` of two parts: an absolute second part stands alone.
#[must_use]
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') || base.is_empty() {
        path.to_owned()
    } else if base.ends_with('/') {
        format!("{base}{path}")
    } else {
        format!("{base}/{path}")
    }
}

/// `os.path.abspath`.
#[must_use]
pub fn absolute(path: &str, current_dir: &str) -> String {
    if path.starts_with('/') { normal(path) } else { normal(&join(current_dir, path)) }
}

/// `os.path.normpath`: without `.`, `..` and doubled slashes. Exactly two slashes in front stay two (POSIX lets them mean
/// something).
#[must_use]
pub fn normal(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let slashes = match path.bytes().take_while(|&b| b == b'/').count() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            ".." if parts.is_empty() && !slashes.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let text = format!("{slashes}{}", parts.join("/"));
    if text.is_empty() { ".".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dirname_is_what_stands_before_the_last_slash() {
        for (path, dir) in [("a", ""), ("/a", "/"), ("/a/b", "/a"), ("a//b", "a"), ("//a", "//"), ("a/", "a")]
        {
            assert_eq!(dirname(path), dir, "{path}");
        }
    }

    #[test]
    fn paths_become_normal() {
        for (path, wanted) in [
            ("/a/../b/./c//d/", "/b/c/d"),
            ("//a", "//a"),
            ("///a", "/a"),
            ("/..", "/"),
            ("../a", "../a"),
            ("a/..", "."),
            ("../..", "../.."),
        ] {
            assert_eq!(normal(path), wanted, "{path}");
        }
        assert_eq!(absolute("x/../y", "/w"), "/w/y");
    }

    #[test]
    fn separators_count_as_space() {
        assert_eq!(strip("\u{1c}\u{a0} a\t\u{2028}"), "a");
        assert_eq!(words(" a \n b ").collect::<Vec<_>>(), ["a", "b"]);
    }
}
