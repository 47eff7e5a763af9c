//! Routing of `/api/v1`: a call fits its method, an answer is JSON with a status that says what happened.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::api::Namespaces;
use onevisor::api::json::{PREFIX, Request, Route, route};
use onevisor::wire::http::percent_decode;
use onevisor::wire::json;

fuzz_target!(|input: &[u8]| {
    let mut rest = input;
    let line = String::from_utf8_lossy(onevisor_fuzz::part(&mut rest, b'\n')).into_owned();
    let content_type = String::from_utf8_lossy(onevisor_fuzz::part(&mut rest, b'\n')).into_owned();
    let (verb, target) = line.split_once(' ').unwrap_or(("POST", &line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = format!("{PREFIX}{}", percent_decode(path));
    let content_type = (!content_type.is_empty()).then_some(content_type.as_str());
    let namespaces = Namespaces::usual();
    match route(&namespaces, &Request { verb, path: &path, query, content_type, body: rest }) {
        Route::Call { name, params } => {
            let method = namespaces.find(&name).expect("only methods that exist are called");
            assert!(params.len() <= method.params.len(), "{name}");
            assert!(params.len() >= method.required(), "{name}");
            assert!(method.reads || verb == "POST");
            for value in params {
                let shown = json::from_value(value);
                assert_eq!(json::from_value(json::to_value(shown.clone())), shown);
            }
        }
        Route::Answer(answer) => {
            let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
            assert!(answer.status == 200 || body["fault"]["code"].is_number());
            assert_eq!(answer.allow.is_some(), answer.status == 405);
        }
    }
});
