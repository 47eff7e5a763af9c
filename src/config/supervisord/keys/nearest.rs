//! The known name that a misspelt one was probably meant to be.

/// The nearest of some names, if one is near: at most a third of the letters differ, two swapped ones counting as one.
pub fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Comparing costs time by the product of the lengths; no option is that long.
    if wrong.len() > 64 {
        return None;
    }
    let most = (wrong.chars().count() / 3).max(1);
    let wrong = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::osa_distance(&wrong, &name.to_lowercase()), name))
        .filter(|&(distance, _)| distance <= most)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_near() {
        let names = ["command", "directory", "autostart", "autorestart", "user"];
        for (wrong, right) in [
            ("comand", Some("command")),
            ("Directory", Some("directory")),
            ("autorestar", Some("autorestart")),
            ("auto_start", Some("autostart")),
            ("usre", Some("user")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), right, "{wrong}");
        }
    }
}
