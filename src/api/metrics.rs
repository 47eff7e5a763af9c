//! Figures for Prometheus at `/metrics`, in its text format 0.0.4: names and units by its conventions, every family with
//! help and type, times in seconds, sizes in bytes. What only the kernel and the loop know comes in as [`Figures`].

use crate::api::table::Method;
use crate::api::{Host, SUPERVISOR_VERSION};
use crate::base::{Pid, ServiceId, Wall};
use crate::engine::{ServiceView, State};
use crate::model::OutputChannel;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{Display, Write};
use std::time::Duration;

/// The type of the document.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the engine does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// When the daemon started.
    pub started: Wall,
    /// What the daemon itself uses.
    pub daemon: Usage,
    /// What processes use, by the pid of the child.
    pub usage: HashMap<Pid, Usage>,
    /// Bytes of output that were read from a process since the daemon started.
    pub log_bytes: HashMap<(ServiceId, OutputChannel), u64>,
    /// The pools of event listeners.
    pub pools: Vec<Pool>,
    /// How long the turns of the loop took.
    pub turns: Turns,
    /// Calls of clients.
    pub calls: Calls,
}

/// What a process uses, together with everything that it has started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, its own and the kernel's for it.
    pub cpu: Duration,
    /// Resident memory in bytes; what several processes share counts for each.
    pub memory: u64,
    /// How many processes these are.
    pub processes: u64,
}

/// A pool of event listeners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The group's name.
    pub name: String,
    /// Events that wait for a listener.
    pub buffered: u64,
    /// Events that were thrown away because the buffer was full.
    pub discarded: u64,
}

/// Upper ends of the buckets of [`Turns`], in microseconds.
const BUCKETS: [u64; 6] = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// A histogram of how long turns of the loop took, from waking up to sleeping again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turns {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl Turns {
    /// Counts one turn.
    pub fn record(&mut self, took: Duration) {
        self.count += 1;
        self.sum = self.sum.saturating_add(took);
        for (bucket, end) in self.buckets.iter_mut().zip(BUCKETS) {
            if took <= Duration::from_micros(end) {
                *bucket += 1;
            }
        }
    }
}

/// How often each method was called. Bounded by the table of methods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    counts: BTreeMap<&'static str, (u64, u64)>,
}

impl Calls {
    /// Counts one call, `None` of a method that does not exist, and whether it was refused.
    pub fn record(&mut self, method: Option<&'static Method>, refused: bool) {
        let name = method.map_or("unknown", |method| method.name);
        let (calls, refusals) = self.counts.entry(name).or_default();
        *calls += 1;
        *refusals += u64::from(refused);
    }
}

/// All figures.
#[must_use]
pub fn text(host: &dyn Host, figures: &Figures) -> String {
    let mut out = Text { text: String::with_capacity(4096 + 1024 * host.engine().service_count()) };
    daemon(&mut out, host, figures);
    processes(&mut out, host, figures);
    pools(&mut out, figures);
    turns(&mut out, &figures.turns);
    calls(&mut out, &figures.calls);
    out.text
}

#[derive(Debug)]
struct Text {
    text: String,
}

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(name);
        let mut separator = '{';
        for (label, value) in labels {
            self.text.push(separator);
            separator = ',';
            let _ = write!(self.text, "{label}=\"");
            for c in value.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    /// A family of one sample without labels.
    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

fn daemon(out: &mut Text, host: &dyn Host, figures: &Figures) {
    out.family(
        "onevisor_build_info",
        "gauge",
        "Versions of this daemon and of the Supervisor that it equals.",
    );
    let labels = [("version", env!("CARGO_PKG_VERSION")), ("supervisor", SUPERVISOR_VERSION)];
    out.sample("onevisor_build_info", &labels, 1);
    let mood = host.engine().mood() as i32;
    out.single(
        "onevisor_state",
        "gauge",
        "State of the daemon: 1 running, 0 restarting, -1 shutting down.",
        mood,
    );
    let started = seconds(figures.started.0);
    out.single("process_start_time_seconds", "gauge", "When the daemon started, since the epoch.", started);
    let cpu = seconds(figures.daemon.cpu);
    out.single("process_cpu_seconds_total", "counter", "Processor time of the daemon itself.", cpu);
    let memory = figures.daemon.memory;
    out.single("process_resident_memory_bytes", "gauge", "Resident memory of the daemon itself.", memory);
    out.single("onevisor_groups", "gauge", "Active groups.", host.engine().group_count());
    out.single("onevisor_processes", "gauge", "Processes of active groups.", host.engine().service_count());
}

/// One figure of a process; `None` where there is nothing to tell.
type Figure<'a> = &'a dyn Fn(ServiceView<'_>) -> Option<String>;

fn processes(out: &mut Text, host: &dyn Host, figures: &Figures) {
    let usage = |view: ServiceView<'_>| figures.usage.get(&view.pid()?).copied();
    let families: [(&str, &str, &str, Figure<'_>); 10] = [
        (
            "onevisor_process_state",
            "gauge",
            "State: 0 stopped, 10 starting, 20 running, 30 back-off, 40 stopping, 100 exited, 200 fatal, 1000 unknown.",
            &|view| Some(view.state().code().to_string()),
        ),
        ("onevisor_process_up", "gauge", "Whether the process runs.", &|view| {
            Some(u8::from(view.state() == State::Running).to_string())
        }),
        (
            "onevisor_process_start_time_seconds",
            "gauge",
            "When it was started last, since the epoch.",
            &|view| view.started().map(|wall| seconds(wall.0)),
        ),
        ("onevisor_process_uptime_seconds", "gauge", "For how long it has been running.", &|view| {
            (view.state() == State::Running).then(|| seconds(super::methods::info::uptime(host.now(), view)))
        }),
        ("onevisor_process_restarts_total", "counter", "Starts that nobody asked for.", &|view| {
            Some(view.restarts().to_string())
        }),
        ("onevisor_process_exit_status", "gauge", "How it ended last; -1 by a signal.", &|view| {
            view.exit_code().map(|code| code.to_string())
        }),
        (
            "onevisor_process_spawn_failing",
            "gauge",
            "Whether its last start or end was a failure.",
            &|view| Some(u8::from(view.spawn_error().is_some()).to_string()),
        ),
        (
            "onevisor_process_cpu_seconds_total",
            "counter",
            "Processor time of the present child and its descendants.",
            &|view| usage(view).map(|usage| seconds(usage.cpu)),
        ),
        (
            "onevisor_process_resident_memory_bytes",
            "gauge",
            "Resident memory of the present child and its descendants.",
            &|view| usage(view).map(|usage| usage.memory.to_string()),
        ),
        ("onevisor_process_members", "gauge", "The present child and its descendants.", &|view| {
            usage(view).map(|usage| usage.processes.to_string())
        }),
    ];
    let views = super::methods::info::in_lexical_order(host);
    for (name, kind, help, figure) in families {
        out.family(name, kind, help);
        for view in &views {
            if let Some(value) = figure(*view) {
                out.sample(name, &[("group", view.group_name()), ("name", view.name())], value);
            }
        }
    }
    let name = "onevisor_process_log_bytes_total";
    out.family(name, "counter", "Bytes of output since the daemon started.");
    for view in &views {
        for channel in OutputChannel::BOTH {
            if let Some(bytes) = figures.log_bytes.get(&(view.id(), channel)) {
                let labels =
                    [("group", view.group_name()), ("name", view.name()), ("channel", channel.name())];
                out.sample(name, &labels, bytes);
            }
        }
    }
}

fn pools(out: &mut Text, figures: &Figures) {
    let name = "onevisor_event_pool_buffered_events";
    out.family(name, "gauge", "Events that wait for a listener of the pool.");
    for pool in &figures.pools {
        out.sample(name, &[("pool", &pool.name)], pool.buffered);
    }
    let name = "onevisor_event_pool_discarded_events_total";
    out.family(name, "counter", "Events that were thrown away because the buffer of the pool was full.");
    for pool in &figures.pools {
        out.sample(name, &[("pool", &pool.name)], pool.discarded);
    }
}

fn turns(out: &mut Text, turns: &Turns) {
    let name = "onevisor_loop_turn_duration_seconds";
    out.family(name, "histogram", "How long turns of the loop took, from waking up to sleeping again.");
    let bucket = format!("{name}_bucket");
    for (count, end) in turns.buckets.iter().zip(BUCKETS) {
        out.sample(&bucket, &[("le", &seconds(Duration::from_micros(end)))], count);
    }
    out.sample(&bucket, &[("le", "+Inf")], turns.count);
    out.sample(&format!("{name}_sum"), &[], seconds(turns.sum));
    out.sample(&format!("{name}_count"), &[], turns.count);
}

fn calls(out: &mut Text, calls: &Calls) {
    let name = "onevisor_rpc_calls_total";
    out.family(name, "counter", "Calls of clients, by method.");
    for (method, (count, _)) in &calls.counts {
        out.sample(name, &[("method", method)], count);
    }
    let name = "onevisor_rpc_refused_calls_total";
    out.family(name, "counter", "Calls of clients that were answered with a fault at once, by method.");
    for (method, (_, refused)) in &calls.counts {
        out.sample(name, &[("method", method)], refused);
    }
}

/// Seconds as a decimal number without zeros at the end.
fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Namespaces;
    use crate::api::fake::{FakeHost, figures};
    use crate::base::ServiceId;
    use crate::engine::Input;

    #[test]
    fn what_is_there_is_told() {
        let mut host = FakeHost::usual();
        host.apply(Input::Start(ServiceId(0)));
        host.stay_up(0);
        let mut figures = figures();
        figures.turns.record(Duration::from_micros(50));
        figures.turns.record(Duration::from_millis(50));
        figures.calls.record(Namespaces::usual().find("supervisor.getState"), false);
        figures.calls.record(None, true);
        let text = text(&host, &figures);
        for line in [
            "onevisor_state 1",
            "process_start_time_seconds 1700000000.5",
            "process_cpu_seconds_total 0.02",
            "onevisor_process_state{group=\"cat\",name=\"cat\"} 20",
            "onevisor_process_up{group=\"web\",name=\"a\"} 0",
            "onevisor_process_uptime_seconds{group=\"cat\",name=\"cat\"} 1",
            "onevisor_process_cpu_seconds_total{group=\"cat\",name=\"cat\"} 1.5",
            "onevisor_process_members{group=\"cat\",name=\"cat\"} 2",
            "onevisor_process_resident_memory_bytes{group=\"cat\",name=\"cat\"} 8192",
            "onevisor_process_log_bytes_total{group=\"cat\",name=\"cat\",channel=\"stdout\"} 99",
            "onevisor_event_pool_buffered_events{pool=\"p\\\"\\\\\\n\"} 3",
            "onevisor_loop_turn_duration_seconds_bucket{le=\"0.0001\"} 1",
            "onevisor_loop_turn_duration_seconds_bucket{le=\"0.1\"} 2",
            "onevisor_loop_turn_duration_seconds_bucket{le=\"+Inf\"} 2",
            "onevisor_loop_turn_duration_seconds_sum 0.05005",
            "onevisor_rpc_calls_total{method=\"getState\"} 1",
            "onevisor_rpc_refused_calls_total{method=\"unknown\"} 1",
        ] {
            assert!(text.lines().any(|known| known == line), "no {line} in\n{text}");
        }
    }

    #[test]
    fn starts_that_nobody_asked_for_are_counted() {
        let mut host = FakeHost::usual();
        host.apply(Input::Start(ServiceId(0)));
        host.stay_up(0);
        host.exit(0, 1);
        host.stay_up(0);
        host.exit(0, 1);
        let text = text(&host, &figures());
        assert!(text.contains("\nonevisor_process_restarts_total{group=\"cat\",name=\"cat\"} 2\n"), "{text}");
    }

    #[test]
    fn every_line_follows_the_conventions() {
        let text = text(&FakeHost::usual(), &figures());
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                family = rest.split(' ').next().unwrap_or_default().to_owned();
                assert!(rest.ends_with('.'), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert_eq!(name, family);
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            } else {
                assert!(line.starts_with(&family), "{line} in {family}");
            }
        }
        assert!(text.ends_with('\n'));
    }
}
