//! Reading the configuration anew. A bad one changes nothing: it is logged, and everything keeps running.

use crate::engine::Input;
use crate::model::Server;
use crate::runtime::daemon::Daemon;
use crate::runtime::http::Listener;
use crate::runtime::startup;

impl Daemon {
    /// Reads the configuration, and only if it can be used stops everything in order to start with it.
    pub(super) fn reload(&mut self) {
        match self.read_anew() {
            Ok(()) => self.put(Input::Restart),
            Err(message) => {
                // Some of the original's messages have several lines.
                let message =
                    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>();
                self.log.error(&format!("cannot reload, everything keeps running: {}", message.join(" ")));
            }
        }
    }

    /// Reads the configuration, tries what can be tried while everything runs (user, log, sockets), and keeps it for the
    /// next life.
    ///
    /// # Errors
    /// Why it cannot be used, in the original's words.
    pub(super) fn read_anew(&mut self) -> Result<(), String> {
        let fresh = (self.loader)()?;
        startup::probe(&fresh.configuration.settings)?;
        let opened = self.opened.iter().map(|(server, _)| server);
        let open: Vec<_> = self.serving.iter().chain(opened).map(|server| server.listen.clone()).collect();
        let known = |server: &Server| open.contains(&server.listen);
        let new: Vec<&Server> = fresh.configuration.servers.iter().filter(|server| !known(server)).collect();
        let mut opened = Vec::new();
        for server in new {
            opened.push((server.clone(), Listener::open(server).map_err(|error| error.0)?));
        }
        self.opened.append(&mut opened);
        self.next = Some(Box::new(fresh));
        Ok(())
    }
}
