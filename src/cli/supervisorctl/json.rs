//! `status --json` and `avail --json`: what the daemon's own calls answer, as one JSON array. Ours; the original has no
//! output for programs.

use crate::cli::supervisorctl::names::Info;
use crate::wire::json::from_value;
use crate::wire::xmlrpc::Value;

/// The structs of `getAllProcessInfo` for these processes.
pub(super) fn processes(infos: &[&Info]) -> String {
    value(Value::Array(infos.iter().map(|info| info.all.clone()).collect()))
}

/// Any result.
pub(super) fn value(value: Value) -> String {
    format!("{:#}", from_value(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_of_objects() {
        let info = Info::new(Value::record([("name", "a".into()), ("pid", 1.into())]));
        let read: serde_json::Value = serde_json::from_str(&processes(&[&info])).unwrap();
        assert_eq!(read, serde_json::json!([{"name": "a", "pid": 1}]));
        assert_eq!(processes(&[]), "[]");
    }
}
