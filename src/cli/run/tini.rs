//! The command line and variables of tini 0.19 (its README), for images that call it by that name.

use super::{Asked, command, signal, status};
use crate::runtime::solo::Solo;
use std::ffi::OsString;

/// tini's exit status for a wrong command line.
const WRONG: u8 = 1;

/// Reads it. `variable` looks up the environment.
pub(super) fn read(name: &str, args: &[OsString], variable: &dyn Fn(&str) -> Option<String>) -> Asked {
    match parse(name, args, variable) {
        Ok(asked) => asked,
        Err(why) => Asked::Wrong(format!("{why}\n{}", help(name)), WRONG),
    }
}

fn help(name: &str) -> String {
    format!(
        "Usage: {name} [OPTIONS] PROGRAM -- [ARGS]\n\n\
         \x20 -s         reap as a subreaper where this is not PID 1 (also TINI_SUBREAPER)\n\
         \x20 -p SIGNAL  send this signal to {name} when its parent ends\n\
         \x20 -v         say more; may be repeated (also TINI_VERBOSITY)\n\
         \x20 -w         warn of every orphan that is reaped\n\
         \x20 -g         send signals to the process group of the program (also TINI_KILL_PROCESS_GROUP)\n\
         \x20 -e STATUS  end with 0 where the program ends with this; may be repeated\n\
         \x20 -l         print the licence\n\
         \x20 -h         print this; --version prints the version\n"
    )
}

fn parse(name: &str, args: &[OsString], variable: &dyn Fn(&str) -> Option<String>) -> Result<Asked, String> {
    if let [only] = args
        && only == "--version"
    {
        return Ok(Asked::Print(format!("{name} of onevisor {}\n", env!("CARGO_PKG_VERSION"))));
    }
    let mut solo = Solo { verbosity: 1, ..Solo::default() };
    if let Some(level) = variable("TINI_VERBOSITY") {
        solo.verbosity =
            level.parse::<u8>().map_err(|_| format!("TINI_VERBOSITY is '{level}', not a number"))?;
    }
    // Other than tini, we are a subreaper without being asked where we are not PID 1: nothing else works.
    if variable("TINI_SUBREAPER").is_some() {
        solo.subreaper = Some(true);
    }
    solo.group = variable("TINI_KILL_PROCESS_GROUP").is_some();
    let mut rest = args;
    while let [word, more @ ..] = rest {
        let Some(letters) =
            word.to_str().and_then(|text| text.strip_prefix('-')).filter(|text| !text.is_empty())
        else {
            break;
        };
        rest = more;
        if letters == "-" {
            break;
        }
        for (at, letter) in letters.char_indices() {
            match letter {
                's' => solo.subreaper = Some(true),
                'v' => solo.verbosity = solo.verbosity.saturating_add(1),
                'w' => solo.warn_of_orphans = true,
                'g' => solo.group = true,
                'h' => return Ok(Asked::Print(help(name))),
                'l' => return Ok(Asked::Print(include_str!("../../../LICENSE").to_owned())),
                'p' | 'e' => {
                    let value = value(letter, letters.get(at + 1..).unwrap_or_default(), &mut rest)?;
                    if letter == 'p' {
                        solo.parent_death = Some(signal(&value)?);
                    } else {
                        solo.remap.insert(status(&value)?, 0);
                    }
                    break;
                }
                other => return Err(format!("there is no option -{other}")),
            }
        }
    }
    if rest.is_empty() {
        return Err("there is no program to run".to_owned());
    }
    solo.argv = command(rest)?;
    Ok(Asked::Run(Box::new(solo)))
}

/// An option's value: behind its letter, or the next word.
fn value(letter: char, attached: &str, rest: &mut &[OsString]) -> Result<String, String> {
    if !attached.is_empty() {
        return Ok(attached.to_owned());
    }
    let [next, more @ ..] = *rest else { return Err(format!("-{letter} needs a value")) };
    *rest = more;
    Ok(next.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Signal;

    fn told(line: &str, variables: &[(&str, &str)]) -> Asked {
        let args: Vec<OsString> =
            line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
        read("tini", &args, &|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn options_and_variables() {
        let Asked::Run(solo) = told("-svg -p SIGTERM -e143 -e 1 -w -- sh -c", &[]) else {
            panic!("a program")
        };
        assert_eq!(
            (solo.subreaper, solo.group, solo.verbosity, solo.warn_of_orphans),
            (Some(true), true, 2, true)
        );
        assert_eq!(solo.parent_death, Some(Signal::TERM));
        assert_eq!((solo.remap.get(&143), solo.remap.get(&1)), (Some(&0), Some(&0)));
        assert_eq!(solo.argv.len(), 2);
        let variables = [("TINI_SUBREAPER", ""), ("TINI_VERBOSITY", "3"), ("TINI_KILL_PROCESS_GROUP", "1")];
        let Asked::Run(solo) = told("true", &variables) else { panic!("a program") };
        assert_eq!((solo.subreaper, solo.group, solo.verbosity), (Some(true), true, 3));
    }

    #[test]
    fn a_program_may_stand_before_the_dashes() {
        // tini hands everything behind its options to the program, the dashes too where they come later.
        let Asked::Run(solo) = told("sh -- -c", &[]) else { panic!("a program") };
        assert_eq!(solo.argv.len(), 3);
    }

    #[test]
    fn mistakes_are_told() {
        for line in ["", "-x true", "-e 300 true", "-p NOPE true", "-e"] {
            assert!(matches!(told(line, &[]), Asked::Wrong(_, 1)), "{line}");
        }
        assert!(matches!(told("true", &[("TINI_VERBOSITY", "x")]), Asked::Wrong(_, 1)));
    }
}
