//! Reading the configuration anew. A bad one changes nothing: it is logged, and everything keeps running.

use crate::engine::Input;
use crate::runtime::daemon::Daemon;
use crate::runtime::startup;

impl Daemon {
    /// Reads the configuration, and only if it can be used stops everything in order to start with it.
    pub(super) fn reload(&mut self) {
        let fresh = (self.loader)().and_then(|fresh| {
            startup::probe(&fresh.configuration.settings)?;
            Ok(fresh)
        });
        match fresh {
            Ok(fresh) => {
                self.next = Some(Box::new(fresh));
                self.put(Input::Restart);
            }
            Err(message) => {
                // Some of the original's messages have several lines.
                let message =
                    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>();
                self.log.error(&format!("cannot reload, everything keeps running: {}", message.join(" ")));
            }
        }
    }
}
