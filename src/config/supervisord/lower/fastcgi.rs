//! `[fcgi-program:x]`.

use crate::config::World;
use crate::config::supervisord::keys::{fastcgi as keys, program};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::group::{Members, after_colon, checked_name};
use crate::config::supervisord::lower::program::{Processes, processes};
use crate::config::supervisord::lower::reader::{Reader, permissions};
use crate::config::supervisord::python::absolute;
use crate::config::supervisord::values::{self, Integer};
use crate::model::group::SocketAddress;
use crate::model::server::Owner;
use crate::model::{FastCgiSocket, Group, GroupKind, Identity, Service};
use std::sync::Arc;

/// A FastCGI program outside any group.
pub(crate) fn group(context: &Context<'_>, section: &str) -> Option<Group> {
    let mut reader = Reader::with_here(context, section);
    let name = checked_name(&reader, after_colon(section));
    let priority = reader.integer(&program::PRIORITY).value;
    let socket = socket(&mut reader, name.as_deref().unwrap_or_default());
    let name = name?;
    let mut members = Members::default();
    let shared = socket.clone().map(Arc::new);
    for service in processes(context, section, &name, Processes::FastCgi) {
        members.add(&reader, Service { socket: shared.clone(), ..service });
    }
    let kind = GroupKind::FastCgi(socket?);
    Some(Group { name, priority, kind, services: members.into_services() })
}

/// The socket of a program in a `[group:x]`. The original forgets it, so nothing about it is an error there; here it is
/// kept where it is well formed.
pub(crate) fn grouped_socket(context: &Context<'_>, section: &str) -> Option<FastCgiSocket> {
    let mut reader = Reader::with_here(context, section);
    reader.names.set("program_name", after_colon(section));
    let user = reader.quiet(&program::USER).and_then(|text| values::identity(&text, context.world).ok());
    let read = |key| reader.quiet(key);
    let options = Options {
        backlog: read(&keys::SOCKET_BACKLOG).and_then(|text| values::integer(&text).ok()),
        owner: read(&keys::SOCKET_OWNER).and_then(|text| values::owner(&text, context.world)),
        mode: read(&keys::SOCKET_MODE).and_then(|text| values::octal(&text).ok()),
    };
    let url = read(&keys::SOCKET)?;
    parse(context, &url, user.as_ref(), &options).ok()
}

/// What a socket has besides its address.
struct Options {
    backlog: Option<Integer>,
    owner: Option<Owner>,
    mode: Option<Integer>,
}

fn socket(reader: &mut Reader<'_>, program_name: &str) -> Option<FastCgiSocket> {
    let (context, section) = (reader.context, reader.section);
    let user = reader.user(&program::USER);
    let backlog = reader.entry(&keys::SOCKET_BACKLOG).map(|_| reader.integer(&keys::SOCKET_BACKLOG));
    if let Some(number) = backlog.as_ref().filter(|number| !(1..=65535).contains(&number.value)) {
        reader.wrong(&keys::SOCKET_BACKLOG, format!("Invalid socket_backlog value {number}"));
    }
    let owner = reader.typed(&keys::SOCKET_OWNER, |text| {
        values::owner(text, context.world).ok_or_else(|| format!("Invalid socket_owner value {text}"))
    });
    let mode = reader.typed(&keys::SOCKET_MODE, |text| {
        values::octal(text).map_err(|_| format!("Invalid socket_mode value {text}"))
    });
    reader.names.set("program_name", program_name);
    if reader.raw(&keys::SOCKET).is_some_and(|raw| !raw.is_empty()) {
        let url = reader.text(&keys::SOCKET)?;
        if !url.is_empty() {
            let socket = parse(context, &url, user.as_ref(), &Options { backlog, owner, mode });
            let wrong = |why| reader.wrong(&keys::SOCKET, format!("{why} in [{section}] socket"));
            return socket.map_err(wrong).ok();
        }
    }
    reader.wrong(&keys::SOCKET, format!("[{section}] section requires a \"socket\" line"));
    None
}

/// `ServerOptions.parse_fcgi_socket`. Where the original prints a Python tuple, this prints the sentence it was made of.
fn parse(
    context: &Context<'_>,
    url: &str,
    user: Option<&Identity>,
    options: &Options,
) -> Result<FastCgiSocket, String> {
    let backlog = options.backlog.as_ref().and_then(|number| u32::try_from(number.value).ok());
    let world = context.world;
    if let Some(path) = url.strip_prefix("unix://") {
        if !path.starts_with('/') {
            return Err(format!("Unix socket path {path} is not an absolute path"));
        }
        let path = absolute(path, "/");
        let stranger = user.filter(|user| user.uid != world.uid());
        let owner =
            options.owner.or_else(|| stranger.map(|user| Owner { uid: user.uid.0, gid: Some(user.gid.0) }));
        return Ok(FastCgiSocket {
            url: format!("unix://{path}"),
            address: SocketAddress::Unix(path.into()),
            backlog,
            owner,
            mode: options.mode.as_ref().map_or(0o700, permissions),
        });
    }
    if options.owner.is_some() || options.mode.is_some() {
        let message = "socket_owner and socket_mode params should only be used with a Unix domain socket";
        return Err(message.to_owned());
    }
    let address = values::fastcgi_address(url).ok_or_else(|| format!("Bad socket format {url}"))??;
    Ok(FastCgiSocket {
        url: format!("tcp://{}:{}", address.host, address.port),
        address: SocketAddress::Tcp { host: address.host, port: address.port },
        backlog,
        owner: None,
        mode: 0o700,
    })
}
