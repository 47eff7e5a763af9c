//! The command line and variables of dumb-init 1.2 (its README), for images that call it by that name.

use super::{Asked, command, rewrite};
use crate::base::Signal;
use crate::runtime::solo::Solo;
use std::ffi::OsString;

/// dumb-init's exit status for a wrong command line.
const WRONG: u8 = 1;

/// SIGTSTP, SIGTTIN, SIGTTOU: they would not stop who has a session of its own, so SIGSTOP is sent instead.
const JOB_CONTROL: [i32; 3] = [20, 21, 22];
const STOP: Signal = Signal(19);

const HELP: &str = "\
Usage: dumb-init [OPTIONS] COMMAND [ARG…]

  -c, --single-child     signals go to the command alone, not to its session (also DUMB_INIT_SETSID=0)
  -r, --rewrite s:r      send signal r where s comes; r 0 sends nothing; may be repeated
  -v, --verbose          say more (also DUMB_INIT_DEBUG=1)
  -h, --help             print this
  -V, --version          print the version
";

/// Reads it. `variable` looks up the environment.
pub(super) fn read(args: &[OsString], variable: &dyn Fn(&str) -> Option<String>) -> Asked {
    match parse(args, variable) {
        Ok(asked) => asked,
        Err(why) => Asked::Wrong(format!("{why}\n{HELP}"), WRONG),
    }
}

fn parse(args: &[OsString], variable: &dyn Fn(&str) -> Option<String>) -> Result<Asked, String> {
    let mut single = variable("DUMB_INIT_SETSID").is_some_and(|value| value == "0");
    let debug = variable("DUMB_INIT_DEBUG").is_some_and(|value| value == "1");
    let mut solo = Solo { verbosity: if debug { 2 } else { 0 }, ..Solo::default() };
    let mut rest = args;
    while let [word, more @ ..] = rest {
        let Some(option) = word.to_str().filter(|text| text.starts_with('-') && text.len() > 1) else {
            break;
        };
        rest = more;
        match option {
            "--" => break,
            "-c" | "--single-child" => single = true,
            "-v" | "--verbose" => solo.verbosity = 2,
            "-h" | "--help" => return Ok(Asked::Print(HELP.to_owned())),
            "-V" | "--version" => {
                return Ok(Asked::Print(format!("dumb-init of onevisor {}\n", env!("CARGO_PKG_VERSION"))));
            }
            other => {
                let attached = other
                    .strip_prefix("--rewrite=")
                    .or_else(|| other.strip_prefix("-r").filter(|value| !value.is_empty()));
                let pair = match (attached, other, rest) {
                    (Some(pair), _, _) => pair.to_owned(),
                    (None, "-r" | "--rewrite", [next, more @ ..]) => {
                        rest = more;
                        next.to_string_lossy().into_owned()
                    }
                    (None, "-r" | "--rewrite", []) => return Err(format!("{other} needs a value")),
                    _ => return Err(format!("there is no option {other}")),
                };
                solo.rewrite.extend([rewrite(&pair)?]);
            }
        }
    }
    if rest.is_empty() {
        return Err("there is no command to run".to_owned());
    }
    if !single {
        solo.session = true;
        solo.sweep_group = true;
        for number in JOB_CONTROL {
            solo.rewrite.entry(number).or_insert(Some(STOP));
        }
    }
    solo.argv = command(rest)?;
    Ok(Asked::Run(Box::new(solo)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str, variables: &[(&str, &str)]) -> Asked {
        let args: Vec<OsString> =
            line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
        read(&args, &|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn options_and_variables() {
        let Asked::Run(solo) = told("-v -r 15:3 --rewrite=2:0 -r10:12 sh -c x", &[]) else {
            panic!("a command")
        };
        assert!(solo.session && solo.sweep_group && solo.verbosity == 2);
        assert_eq!(solo.rewrite.get(&15), Some(&Some(Signal::QUIT)));
        assert_eq!((solo.rewrite.get(&2), solo.rewrite.get(&10)), (Some(&None), Some(&Some(Signal::USR2))));
        assert_eq!(solo.rewrite.get(&20), Some(&Some(STOP)));
        for asked in [told("-c true", &[]), told("true", &[("DUMB_INIT_SETSID", "0")])] {
            let Asked::Run(solo) = asked else { panic!("a command") };
            assert!(!solo.session && solo.rewrite.is_empty());
        }
        assert!(matches!(told("true", &[("DUMB_INIT_DEBUG", "1")]), Asked::Run(solo) if solo.verbosity == 2));
    }

    #[test]
    fn mistakes_are_told() {
        for line in ["", "-x true", "-r 15 true", "-r", "--rewrite 99:1 true"] {
            assert!(matches!(told(line, &[]), Asked::Wrong(_, 1)), "{line}");
        }
    }
}
