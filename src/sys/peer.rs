//! Who is on the other side of a Unix socket.

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials as PeerCred;
use std::os::fd::{AsFd, AsRawFd};

/// The process that connected, as of that moment (`SO_PEERCRED`, `unix(7)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCredentials {
    /// Its process id.
    pub pid: i32,
    /// Its effective user id.
    pub uid: u32,
    /// Its effective group id.
    pub gid: u32,
}

/// Asks the kernel; `None` where it does not say.
#[must_use]
pub fn credentials(socket: &impl AsFd) -> Option<PeerCredentials> {
    let found = getsockopt(socket, PeerCred).ok()?;
    Some(PeerCredentials { pid: found.pid(), uid: found.uid(), gid: found.gid() })
}

/// Tells the other side that nothing more will be sent (`shutdown(2)`); it can still send.
///
/// # Errors
/// ENOTCONN where the other side is gone.
pub fn end_sending(socket: &impl AsFd) -> std::io::Result<()> {
    Ok(nix::sys::socket::shutdown(socket.as_fd().as_raw_fd(), nix::sys::socket::Shutdown::Write)?)
}
