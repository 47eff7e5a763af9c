//! `onevisor check --format dump`: a configuration as JSON under the names that the original's own objects have, so that
//! `tests/compat/config_oracle.py` can lay the two side by side. For that test only; no interface to rely on.

use crate::config::supervisord::{Loaded, first_error};
use crate::config::{Diagnostic, Severity};
use crate::model::{
    ActivityTarget, AutoRestart, ChannelLog, Configuration, Group, GroupKind, Listen, LogFile, LogLevel,
    Password, Server, Service, Settings, SocketAddress,
};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// Everything that loading gave.
pub(super) fn loaded(loaded: &Loaded) -> Value {
    let notes = |wanted: LogLevel| -> Vec<&str> {
        loaded.notes.iter().filter(|(level, _)| *level == wanted).map(|(_, line)| line.as_str()).collect()
    };
    let errors = loaded.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let places: Vec<Value> = errors.map(place).collect();
    json!({
        "error": first_error(&loaded.diagnostics),
        "errors": places,
        "warnings": notes(LogLevel::Warn),
        "infos": notes(LogLevel::Info),
        "configuration": loaded.configuration.as_ref().map(configuration),
    })
}

fn place(found: &Diagnostic) -> Value {
    json!({
        "message": found.message, "file": found.place.file, "line": found.place.line, "column": found.place.column,
    })
}

fn configuration(configuration: &Configuration) -> Value {
    let interfaces: Vec<Value> = configuration
        .rpc_interfaces
        .iter()
        .map(|interface| json!([interface.namespace, variables(&interface.options)]))
        .collect();
    json!({
        "settings": settings(&configuration.settings),
        "groups": configuration.groups.iter().map(group).collect::<Vec<_>>(),
        "servers": configuration.servers.iter().map(server).collect::<Vec<_>>(),
        "rpcinterfaces": interfaces,
        "supervisorctl": configuration.supervisorctl.as_ref().map(|control| json!({
            "serverurl": control.server_url,
            "username": control.username,
            "password": control.password,
            "prompt": control.prompt,
            "history_file": control.history_file,
        })),
    })
}

fn variables(map: &IndexMap<String, String>) -> Value {
    Value::Object(map.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

fn settings(settings: &Settings) -> Value {
    json!({
        "logfile": match &settings.log.target {
            ActivityTarget::File(path) => path.to_string_lossy().into_owned(),
            ActivityTarget::Syslog => "syslog".to_owned(),
        },
        "logfile_maxbytes": settings.log.max_bytes,
        "logfile_backups": settings.log.backups,
        "loglevel": settings.log.level as i32,
        "pidfile": settings.pid_file,
        "umask": settings.umask,
        "nodaemon": settings.nodaemon,
        "silent": settings.silent,
        "minfds": settings.min_fds,
        "minprocs": settings.min_procs,
        "nocleanup": settings.no_cleanup,
        "childlogdir": settings.child_log_dir,
        "uid": settings.identity.as_ref().map(|identity| identity.uid.0),
        "directory": settings.directory,
        "strip_ansi": settings.strip_ansi,
        "environment": variables(&settings.environment),
        "identifier": settings.identifier,
    })
}

fn group(group: &Group) -> Value {
    let mut shown = Map::new();
    let mut set = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    set("name", json!(group.name));
    set("priority", json!(group.priority));
    match &group.kind {
        GroupKind::Programs => set("kind", json!("programs")),
        GroupKind::EventListeners(pool) => {
            set("events", json!(pool.events));
            set("buffer_size", json!(pool.buffer_size));
            set("kind", json!("listeners"))
        }
        GroupKind::FastCgi(socket) => {
            let owner = socket.owner.map(|owner| json!([owner.uid, owner.gid]));
            let unix = matches!(socket.address, SocketAddress::Unix(_));
            set("url", json!(socket.url));
            set("backlog", json!(socket.backlog));
            set("owner", json!(owner));
            set("mode", json!(unix.then_some(socket.mode)));
            set("kind", json!("fastcgi"))
        }
    };
    set("processes", group.services.iter().map(service).collect());
    Value::Object(shown)
}

fn service(service: &Service) -> Value {
    let mut shown = json!({
        "name": service.name,
        "command": service.exec.command.text,
        "words": match &service.exec.command.words {
            Ok(words) => json!(words),
            Err(why) => json!(why),
        },
        "directory": service.exec.directory,
        "umask": service.exec.umask,
        "priority": service.priority,
        "autostart": service.start.autostart,
        "autorestart": match service.start.auto_restart {
            AutoRestart::Never => "never",
            AutoRestart::Unexpected => "unexpected",
            AutoRestart::Always => "always",
        },
        "startsecs": service.start.start_seconds,
        "startretries": service.start.retries,
        "uid": service.exec.identity.as_ref().map(|identity| identity.uid.0),
        "stopsignal": service.stop.signal.0,
        "stopwaitsecs": service.stop.wait_seconds,
        "stopasgroup": service.stop.as_group,
        "killasgroup": service.stop.kill_as_group,
        "exitcodes": service.start.exit_codes,
        "redirect_stderr": service.redirect_stderr,
        "environment": variables(&service.exec.environment),
        "serverurl": service.exec.server_url,
    });
    for (name, log) in [("stdout", &service.stdout), ("stderr", &service.stderr)] {
        channel(&mut shown, name, log);
    }
    shown
}

fn channel(shown: &mut Value, name: &str, log: &ChannelLog) {
    let file = match &log.file {
        LogFile::None => Value::Null,
        LogFile::Auto => json!("AUTO"),
        LogFile::Path(path) => json!(path),
    };
    for (option, value) in [
        ("logfile", file),
        ("logfile_maxbytes", json!(log.max_bytes)),
        ("logfile_backups", json!(log.backups)),
        ("syslog", json!(log.syslog)),
        ("capture_maxbytes", json!(log.capture_max_bytes)),
        ("events_enabled", json!(log.events)),
    ] {
        if let Some(shown) = shown.as_object_mut() {
            shown.insert(format!("{name}_{option}"), value);
        }
    }
}

fn server(server: &Server) -> Value {
    let credentials = server.credentials.as_ref().map(|credentials| {
        let password = match &credentials.password {
            Password::Clear(text) => text.clone(),
            Password::Sha1(digest) => format!("{{SHA}}{digest}"),
        };
        json!([credentials.username, password])
    });
    match &server.listen {
        Listen::Inet { host, port } => json!({
            "section": server.section, "host": host, "port": port, "credentials": credentials,
        }),
        Listen::Unix { path, mode, owner } => json!({
            "section": server.section, "file": path, "chmod": mode, "credentials": credentials,
            "chown": owner.map(|owner| json!([owner.uid, owner.gid])),
        }),
    }
}
