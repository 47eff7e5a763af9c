//! Tests of whole readings: which file, in which order, with which places, and that nothing brings the reader down. That
//! the values are the original's is the business of `tests/compat/config_oracle.py`.

use crate::config::fake_world::FakeWorld;
use crate::config::supervisord::command_line::{Arguments, parse};
use crate::config::supervisord::{
    Loaded, MOST_PROCESSES, Overrides, Request, explanation, first_error, load, load_control, usage_error,
};
use crate::config::{Diagnostic, Severity};
use crate::model::{ActivityTarget, GroupKind, LogLevel, RpcFactory};

fn request(file: &str) -> Request {
    let overrides = Overrides { config_file: Some(file.to_owned()), ..Overrides::default() };
    Request { program: "/usr/bin/supervisord".to_owned(), overrides, advise: false }
}

fn read(text: &str) -> Loaded {
    load(&FakeWorld::default().with_file("/etc/x.conf", text), &request("/etc/x.conf"))
}

/// Where findings are: file, line, column, and what they begin with.
fn places(found: &[Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|found| {
            let place = &found.place;
            let words: Vec<&str> = found.message.split(' ').take(3).collect();
            format!("{}:{}:{}+{} {}", place.file, place.line, place.column, place.length, words.join(" "))
        })
        .collect()
}

#[test]
fn all_errors_are_found_in_the_order_of_the_original() {
    let loaded = read(
        "[program:b]\ncommand=b\nstartsecs = x\nautostart=maybe\n[inet_http_server]\n[group:g]\nprograms=a, nope\n\
         [supervisord]\nminprocs=z\nuser=nobody2\nminfds=%(nope)s\n[program:a]\n",
    );
    assert_eq!(
        places(&loaded.diagnostics),
        [
            "/etc/x.conf:11:8+8 Format string '%(nope)s'",
            "/etc/x.conf:9:10+1 invalid literal for",
            "/etc/x.conf:12:1+11 program section program:a",
            "/etc/x.conf:7:13+4 [program:a] names unknown",
            "/etc/x.conf:4:11+5 not a valid",
            "/etc/x.conf:3:13+1 invalid literal for",
            "/etc/x.conf:5:1+18 section [inet_http_server] has",
            "/etc/x.conf:10:6+7 Invalid user name",
        ]
    );
    assert!(loaded.configuration.is_none());
    let first = first_error(&loaded.diagnostics).unwrap();
    let printed = usage_error("/usr/bin/supervisord", first);
    assert!(
        printed
            .starts_with("Error: Format string '%(nope)s' for 'supervisord.minfds' contains names ('nope')")
    );
    assert!(printed.ends_with("\nFor help, use /usr/bin/supervisord -h\n"));
}

#[test]
fn places_are_those_of_the_included_file() {
    let world = FakeWorld::default()
        .with_file("/etc/x.conf", "[supervisord]\n[include]\nfiles = conf.d/*.conf\n  none/*.conf\n")
        .with_file("/etc/conf.d/a.conf", "[program:a]\ncommand = cat\n   %(here)s\n   %(no)s\n")
        .with_file("/etc/conf.d/b.conf", "[program:b]\ncommand=cat\nfoo\n[program:a]\nstartsecs=x\n");
    let loaded = load(&world, &request("/etc/x.conf"));
    assert_eq!(
        places(&loaded.diagnostics),
        [
            "/etc/conf.d/b.conf:3:1+3 Source contains parsing",
            "/etc/x.conf:4:3+11 No file matches",
            "/etc/conf.d/b.conf:5:11+1 invalid literal for",
            "/etc/conf.d/a.conf:4:4+6 Format string 'cat\\n/etc/conf.d\\n%(no)s'",
        ]
    );
    let suffix = " in section 'program:a' (file: '/etc/conf.d/a.conf')";
    assert!(loaded.diagnostics[2].message.ends_with(suffix), "{:?}", loaded.diagnostics[2]);
    let notes: Vec<&str> = loaded.notes.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(
        notes,
        [
            "No file matches via include \"/etc/none/*.conf\"",
            "Included extra file \"/etc/conf.d/a.conf\" during parsing",
            "Included extra file \"/etc/conf.d/b.conf\" during parsing",
        ]
    );
}

#[test]
fn warnings_are_logged_before_what_only_we_say_and_that_before_the_rest() {
    let world = FakeWorld::default()
        .with_file(
            "/etc/x.conf",
            "[supervisord]\nfoo=1\n[include]\nfiles=y.conf\n[program:x]\ncommand=a\nstdout_logfile=syslog\n",
        )
        .with_file("/etc/y.conf", "[programs:y]\n");
    let mut request = request("/etc/x.conf");
    request.overrides.profile = true;
    let loaded = load(&world, &request);
    let notes: Vec<_> =
        loaded.notes.iter().map(|(level, line)| (*level, line.split(' ').next().unwrap())).collect();
    assert_eq!(
        notes,
        [
            (LogLevel::Warn, "For"),
            (LogLevel::Warn, "/etc/x.conf:2:"),
            (LogLevel::Warn, "/etc/y.conf:1:"),
            (LogLevel::Warn, "--profile_options"),
            (LogLevel::Info, "Included"),
        ]
    );
    let help: Vec<_> = loaded.diagnostics.iter().filter_map(|found| found.help.as_deref()).collect();
    assert_eq!(help, ["did you mean [program:y]?"]);
}

#[test]
fn one_mistake_is_one_error() {
    let loaded = read(
        "[supervisord]\n[program:a]\ncommand=a\npriority=x\n[group:g]\nprograms=a\n[group:h]\nprograms=a\n",
    );
    assert_eq!(places(&loaded.diagnostics), ["/etc/x.conf:4:10+1 invalid literal for"]);
    let loaded =
        read("[supervisord]\n[program:a]\ncommand=%(no)s\nnumprocs=100000\nprocess_name=%(process_num)d\n");
    assert_eq!(loaded.diagnostics.len(), 1);
}

#[test]
fn a_file_is_searched_where_the_original_looks() {
    let ask = |world: &FakeWorld, program: &str| {
        load(world, &Request { program: program.to_owned(), ..Request::default() })
    };
    let text = "[supervisord]\n";
    let mut world = FakeWorld::default();
    for path in [
        "/etc/supervisor/supervisor.conf",
        "/usr/supervisor.conf",
        "/etc/supervisor/supervisord.conf",
        "/etc/supervisord.conf",
        "/here/etc/supervisord.conf",
        "/here/supervisord.conf",
        "/usr/supervisord.conf",
        "/usr/etc/supervisord.conf",
    ] {
        world = world.with_file(path, text);
        let found = ask(&world, "/usr/bin/supervisord").file.unwrap();
        assert_eq!(found.trim_start_matches("/here/"), path.trim_start_matches("/here/"));
    }
    let loaded = ask(&world, "supervisord");
    assert_eq!(loaded.file.as_deref(), Some("etc/supervisord.conf"));
    assert!(loaded.user_warning.unwrap().starts_with("Supervisord is running as root"));
    let settings = loaded.configuration.unwrap().settings;
    assert_eq!(settings.config_file.unwrap().to_str(), Some("/here/etc/supervisord.conf"));
    let loaded = ask(&FakeWorld { uid: crate::base::Uid(7), ..FakeWorld::default() }, "bin/supervisord");
    assert_eq!(loaded.user_warning, None);
    assert_eq!(
        first_error(&loaded.diagnostics),
        Some(
            "No config file found at default paths (etc/supervisord.conf, supervisord.conf, supervisord.conf, \
             etc/supervisord.conf, /etc/supervisord.conf, /etc/supervisor/supervisord.conf); use the -c option to specify \
             a config file at a different path"
        )
    );
}

#[test]
fn the_command_line_goes_before_the_file() {
    let world = FakeWorld::default().with_file(
        "/etc/x.conf",
        "[supervisord]\nlogfile=/tmp/a\nloglevel=warn\nuser=root\nidentifier=a\nminfds=5\n",
    );
    let arguments =
        ["-c", "/etc/x.conf", "-l", "b", "-e", "debug", "-u", "nobody", "-n", "-m", "077", "-i", ""];
    let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
    let Arguments::Run(overrides) = parse(&world, "supervisord", &arguments) else {
        panic!("a good command line")
    };
    let loaded = load(&world, &Request { program: String::new(), overrides: *overrides, advise: false });
    let settings = loaded.configuration.unwrap().settings;
    assert_eq!(settings.log.target, ActivityTarget::File("/here/b".into()));
    assert_eq!((settings.log.level, settings.umask, settings.min_fds), (LogLevel::Debug, Some(0o77), 5));
    assert_eq!((settings.identity.unwrap().name.as_str(), settings.identifier.as_str()), ("nobody", ""));
    assert!(settings.nodaemon && !settings.silent);
}

#[test]
fn processes_have_a_limit_over_all_programs() {
    let many = |count: usize| format!("command=a\nprocess_name=%(process_num)d\nnumprocs={count}\n");
    let text = format!("[supervisord]\n[program:a]\n{}[program:b]\n{}", many(10), many(MOST_PROCESSES));
    let loaded = read(&text);
    assert_eq!(
        first_error(&loaded.diagnostics),
        Some(
            "numprocs=1000000 makes more than the 1000000 processes that there may be in all in section 'program:b' (file: \
             '/etc/x.conf')"
        )
    );
    let loaded = read(&format!("[supervisord]\n[program:a]\n{}", many(10_000)));
    assert_eq!(loaded.configuration.unwrap().groups[0].services.len(), 10_000);
    let hostile = "[supervisord]\n[program:a]\ncommand=%(process_num)999999999d\nnumprocs=99999999999999999999\nnumprocs_start=9223372036854775807\n";
    assert!(read(hostile).configuration.is_none());
}

#[test]
fn processes_share_what_is_the_same() {
    let text = "[supervisord]\nenvironment=A=1\n[program:a]\ncommand=a\nuser=root\nprocess_name=%(process_num)d\nnumprocs=2\n\
                [program:b]\ncommand=b\n[fcgi-program:f]\ncommand=f\nsocket=unix:///tmp/f\n[group:g]\nprograms=f\n";
    let configuration = read(text).configuration.unwrap();
    let [a, b, g] = configuration.groups.as_slice() else { panic!("three groups") };
    assert!(std::sync::Arc::ptr_eq(&a.services[0].exec.environment, &b.services[0].exec.environment));
    assert!(std::sync::Arc::ptr_eq(
        a.services[0].exec.identity.as_ref().unwrap(),
        a.services[1].exec.identity.as_ref().unwrap()
    ));
    // The original forgets the socket of a FastCGI program in a group; here the service has it.
    assert_eq!(g.kind, GroupKind::Programs);
    assert_eq!(g.services[0].socket.as_ref().unwrap().url, "unix:///tmp/f");
}

#[test]
fn twins_are_named() {
    let text = "[supervisord]\n[program:a]\ncommand=1\n[program:b]\ncommand=2\nprocess_name=p\n[program:c]\ncommand=3\n\
                process_name=p\n[group:a]\nprograms=b,c\n";
    let loaded = read(text);
    assert_eq!(
        places(&loaded.diagnostics),
        ["/etc/x.conf:10:1+9 [group:a] has several", "/etc/x.conf:2:1+11 [program:a] is ignored:"]
    );
    let groups = loaded.configuration.unwrap().groups;
    assert_eq!((groups.len(), groups[0].services.len()), (1, 1));
    assert_eq!(groups[0].services[0].exec.command.text, "3");
}

#[test]
fn supervisorctl_reads_included_files_unless_they_are_wrong() {
    let world = FakeWorld::default()
        .with_file("/etc/x.conf", "[supervisorctl]\nserverurl=unix://%(here)s/../s\n[include]\nfiles=y.conf\n[ctlplugin:p]\nsupervisor.ctl_factory=supervisor.supervisorctl:DefaultControllerPlugin\n")
        .with_file("/etc/y.conf", "[supervisorctl]\nprompt=y\n")
        .with_file("/etc/w.conf", "[supervisorctl]\nprompt=w\n[include]\nfiles=bad.conf\n")
        .with_file("/etc/bad.conf", "[supervisorctl]\nprompt=y\nnonsense\n")
        .with_file("/etc/z.conf", "[supervisord]\n");
    let settings = load_control(&world, "/etc/x.conf").unwrap();
    assert_eq!((settings.server_url.as_str(), settings.prompt.as_str()), ("unix:///s", "y"));
    assert_eq!(load_control(&world, "/etc/w.conf").unwrap().prompt, "w");
    let why = load_control(&world, "/etc/z.conf").unwrap_err();
    assert_eq!(first_error(&why), Some(".ini file does not include supervisorctl section"));
    let why = load_control(&world, "/etc/no.conf").unwrap_err();
    assert_eq!(first_error(&why), Some("could not find config file /etc/no.conf"));
}

#[test]
fn plugins_that_need_python_are_refused_with_what_to_do() {
    let text = "[supervisord]\n[supervisorctl]\n[ctlplugin:p]\nsupervisor.ctl_factory = a:b\n";
    let loaded = read(text);
    assert_eq!(places(&loaded.diagnostics), ["/etc/x.conf:4:26+3 a:b cannot be"]);
    assert!(loaded.configuration.is_some(), "{:?}", loaded.diagnostics);
    let world = FakeWorld::default().with_file("/etc/x.conf", text);
    let why = load_control(&world, "/etc/x.conf").unwrap_err();
    assert_eq!(first_error(&why), Some("a:b cannot be resolved within [ctlplugin:p]"));
    let help = explanation(&why).unwrap();
    assert!(help.starts_with("/etc/x.conf:4: supervisor.ctl_factory: Python packages cannot be"), "{help}");
    // The words of the original do for what both refuse.
    assert_eq!(explanation(&load_control(&world, "/etc/no.conf").unwrap_err()), None);
}

#[test]
fn options_of_rpc_interfaces_are_those_that_the_factory_takes() {
    let twiddler = "[supervisord]\n[rpcinterface:t]\nsupervisor.rpcinterface_factory = \
                    supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface\n";
    let main = "[supervisord]\n[rpcinterface:t]\nsupervisor.rpcinterface_factory = \
                supervisor.rpcinterface:make_main_rpcinterface\n";
    let factory = |text: &str| read(text).configuration.unwrap().rpc_interfaces.remove(0).factory;
    assert_eq!(factory(main), RpcFactory::Main);
    assert_eq!(factory(twiddler), RpcFactory::Twiddler { whitelist: vec![] });
    let whitelist = vec!["log".to_owned(), "getAPIVersion".to_owned()];
    let limited = format!("{twiddler}whitelist = log, getAPIVersion\n");
    assert_eq!(factory(&limited), RpcFactory::Twiddler { whitelist });
    for text in [format!("{twiddler}whitelst=log\n"), format!("{main}whitelist=log\n")] {
        let found = read(&text).diagnostics;
        assert_eq!(first_error(&found), Some("Could not make t rpc interface"), "{text}");
    }
}

#[test]
fn advice_is_given_on_request() {
    let text = "[supervisord]\nlogfile=/var/log/s.log\n[program:a]\ncommand=nope\ndirectory=/no\n[program:b]\n\
                command=/bin/no\n[program:c]\ncommand=sh -c 'x ; y'\n[program:d]\ncommand=/bin\nstdout_logfile=/etc/d.log\n\
                [program:e]\ncommand=/etc/x.conf\n[program:f]\ncommand=\n[program:g]\ncommand=cat\nenvironment=PATH=\"/sbin\"\n";
    let mut world = FakeWorld::default().with_file("/etc/x.conf", text);
    world.read_only.extend(["/etc".to_owned(), "/var/log".to_owned()]);
    let mut request = request("/etc/x.conf");
    assert!(load(&world, &request).diagnostics.is_empty());
    request.advise = true;
    let loaded = load(&world, &request);
    assert!(loaded.diagnostics.iter().all(|found| found.severity == Severity::Warning));
    let found: Vec<&str> = loaded.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        found,
        [
            "can't find command 'nope'",
            "directory /no does not exist",
            "can't find command '/bin/no'",
            "can't parse command \"sh -c 'x\": No closing quotation",
            "command at '/bin' is a directory",
            "folder /etc cannot be written to",
            "command at '/etc/x.conf' is not executable",
            "can't parse command '': command is empty",
            "can't find command 'cat'",
            "folder /var/log cannot be written to",
        ]
    );
    assert!(loaded.notes.is_empty(), "advice is not logged");
}

/// What only this machine lacks stops the daemon, but is a warning to `check`; what is wrong anywhere stays an error.
#[test]
fn what_another_machine_may_have_is_a_warning_to_check() {
    let text = "[supervisord]\ndirectory=/no\n[program:a]\ncommand=cat\nuser=ghost\nstdout_logfile=/no/a.log\n\
                [program:b]\ncommand=cat\nuser=%(ENV_NO)s\nstartsecs=x\n[unix_http_server]\nchown=ghost\n";
    let world = FakeWorld::default().with_file("/etc/x.conf", text);
    let mut request = request("/etc/x.conf");
    let severities = |request: &Request| {
        let found = load(&world, request).diagnostics.into_iter();
        found.filter_map(|found| found.key.map(|key| (key, found.severity))).collect::<Vec<_>>()
    };
    assert!(severities(&request).iter().all(|(_, severity)| *severity == Severity::Error));
    request.advise = true;
    for (key, severity) in severities(&request) {
        let depends = ["directory", "stdout_logfile", "chown"].contains(&key.as_str());
        assert!(!depends || severity == Severity::Warning, "{key}");
        assert!(key != "startsecs" || severity == Severity::Error);
    }
    let users =
        severities(&request).into_iter().filter(|(key, _)| key == "user").map(|(_, severity)| severity);
    assert_eq!(users.collect::<Vec<_>>(), [Severity::Warning, Severity::Error]);
}

/// Files put together from pieces that matter, in every order: nothing panics, and each finding has a place that exists.
#[test]
fn nothing_brings_the_reader_down() {
    let pieces = [
        "[supervisord]\n",
        "[program:a]\n",
        "[group:g]\n",
        "[eventlistener:l]\n",
        "[fcgi-program:f]\n",
        "[DEFAULT]\n",
        "[include]\n",
        "[unix_http_server]\n",
        "[rpcinterface:r]\n",
        "[supervisorctl]\n",
        "files=/etc/x.conf *\n",
        "command=%(process_num)0999d %(x\n",
        "programs=a,,g,l\n",
        "environment=A='\n",
        "environment=A=\"%%(ENV_A)s\"\n",
        "socket=tcp://::\n",
        "events=,\n",
        "numprocs=3\n",
        "numprocs_start=-9223372036854775808\n",
        "process_name=%(process_num)c\n",
        "  \u{f6}\u{2028}%(here)s\n",
        "file=~\n",
        "port=:\n",
        "user=-1\n",
        "= \n",
        "[",
        "\u{feff}",
        "\0",
        "\r",
        "umask=-7777777777777777777777\n",
        "stdout_logfile=%%%%(x)s\n",
        "stdout_logfile=%%(x)s\n",
        "buffer_size=-9\n",
    ];
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..3_000 {
        let text: String = (0..random(12)).map(|_| pieces[random(pieces.len())]).collect();
        let world = FakeWorld::default().with_file("/etc/x.conf", &text);
        let mut request = request("/etc/x.conf");
        request.advise = true;
        let loaded = load(&world, &request);
        let failed = loaded.diagnostics.iter().any(|found| found.severity == Severity::Error);
        assert_eq!(loaded.configuration.is_none(), failed, "{text:?}");
        let lines = text.replace("\r\n", "\n").replace('\r', "\n").split('\n').count();
        for found in loaded.diagnostics {
            assert!((found.place.line as usize) <= lines, "{text:?}: {found:?}");
        }
        let _ = load_control(&world, "/etc/x.conf");
    }
}
