//! Tests of all methods against a fake daemon: results, faults, and the order in which a call is checked.

use crate::api::fake::FakeHost;
use crate::api::fault::Code;
use crate::api::table::{Interface, METHODS};
use crate::api::{Host, Job, Namespaces, Outcome, Refusal, Reply};
use crate::base::Signal;
use crate::engine::fixtures::{group, service};
use crate::engine::{Event, Input, Mood, Note, SpawnError};
use crate::model::{LogFile, RpcFactory, RpcInterface};
use crate::wire::json;
use crate::wire::xmlrpc::{Fault, Value};

/// An outcome in short: JSON of the value, `later`, the text of a fault, `!` and an exception.
fn short(outcome: &Outcome) -> String {
    match outcome {
        Ok(Reply::Now(value)) => json::from_value(value.clone()).to_string(),
        Ok(Reply::Later(_)) => "later".to_owned(),
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Fault(Fault { code, text }) => {
            let name = Code::from_number(*code).expect("a known code").name();
            assert!(text.starts_with(name), "{code} {text}");
            text.clone()
        }
        Refusal::Broken(exception) => format!("!{exception}"),
    }
}

fn later(outcome: Outcome) -> Box<dyn Job> {
    match outcome {
        Ok(Reply::Later(job)) => job,
        other => panic!("answered at once: {other:?}"),
    }
}

fn poll(job: &mut dyn Job, host: &mut FakeHost) -> String {
    match job.poll(host) {
        None => "later".to_owned(),
        Some(Ok(value)) => json::from_value(value).to_string(),
        Some(Err(refusal)) => refused(&refusal),
    }
}

/// Calls `supervisor.name`, parameters as a JSON array.
fn ask(host: &mut FakeHost, name: &str, params: &str) -> String {
    let params: serde_json::Value = serde_json::from_str(params).expect("JSON");
    let Value::Array(params) = json::to_value(params) else { panic!("not a list") };
    let name = if name.contains('.') { name.to_owned() } else { format!("supervisor.{name}") };
    short(&host.call(&name, &params))
}

fn asks(host: &mut FakeHost, table: &[(&str, &str, &str)]) {
    for (name, params, expected) in table {
        assert_eq!(ask(host, name, params), *expected, "{name}{params}");
    }
}

/// A running `cat` (0).
fn running() -> FakeHost {
    let mut host = FakeHost::usual();
    assert_eq!(ask(&mut host, "startProcess", r#"["cat",false]"#), "true");
    host.stay_up(0);
    host
}

#[test]
fn the_daemon_tells_about_itself() {
    asks(
        &mut FakeHost::usual(),
        &[
            ("getAPIVersion", "[]", r#""3.0""#),
            ("getVersion", "[]", r#""3.0""#),
            ("getSupervisorVersion", "[]", r#""4.3.0""#),
            ("getIdentification", "[]", r#""supervisor""#),
            ("getState", "[]", r#"{"statecode":1,"statename":"RUNNING"}"#),
            ("getPID", "[]", "7"),
        ],
    );
}

#[test]
fn names_of_methods_are_checked_first() {
    let mut host = FakeHost::usual();
    for name in [
        "",
        "getState",
        ".getState",
        "supervisor.",
        "supervisor.getstate",
        "supervisor._update",
        "a.b",
        "supervisor.getState.x",
        "system.getState",
        "supervisor.listMethods",
        "supervisor.__class__",
    ] {
        assert_eq!(short(&host.call(name, &[])), "UNKNOWN_METHOD", "{name}");
    }
    host.apply(Input::Shutdown);
    assert_eq!(ask(&mut host, "nope", "[1]"), "UNKNOWN_METHOD");
}

#[test]
fn every_method_counts_its_parameters_before_the_mood_counts() {
    let interface = |namespace: &str, factory| RpcInterface {
        namespace: namespace.to_owned(),
        factory,
        options: indexmap::IndexMap::new(),
    };
    let mut host = FakeHost::usual();
    host.namespaces = Namespaces::new(&[
        interface("supervisor", RpcFactory::Main),
        interface("twiddler", RpcFactory::Twiddler { whitelist: vec![] }),
    ]);
    host.apply(Input::Shutdown);
    assert_eq!(host.engine.mood(), Mood::Shutdown);
    for method in METHODS {
        let space = match method.interface {
            Interface::System => "system",
            Interface::Supervisor => "supervisor",
            Interface::Twiddler => "twiddler",
        };
        let name = format!("{space}.{}", method.name);
        let call = |host: &mut FakeHost, count| short(&host.call(&name, &vec![Value::from("x"); count]));
        assert_eq!(call(&mut host, method.params.len() + 1), "INCORRECT_PARAMETERS", "{name}");
        if let Some(fewer) = method.required().checked_sub(1) {
            assert_eq!(call(&mut host, fewer), "INCORRECT_PARAMETERS", "{name}");
        }
        let answer = call(&mut host, method.required());
        let allowed = space == "system" || method.name == "sendRemoteCommEvent";
        assert_eq!(answer == "SHUTDOWN_STATE", !allowed, "{name}: {answer}");
    }
}

#[test]
fn names_that_are_no_text() {
    let mut host = FakeHost::usual();
    for (value, kind) in
        [("5", "int"), ("null", "NoneType"), ("[]", "list"), ("{}", "dict"), ("1.5", "float")]
    {
        for name in ["startProcess", "stopProcess", "getProcessInfo", "clearProcessLog"] {
            let broken = format!("!<class 'AttributeError'>:'{kind}' object has no attribute 'split'");
            assert_eq!(ask(&mut host, name, &format!("[{value}]")), broken);
        }
    }
    asks(
        &mut host,
        &[
            ("startProcessGroup", "[5]", "BAD_NAME: 5"),
            ("stopProcessGroup", "[null]", "BAD_NAME"),
            ("stopProcessGroup", "[[]]", "INCORRECT_PARAMETERS"),
            ("removeProcessGroup", "[{}]", "INCORRECT_PARAMETERS"),
            ("removeProcessGroup", "[true]", "BAD_NAME: True"),
            ("addProcessGroup", "[[\"x\"]]", "BAD_NAME: ['x']"),
            ("signalProcessGroup", "[1.5, \"HUP\"]", "BAD_NAME: 1.5"),
        ],
    );
}

#[test]
fn bad_names() {
    let mut host = FakeHost::usual();
    for name in ["x", "x:*", "x:", "web", "web:c", "cat:dog", ""] {
        for (method, rest) in [
            ("startProcess", ""),
            ("stopProcess", ",false"),
            ("signalProcess", r#","HUP""#),
            ("getProcessInfo", ""),
            ("readProcessStdoutLog", ",0,0"),
            ("readProcessStderrLog", r#","x",0"#),
            ("tailProcessStdoutLog", ",0,0"),
            ("clearProcessLogs", ""),
            ("sendProcessStdin", r#","x""#),
        ] {
            assert_eq!(ask(&mut host, method, &format!("[{name:?}{rest}]")), format!("BAD_NAME: {name}"));
        }
    }
    for method in ["getProcessInfo", "clearProcessLog"] {
        assert_eq!(ask(&mut host, method, r#"["web:*"]"#), "BAD_NAME: web:*");
    }
    for method in ["startProcessGroup", "stopProcessGroup", "removeProcessGroup", "addProcessGroup"] {
        assert_eq!(ask(&mut host, method, r#"["x"]"#), "BAD_NAME: x");
    }
}

#[test]
fn a_start_answers_when_it_runs() {
    let mut host = FakeHost::usual();
    let mut job = later(host.call("supervisor.startProcess", &["cat".into()]));
    assert_eq!((poll(&mut *job, &mut host).as_str(), job.deadline()), ("later", None));
    host.stay_up(0);
    assert_eq!(poll(&mut *job, &mut host), "true");
    assert_eq!(ask(&mut host, "startProcess", r#"["cat"]"#), "ALREADY_STARTED: cat");
}

#[test]
fn a_start_that_fails() {
    let mut host = FakeHost::usual();
    host.commands.insert(0, SpawnError::CommandNotFound("/no".to_owned()));
    assert_eq!(ask(&mut host, "startProcess", r#"["cat"]"#), "NO_FILE: can't find command '/no'");
    for (error, text) in [
        (SpawnError::NotExecutable("/x".to_owned()), "command at '/x' is not executable"),
        (SpawnError::IsDirectory("/x".to_owned()), "command at '/x' is a directory"),
        (SpawnError::NoPermission("/x".to_owned()), "no permission to run command '/x'"),
        (SpawnError::Empty, "command is empty"),
    ] {
        host.commands.insert(0, error);
        assert_eq!(ask(&mut host, "startProcess", r#"["cat"]"#), format!("NOT_EXECUTABLE: {text}"));
    }
    host.commands.clear();
    host.spawns.insert(0, SpawnError::TooManyFiles("cat".to_owned()));
    assert_eq!(ask(&mut host, "startProcess", r#"["cat",false]"#), "SPAWN_ERROR: cat");
    // Back-off counts as running.
    assert_eq!(ask(&mut host, "startProcess", r#"["cat"]"#), "ALREADY_STARTED: cat");
}

#[test]
fn a_start_that_ends_early_or_otherwise() {
    let mut host = FakeHost::usual();
    let mut job = later(host.call("supervisor.startProcess", &["web:a".into()]));
    host.exit(2, 1);
    assert_eq!(poll(&mut *job, &mut host), "SPAWN_ERROR: web:a");
    let mut host = FakeHost::usual();
    let mut job = later(host.call("supervisor.startProcess", &["cat".into()]));
    assert_eq!(ask(&mut host, "stopProcess", r#"["cat",false]"#), "true");
    assert_eq!(poll(&mut *job, &mut host), "ABNORMAL_TERMINATION: cat");
    // It is STOPPING now.
    assert_eq!(ask(&mut host, "startProcess", r#"["cat"]"#), "ABNORMAL_TERMINATION: cat");
    assert_eq!(ask(&mut host, "startProcess", r#"["cat",0]"#), "true");
    let mut host = running();
    host.unreachable = true;
    assert!(
        ask(&mut host, "stopProcess", r#"["cat"]"#).starts_with("FAILED: unknown problem killing cat (100)")
    );
    assert_eq!(ask(&mut host, "startProcess", r#"["cat"]"#), "FAILED: cat is in an unknown process state");
}

#[test]
fn a_stop_answers_when_it_is_stopped_and_reports_every_two_seconds() {
    let mut host = running();
    let reports = |host: &FakeHost| {
        host.notes.iter().filter(|note| matches!(note, Note::WaitingToStop { name } if name == "cat")).count()
    };
    let mut job = later(host.call("supervisor.stopProcess", &["cat".into()]));
    assert_eq!(host.signals, [(0, Signal::TERM)]);
    assert_eq!(
        (reports(&host), job.deadline()),
        (1, Some(host.now.mono + std::time::Duration::from_secs(2)))
    );
    host.pass(1_999);
    assert_eq!((poll(&mut *job, &mut host).as_str(), reports(&host)), ("later", 1));
    host.pass(1);
    assert_eq!((poll(&mut *job, &mut host).as_str(), reports(&host)), ("later", 2));
    host.exit(0, 0);
    assert_eq!(poll(&mut *job, &mut host), "true");
    assert_eq!(ask(&mut host, "stopProcess", r#"["cat"]"#), "NOT_RUNNING: cat");
}

#[test]
fn a_stop_in_back_off_is_done_at_once() {
    let mut host = FakeHost::usual();
    host.spawns.insert(0, SpawnError::Empty);
    ask(&mut host, "startProcess", r#"["cat"]"#);
    assert_eq!(ask(&mut host, "stopProcess", r#"["cat"]"#), "true");
}

#[test]
fn batches_list_what_is_done_at_once_first() {
    let mut host = FakeHost::usual();
    host.spawns.insert(1, SpawnError::Empty);
    let mut job = later(host.call("supervisor.startAllProcesses", &[]));
    host.stay_up(0);
    assert_eq!(poll(&mut *job, &mut host), "later");
    host.exit(2, 0);
    let item = |name, group, status, description| serde_json::json!({"name": name, "group": group, "status": status, "description": description});
    let expected = serde_json::json!([
        item("b", "web", 50, "SPAWN_ERROR: web:b"),
        item("cat", "cat", 80, "OK"),
        // It was up for `startsecs`, but gone before anybody looked.
        item("a", "web", 40, "ABNORMAL_TERMINATION: web:a"),
    ]);
    assert_eq!(poll(&mut *job, &mut host), expected.to_string());
    asks(
        &mut host,
        &[
            (
                "stopProcessGroup",
                r#"["web",false]"#,
                r#"[{"description":"OK","group":"web","name":"b","status":80}]"#,
            ),
            (
                "stopAllProcesses",
                "[false]",
                r#"[{"description":"OK","group":"cat","name":"cat","status":80}]"#,
            ),
            ("stopAllProcesses", "[]", "[]"),
            ("stopProcess", r#"["web:*"]"#, "[]"),
        ],
    );
    host.spawns.clear();
    host.exit(0, 0);
    let names = ask(&mut host, "startProcess", r#"["web:*",false]"#);
    assert_eq!(names.matches("OK").count(), 2, "{names}");
    assert_eq!(ask(&mut host, "startProcessGroup", r#"["web"]"#), "[]");
}

#[test]
fn signals() {
    let mut host = running();
    asks(
        &mut host,
        &[
            ("signalProcess", r#"["cat","HUP"]"#, "true"),
            ("signalProcess", r#"["cat",10]"#, "true"),
            ("signalProcess", r#"["cat","nope"]"#, "BAD_SIGNAL: nope"),
            ("signalProcess", r#"["web:a","nope"]"#, "BAD_SIGNAL: nope"),
            ("signalProcess", r#"["web:a","HUP"]"#, "NOT_RUNNING: web:a"),
            (
                "signalProcess",
                r#"["cat",[]]"#,
                "!<class 'AttributeError'>:'list' object has no attribute 'strip'",
            ),
            ("signalProcess", r#"["web:*","nope"]"#, "[]"),
            ("signalProcessGroup", r#"["x","HUP"]"#, "BAD_NAME: x"),
            (
                "signalAllProcesses",
                r#"["nope"]"#,
                r#"[{"description":"BAD_SIGNAL: nope","group":"cat","name":"cat","status":11}]"#,
            ),
            (
                "signalAllProcesses",
                r#"["USR2"]"#,
                r#"[{"description":"OK","group":"cat","name":"cat","status":80}]"#,
            ),
        ],
    );
    assert_eq!(host.signals, [(0, Signal::HUP), (0, Signal::USR1), (0, Signal::USR2)]);
    host.unreachable = true;
    let answer = ask(&mut host, "signalProcess", r#"["cat","HUP"]"#);
    assert_eq!(answer, "FAILED: unknown problem sending sig cat (100)");
}

#[test]
fn all_that_is_known_of_a_process() {
    let mut host = running();
    host.pass(3_000);
    let Ok(Reply::Now(value)) = host.call("supervisor.getProcessInfo", &["cat".into()]) else {
        panic!("no info")
    };
    let keys: Vec<&str> = match &value {
        Value::Struct(members) => members.iter().map(|(key, _)| key.as_ref()).collect(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        keys,
        [
            "name",
            "group",
            "start",
            "stop",
            "now",
            "state",
            "statename",
            "spawnerr",
            "exitstatus",
            "logfile",
            "stdout_logfile",
            "stderr_logfile",
            "pid",
            "description"
        ]
    );
    assert_eq!(
        json::from_value(value),
        serde_json::json!({
            "name": "cat", "group": "cat", "start": 1_700_000_000, "stop": 0, "now": 1_700_000_004, "state": 20,
            "statename": "RUNNING", "spawnerr": "", "exitstatus": 0, "logfile": "/log/cat-stdout",
            "stdout_logfile": "/log/cat-stdout", "stderr_logfile": "/log/cat-stderr", "pid": 100,
            "description": "pid 100, uptime 0:00:04",
        })
    );
    let Ok(Reply::Now(all)) = host.call("supervisor.getAllProcessInfo", &[]) else { panic!("no infos") };
    let names: Vec<_> =
        all.as_array().expect("a list").iter().map(|info| info.get("name").cloned()).collect();
    assert_eq!(names, [Some("cat".into()), Some("a".into()), Some("b".into())]);
}

#[test]
fn descriptions() {
    let mut host = FakeHost::usual();
    let describe = |host: &mut FakeHost| match host.call("supervisor.getProcessInfo", &["cat".into()]) {
        Ok(Reply::Now(info)) => {
            info.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(describe(&mut host), "Not started");
    ask(&mut host, "startProcess", r#"["cat",false]"#);
    assert_eq!(describe(&mut host), "");
    host.stay_up(0);
    host.pass(86_400_000);
    assert_eq!(describe(&mut host), "pid 100, uptime 1 day, 0:00:01");
    // The clock is set back by a year; time passes all the same.
    host.now.wall.0 -= std::time::Duration::from_secs(31_536_000);
    assert_eq!(describe(&mut host), "pid 100, uptime 1 day, 0:00:01");
    host.exit(0, 0);
    assert_eq!(describe(&mut host), "date 1668550401");
    host.spawns.insert(0, SpawnError::CommandNotFound("/no".to_owned()));
    ask(&mut host, "startProcess", r#"["cat",false]"#);
    assert_eq!(describe(&mut host), "can't find command '/no'");
}

#[test]
fn reading_logs() {
    let mut host = FakeHost::usual();
    let read = "readProcessStdoutLog";
    asks(
        &mut host,
        &[
            (read, r#"["cat","x",0]"#, "NO_FILE: /log/cat-stdout"),
            ("tailProcessLog", r#"["cat","x",0]"#, r#"["",0,false]"#),
            ("readLog", "[0,0]", "NO_FILE: /log/main"),
        ],
    );
    for path in ["/log/main", "/log/cat-stdout", "/log/cat-stderr"] {
        host.files.insert(path.into(), "0123456789".into());
    }
    asks(
        &mut host,
        &[
            (read, r#"["cat",0,0]"#, r#""0123456789""#),
            ("readProcessLog", r#"["cat",3,0]"#, r#""3456789""#),
            ("readProcessStderrLog", r#"["cat",3,2]"#, r#""34""#),
            ("readLog", "[-3,0]", r#""789""#),
            ("readMainLog", "[-30,0]", r#""0123456789""#),
            (read, r#"["cat",10,0]"#, r#""""#),
            (read, r#"["cat",99,5]"#, r#""""#),
            (read, r#"["cat","3","2"]"#, r#""34""#),
            (read, r#"["cat",-3,1]"#, "BAD_ARGUMENTS"),
            (read, r#"["cat",-3,-1]"#, "BAD_ARGUMENTS"),
            (read, r#"["cat",3,-1]"#, "BAD_ARGUMENTS"),
            (read, r#"["cat",null,0]"#, "INCORRECT_PARAMETERS"),
            (read, r#"["cat","x",0]"#, "!<class 'ValueError'>:invalid literal for int() with base 10: 'x'"),
            ("tailProcessStdoutLog", r#"["cat",0,3]"#, r#"["789",10,true]"#),
            ("tailProcessStderrLog", r#"["cat",10,3]"#, r#"["",10,false]"#),
        ],
    );
    host.locked.insert("/log/cat-stdout".into());
    asks(
        &mut host,
        &[
            (read, r#"["cat",0,0]"#, "FAILED"),
            ("tailProcessLog", r#"["cat",5,3]"#, r#"["",5,false]"#),
            ("clearProcessLog", r#"["cat"]"#, "FAILED: cat"),
            ("clearProcessLogs", r#"["web:a"]"#, "true"),
            ("clearLog", "[]", "true"),
        ],
    );
    assert_eq!(host.cleared, ["cat", "a", "main"]);
    let all = ask(&mut host, "clearAllProcessLogs", "[]");
    assert!(all.contains("FAILED: cat") && all.matches("OK").count() == 2, "{all}");
    host.locked.insert("/log/main".into());
    asks(&mut host, &[("clearLog", "[]", "FAILED"), ("readLog", "[0,0]", "FAILED")]);
    host.main_log = None;
    asks(&mut host, &[("clearLog", "[]", "NO_FILE"), ("readLog", "[0,0]", "NO_FILE")]);
}

#[test]
fn messages() {
    let mut host = running();
    asks(
        &mut host,
        &[
            ("sendProcessStdin", r#"["x",3]"#, "INCORRECT_PARAMETERS: 3"),
            ("sendProcessStdin", r#"["web:*","x"]"#, "BAD_NAME: web:*"),
            ("sendProcessStdin", r#"["web:a","x"]"#, "NOT_RUNNING: web:a"),
            ("sendProcessStdin", r#"["cat","grüße\n"]"#, "true"),
            ("sendRemoteCommEvent", r#"["kind","data"]"#, "true"),
        ],
    );
    assert_eq!(host.stdin, Ok("grüße\n".into()));
    let event = Event::RemoteCommunication { kind: "kind".to_owned(), data: "data".to_owned() };
    assert_eq!(host.events.last(), Some(&event));
    host.stdin = Err(crate::api::StdinError::Closed);
    assert_eq!(ask(&mut host, "sendProcessStdin", r#"["cat","x"]"#), "NO_FILE: cat");
    host.stdin = Err(crate::api::StdinError::Full);
    assert!(ask(&mut host, "sendProcessStdin", r#"["cat","x"]"#).starts_with("FAILED: "));
    ask(&mut host, "stopProcess", r#"["cat",false]"#);
    assert_eq!(ask(&mut host, "sendProcessStdin", r#"["cat","x"]"#), "NOT_RUNNING: cat");
}

#[test]
fn the_configuration_is_read_anew() {
    let mut host = running();
    let mut changed = service("a");
    changed.priority = 1;
    host.fresh = Ok(vec![group("new", 1, vec![service("new")]), group("web", 10, vec![changed])]);
    asks(
        &mut host,
        &[
            ("addProcessGroup", r#"["new"]"#, "BAD_NAME: new"),
            ("reloadConfig", "[]", r#"[[["new"],["web"],["cat"]]]"#),
            ("addProcessGroup", r#"["web"]"#, "ALREADY_ADDED: web"),
            ("addProcessGroup", r#"["new"]"#, "true"),
            ("removeProcessGroup", r#"["cat"]"#, "STILL_RUNNING: cat"),
            ("removeProcessGroup", r#"["web"]"#, "true"),
            ("removeProcessGroup", r#"["web"]"#, "BAD_NAME: web"),
        ],
    );
    assert!(host.engine.find("new", "new").is_some_and(|view| view.pid().is_some()));
    host.fresh = Err("no good".to_owned());
    asks(
        &mut host,
        &[
            ("reloadConfig", "[]", "CANT_REREAD: no good"),
            ("restart", "[]", "CANT_REREAD: no good"),
            ("getState", "[]", r#"{"statecode":1,"statename":"RUNNING"}"#),
        ],
    );
    host.fresh = Ok(vec![]);
    asks(&mut host, &[("restart", "[]", "true"), ("getState", "[]", "SHUTDOWN_STATE")]);
}

#[test]
fn all_that_the_configuration_says() {
    let mut service = service("cat");
    service.stderr.file = LogFile::None;
    let mut host = FakeHost::new(vec![group("cat", -1, vec![service])]);
    let Ok(Reply::Now(info)) = host.call("supervisor.getAllConfigInfo", &[]) else { panic!("no info") };
    assert_eq!(
        json::from_value(info),
        serde_json::json!([{
            "autostart": true, "directory": "none", "uid": "none", "command": "/bin/cat", "exitcodes": [0],
            "group": "cat", "group_prio": -1, "inuse": true, "killasgroup": false, "name": "cat", "process_prio": 999,
            "redirect_stderr": false, "startretries": 3, "startsecs": 1, "stdout_capture_maxbytes": 0,
            "stdout_events_enabled": false, "stdout_logfile": "/log/cat-stdout", "stdout_logfile_backups": 10,
            "stdout_logfile_maxbytes": 52_428_800, "stdout_syslog": false, "stopsignal": 15, "stopwaitsecs": 10,
            "stderr_capture_maxbytes": 0, "stderr_events_enabled": false, "stderr_logfile": "none",
            "stderr_logfile_backups": 10, "stderr_logfile_maxbytes": 52_428_800, "stderr_syslog": false,
            "serverurl": "none",
        }])
    );
    ask(&mut host, "reloadConfig", "[]");
    let Ok(Reply::Now(info)) = host.call("supervisor.getAllConfigInfo", &[]) else { panic!("no info") };
    let log = info.as_array().and_then(|list| list.first()?.get("stdout_logfile"));
    assert_eq!(log.and_then(Value::as_str), Some("auto"));
}

#[test]
fn methods_about_methods() {
    let mut host = FakeHost::usual();
    let Ok(Reply::Now(list)) = host.call("system.listMethods", &[]) else { panic!("no list") };
    let list = list.as_array().expect("a list").to_vec();
    assert_eq!(list.len(), 41);
    assert!(list.is_sorted_by_key(|name| name.as_str().map(str::to_owned)));
    asks(
        &mut host,
        &[
            ("system.methodSignature", r#"["supervisor.startProcess"]"#, r#"["boolean","string","boolean"]"#),
            ("system.methodSignature", r#"["supervisor.nope"]"#, "SIGNATURE_UNSUPPORTED"),
            ("system.methodHelp", "[5]", "SIGNATURE_UNSUPPORTED"),
        ],
    );
    for name in list {
        let Ok(Reply::Now(help)) = host.call("system.methodHelp", &[name]) else { panic!("no help") };
        assert!(help.as_str().is_some_and(|help| help.contains("@return ")));
    }
}

#[test]
fn several_calls_in_one() {
    let mut host = FakeHost::usual();
    let call = |name: &str, params: &str| format!(r#"{{"methodName":"{name}","params":{params}}}"#);
    let calls = [
        call("supervisor.getPID", "[]"),
        r#"{"methodName":"supervisor.getVersion","extra":1}"#.to_owned(),
        "{}".to_owned(),
        call("system.multicall", "[[]]"),
        call("nope", "5"),
        call("supervisor.getPID", "5"),
        call("supervisor.getProcessInfo", "[5]"),
        call("supervisor.stopProcess", r#"["cat"]"#),
        r#"{"methodName":5}"#.to_owned(),
    ];
    let answer = ask(&mut host, "system.multicall", &format!("[[{}]]", calls.join(",")));
    let expected = serde_json::json!([
        7, "3.0",
        {"faultCode": 2, "faultString": "INCORRECT_PARAMETERS: No methodName"},
        {"faultCode": 2, "faultString": "INCORRECT_PARAMETERS: Recursive system.multicall forbidden"},
        {"faultCode": 1, "faultString": "UNKNOWN_METHOD"},
        {"faultCode": 2, "faultString": "INCORRECT_PARAMETERS"},
        {"faultCode": 30,
            "faultString": "FAILED: <class 'AttributeError'>:'int' object has no attribute 'split'"},
        {"faultCode": 70, "faultString": "NOT_RUNNING: cat"},
        {"faultCode": 30,
            "faultString": "FAILED: <class 'AttributeError'>:'int' object has no attribute 'split'"},
    ]);
    assert_eq!(answer, expected.to_string());
    asks(
        &mut host,
        &[
            ("system.multicall", "[5]", "INCORRECT_PARAMETERS"),
            ("system.multicall", "[[]]", "[]"),
            ("system.multicall", "[\"\"]", "[]"),
            ("system.multicall", "[[5]]", "!<class 'AttributeError'>:'int' object has no attribute 'get'"),
        ],
    );
}

#[test]
fn a_call_that_waits_holds_up_those_behind_it() {
    let mut host = FakeHost::usual();
    let item = |name: &str, params: Vec<Value>| {
        Value::record([("methodName", name.into()), ("params", Value::Array(params))])
    };
    let calls = Value::Array(vec![
        item("supervisor.startProcess", vec!["cat".into()]),
        item("supervisor.stopProcess", vec!["cat".into()]),
        item("supervisor.getPID", vec![]),
    ]);
    let mut job = later(host.call("system.multicall", &[calls]));
    assert!(host.signals.is_empty());
    host.stay_up(0);
    assert_eq!(poll(&mut *job, &mut host), "later");
    assert_eq!(host.signals, [(0, Signal::TERM)]);
    assert!(job.deadline().is_some());
    host.exit(0, 0);
    assert_eq!(poll(&mut *job, &mut host), "[true,true,7]");
}
