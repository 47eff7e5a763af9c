//! Tests against what Supervisor 4.3.0 itself said when `tests/compat/golden/make` asked it: the signatures of all methods,
//! and what it answers to parameters of every kind.

use crate::api::fake::FakeHost;
use crate::api::{Outcome, Refusal, Reply};
use crate::engine::fixtures::{group, service};
use crate::wire::xmlrpc::{Fault, Value};
use serde_json::{Value as Json, json};
use std::borrow::Cow;

const METHODS: &str = include_str!("../../tests/compat/golden/methods.json");
const REFUSALS: &str = include_str!("../../tests/compat/golden/refusals.json");

fn cases(text: &str) -> Vec<Json> {
    serde_json::from_str(text).expect("JSON")
}

/// A value as `make` writes it: its kind and what it holds.
fn value(json: &Json) -> Value {
    let held = &json[1];
    let text = |json: &Json| json.as_str().expect("text").to_owned();
    let list = |json: &Json| json.as_array().expect("a list").clone();
    match json[0].as_str().expect("a kind") {
        "bool" => Value::Bool(held.as_bool().expect("a truth value")),
        "int" => Value::Int(held.as_i64().expect("a number")),
        "double" => Value::Double(text(held).parse().expect("a number")),
        "text" => Value::Text(text(held)),
        "array" => Value::Array(list(held).iter().map(value).collect()),
        "struct" => Value::Struct(
            list(held).iter().map(|member| (Cow::Owned(text(&member[0])), value(&member[1]))).collect(),
        ),
        other => unreachable!("a value of kind {other}"),
    }
}

/// An outcome in the words of `make`.
fn told(host: &mut FakeHost, outcome: Outcome) -> Json {
    let answer = match outcome {
        Ok(Reply::Now(value)) => Ok(value),
        Ok(Reply::Later(mut job)) => job.poll(host).expect("nothing to wait for"),
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(value) => json!(["value", tagged(&value)]),
        Err(Refusal::Fault(Fault { code, text })) => json!(["fault", code, text]),
        Err(Refusal::Broken(_)) => json!(500),
    }
}

fn tagged(value: &Value) -> Json {
    match value {
        Value::Nil => json!(["nil", null]),
        Value::Int(number) => json!(["int", number]),
        Value::Bool(truth) => json!(["bool", truth]),
        Value::Double(number) => json!(["double", format!("{number:?}")]),
        Value::Text(text) => json!(["text", text]),
        Value::DateTime(text) => json!(["date", text]),
        Value::Array(items) => json!(["array", items.iter().map(tagged).collect::<Vec<_>>()]),
        Value::Struct(members) => {
            let members: Vec<Json> =
                members.iter().map(|(name, value)| json!([name, tagged(value)])).collect();
            json!(["struct", members])
        }
    }
}

#[test]
fn signatures_and_parameters_are_the_originals() {
    let mut host = FakeHost::usual();
    let cases = cases(METHODS);
    let names = cases.iter().map(|case| json!(["text", case[0]]));
    let listed = host.call("system.listMethods", &[]);
    assert_eq!(told(&mut host, listed), json!(["value", ["array", names.collect::<Vec<_>>()]]));
    for case in cases {
        let name = Value::from(case[0].as_str().expect("a name"));
        let Ok(Reply::Now(signature)) = host.call("system.methodSignature", std::slice::from_ref(&name))
        else {
            panic!("no signature of {name:?}");
        };
        assert_eq!(crate::wire::json::from_value(signature), case[1], "{name:?}");
        let Ok(Reply::Now(Value::Text(help))) = host.call("system.methodHelp", &[name]) else {
            panic!("no help")
        };
        let params: Vec<Json> = help
            .lines()
            .filter_map(|line| line.trim().strip_prefix("@param "))
            .map(|line| line.split(' ').take(2).map(Json::from).collect())
            .collect();
        assert_eq!(Json::from(params), case[2]);
        let returns = help.lines().filter(|line| line.trim().starts_with("@return ")).count();
        assert_eq!(returns, 1);
    }
}

#[test]
fn odd_parameters_get_the_originals_answers() {
    let mut wrong = Vec::new();
    for case in cases(REFUSALS) {
        let name = case[0].as_str().expect("a name");
        if name.is_empty() {
            continue; // The server refuses it before anything is called.
        }
        let params: Vec<Value> = case[1].as_array().expect("a list").iter().map(value).collect();
        let mut cat = service("cat");
        cat.start.autostart = false;
        let mut host = FakeHost::new(vec![group("cat", 999, vec![cat])]);
        host.files.insert("/log/cat-stdout".into(), "0123456789".into());
        let outcome = host.call(name, &params);
        let ours = told(&mut host, outcome);
        if ours != case[2] {
            wrong.push(format!("{name}{}: {} there, {ours} here", case[1], case[2]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
