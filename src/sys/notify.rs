//! Telling the service manager above us how we are (`sd_notify(3)`): datagrams to the socket that it named.

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The variable that names the socket; it is meant for us, not for our children.
pub const VARIABLE: &str = "NOTIFY_SOCKET";

/// A service manager that wants to be told.
#[derive(Debug)]
pub struct Manager {
    socket: UnixDatagram,
    address: SocketAddr,
}

impl Manager {
    /// The one that the environment names, if any.
    #[must_use]
    pub fn from_environment() -> Option<Manager> {
        Manager::at(&std::env::var_os(VARIABLE)?)
    }

    fn at(name: &OsString) -> Option<Manager> {
        // An abstract name begins with a NUL byte, which a variable cannot hold.
        let address = match name.as_bytes() {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest),
            _ => SocketAddr::from_pathname(name),
        };
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(Manager { socket, address: address.ok()? })
    }

    /// Tells it something, such as `READY=1`. A manager that does not listen has nothing to complain of.
    pub fn tell(&self, message: &str) {
        let _ = self.socket.send_to_addr(message.as_bytes(), &self.address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_names_are_reached() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let abstract_name = format!("onevisor-test-{}", std::process::id());
        let by_path = UnixDatagram::bind(&path).expect("a socket");
        let by_name = SocketAddr::from_abstract_name(&abstract_name).expect("a name");
        let by_name = UnixDatagram::bind_addr(&by_name).expect("a socket");
        for (name, listener) in
            [(path.into_os_string(), by_path), (OsString::from(format!("@{abstract_name}")), by_name)]
        {
            Manager::at(&name).expect("a manager").tell("READY=1");
            let mut buffer = [0; 16];
            let count = listener.recv(&mut buffer).expect("a datagram");
            assert_eq!(buffer.get(..count), Some(b"READY=1".as_slice()));
        }
    }
}
