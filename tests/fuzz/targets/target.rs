//! Percent encoding and form fields: what is written as Python writes it is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::http::{form_pairs, percent_decode};

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let decoded = percent_decode(&text);
    assert!(decoded.chars().count() <= text.chars().count());
    assert!(text.contains('%') || decoded == text);
    assert_eq!(percent_decode(&encode(&text)), text);

    let pairs: Vec<(String, String)> = form_pairs(&text).collect();
    assert!(pairs.len() <= text.matches('&').count() + 1);
    assert!(pairs.iter().all(|(_, value)| !value.is_empty()));
    let again: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    assert_eq!(form_pairs(&again.join("&")).collect::<Vec<_>>(), pairs);
});
