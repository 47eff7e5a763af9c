//! The interface about itself: introspection, and several calls in one. Mirrors `SystemNamespaceRPCInterface` of
//! `supervisor/xmlrpc.py`.

use crate::api::arguments::without_method;
use crate::api::dispatch::{Call, Namespaces, call};
use crate::api::fault::Code;
use crate::api::table::Method;
use crate::api::{Answer, Host, Job, Outcome, Refusal, Reply};
use crate::base::Mono;
use crate::wire::xmlrpc::{Fault, Value};
use std::fmt;

/// When the results of a multicall have grown to about this many bytes, the calls that are left are not made.
const RESULTS_LIMIT: usize = 64 << 20;

pub(in crate::api) fn list(call: &mut Call<'_>) -> Outcome {
    let names = call.namespaces.methods().into_iter().map(|(name, _)| Value::Text(name));
    Ok(Reply::Now(Value::Array(names.collect())))
}

pub(in crate::api) fn help(call: &mut Call<'_>) -> Outcome {
    Ok(Reply::Now(method(call)?.documentation().into()))
}

pub(in crate::api) fn signature(call: &mut Call<'_>) -> Outcome {
    let method = method(call)?;
    let kinds = [method.returns.kind].into_iter().chain(method.params.iter().map(|param| param.kind));
    Ok(Reply::Now(Value::Array(kinds.map(|kind| kind.name().into()).collect())))
}

/// The method that the first parameter names.
fn method(call: &Call<'_>) -> Result<&'static Method, Fault> {
    let name = call.param(0).as_str();
    name.and_then(|name| call.namespaces.find(name)).ok_or_else(|| Code::SignatureUnsupported.bare())
}

pub(in crate::api) fn multicall(call: &mut Call<'_>) -> Outcome {
    let calls = match call.param(0) {
        Value::Array(calls) => calls,
        Value::Text(text) if text.is_empty() => &Vec::new(),
        text @ Value::Text(_) => return Err(without_method(text, "pop")),
        _ => return Err(Code::IncorrectParameters.bare().into()),
    };
    let job = Multicall {
        namespaces: call.namespaces.clone(),
        left: calls.iter().rev().cloned().collect(),
        current: None,
        results: Vec::new(),
        weight: 0,
    };
    Reply::of(job, call.host)
}

/// Calls that are made one after the other; one that is answered later holds up those behind it.
struct Multicall {
    namespaces: Namespaces,
    /// The next one is last.
    left: Vec<Value>,
    current: Option<Box<dyn Job>>,
    results: Vec<Value>,
    weight: usize,
}

impl fmt::Debug for Multicall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multicall")
            .field("left", &self.left)
            .field("results", &self.results)
            .finish_non_exhaustive()
    }
}

impl Multicall {
    fn push(&mut self, answer: Answer) {
        let value = match answer {
            Ok(value) => value,
            Err(refusal) => as_struct(refusal),
        };
        self.weight += weight(&value);
        self.results.push(value);
    }

    /// Makes one call.
    fn make(&mut self, host: &mut dyn Host, item: &Value) -> Outcome {
        let fault = |text: &str| Err(Code::IncorrectParameters.with(text).into());
        let name = item.get("methodName").unwrap_or(&Value::Nil);
        if *name == Value::Nil {
            return fault("No methodName");
        }
        if name.as_str() == Some("system.multicall") {
            return fault("Recursive system.multicall forbidden");
        }
        if self.weight > RESULTS_LIMIT {
            return Err(Code::Failed.with("the results of the calls before are too large").into());
        }
        let name = name.as_str().ok_or_else(|| without_method(name, "split"))?;
        match item.get("params") {
            None => call(host, &self.namespaces, name, &[]),
            Some(Value::Array(params)) => call(host, &self.namespaces, name, params),
            // Python spreads these into parameters as well.
            Some(Value::Text(text)) => {
                let params: Vec<Value> = text.chars().map(|c| c.to_string().into()).collect();
                call(host, &self.namespaces, name, &params)
            }
            Some(Value::Struct(members)) => {
                let params: Vec<Value> = members.iter().map(|(key, _)| key.as_ref().into()).collect();
                call(host, &self.namespaces, name, &params)
            }
            Some(_) => {
                let code = match self.namespaces.find(name) {
                    Some(_) => Code::IncorrectParameters,
                    None => Code::UnknownMethod,
                };
                Err(code.bare().into())
            }
        }
    }
}

impl Job for Multicall {
    fn poll(&mut self, host: &mut dyn Host) -> Option<Answer> {
        loop {
            if let Some(job) = &mut self.current {
                let answer = job.poll(host)?;
                self.current = None;
                self.push(answer);
            }
            let Some(item) = self.left.pop() else {
                return Some(Ok(Value::Array(std::mem::take(&mut self.results))));
            };
            if !matches!(item, Value::Struct(_)) {
                return Some(Err(without_method(&item, "get")));
            }
            match self.make(host, &item) {
                Ok(Reply::Now(value)) => self.push(Ok(value)),
                Ok(Reply::Later(job)) => self.current = Some(job),
                Err(refusal) => self.push(Err(refusal)),
            }
        }
    }

    fn deadline(&self) -> Option<Mono> {
        self.current.as_ref()?.deadline()
    }
}

/// A refusal in the place of a result.
fn as_struct(refusal: Refusal) -> Value {
    let Fault { code, text } = match refusal {
        Refusal::Fault(fault) => fault,
        Refusal::Broken(exception) => Code::Failed.with(exception),
    };
    Value::record([("faultCode", code.into()), ("faultString", text.into())])
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    const EACH: usize = 32;
    EACH + match value {
        Value::Text(text) | Value::DateTime(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Struct(members) => members.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        Value::Nil | Value::Int(_) | Value::Bool(_) | Value::Double(_) => 0,
    }
}
