//! What one turn of the loop does for the clients of the HTTP servers. What is answered, and how, is the servers' business.

use crate::api::Log;
use crate::base::Now;
use crate::runtime::daemon::Daemon;
use crate::runtime::faults::guard;
use crate::runtime::http::HttpServer;
use crate::sys::clock;
use std::time::Duration;

/// How long clients are served in one turn. Who comes too late is still ready in the next, which begins with signals, deaths and
/// deadlines.
pub(super) const CLIENTS_PER_TURN: Duration = Duration::from_millis(20);

impl Daemon {
    /// Serves clients that are ready, for as long as one turn may take but one at least. All get their turn: it goes on behind
    /// the place of the one that was served last.
    pub(super) fn serve_clients(&mut self, mut clients: Vec<(usize, u16, bool)>) {
        clients.sort_unstable();
        let next = clients.partition_point(|(slot, ..)| *slot <= self.served_last);
        clients.rotate_left(next);
        let until = clock::now().mono + CLIENTS_PER_TURN;
        for (slot, generation, readable) in clients {
            self.serve(|http, daemon, now| http.ready(slot, generation, readable, daemon, now));
            self.served_last = slot;
            if clock::now().mono > until {
                break;
            }
        }
    }

    /// Has the HTTP servers do something with the daemon.
    pub(super) fn serve(&mut self, work: impl FnOnce(&mut HttpServer, &mut Daemon, Now)) {
        if let Some(mut http) = self.http.take() {
            let result = guard(|| work(&mut http, self, clock::now()));
            // Whatever went wrong, the servers stay.
            self.http = Some(http);
            if let Err(fault) = result {
                self.log.critical(&format!("internal error in an HTTP server: {fault}"));
            }
        }
    }

    /// Answers the calls that what happened in this turn has settled, and sends on what the activity log has got.
    pub(super) fn tell_clients(&mut self) {
        let wrote = self.log.take_written();
        let Some(http) = &self.http else { return };
        let (jobs, followers) = (http.has_jobs(), http.has_followers());
        if jobs {
            self.serve(HttpServer::poll_jobs);
        }
        if std::mem::take(&mut self.web.changed) {
            self.serve(HttpServer::tell_watchers);
        }
        if wrote && followers {
            let path = self.log.path().to_owned();
            self.serve(|http, daemon, now| http.log_changed(Some(&Log::File(path)), daemon, now));
        }
    }
}
