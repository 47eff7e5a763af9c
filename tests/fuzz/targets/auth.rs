//! Passwords: who is let in has the right one, and who has it is let in, as text and as a hash.
#![no_main]

use base64::Engine;
use libfuzzer_sys::fuzz_target;
use onevisor::wire::base64 as ours;
use onevisor::wire::http::auth::{Secret, Verdict, basic, judge};

/// Of `word`.
const HASH: &str = "3cbcd90adc4b192a87a625850b7f231caddf0eb3";

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let clear = judge(Some(&text), "user", Secret::Clear("word"));
    assert_eq!(judge(Some(&text), "user", Secret::Sha1(HASH)), clear);
    if clear == Verdict::Granted {
        // Whatever is not of the alphabet is skipped, so the rest must be the one right text.
        let letters: String = text
            .split_once(' ')
            .map_or("", |(_, rest)| rest)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        assert!(letters.starts_with("dXNlcjp3b3Jk"), "{text:?}");
    }
    let (name, word) = text.split_once('\n').unwrap_or((&text, ""));
    if !name.contains(':') {
        assert_eq!(judge(Some(&basic(name, word)), name, Secret::Clear(word)), Verdict::Granted);
        assert_eq!(
            judge(Some(&basic(name, word)), name, Secret::Clear(&format!("{word}x"))),
            Verdict::Denied
        );
    }
    assert_eq!(ours::decode(ours::encode(input).as_bytes()).as_deref(), Some(input));
    if let Ok(strict) = base64::engine::general_purpose::STANDARD.decode(input) {
        assert_eq!(ours::decode(input), Some(strict));
    }
});
