//! The same methods as JSON at `/api/v1/NAMESPACE.METHOD`: from path, query and body to a call, and from what comes of it to
//! an answer. Pure; the server carries the bytes.
//!
//! `POST` takes a JSON object of named parameters, a JSON array of parameters in their order, or nothing. It must say
//! `Content-Type: application/json`, which a page of another origin cannot make a browser send unasked. `GET` works for
//! methods that only read, with the parameters in the query. The answer is `{"result": …}`, or a status from 400 on and
//! `{"fault": {"code": 10, "name": "BAD_NAME", "text": "BAD_NAME: x"}}`.

use crate::api::fault::Code;
use crate::api::openapi;
use crate::api::table::{Kind, Literal, Method, Param};
use crate::api::{Answer, Namespaces, Refusal};
use crate::wire::http::{form_pairs, percent_decode};
use crate::wire::json;
use crate::wire::xmlrpc::{Fault, Value};
use serde_json::json;

/// Where all of it is.
pub const PREFIX: &str = "/api/v1/";

/// A request that may be for this interface.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// `GET`, `HEAD`, `POST` and so on.
    pub verb: &'a str,
    /// The path without query.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: &'a str,
    /// The header of that name.
    pub content_type: Option<&'a str>,
    /// What was sent along.
    pub body: &'a [u8],
}

/// What to do with a request.
#[derive(Debug, PartialEq)]
pub enum Route {
    /// Call this, and answer with [`response`].
    Call {
        /// Full name of a method.
        name: String,
        /// Its parameters, in order.
        params: Vec<Value>,
    },
    /// Answer this.
    Answer(Response),
}

/// An answer; its type is `application/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The verbs that a path has, for the header `Allow`, where the one used is not among them.
    pub allow: Option<&'static str>,
    /// The body.
    pub body: String,
}

/// Reads a request whose path begins with [`PREFIX`].
#[must_use]
pub fn route(namespaces: &Namespaces, request: &Request<'_>) -> Route {
    read(namespaces, request).unwrap_or_else(Route::Answer)
}

fn read(namespaces: &Namespaces, request: &Request<'_>) -> Result<Route, Response> {
    let name = percent_decode(request.path.strip_prefix(PREFIX).unwrap_or_default());
    let reading = matches!(request.verb, "GET" | "HEAD");
    if name == "openapi.json" {
        let document =
            || Response { status: 200, allow: None, body: openapi::document(namespaces).to_string() };
        return if reading { Ok(Route::Answer(document())) } else { Err(wrong_verb("GET, HEAD")) };
    }
    let method = namespaces.find(&name).ok_or_else(|| fault(&Code::UnknownMethod.bare()))?;
    let params = match request.verb {
        "GET" | "HEAD" if method.reads => from_query(method, request.query)?,
        "POST" => from_body(method, request)?,
        _ if method.reads => return Err(wrong_verb("GET, HEAD, POST")),
        _ => return Err(wrong_verb("POST")),
    };
    Ok(Route::Call { name: name.into_owned(), params })
}

fn wrong_verb(allow: &'static str) -> Response {
    let text = format!("this path has {allow}");
    Response { status: 405, allow: Some(allow), ..error(405, Code::UnknownMethod, &text) }
}

fn from_query(method: &Method, query: &str) -> Result<Vec<Value>, Response> {
    let mut named = Vec::new();
    for (name, text) in form_pairs(query) {
        let kind = method.params.iter().find(|param| param.name == name).map(|param| param.kind);
        let value = match kind {
            Some(Kind::Int) => text.parse().map(Value::Int).ok(),
            Some(Kind::Boolean) => match text.as_str() {
                "true" | "1" => Some(true.into()),
                "false" | "0" => Some(false.into()),
                _ => None,
            },
            Some(Kind::TextOrInt) => text.parse().map(Value::Int).ok(),
            Some(Kind::Text | Kind::Version | Kind::Array | Kind::Struct) | None => None,
        };
        named.push((name, value.unwrap_or(Value::Text(text))));
    }
    in_order(method, named)
}

fn from_body(method: &Method, request: &Request<'_>) -> Result<Vec<Value>, Response> {
    let content_type = request.content_type.unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(error(415, Code::IncorrectParameters, "the content type must be application/json"));
    }
    if request.body.trim_ascii().is_empty() {
        return in_order(method, Vec::new());
    }
    let body = json::read(request.body).map_err(|why| bad(&format!("the body is not JSON: {why}")))?;
    match body {
        Value::Struct(members) => {
            in_order(method, members.into_iter().map(|(name, value)| (name.into_owned(), value)).collect())
        }
        Value::Array(params) if params.len() <= method.params.len() => {
            let named = method.params.iter().map(|param| param.name.to_owned()).zip(params);
            in_order(method, named.collect())
        }
        Value::Array(_) => Err(bad(&format!("{} takes {} parameters", method.name, method.params.len()))),
        _ => Err(bad("the body must be an object or an array")),
    }
}

/// Brings named values into order. Those that may be left out, and are, have their default.
fn in_order(method: &Method, mut named: Vec<(String, Value)>) -> Result<Vec<Value>, Response> {
    let mut params = Vec::with_capacity(method.params.len());
    for param in method.params {
        // The last one counts, as everywhere.
        let at = named.iter().rposition(|(name, _)| name == param.name);
        let value = match at.map(|at| named.swap_remove(at).1) {
            Some(value) => checked(param, value)?,
            None if param.default.is_some() => param.default.map_or(Value::Nil, Literal::value),
            None => return Err(bad(&format!("{} is missing", param.name))),
        };
        named.retain(|(name, _)| name != param.name);
        params.push(value);
    }
    match named.first() {
        Some((name, _)) => Err(bad(&format!("{} has no parameter {name}", method.name))),
        None => Ok(params),
    }
}

/// Types are strict here, except that a signal may be a number.
fn checked(param: &Param, value: Value) -> Result<Value, Response> {
    let fits = match (param.kind, &value) {
        (Kind::Text, Value::Text(_))
        | (Kind::Int, Value::Int(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Array, Value::Array(_))
        | (Kind::TextOrInt, Value::Text(_) | Value::Int(_))
        | (Kind::Struct, Value::Struct(_)) => true,
        (Kind::Text, Value::Int(_)) => param.name == "signal",
        (_, _) => false,
    };
    if fits { Ok(value) } else { Err(bad(&format!("{} must be of type {}", param.name, param.kind.name()))) }
}

fn bad(text: &str) -> Response {
    error(400, Code::IncorrectParameters, text)
}

fn error(status: u16, code: Code, text: &str) -> Response {
    let Fault { code, text } = code.with(text);
    Response { status, ..fault(&Fault { code, text }) }
}

/// What came of a call.
#[must_use]
pub fn response(answer: Answer) -> Response {
    match answer {
        Ok(value) => {
            let body = json!({ "result": json::from_value(value) }).to_string();
            Response { status: 200, allow: None, body }
        }
        Err(Refusal::Fault(why)) => fault(&why),
        Err(Refusal::Broken(exception)) => bad(&exception),
    }
}

fn fault(fault: &Fault) -> Response {
    let code = Code::from_number(fault.code);
    let name = code.map_or("UNKNOWN", Code::name);
    let body = json!({ "fault": { "code": fault.code, "name": name, "text": fault.text } }).to_string();
    Response { status: code.map_or(500, status), allow: None, body }
}

/// The status code for a fault.
fn status(code: Code) -> u16 {
    match code {
        Code::IncorrectParameters | Code::BadArguments | Code::BadSignal => 400,
        Code::UnknownMethod | Code::SignatureUnsupported | Code::BadName | Code::NoFile => 404,
        Code::AlreadyStarted | Code::NotRunning | Code::AlreadyAdded | Code::StillRunning => 409,
        Code::NotExecutable | Code::AbnormalTermination | Code::SpawnError | Code::CantReread => 422,
        Code::NotInWhitelist => 403,
        Code::ShutdownState => 503,
        Code::Failed | Code::Success => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(verb: &str, target: &str, content_type: &str, body: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let content_type = (!content_type.is_empty()).then_some(content_type);
        let request = Request { verb, path, query, content_type, body: body.as_bytes() };
        match route(&Namespaces::usual(), &request) {
            Route::Call { name, params } => format!("{name} {}", json::from_value(Value::Array(params))),
            Route::Answer(Response { status, allow: Some(allow), .. }) => format!("{status} {allow}"),
            Route::Answer(Response { status, body, .. }) => format!("{status} {body}"),
        }
    }

    fn posted(method: &str, body: &str) -> String {
        told("POST", &format!("{PREFIX}supervisor.{method}"), "application/json; charset=utf-8", body)
    }

    fn wrong(text: &str) -> String {
        format!(
            r#"400 {{"fault":{{"code":2,"name":"INCORRECT_PARAMETERS","text":"INCORRECT_PARAMETERS: {text}"}}}}"#
        )
    }

    #[test]
    fn parameters_come_by_name_or_by_position() {
        let whole = r#"supervisor.startProcess ["x",true]"#;
        for body in [r#"{"name":"x"}"#, r#"{"wait":true,"name":"x"}"#, r#"["x"]"#, r#" ["x", true] "#] {
            assert_eq!(posted("startProcess", body), whole);
        }
        assert_eq!(posted("startProcess", r#"["x",false]"#), r#"supervisor.startProcess ["x",false]"#);
        assert_eq!(posted("signalProcess", r#"["x",9]"#), r#"supervisor.signalProcess ["x",9]"#);
        assert_eq!(posted("shutdown", ""), "supervisor.shutdown []");
    }

    #[test]
    fn parameters_that_do_not_fit() {
        assert_eq!(posted("startProcess", "{}"), wrong("name is missing"));
        assert_eq!(posted("startProcess", "[5]"), wrong("name must be of type string"));
        assert_eq!(posted("startProcess", r#"["x",1]"#), wrong("wait must be of type boolean"));
        assert_eq!(posted("startProcess", r#"["x",true,1]"#), wrong("startProcess takes 2 parameters"));
        assert_eq!(posted("startProcess", r#"{"name":"x","z":1}"#), wrong("startProcess has no parameter z"));
        assert_eq!(posted("startProcess", "5"), wrong("the body must be an object or an array"));
        assert!(posted("startProcess", "{").contains("the body is not JSON"));
        assert!(posted("startProcess", &"[".repeat(100_000)).contains("the body is not JSON"));
    }

    #[test]
    fn a_method_that_reads_has_a_query() {
        let read =
            |query: &str| told("GET", &format!("{PREFIX}supervisor.readProcessStdoutLog?{query}"), "", "");
        let expected = r#"supervisor.readProcessStdoutLog ["web:a",-5,0]"#;
        assert_eq!(read("name=web%3Aa&offset=-5&length=0"), expected);
        assert_eq!(read("name=x&name=web:a&offset=-5&length=0"), expected);
        assert_eq!(read("name=x&offset=y&length=0"), wrong("offset must be of type int"));
        assert_eq!(told("HEAD", "/api/v1/supervisor.getState", "", ""), "supervisor.getState []");
    }

    #[test]
    fn verbs_types_and_paths() {
        assert_eq!(told("GET", "/api/v1/supervisor.shutdown", "", ""), "405 POST");
        assert_eq!(told("PUT", "/api/v1/supervisor.getState", "", ""), "405 GET, HEAD, POST");
        assert_eq!(told("POST", "/api/v1/openapi.json", "", ""), "405 GET, HEAD");
        for content_type in ["", "text/plain", "application/x-www-form-urlencoded"] {
            assert!(told("POST", "/api/v1/supervisor.shutdown", content_type, "").starts_with("415 "));
        }
        for path in ["", "x", "supervisor.x", "supervisor._update", "openapi.json/"] {
            assert!(told("GET", &format!("{PREFIX}{path}"), "", "").starts_with("404 "), "{path}");
        }
        assert!(told("GET", "/api/v1/openapi.json", "", "").starts_with("200 {"));
    }

    #[test]
    fn answers() {
        let good = response(Ok(Value::record([("a", 1.into())])));
        assert_eq!((good.status, good.body.as_str()), (200, r#"{"result":{"a":1}}"#));
        let bad = response(Err(Code::BadName.with("x").into()));
        let body = r#"{"fault":{"code":10,"name":"BAD_NAME","text":"BAD_NAME: x"}}"#;
        assert_eq!((bad.status, bad.body.as_str()), (404, body));
        assert_eq!(response(Err(Code::ShutdownState.bare().into())).status, 503);
        assert_eq!(response(Err(Refusal::Broken("<class 'x'>:y".to_owned()))).status, 400);
        for code in Code::ALL {
            assert!(status(code) >= 400);
        }
    }
}
