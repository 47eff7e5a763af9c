//! The one entry: finds a method by name and calls it. Mirrors `traverse` of `supervisor/xmlrpc.py`.

use crate::api::fault::Code;
use crate::api::table::{self, Interface, METHODS, Method};
use crate::api::{Host, Outcome, Refusal};
use crate::engine::Mood;
use crate::model::RpcInterface;
use crate::wire::xmlrpc::{Fault, Value};
use std::sync::Arc;

/// Under which names the interfaces can be reached. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespaces {
    names: Arc<[(String, Interface)]>,
}

impl Namespaces {
    /// Those of a configuration: `system`, and every `[rpcinterface:x]`. The configuration knows only one factory.
    #[must_use]
    pub fn new(interfaces: &[RpcInterface]) -> Namespaces {
        let configured = interfaces
            .iter()
            .filter(|interface| interface.namespace != "system")
            .map(|interface| (interface.namespace.clone(), Interface::Supervisor));
        // Last, and so in the place of one that is called the same, as in the original.
        let names = configured.chain([("system".to_owned(), Interface::System)]).collect();
        Namespaces { names }
    }

    /// What almost every configuration has: `supervisor` and `system`.
    #[must_use]
    pub fn usual() -> Namespaces {
        let names =
            [("supervisor".to_owned(), Interface::Supervisor), ("system".to_owned(), Interface::System)];
        Namespaces { names: names.into() }
    }

    /// The method of that full name: a namespace, one dot, a name that does not begin with an underscore.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Method> {
        let (namespace, method) = name.split_once('.')?;
        let (_, interface) = self.names.iter().find(|(known, _)| known == namespace)?;
        table::find(*interface, method)
    }

    /// All methods with their full names, in alphabetical order.
    #[must_use]
    pub fn methods(&self) -> Vec<(String, &'static Method)> {
        let mut all = Vec::with_capacity(METHODS.len());
        for (namespace, interface) in self.names.iter() {
            let methods = METHODS.iter().filter(|method| method.interface == *interface);
            all.extend(methods.map(|method| (format!("{namespace}.{}", method.name), method)));
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

    /// A truth value that may be left out and is true then.
    pub(super) fn flag(&self, index: usize) -> bool {
        self.params.get(index).is_none_or(super::arguments::is_true)
    }
}

/// Calls a method. In the order of the original: the name, the number of parameters, the state of the daemon, and then
/// whatever the method checks.
///
/// # Errors
/// Whatever is wrong with the call.
pub fn call(host: &mut dyn Host, namespaces: &Namespaces, name: &str, params: &[Value]) -> Outcome {
    let method = namespaces.find(name).ok_or_else(|| Refusal::from(Code::UnknownMethod.bare()))?;
    if params.len() > method.params.len() || params.len() < method.required() {
        return Err(Code::IncorrectParameters.bare().into());
    }
    let anytime = method.interface == Interface::System || method.name == "sendRemoteCommEvent";
    if !anytime && host.engine().mood() != Mood::Running {
        return Err(Code::ShutdownState.bare().into());
    }
    (method.run)(&mut Call { host, namespaces, params })
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
