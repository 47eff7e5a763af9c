//! To come.
use crate::cli::Call;
use std::process::ExitCode;
pub(super) fn run(_: &Call) -> ExitCode {
    ExitCode::FAILURE
}
