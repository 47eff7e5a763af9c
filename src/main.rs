//! The executable. Everything is in the library, so that tests and fuzz targets see it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    onevisor::cli::main()
}
