//! `[inet_http_server]` and `[unix_http_server]`.

use crate::config::Diagnostic;
use crate::config::World;
use crate::config::supervisord::keys::{inet_server, server, unix_server};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::python::{absolute, strip};
use crate::config::supervisord::values;
use crate::model::{Credentials, Hosts, Listen, Password, Server};
use std::path::PathBuf;

/// All servers: TCP first, then sockets, each in the order of the file.
pub(crate) fn servers(context: &Context<'_>) -> Vec<Server> {
    let sections = |start: &'static str| {
        context.source.sections.keys().filter(move |section| section.starts_with(start))
    };
    let inet = sections("inet_http_server").filter_map(|section| inet(context, section));
    let mut found: Vec<Server> = inet.collect();
    found.extend(sections("unix_http_server").filter_map(|section| unix(context, section)));
    found
}

fn inet(context: &Context<'_>, section: &str) -> Option<Server> {
    let reader = Reader::new(context, section);
    let credentials = credentials(&reader);
    let key = &inet_server::PORT;
    if reader.raw(key).is_none() {
        reader.wrong(key, format!("section [{section}] has no port value"));
        return None;
    }
    let address = reader.typed(key, values::inet_address)?;
    let listen = Listen::Inet { host: address.host, port: address.port };
    let (allow_get_actions, hosts) = page(&reader);
    let probe_paths = reader.boolean(&server::PROBE_PATHS);
    Some(Server { section: section.to_owned(), listen, credentials, allow_get_actions, hosts, probe_paths })
}

/// What holds for the web page only.
fn page(reader: &Reader<'_>) -> (bool, Hosts) {
    let hosts = reader.typed(&server::ALLOWED_HOSTS, values::hosts).unwrap_or(Hosts::Usual);
    (reader.boolean(&server::ALLOW_GET_ACTIONS), hosts)
}

fn unix(context: &Context<'_>, section: &str) -> Option<Server> {
    let key = &unix_server::FILE;
    let with_here = Reader::with_here(context, section);
    if with_here.raw(key).is_none() {
        with_here.wrong(key, format!("section [{section}] has no file value"));
    }
    let path = with_here.text(key).map(|file| {
        let path = values::expand_user(strip(&file), context.world);
        PathBuf::from(absolute(&path, &context.world.current_dir()))
    });
    // Only the file may say `%(here)s`.
    let reader = Reader::new(context, section);
    let credentials = credentials(&reader);
    let owner = reader.typed(&unix_server::CHOWN, |text| {
        values::owner(text, context.world).ok_or_else(|| format!("Invalid sockchown value {text}"))
    });
    let mode = reader.typed(&unix_server::CHMOD, |text| {
        values::octal(text).map_err(|_| format!("Invalid chmod value {text}"))
    });
    let mode = mode.as_ref().map_or(0o700, super::reader::permissions);
    let (allow_get_actions, hosts) = page(&reader);
    let probe_paths = reader.boolean(&server::PROBE_PATHS);
    let listen = Listen::Unix { path: path?, mode, owner };
    Some(Server { section: section.to_owned(), listen, credentials, allow_get_actions, hosts, probe_paths })
}

/// Name and password: both or neither.
fn credentials(reader: &Reader<'_>) -> Option<Credentials> {
    let (username, password) = (reader.text(&server::USERNAME), reader.text(&server::PASSWORD));
    match (reader.raw(&server::USERNAME), reader.raw(&server::PASSWORD)) {
        (None, None) => None,
        (Some(_), Some(_)) => {
            Some(Credentials { username: username?.into_owned(), password: parse_password(&password?) })
        }
        (Some(_), None) => incomplete(reader, &server::USERNAME, &server::PASSWORD),
        (None, Some(_)) => incomplete(reader, &server::PASSWORD, &server::USERNAME),
    }
}

fn incomplete<T>(
    reader: &Reader<'_>,
    given: &crate::config::supervisord::keys::Key,
    missing: &crate::config::supervisord::keys::Key,
) -> Option<T> {
    let section = reader.section;
    let message = format!(
        "Section [{section}] contains incomplete authentication: If a username or a password is specified, both the \
         username and password must be specified"
    );
    let diagnostic = Diagnostic::error(reader.place(given), message).about(section, Some(given.name));
    reader.context.report.add(diagnostic.with_help(format!("add {}=", missing.name)));
    None
}

fn parse_password(text: &str) -> Password {
    match text.strip_prefix("{SHA}") {
        Some(digest) => Password::Sha1(digest.to_owned()),
        None => Password::Clear(text.to_owned()),
    }
}
