//! Opening the sockets of `[inet_http_server]` and `[unix_http_server]` sections, and taking connections from them. Texts mirror
//! `supervisor/options.py` (`openhttpservers`) and `supervisor/http.py`.

use crate::model::{Listen, Owner, Server};
use crate::sys::peer::{self, PeerCredentials};
use crate::sys::process;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a server cannot be opened; the text goes behind `Error: `, the exit status is 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenError(pub String);

/// How long an old socket file's owner is given to answer before the file counts as stale.
const ANSWER_TIME: Duration = Duration::from_secs(2);

const ALREADY_LISTENING: &str = "Another program is already listening on a port that one of our HTTP servers is \
                                 configured to use.  Shut this program down first before starting supervisord.";

/// One open server socket.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// The socket file to remove at the end.
    file: Option<PathBuf>,
}

#[derive(Debug)]
enum Socket {
    Inet(TcpListener),
    Unix(UnixListener),
}

/// Where a connection comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// An address.
    Inet(IpAddr),
    /// A process of this machine.
    Local(Option<PeerCredentials>),
}

impl Listener {
    /// Opens the socket of one section.
    ///
    /// # Errors
    /// The original's text.
    pub fn open(server: &Server) -> Result<Listener, ListenError> {
        match &server.listen {
            Listen::Inet { host, port } => {
                let socket = open_inet(host, *port).map_err(|error| socket_error(&error))?;
                Ok(Listener { socket: Socket::Inet(socket), file: None })
            }
            Listen::Unix { path, mode, owner } => {
                let socket = open_unix(path, *mode, owner.as_ref())?;
                Ok(Listener { socket: Socket::Unix(socket), file: Some(path.clone()) })
            }
        }
    }

    /// Takes one waiting connection, non-blocking.
    ///
    /// # Errors
    /// `WouldBlock` where none waits; others as of `accept(2)`.
    pub fn accept(&self) -> io::Result<(OwnedFd, Peer)> {
        match &self.socket {
            Socket::Inet(listener) => {
                let (stream, address) = listener.accept()?;
                stream.set_nonblocking(true)?;
                // An answer is one write; waiting for more of it only delays it.
                let _ = stream.set_nodelay(true);
                Ok((OwnedFd::from(stream), Peer::Inet(address.ip())))
            }
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                let credentials = peer::credentials(&stream);
                Ok((OwnedFd::from(stream), Peer::Local(credentials)))
            }
        }
    }

    /// Removes the socket file, if there is one and it is a socket.
    pub fn remove_file(&self) {
        if let Some(path) = &self.file
            && fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket())
        {
            // Nobody is left to be told of a failure.
            let _ = fs::remove_file(path);
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Inet(listener) => listener.as_fd(),
            Socket::Unix(listener) => listener.as_fd(),
        }
    }
}

fn open_inet(host: &str, port: u16) -> io::Result<TcpListener> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let host = if bare.is_empty() { "0.0.0.0" } else { bare };
    let addresses: Vec<_> = (host, port).to_socket_addrs()?.collect();
    // The original only ever listens on IPv4, so a name that has both kinds means that.
    let chosen = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    let address = chosen.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Binds aside and moves in place, so that nobody finds a socket with the wrong mode or one that does not answer.
fn open_unix(path: &Path, mode: u32, owner: Option<&Owner>) -> Result<UnixListener, ListenError> {
    clear_the_way(path)?;
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}", process::own_pid()));
    let aside = PathBuf::from(aside);
    // Left by an earlier process of the same number.
    let _ = fs::remove_file(&aside);
    let opened = bind_aside(&aside, path, mode).map_err(|error| socket_error(&error));
    let _ = fs::remove_file(&aside);
    let listener = opened?;
    if let Some(owner) = owner
        && let Err(error) = std::os::unix::fs::chown(path, Some(owner.uid), owner.gid)
    {
        let _ = fs::remove_file(path);
        return Err(chown_error(path, owner, &error));
    }
    Ok(listener)
}

fn bind_aside(aside: &Path, path: &Path, mode: u32) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(aside)?;
    listener.set_nonblocking(true)?;
    fs::set_permissions(aside, fs::Permissions::from_mode(mode))?;
    fs::hard_link(aside, path)?;
    Ok(listener)
}

/// Removes a socket file that nobody answers on. Refuses where somebody does, and where the file is no socket.
fn clear_the_way(path: &Path) -> Result<(), ListenError> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Ok(()) };
    if somebody_answers(path) {
        return Err(ListenError(ALREADY_LISTENING.to_owned()));
    }
    let kind = meta.file_type();
    // Files count as well: people make one before the start in order to give it an owner. Folders and devices do not.
    if !(kind.is_socket() || kind.is_file() || kind.is_symlink()) {
        return Err(ListenError(format!(
            "{} exists and is no socket; remove it or name another file in [unix_http_server]",
            path.display()
        )));
    }
    eprintln!("Unlinking stale socket {}", path.display());
    fs::remove_file(path).map_err(|error| socket_error(&error))
}

fn somebody_answers(path: &Path) -> bool {
    let ask = || -> io::Result<usize> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(ANSWER_TIME))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        stream.read(&mut [0_u8; 1])
    };
    ask().is_ok_and(|count| count > 0)
}

fn socket_error(error: &io::Error) -> ListenError {
    if error.kind() == io::ErrorKind::AddrInUse {
        return ListenError(ALREADY_LISTENING.to_owned());
    }
    let reported = "Cannot open an HTTP server: socket.error reported";
    ListenError(match error.raw_os_error() {
        Some(number) => format!("{reported} errno.{} ({number})", process::errno_name(error)),
        // Only a socket's path can be wrong before the kernel is asked.
        None if error.kind() == io::ErrorKind::InvalidInput => format!("{reported} AF_UNIX path too long"),
        None => format!("{reported} {error}"),
    })
}

fn chown_error(path: &Path, owner: &Owner, error: &io::Error) -> ListenError {
    let ids = format!("({}, {})", owner.uid, owner.gid.map_or(-1, i64::from));
    if error.kind() != io::ErrorKind::PermissionDenied {
        return ListenError(format!(
            "Could not change permissions of socket file: {}",
            crate::base::text::reason(error)
        ));
    }
    let user = process::real_uid();
    let user = crate::sys::users::by_uid(user.0).map_or_else(|| user.to_string(), |entry| entry.name);
    ListenError(format!(
        "Not permitted to chown {} to uid/gid {ids}; adjust \"sockchown\" value in config file or on command line to \
         values that the current user ({user}) can successfully chown",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(path: &Path) -> Server {
        let listen = Listen::Unix { path: path.to_owned(), mode: 0o700, owner: None };
        Server::new("unix_http_server", listen)
    }

    #[test]
    fn a_stale_socket_gives_way_and_a_live_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.sock");
        drop(UnixListener::bind(&path).expect("a socket"));
        let listener = Listener::open(&unix(&path)).expect("the stale socket gives way");
        let mode = fs::metadata(&path).expect("a socket").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "the name aside is gone");
        listener.remove_file();
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_in_the_way_is_not_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("precious");
        fs::create_dir(&path).expect("a folder");
        assert!(Listener::open(&unix(&path)).is_err());
        assert!(path.is_dir());
    }

    #[test]
    fn a_long_path_is_told_in_the_originals_words() {
        let path = PathBuf::from(format!("/tmp/{}", "x".repeat(200)));
        let error = Listener::open(&unix(&path)).expect_err("too long");
        assert_eq!(error.0, "Cannot open an HTTP server: socket.error reported AF_UNIX path too long");
    }

    #[test]
    fn a_taken_port_is_told_in_the_originals_words() {
        let first = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = first.local_addr().expect("an address").port();
        let listen = Listen::Inet { host: "127.0.0.1".to_owned(), port };
        let server = Server::new("inet_http_server", listen);
        assert_eq!(Listener::open(&server).expect_err("taken"), ListenError(ALREADY_LISTENING.to_owned()));
    }
}
