//! The listening sockets of FastCGI programs: one for all processes of a group that name the same address, made when the first
//! of them starts and closed when the last one ends. Mirrors `supervisor/socket_manager.py`.

use crate::base::ServiceId;
use crate::base::text::reason;
use crate::model::{FastCgiSocket, Group, SocketAddress};
use crate::runtime::activity_log::ActivityLog;
use crate::runtime::daemon::Daemon;
use crate::sys::listening_socket;
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// All sockets that are open, and what is known about the others.
#[derive(Debug, Default)]
pub struct Sockets {
    open: HashMap<(String, String), Open>,
    /// Addresses of host names, looked up when a group is added: a look-up may take long, and a start must not.
    addresses: HashMap<String, SocketAddr>,
}

#[derive(Debug)]
struct Open {
    socket: Arc<OwnedFd>,
    users: HashSet<ServiceId>,
}

impl Sockets {
    /// The socket for a process that is about to start.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub(super) fn acquire(
        &mut self,
        id: ServiceId,
        group: &str,
        config: &FastCgiSocket,
        log: &mut ActivityLog,
    ) -> Result<Arc<OwnedFd>, String> {
        let key = (group.to_owned(), config.url.clone());
        if let Some(open) = self.open.get_mut(&key) {
            open.users.insert(id);
            return Ok(Arc::clone(&open.socket));
        }
        let socket = Arc::new(self.create(config, log)?);
        self.open.insert(key, Open { socket: Arc::clone(&socket), users: HashSet::from([id]) });
        Ok(socket)
    }

    /// A process has ended, or did not come to be. Closes the socket after the last one.
    pub(super) fn release(&mut self, id: ServiceId, log: &mut ActivityLog) {
        self.open.retain(|(_, url), open| {
            if open.users.remove(&id) && open.users.is_empty() {
                log.info(&format!("Closing socket {url}"));
                return false;
            }
            true
        });
    }

    /// Makes every socket of a group once, to find out early that one cannot be made, and closes it again.
    ///
    /// # Errors
    /// Which one cannot be made, and why.
    pub(super) fn check(&mut self, group: &Group, log: &mut ActivityLog) -> Result<(), String> {
        let mut checked = HashSet::new();
        for config in group.services.iter().filter_map(|service| service.socket.as_deref()) {
            if checked.insert(&config.url) {
                self.create(config, log)?;
                log.info(&format!("Closing socket {}", config.url));
            }
        }
        Ok(())
    }

    fn create(&mut self, config: &FastCgiSocket, log: &mut ActivityLog) -> Result<OwnedFd, String> {
        let url = &config.url;
        log.info(&format!("Creating socket {url}"));
        let made = match &config.address {
            SocketAddress::Unix(path) => {
                let owner = config.owner.map(|owner| (owner.uid, owner.gid));
                listening_socket::unix(path, owner, config.mode, config.backlog)
            }
            SocketAddress::Tcp { host, port } => {
                self.address(host, *port).and_then(|address| listening_socket::tcp(address, config.backlog))
            }
        };
        made.map_err(|error| format!("Could not create FastCGI socket {url}: {}", reason(&error)))
    }

    /// The original listens on IPv4 alone, so a name that has both kinds of addresses means that.
    fn address(&mut self, host: &str, port: u16) -> io::Result<SocketAddr> {
        let key = format!("{host}:{port}");
        if let Some(known) = self.addresses.get(&key) {
            return Ok(*known);
        }
        let found: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
        let chosen = found.iter().find(|address| address.is_ipv4()).or(found.first());
        let address = *chosen.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        self.addresses.insert(key, address);
        Ok(address)
    }
}

impl Daemon {
    /// The child is gone, and so is its share of the socket.
    pub(super) fn release_socket(&mut self, id: ServiceId) {
        if self.engine.service(id).is_none_or(|view| view.pid().is_none()) {
            self.sockets.release(id, &mut self.log);
        }
    }
}
