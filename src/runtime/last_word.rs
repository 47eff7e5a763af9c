//! Why the daemon ended, for whoever runs it: the reason and the last output of the program to blame go to the termination log,
//! where Kubernetes and others look for them.

use crate::base::text::reason;
use crate::engine::Cause;
use crate::model::{OutputChannel, TerminationLog};
use crate::runtime::daemon::Daemon;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where Kubernetes puts a file for this, unless it is told otherwise.
const WHERE_EXPECTED: &str = "/dev/termination-log";

/// What Kubernetes shows of such a file.
const MOST: usize = 4096;

/// `O_NONBLOCK | O_NOCTTY`: whatever has the name, we neither wait for it nor take it as our terminal.
const OPEN_FLAGS: i32 = 0o4000 | 0o400;

impl Daemon {
    /// Writes the termination log, if something ended the daemon and there is a place for it.
    pub(super) fn last_word(&mut self) {
        let Some(cause) = self.engine.cause().cloned() else { return };
        let Some(path) = self.termination_log() else { return };
        let text = self.words_about(&cause);
        if let Err(error) = write(&path, &text) {
            self.log.warn(&format!(
                "cannot write the termination log {}: {error}",
                path.display(),
                error = reason(&error)
            ));
        }
    }

    fn termination_log(&self) -> Option<PathBuf> {
        match &self.settings.exit.termination_log {
            TerminationLog::None => None,
            TerminationLog::Path(path) => Some(path.clone()),
            TerminationLog::WhereExpected => {
                let path = PathBuf::from(WHERE_EXPECTED);
                fs::metadata(&path).is_ok_and(|meta| meta.is_file()).then_some(path)
            }
        }
    }

    /// The reason, then as much of the program's last errors (or output) as there is room for.
    fn words_about(&self, cause: &Cause) -> Vec<u8> {
        let mut text = cause.reason.clone().into_bytes();
        text.push(b'\n');
        let room = MOST.saturating_sub(text.len());
        let tail = [OutputChannel::Stderr, OutputChannel::Stdout]
            .into_iter()
            .find_map(|channel| self.tail_of(cause, channel, room).filter(|tail| !tail.is_empty()));
        text.extend(tail.unwrap_or_default());
        text.truncate(MOST);
        text
    }

    fn tail_of(&self, cause: &Cause, channel: OutputChannel, length: usize) -> Option<Vec<u8>> {
        use crate::api::Host;
        let log = self.log_of(cause.id, channel)?;
        let size = self.log_size(&log).ok()??;
        let length = length as u64;
        self.read_log(&log, size.saturating_sub(length), length).ok()
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).custom_flags(OPEN_FLAGS).open(path)?;
    file.write_all(text)
}
