//! What the runtime holds for one service slot: its standard input, its two output channels, its automatic log files.

use crate::base::{Pid, Ring};
use crate::model::{LogFile, OutputChannel, Service};
use crate::runtime::channel::Channel;
use crate::runtime::stdin::Stdin;
use crate::sys::auto_file;
use crate::wire::listener::Tokens;
use std::io;
use std::path::Path;

/// The runtime's side of a service.
#[derive(Debug, Default)]
pub struct Program {
    /// The writing end of the child's standard input; kept open as long as the child lives.
    pub stdin: Option<Stdin>,
    /// What an event listener has said so far; `None` for other programs.
    pub listener: Option<Box<Tokens>>,
    /// The process that was started last, also when it has ended.
    pub last_pid: Option<Pid>,
    stdout: Channel,
    stderr: Channel,
    auto_stdout: Option<Box<Path>>,
    auto_stderr: Option<Box<Path>>,
}

impl Program {
    /// One of its channels.
    pub fn channel(&mut self, which: OutputChannel) -> &mut Channel {
        match which {
            OutputChannel::Stdout => &mut self.stdout,
            OutputChannel::Stderr => &mut self.stderr,
        }
    }

    /// What is kept in memory of that channel.
    #[must_use]
    pub fn memory(&self, which: OutputChannel) -> Option<&Ring> {
        match which {
            OutputChannel::Stdout => self.stdout.memory(),
            OutputChannel::Stderr => self.stderr.memory(),
        }
    }

    /// Bytes of output that were taken from that channel.
    #[must_use]
    pub fn bytes(&self, which: OutputChannel) -> u64 {
        match which {
            OutputChannel::Stdout => self.stdout.bytes(),
            OutputChannel::Stderr => self.stderr.bytes(),
        }
    }

    /// Where that channel is logged, if anywhere.
    #[must_use]
    pub fn log_path<'a>(&'a self, which: OutputChannel, service: &'a Service) -> Option<&'a Path> {
        let auto = match which {
            OutputChannel::Stdout => &self.auto_stdout,
            OutputChannel::Stderr => &self.auto_stderr,
        };
        match &which.of(service).file {
            LogFile::None => None,
            LogFile::Path(path) if path.as_os_str().is_empty() => None,
            LogFile::Path(path) => Some(path),
            LogFile::Auto => auto.as_deref(),
        }
    }

    /// Creates the automatic log files that the service asks for and does not have yet.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn create_auto_logs(&mut self, service: &Service, folder: &Path, identifier: &str) -> io::Result<()> {
        for which in OutputChannel::BOTH {
            let unused = which == OutputChannel::Stderr && service.redirect_stderr;
            let slot = match which {
                OutputChannel::Stdout => &mut self.auto_stdout,
                OutputChannel::Stderr => &mut self.auto_stderr,
            };
            if which.of(service).file == LogFile::Auto && !unused && slot.is_none() {
                let prefix = format!("{}-{}---{identifier}-", service.name, which.name());
                *slot = Some(auto_file::create(folder, &prefix)?.into_boxed_path());
            }
        }
        Ok(())
    }
}
