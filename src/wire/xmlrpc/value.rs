//! What XML-RPC can say: one value, and the fault that stands in the place of one.

use std::borrow::Cow;

/// One value, as a parameter, as a result or inside of another.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing: `<nil/>`, which the original reads but never writes.
    #[default]
    Nil,
    /// A whole number. Reads any that fits; only −2³¹ to 2³¹−1 can be written, see [`Value::capped`].
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A floating point number, infinities and NaN included.
    Double(f64),
    /// Text; `<base64>` too, since the original turns that into text at once.
    Text(String),
    /// A local time `YYYYMMDDTHH:MM:SS`, checked when read.
    DateTime(String),
    /// A list.
    Array(Vec<Value>),
    /// Named members in the order in which they were written; no name twice.
    Struct(Vec<(Cow<'static, str>, Value)>),
}

/// What a server answers instead of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which fault, for programs.
    pub code: i32,
    /// Which fault, for people.
    pub text: String,
}

impl Value {
    /// A number forced into the range that can be written, as `capped_int` of the original does with times.
    #[must_use]
    pub fn capped(number: i64) -> Self {
        Self::Int(number.clamp(i32::MIN.into(), i32::MAX.into()))
    }

    /// A struct of these members. The caller gives no name twice, and none that needs to be escaped.
    #[must_use]
    pub fn record<const N: usize>(members: [(&'static str, Value); N]) -> Self {
        Self::Struct(members.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
    }

    /// The member of that name, if this is a struct that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Struct(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is a whole one. A truth value is none.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The items, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items)
    }
}
