//! Holds the architecture: which layer may import which, where `unsafe` may stand, and that every file says what it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A layer and what it may import, straight from the design: strictly downward, siblings do not see each other.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("sys", &["base"]),
    ("model", &["base"]),
    ("config", &["model", "base"]),
    ("wire", &["base"]),
    ("engine", &["model", "base"]),
    ("api", &["engine", "wire", "model", "base"]),
    ("runtime", &["api", "wire", "engine", "config", "model", "sys", "base"]),
    ("boot", &["runtime", "sys", "model", "base"]),
    ("cli", &["boot", "runtime", "api", "engine", "wire", "config", "model", "sys", "base"]),
];

/// Layers that must not reach the kernel, and so may not name the crates that do.
const PURE: &[&str] = &["base", "model", "config", "wire", "engine", "api"];

/// Crates with exactly one home.
const KERNEL_CRATES: &[&str] = &["nix", "libc", "signal_hook", "polling", "caps", "users", "syslog"];

/// Standard library modules that reach the kernel.
const KERNEL_STD: &[&str] = &["std::fs", "std::net", "std::process", "std::thread", "std::os::unix::net"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable source folder") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Code without comments and without the unit tests at the end of the file.
fn code(text: &str) -> String {
    let before_tests = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text);
    before_tests.lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn layer_of(path: &Path) -> Option<String> {
    let relative = path.strip_prefix(src()).expect("a file below src");
    let mut parts = relative.components();
    let first = parts.next()?.as_os_str().to_str()?.to_owned();
    parts.next().map(|_| first)
}

/// Every `crate::x` that the code names, also in `use crate::{a::…, b}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.extend(first_word(&std::mem::take(&mut word))),
                    _ if depth == 0 => word.push(c),
                    _ => {}
                }
            }
            found.extend(first_word(&word));
        } else {
            found.extend(first_word(rest));
        }
    }
    found
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// Whether a path starts with the crate; `unix::` does not start with `nix::`.
fn names_crate(code: &str, name: &str) -> bool {
    let starts = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    code.match_indices(&format!("{name}::")).any(|(at, _)| starts(at))
}

#[test]
fn layers_import_only_downward() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let Some(layer) = layer_of(&path) else { continue };
        let (_, allowed) = LAYERS
            .iter()
            .find(|(name, _)| *name == layer)
            .unwrap_or_else(|| panic!("{}: layer {layer} is not in the table", path.display()));
        for import in imports(&code(&fs::read_to_string(&path).expect("a source file"))) {
            let known = LAYERS.iter().any(|(name, _)| *name == import);
            if known && import != layer && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: {layer} may not import {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_layers_do_not_reach_the_kernel() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let Some(layer) = layer_of(&path) else { continue };
        let code = code(&fs::read_to_string(&path).expect("a source file"));
        if layer != "sys" {
            for name in KERNEL_CRATES {
                if names_crate(&code, name) && !code.contains(&format!("::{name}::")) {
                    wrong.push(format!("{}: only sys may name {name}", path.display()));
                }
            }
        }
        if PURE.contains(&layer.as_str()) {
            for name in KERNEL_STD {
                if code.contains(name) {
                    wrong.push(format!("{}: a pure layer names {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_has_one_home() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let text = code(&fs::read_to_string(&path).expect("a source file"));
        let says_unsafe = text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
        if says_unsafe && layer_of(&path).as_deref() != Some("sys") {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "unsafe outside src/sys: {}", wrong.join(", "));
    for layer in PURE {
        let head = src().join(layer).join("mod.rs");
        if let Ok(text) = fs::read_to_string(&head) {
            assert!(text.contains("#![forbid(unsafe_code)]"), "{} does not forbid unsafe", head.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in sources(&src()) {
        let text = fs::read_to_string(&path).expect("a source file");
        assert!(text.starts_with("//! "), "{} has no //! head", path.display());
    }
}

#[test]
fn sys_mod_holds_no_code() {
    let text = code(&fs::read_to_string(src().join("sys/mod.rs")).expect("sys/mod.rs"));
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let declaration = ["mod ", "pub mod ", "pub use ", "#!["].iter().any(|start| line.starts_with(start));
        assert!(declaration, "sys/mod.rs holds code: {line}");
    }
}

#[test]
fn the_checks_can_fail() {
    assert!(imports("use crate::{engine::State, model};").contains("engine"));
    assert!(imports("crate::sys::clock::now()").contains("sys"));
    assert!(!imports("// nothing").contains("sys"));
    assert!(names_crate("use nix::unistd;", "nix"));
    assert!(!names_crate("use std::os::unix::fs;", "nix"));
    assert!(!code("a // unsafe").contains("unsafe"));
}
