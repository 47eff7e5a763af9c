//! The one entry: finds a method by name and calls it. Mirrors `traverse` of `supervisor/xmlrpc.py`.

use crate::api::fault::Code;
use crate::api::table::{self, Interface, METHODS, Method};
use crate::api::{Host, Outcome, Refusal};
use crate::engine::Mood;
use crate::model::{RpcFactory, RpcInterface};
use crate::wire::xmlrpc::{Fault, Value};
use std::sync::Arc;

/// Under which names the interfaces can be reached. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespaces {
    names: Arc<[Namespace]>,
}

/// One name and what is behind it.
#[derive(Debug, PartialEq, Eq)]
struct Namespace {
    name: String,
    interface: Interface,
    /// The only methods that may be called; empty allows all.
    whitelist: Vec<String>,
}

impl Namespace {
    fn whole(name: &str, interface: Interface) -> Namespace {
        Namespace { name: name.to_owned(), interface, whitelist: Vec::new() }
    }
}

impl Namespaces {
    /// Those of a configuration: `system`, and every `[rpcinterface:x]`.
    #[must_use]
    pub fn new(interfaces: &[RpcInterface]) -> Namespaces {
        let configured = interfaces.iter().filter(|interface| interface.namespace != "system").map(|found| {
            let RpcInterface { namespace, factory, .. } = found;
            match factory {
                RpcFactory::Main => Namespace::whole(namespace, Interface::Supervisor),
                RpcFactory::Twiddler { whitelist } => Namespace {
                    whitelist: whitelist.clone(),
                    ..Namespace::whole(namespace, Interface::Twiddler)
                },
            }
        });
        // Last, and so in the place of one that is called the same, as in the original.
        let names = configured.chain([Namespace::whole("system", Interface::System)]).collect();
        Namespaces { names }
    }

    /// What almost every configuration has: `supervisor` and `system`.
    #[must_use]
    pub fn usual() -> Namespaces {
        let names = [("supervisor", Interface::Supervisor), ("system", Interface::System)];
        Namespaces { names: names.map(|(name, interface)| Namespace::whole(name, interface)).into() }
    }

    /// The method of that full name: a namespace, one dot, a name that does not begin with an underscore.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Method> {
        self.look_up(name).map(|(_, method)| method)
    }

    fn look_up(&self, name: &str) -> Option<(&Namespace, &'static Method)> {
        let (namespace, method) = name.split_once('.')?;
        let namespace = self.names.iter().find(|known| known.name == namespace)?;
        Some((namespace, table::find(namespace.interface, method)?))
    }

    /// All methods with their full names, in alphabetical order.
    #[must_use]
    pub fn methods(&self) -> Vec<(String, &'static Method)> {
        let mut all = Vec::with_capacity(METHODS.len());
        for Namespace { name, interface, .. } in self.names.iter() {
            let methods = METHODS.iter().filter(|method| method.interface == *interface);
            all.extend(methods.map(|method| (format!("{name}.{}", method.name), method)));
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

/// What a method is called with.
pub(super) struct Call<'a> {
    pub(super) host: &'a mut dyn Host,
    pub(super) namespaces: &'a Namespaces,
    pub(super) params: &'a [Value],
}

/// What stands in for a parameter that is not there; the number of parameters was checked before.
static MISSING: Value = Value::Nil;

impl<'a> Call<'a> {
    /// A parameter by position.
    pub(super) fn param(&self, index: usize) -> &'a Value {
        self.params.get(index).unwrap_or(&MISSING)
    }

    /// A parameter that may be left out.
    pub(super) fn optional(&self, index: usize) -> Option<&'a Value> {
        self.params.get(index)
    }

    /// A truth value that may be left out and is true then.
    pub(super) fn flag(&self, index: usize) -> bool {
        self.params.get(index).is_none_or(super::arguments::is_true)
    }
}

/// Calls a method. In the order of the original: the name, the number of parameters, the state of the daemon, the
/// whitelist, and then whatever the method checks.
///
/// # Errors
/// Whatever is wrong with the call.
pub fn call(host: &mut dyn Host, namespaces: &Namespaces, name: &str, params: &[Value]) -> Outcome {
    let (namespace, method) =
        namespaces.look_up(name).ok_or_else(|| Refusal::from(Code::UnknownMethod.bare()))?;
    if params.len() > method.params.len() || params.len() < method.required() {
        return Err(Code::IncorrectParameters.bare().into());
    }
    if !works_now(method, host.engine().mood()) {
        return Err(Code::ShutdownState.bare().into());
    }
    let Namespace { whitelist, .. } = namespace;
    if !whitelist.is_empty() && !whitelist.iter().any(|allowed| allowed == method.name) {
        // The original looks the number up among the faults of Supervisor, and does not find it.
        let text = format!("UNKNOWN: {}", method.name);
        return Err(Fault { code: Code::NotInWhitelist.number(), text }.into());
    }
    (method.run)(&mut Call { host, namespaces, params })
}

/// Whether a method works while the daemon is about that.
fn works_now(method: &Method, mood: Mood) -> bool {
    match method.interface {
        Interface::System => true,
        Interface::Supervisor => mood == Mood::Running || method.name == "sendRemoteCommEvent",
        Interface::Twiddler => mood != Mood::Shutdown,
    }
}

/// What the log says at `trace` before a call.
#[must_use]
pub fn trace_called(name: &str) -> String {
    format!("XML-RPC method called: {name}()")
}

/// What the log says at `trace` after a call; a call that is answered later has returned as well. `None` where it says
/// [`critical`] instead.
#[must_use]
pub fn trace_returned(name: &str, outcome: &Outcome) -> Option<String> {
    match outcome {
        Ok(_) => Some(format!("XML-RPC method {name}() returned successfully")),
        Err(Refusal::Fault(Fault { code, text })) => {
            Some(format!("XML-RPC method {name}() returned fault: [{code}] {text}"))
        }
        Err(Refusal::Broken(_)) => None,
    }
}

/// What the log says at `critical` of a call that the original stumbles over, before it answers 500.
#[must_use]
pub fn critical(name: &str, exception: &str) -> String {
    format!("Handling XML-RPC request for {name}() raised an unexpected exception: {exception}")
}
