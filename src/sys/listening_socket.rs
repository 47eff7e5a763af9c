//! Listening sockets that are handed to children: FastCGI. They block, as the programs that accept on them expect, and they
//! close on exec, so only the child that one is meant for has it.

use nix::sys::socket::{Backlog, listen};
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// `SOMAXCONN` as Supervisor's Python knows it; the kernel takes as many of it as `net.core.somaxconn` allows.
const DEFAULT_BACKLOG: u32 = 4096;

/// Listens on a TCP address. `backlog` is the queue's length.
///
/// # Errors
/// Those of `bind(2)` and `listen(2)`.
pub fn tcp(address: SocketAddr, backlog: Option<u32>) -> io::Result<OwnedFd> {
    let listener = TcpListener::bind(address)?;
    with_backlog(OwnedFd::from(listener), backlog)
}

/// Listens on a Unix socket file, which is made anew. An old socket is removed, whoever listens on it; another kind of file is
/// not.
///
/// # Errors
/// Those of `bind(2)`, `listen(2)`, `chown(2)` and `chmod(2)`; EADDRINUSE where something else than a socket has the name.
/// The file is removed then.
pub fn unix(
    path: &Path,
    owner: Option<(u32, Option<u32>)>,
    mode: u32,
    backlog: Option<u32>,
) -> io::Result<OwnedFd> {
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket()) {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    let adjust = || -> io::Result<()> {
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::chown(path, Some(uid), gid)?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    if let Err(error) = adjust() {
        // The first error is the one to tell.
        let _ = fs::remove_file(path);
        return Err(error);
    }
    with_backlog(OwnedFd::from(listener), backlog)
}

/// A second `listen(2)` only changes the length of the queue.
fn with_backlog(socket: OwnedFd, backlog: Option<u32>) -> io::Result<OwnedFd> {
    let length = i32::try_from(backlog.unwrap_or(DEFAULT_BACKLOG)).unwrap_or(i32::MAX);
    listen(&socket, Backlog::new(length).unwrap_or(Backlog::MAXCONN))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_socket_gives_way_and_anything_else_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.sock");
        let old = UnixListener::bind(&path).expect("a socket");
        let new = unix(&path, None, 0o640, Some(3)).expect("a new socket");
        let mode = fs::metadata(&path).expect("a socket").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        drop((old, new));
        assert!(path.exists(), "the file stays, as in the original");
        let file = folder.path().join("file");
        fs::write(&file, "precious").expect("a file");
        let error = unix(&file, None, 0o700, None).expect_err("a file is in the way");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(fs::read_to_string(&file).expect("the file"), "precious");
    }

    #[test]
    fn a_port_can_be_taken_once() {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        assert_eq!(tcp(address, None).expect_err("taken").kind(), io::ErrorKind::AddrInUse);
        drop(free);
        assert!(tcp(address, None).is_ok());
    }
}
