//! The description of the JSON interface, made from the table of methods: an OpenAPI 3.1 document.

use crate::api::Namespaces;
use crate::api::json::PREFIX;
use crate::api::methods::daemon::API_VERSION;
use crate::api::table::{Kind, Literal, Method, Param};
use serde_json::{Map, Value as Json, json};

/// The document that `/api/v1/openapi.json` shows.
#[must_use]
pub fn document(namespaces: &Namespaces) -> Json {
    let mut paths = Map::new();
    for (name, method) in namespaces.methods() {
        let mut item = Map::new();
        item.insert("post".to_owned(), post(&name, method));
        if method.reads {
            item.insert("get".to_owned(), get(&name, method));
        }
        paths.insert(format!("{PREFIX}{name}"), Json::Object(item));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "onevisor",
            "version": API_VERSION,
            "description": "Every method of Supervisor's XML-RPC interface, as JSON.",
        },
        "paths": paths,
        "components": {
            "schemas": { "Fault": fault_schema() },
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
        },
        "security": [{ "basic": [] }, {}],
    })
}

fn post(name: &str, method: &Method) -> Json {
    let mut operation = operation(&format!("post.{name}"), method);
    if !method.params.is_empty() {
        let named: Map<String, Json> =
            method.params.iter().map(|param| (param.name.to_owned(), schema(param))).collect();
        let required: Vec<&str> =
            method.params.iter().filter(|param| param.default.is_none()).map(|param| param.name).collect();
        let object = json!({
            "type": "object", "properties": named, "required": required, "additionalProperties": false,
        });
        let array = json!({
            "type": "array", "prefixItems": method.params.iter().map(schema).collect::<Vec<_>>(),
            "minItems": method.required(), "maxItems": method.params.len(),
        });
        let content = json!({ "application/json": { "schema": { "anyOf": [object, array] } } });
        let body = json!({ "required": method.required() > 0, "content": content });
        operation.insert("requestBody".to_owned(), body);
    }
    Json::Object(operation)
}

fn get(name: &str, method: &Method) -> Json {
    let mut operation = operation(&format!("get.{name}"), method);
    let params: Vec<Json> = method
        .params
        .iter()
        .map(|param| {
            json!({
                "name": param.name, "in": "query", "required": param.default.is_none(), "description": param.help,
                "schema": schema(param),
            })
        })
        .collect();
    operation.insert("parameters".to_owned(), Json::Array(params));
    Json::Object(operation)
}

/// What both verbs share.
fn operation(id: &str, method: &Method) -> Map<String, Json> {
    let result = json!({
        "type": "object", "required": ["result"], "properties": { "result": kind_schema(method.returns.kind) },
    });
    let fault = json!({ "$ref": "#/components/schemas/Fault" });
    let responses = json!({
        "200": { "description": "The result.", "content": { "application/json": { "schema": result } } },
        "default": { "description": "A fault.", "content": { "application/json": { "schema": fault } } },
    });
    Map::from_iter([
        ("operationId".to_owned(), id.into()),
        ("summary".to_owned(), method.help.into()),
        ("responses".to_owned(), responses),
    ])
}

fn schema(param: &Param) -> Json {
    let mut schema = kind_schema(param.kind);
    if let Json::Object(members) = &mut schema {
        members.insert("description".to_owned(), param.help.into());
        if let Some(default) = param.default {
            let default = match default {
                Literal::True => true.into(),
                Literal::Text(text) => text.into(),
            };
            members.insert("default".to_owned(), default);
        }
        if param.name == "signal" {
            members.insert("type".to_owned(), json!(["string", "integer"]));
        }
    }
    schema
}

fn kind_schema(kind: Kind) -> Json {
    match kind {
        Kind::Text | Kind::Version => json!({ "type": "string" }),
        Kind::TextOrInt => json!({ "type": ["string", "integer"] }),
        Kind::Int => json!({ "type": "integer" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Array => json!({ "type": "array" }),
        Kind::Struct => json!({ "type": "object" }),
    }
}

fn fault_schema() -> Json {
    json!({
        "type": "object",
        "required": ["fault"],
        "properties": {
            "fault": {
                "type": "object",
                "required": ["code", "name", "text"],
                "properties": {
                    "code": { "type": "integer" },
                    "name": { "type": "string" },
                    "text": { "type": "string" },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_described() {
        let document = document(&Namespaces::usual());
        let paths = document["paths"].as_object().expect("paths");
        assert_eq!(paths.len(), 41);
        let start = &paths["/api/v1/supervisor.startProcess"];
        assert!(start.get("get").is_none());
        let object = &start["post"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"][0];
        assert_eq!(object["required"], json!(["name"]));
        assert_eq!(object["properties"]["wait"]["default"], json!(true));
        let read = &paths["/api/v1/supervisor.readLog"]["get"];
        assert_eq!(read["parameters"][1]["name"], json!("length"));
        assert_eq!(
            read["responses"]["200"]["content"]["application/json"]["schema"]["required"],
            json!(["result"])
        );
    }
}
