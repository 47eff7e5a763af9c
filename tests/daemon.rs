//! The daemon as its operators meet it: black-box tests of what Supervisor has no counterpart for, so that there is nothing to
//! compare with. Needs root (namespaces, mounts). Everything waits for a condition with a deadline.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A condition that does not come true within this time fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_onevisor")
}

/// Waits until the condition holds.
fn wait_for<T>(what: &str, condition: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, condition)
}

/// Waits until the condition holds; the only place that sleeps and reads a clock.
#[expect(clippy::disallowed_methods, reason = "a test waits for another process")]
fn wait_within<T>(patience: Duration, what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(began.elapsed() < patience, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn text(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// A running supervisord in a folder of its own.
struct Daemon {
    folder: tempfile::TempDir,
    child: Child,
}

impl Daemon {
    /// Starts it in the foreground with these programs. `wrapper` is a command that executes what follows it.
    fn start(wrapper: &[&str], settings: &str, programs: &str, stdout: Stdio) -> Daemon {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().display().to_string();
        let head = format!(
            "[supervisord]\nlogfile={at}/log\nlogfile_maxbytes=0\npidfile={at}/pid\nuser=root\n{settings}\n"
        );
        let config = head + &programs.replace("HERE", &at);
        fs::write(folder.path().join("conf"), config).expect("a configuration");
        let conf = format!("{at}/conf");
        let words: Vec<&str> =
            wrapper.iter().copied().chain([binary(), "supervisord", "-n", "-c", conf.as_str()]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::inherit());
        Daemon { folder, child: command.spawn().expect("the daemon starts") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        text(&self.path("log"))
    }

    fn wait_log(&self, line: &str) -> String {
        wait_for(&format!("{line:?} in the log"), || Some(self.log()).filter(|log| log.contains(line)))
    }

    /// The daemon's pid, also where a wrapper stands before it.
    fn pid(&self) -> i32 {
        wait_for("the pid file", || text(&self.path("pid")).trim().parse().ok())
    }

    fn signal(&self, name: &str, pid: i32) {
        let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("kill");
        assert!(sent.success(), "cannot send {name} to {pid}");
    }

    fn wait_end(&mut self) -> ExitStatus {
        wait_for("the daemon's end", || self.child.try_wait().expect("a child of ours"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = Command::new("pkill").args(["-KILL", "-P", &self.child.id().to_string()]).status();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[test]
fn a_full_disk_loses_no_program_and_no_output() {
    let lines = 20_000;
    let script = format!(
        "i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo line $i of a log that fills the disk; done; \
         echo > HERE/written; exec sleep 1000"
    );
    let programs = format!(
        "[program:a]\ncommand=sh -c '{script}'\nstdout_logfile=HERE/small/a.log\nstdout_logfile_maxbytes=0\n\
         [program:b]\ncommand=sh -c 'while :; do echo b; sleep 0.05; done'\nstdout_logfile=HERE/b.log\n"
    );
    let prepare = "d=$(dirname \"$5\") && mkdir $d/small && mount -t tmpfs -o size=256k tmpfs $d/small && \
                   head -c 100000 /dev/zero > $d/small/filler && exec \"$@\"";
    // $0 is the shell's own name; the configuration is the fifth word of what follows.
    let wrapper = ["unshare", "-m", "sh", "-c", prepare, "sh"];
    let mut daemon = Daemon::start(&wrapper, "", &programs, Stdio::null());
    let log = daemon.wait_log("its output waits until there is room");
    assert!(log.contains("cannot write stdout log of 'a' to"), "{log}");
    let inside = PathBuf::from(format!("/proc/{}/root", daemon.pid()));
    let small = inside.join(daemon.path("small").strip_prefix("/").expect("an absolute path"));
    // The other program goes on, and the one that waits lives.
    let before = text(&daemon.path("b.log")).len();
    wait_for("output of the other program", || {
        (text(&daemon.path("b.log")).len() > before + 10).then_some(())
    });
    daemon.wait_log("success: a entered RUNNING");
    assert!(!daemon.path("written").exists(), "nothing made the program wait");
    // Make room: in the file system's own namespace.
    let daemon_pid = daemon.pid().to_string();
    let remounted = Command::new("nsenter")
        .args(["-t", &daemon_pid, "-m", "mount", "-o", "remount,size=8m"])
        .arg(daemon.path("small"))
        .status()
        .expect("nsenter");
    assert!(remounted.success());
    wait_for("the program to write all", || daemon.path("written").exists().then_some(()));
    daemon.wait_log("again");
    let whole: String = (1..=lines).fold(String::new(), |mut whole, i| {
        let _ = writeln!(whole, "line {i} of a log that fills the disk");
        whole
    });
    wait_for("the whole log", || (text(&small.join("a.log")).len() >= whole.len()).then_some(()));
    assert!(text(&small.join("a.log")) == whole, "the log is not what the program wrote");
    assert_eq!(daemon.log().matches("waits until there is room").count(), 1, "told once");
    daemon.signal("TERM", daemon.pid());
    assert!(daemon.wait_end().success());
}

#[test]
fn a_reader_that_stops_reading_stops_nobody_else() {
    let programs = "[program:loud]\ncommand=sh -c 'yes | head -c 3000000; echo > HERE/said; exec sleep 1000'\n\
                    stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n\
                    [program:quiet]\ncommand=sh -c 'while :; do echo q; sleep 0.05; done'\nstdout_logfile=HERE/quiet.log\n";
    let mut daemon = Daemon::start(&[], "silent=true", programs, Stdio::piped());
    let mut stdout = daemon.child.stdout.take().expect("a pipe");
    daemon.wait_log("success: quiet entered RUNNING");
    let before = text(&daemon.path("quiet.log")).len();
    wait_for("the other program's output", || {
        (text(&daemon.path("quiet.log")).len() > before + 10).then_some(())
    });
    assert!(!daemon.path("said").exists(), "nobody read, yet all was written");
    // The open file is shared with whoever started us; it must not have been made non-blocking.
    let flags = text(Path::new(&format!("/proc/{}/fdinfo/1", daemon.pid())));
    let flags = flags.lines().find_map(|line| line.strip_prefix("flags:")).expect("flags").trim().to_owned();
    assert_eq!(u32::from_str_radix(&flags, 8).expect("an octal number") & 0o4000, 0, "O_NONBLOCK is set");
    let mut taken = vec![0; 3_000_000];
    stdout.read_exact(&mut taken).expect("all of it");
    assert!(taken.chunks(2).all(|pair| pair == b"y\n"));
    wait_for("the program to have written all", || daemon.path("said").exists().then_some(()));
    daemon.signal("TERM", daemon.pid());
    assert!(daemon.wait_end().success());
}

#[test]
fn a_shutdown_does_not_wait_for_a_reader() {
    let programs = "[program:loud]\ncommand=yes\nstdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n";
    let mut daemon = Daemon::start(&[], "", programs, Stdio::piped());
    daemon.wait_log("success: loud entered RUNNING");
    daemon.signal("TERM", daemon.pid());
    assert!(daemon.wait_end().success());
    assert!(daemon.log().contains("stopped: loud"));
}

#[test]
fn an_empty_root_is_enough() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    fs::create_dir(at("etc")).expect("a folder");
    fs::write(at("etc/passwd"), "root:x:0:0::/:/x\nworker:x:4711:4711::/:/x\n").expect("a file");
    fs::copy(binary(), at("supervisord")).expect("a copy");
    // The only program there is ourselves: as echo_supervisord_conf it prints and ends.
    let conf = "[supervisord]\nlogfile=/log\npidfile=/pid\nuser=root\n[program:p]\nuser=worker\nstartsecs=0\n\
                command=/supervisord echo_supervisord_conf\nautorestart=false\nstdout_logfile=/out\n";
    fs::write(at("conf"), conf).expect("a file");
    std::os::unix::fs::symlink("supervisord", at("onevisor")).expect("a link");
    fs::write(at("conf"), conf.replace("/supervisord echo", "/onevisor echo")).expect("a file");
    let mut child = Command::new("chroot")
        .arg(root.path())
        .args(["/supervisord", "-n", "-c", "/conf"])
        .spawn()
        .expect("chroot");
    wait_for("the program's end", || {
        text(&at("log")).contains("exited: p (exit status 0; expected)").then_some(())
    });
    assert!(text(&at("out")).contains("[supervisord]"));
    let kill = Command::new("kill").arg(text(&at("pid")).trim()).status().expect("kill");
    assert!(kill.success());
    assert!(child.wait().expect("a child").success());
}

/// As many as the descriptor limit allows, 10,000 where it is high enough.
#[test]
fn thousands_of_programs_start_and_stop() {
    let limits = text(Path::new("/proc/self/limits"));
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let hard: usize = line.split_whitespace().nth(4).and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    let count = 10_000.min((hard.saturating_sub(200)) / 2);
    let programs = format!(
        "[program:p]\ncommand=sleep 100000\nnumprocs={count}\nprocess_name=p%(process_num)05d\nredirect_stderr=true\n\
         stdout_logfile=NONE\n"
    );
    let settings = format!("minfds={}\nsilent=true", count * 2 + 100);
    let mut daemon = Daemon::start(&[], &settings, &programs, Stdio::null());
    let all_running = || (daemon.log().matches("entered RUNNING").count() == count).then_some(());
    wait_within(4 * PATIENCE, &format!("{count} running programs"), all_running);
    daemon.signal("TERM", daemon.pid());
    assert!(daemon.wait_end().success());
    let log = daemon.log();
    assert_eq!(log.matches("stopped: p").count(), count);
    assert!(!log.contains("spawnerr"), "a start failed");
}

#[test]
fn orphans_are_reaped_to_the_last_as_pid_1() {
    let orphans =
        "i=0; while [ $i -lt 500 ]; do i=$((i+1)); (sleep 0 & ); done; echo > HERE/done; exec sleep 1000";
    let programs = format!("[program:p]\ncommand=sh -c '{orphans}'\n");
    let daemon =
        Daemon::start(&["unshare", "-pf", "--mount-proc", "--kill-child"], "", &programs, Stdio::null());
    wait_for("all orphans made", || daemon.path("done").exists().then_some(()));
    daemon.wait_log("reaped unknown pid");
    let children =
        Command::new("pgrep").args(["-P", &daemon.child.id().to_string()]).output().expect("pgrep");
    let init = String::from_utf8_lossy(&children.stdout).trim().to_owned();
    wait_for("no zombie", || {
        let zombies = Command::new("pgrep").args(["-r", "Z", "-P", &init]).output().expect("pgrep");
        zombies.stdout.is_empty().then_some(())
    });
    let lines = daemon.log().matches("reaped unknown pid ").count();
    assert!(lines >= 1, "{}", daemon.log());
}

#[test]
fn who_inherits_the_output_keeps_being_logged() {
    // The leader ends at once; its child goes on writing, also after the restart.
    let programs = "[program:p]\ncommand=sh -c '(while :; do echo heir; sleep 0.05; done) & sleep 0.2; exit 3'\nstartsecs=0\n\
                    autorestart=false\nstdout_logfile=HERE/p.log\n";
    let daemon = Daemon::start(&[], "", programs, Stdio::null());
    daemon.wait_log("exited: p (exit status 3");
    let before = text(&daemon.path("p.log")).len();
    wait_for("more output", || (text(&daemon.path("p.log")).len() > before + 20).then_some(()));
}

#[test]
fn the_demonstration_runs_and_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(binary())
        .args(["demo", "--seconds", "2", "--dir"])
        .arg(folder.path())
        .output()
        .expect("the demonstration");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    for part in
        ["This is supervisord with an example", "clock entered RUNNING", "exit request", "stopped: clock"]
    {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
}

#[test]
fn links_answer_to_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        let made = Command::new(binary()).arg("link").arg(folder.path()).output().expect("link");
        assert!(made.status.success(), "making links twice is no error");
    }
    let version = Command::new(folder.path().join("supervisord")).arg("-v").output().expect("a link");
    assert_eq!(String::from_utf8_lossy(&version.stdout), "4.3.0\n");
    fs::remove_file(folder.path().join("pidproxy")).expect("a link");
    fs::write(folder.path().join("pidproxy"), "mine").expect("a file");
    let refused = Command::new(binary()).arg("link").arg(folder.path()).output().expect("link");
    assert!(!refused.status.success(), "somebody else's file was replaced");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("something else has this name"));
    assert_eq!(text(&folder.path().join("pidproxy")), "mine");
}

#[test]
fn pidproxy_passes_signals_to_the_pid_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let script = format!(
        "#!/bin/sh\ntrap 'echo HUP >> {0}' HUP\ntrap 'echo TERM >> {0}; exit' TERM\necho $$ > {1}\n\
         while :; do sleep 0.02; done\n",
        at("got"),
        at("pid")
    );
    fs::write(at("server"), script).expect("a script");
    let mode = Command::new("chmod").args(["+x", &at("server")]).status().expect("chmod");
    assert!(mode.success());
    let mut proxy =
        Command::new(binary()).args(["pidproxy", &at("pid"), &at("server")]).spawn().expect("pidproxy");
    wait_for("the pid file", || text(Path::new(&at("pid"))).trim().parse::<i32>().ok());
    let send = |name: &str| {
        let sent = Command::new("kill").args([name, &proxy.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    };
    send("-HUP");
    wait_for("the first signal", || text(Path::new(&at("got"))).contains("HUP").then_some(()));
    send("-TERM");
    wait_for("the second signal", || text(Path::new(&at("got"))).contains("TERM").then_some(()));
    assert!(proxy.wait().expect("a child").success());
}

/// Stands before the daemon where both its outputs are to be one pipe.
const ONE_PIPE: [&str; 4] = ["sh", "-c", "exec \"$@\" 2>&1", "sh"];

#[test]
fn lines_of_programs_and_of_the_log_stay_whole_as_json() {
    let settings = "child_output=json\nlog_format=json\nexit_when=all_exited\nloglevel=debug";
    let lines = 20_000;
    let script = format!("i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo line $i; done");
    let programs = format!(
        "[program:a]\ncommand=sh -c '{script}'\nautorestart=false\nstartsecs=0\nstdout_logfile=NONE\n\
         [program:b]\ncommand=sh -c '{script} >&2; printf end'\nautorestart=false\nstartsecs=0\n\
         stdout_logfile=HERE/b.log\nstderr_logfile=/dev/stderr\n"
    );
    let mut daemon = Daemon::start(&ONE_PIPE, settings, &programs, Stdio::piped());
    let mut all = String::new();
    daemon.child.stdout.take().expect("a pipe").read_to_string(&mut all).expect("text");
    assert!(daemon.wait_end().success());
    let (mut of_a, mut of_b, mut own) = (0, 0, 0);
    for line in all.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        match (line["name"].as_str(), line["channel"].as_str(), line["text"].as_str()) {
            (Some("a"), Some("stdout"), Some(text)) => {
                of_a += 1;
                assert_eq!(text, format!("line {of_a}"));
                assert!(line["group"] == "a" && line["pid"].as_i64().is_some_and(|pid| pid > 1), "{line}");
            }
            (Some("b"), Some("stderr"), Some(text)) => {
                of_b += 1;
                assert_eq!(text, format!("line {of_b}"));
            }
            (Some("b"), Some("stdout"), text) => assert_eq!(text, Some("end")),
            _ => {
                own += 1;
                assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
            }
        }
    }
    assert_eq!((of_a, of_b), (lines, lines), "a line was lost");
    assert!(own > 5 && all.contains("\"level\":\"info\""));
    assert!(daemon.log().lines().all(|line| line.starts_with("{\"time\":")), "{}", daemon.log());
    assert_eq!(text(&daemon.path("b.log")), "end");
}

#[test]
fn what_is_shown_without_a_file_can_be_read_again() {
    let settings = "child_output=prefix\nsilent=true\nmemory_log=2KB\n[unix_http_server]\nfile=SOCKET\n\
                    [rpcinterface:supervisor]\n\
                    supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface";
    let sockets = tempfile::tempdir().expect("a folder");
    let socket = sockets.path().join("s").display().to_string();
    let programs = "[program:a]\ncommand=sh -c 'seq 1 1000; echo last; while [ ! -e HERE/go ]; do sleep 0.02; done; \
                    echo more; exec sleep 1000'\nstdout_logfile=NONE\n\
                    [program:b]\ncommand=sh -c 'echo quiet; exec sleep 1000'\nlog_format=none\nstdout_logfile=NONE\n\
                    [program:c]\ncommand=sh -c 'printf bare; exec sleep 1000'\nlog_format=none\n\
                    stdout_logfile=/dev/fd/1\n";
    let out = sockets.path().join("out");
    let shown = fs::File::create(&out).expect("a file");
    let mut daemon = Daemon::start(&[], &settings.replace("SOCKET", &socket), programs, Stdio::from(shown));
    wait_for("all lines", || {
        let text = text(&out);
        (text.contains("a | last\n") && text.contains("bare")).then_some(())
    });
    let control = |words: &[&str]| {
        let mut command = Command::new(binary());
        command.args(["supervisorctl", "-s", &format!("unix://{socket}")]).args(words);
        command
    };
    let said = |words: &[&str]| {
        let output = control(words).output().expect("supervisorctl");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(said(&["tail", "-10", "a"]), "1000\nlast\n\n");
    assert_eq!(said(&["tail", "-100000", "a"]).len(), 2048 + 1, "memory is bounded");
    assert_eq!(said(&["tail", "c"]), "bare\n");
    assert!(said(&["tail", "b"]).contains("no log file"), "{}", said(&["tail", "b"]));
    let mut following = control(&["tail", "-f", "a"]).stdout(Stdio::piped()).spawn().expect("supervisorctl");
    let mut stream = following.stdout.take().expect("a pipe");
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).ends_with("1000\nlast\n") {
        let count = stream.read(&mut buffer).expect("a stream");
        assert!(count > 0, "the stream ended");
        seen.extend_from_slice(&buffer[..count]);
    }
    fs::write(daemon.path("go"), "").expect("a file");
    while !String::from_utf8_lossy(&seen).ends_with("last\nmore\n") {
        let count = stream.read(&mut buffer).expect("a stream");
        assert!(count > 0, "the stream ended");
        seen.extend_from_slice(&buffer[..count]);
    }
    let _ = following.kill();
    let _ = following.wait();
    assert!(said(&["clear", "a"]).contains("a: cleared"));
    assert_eq!(said(&["tail", "a"]), "\n");
    assert!(!text(&out).contains("quiet"));
    daemon.signal("TERM", daemon.pid());
    assert!(daemon.wait_end().success());
}

#[test]
fn a_reader_that_is_stuck_costs_lines_and_nothing_else() {
    let programs = "[program:loud]\ncommand=sh -c 'seq 1 1000000; echo > HERE/said; exec sleep 1000'\nlog_format=prefix\n\
                    stdout_logfile=NONE\n";
    let mut daemon = Daemon::start(&[], "silent=true", programs, Stdio::piped());
    let mut stdout = daemon.child.stdout.take().expect("a pipe");
    wait_for("the program to have said all", || daemon.path("said").exists().then_some(()));
    daemon.wait_log("nobody has read our standard output");
    daemon.signal("TERM", daemon.pid());
    let mut all = String::new();
    stdout.read_to_string(&mut all).expect("text");
    assert!(daemon.wait_end().success());
    let (mut next, mut lost) = (1, 0);
    for line in all.lines() {
        if let Some(note) = line.strip_prefix('(') {
            assert!(note.ends_with("lines of this log were dropped, it could not be written)"), "{note}");
            let count: usize = note.split(' ').next().and_then(|count| count.parse().ok()).expect(note);
            lost += count;
            next += count;
        } else {
            assert_eq!(line, format!("loud | {next}"));
            next += 1;
        }
    }
    assert!(lost > 0, "nothing was lost");
    assert_eq!(next, 1_000_001);
}

#[test]
fn any_user_can_open_standard_output_by_name() {
    let programs = "[program:p]\ncommand=sh -c 'echo mine > /dev/stdout; echo too > /dev/stderr; exec sleep 1000'\n\
                    user=nobody\nstdout_logfile=HERE/out\nstderr_logfile=HERE/err\n";
    let daemon = Daemon::start(&[], "", programs, Stdio::null());
    wait_for("a line", || (text(&daemon.path("out")) == "mine\n").then_some(()));
    wait_for("another", || (text(&daemon.path("err")) == "too\n").then_some(()));
}

#[test]
fn the_environment_comes_from_files_and_changes_with_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(at("env")).expect("a folder");
    fs::create_dir(at("env/..data")).expect("a folder");
    fs::write(at("env/.hidden"), "x").expect("a file");
    fs::write(at("env/FROM_DIR"), "dir\n").expect("a file");
    fs::write(at("secret"), "s3cret\n").expect("a file");
    fs::write(at("app.env"), "export COLOUR='light blue' # said\nPORT=\n").expect("a file");
    let settings = format!(
        "env_dir={0}/env\nenv_from_files=TOKEN\nenvironment=TOKEN_FILE=\"{0}/secret\"\n\
         [unix_http_server]\nfile={0}/s\n[rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        folder.path().display()
    );
    let programs = format!(
        "[program:p]\ncommand=sh -c 'env; echo port %(ENV_PORT:-8080)s; exec sleep 1000'\n\
         env_file={}, -/no/such/file\nstdout_logfile=HERE/out\n",
        at("app.env")
    );
    let mut daemon = Daemon::start(&[], &settings, &programs, Stdio::null());
    let said =
        wait_for("the environment", || Some(text(&daemon.path("out"))).filter(|out| out.contains("port ")));
    for line in ["FROM_DIR=dir", "TOKEN=s3cret", "COLOUR=light blue", "PORT=", "port 8080"] {
        assert!(said.lines().any(|said| said == line), "no {line} in\n{said}");
    }
    assert!(said.contains("\nPATH=") && !said.contains("hidden"), "{said}");
    let control = |words: &[&str]| {
        let mut command = Command::new(binary());
        let output =
            command.args(["supervisorctl", "-s", &format!("unix://{}", at("s"))]).args(words).output();
        String::from_utf8_lossy(&output.expect("supervisorctl").stdout).into_owned()
    };
    assert_eq!(control(&["reread"]), "No config updates to processes\n");
    fs::write(at("app.env"), "COLOUR=red\nPORT=90\n").expect("a file");
    assert_eq!(control(&["reread"]), "p: changed\n");
    assert!(control(&["update"]).contains("p: updated process group"));
    wait_for("the new environment", || {
        let said = text(&daemon.path("out"));
        (said.contains("COLOUR=red\n") && said.contains("port 90\n")).then_some(())
    });
    fs::write(at("app.env"), "COLOUR\n").expect("a file");
    let refused = control(&["reread"]);
    assert!(refused.contains("app.env: line 1: there is no = behind the name COLOUR"), "{refused}");
    daemon.signal("TERM", daemon.pid());
    assert!(daemon.wait_end().success());
}
