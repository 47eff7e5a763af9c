//! What a listener says: the same tokens however its output is cut, and no more kept than is allowed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::listener::{Expected, LONGEST_LINE, LONGEST_RESULT, Token, Tokens};
use onevisor_fuzz::stream_and_pieces;

fuzz_target!(|input: &[u8]| {
    let Some((&kind, rest)) = input.split_first() else { return };
    let begin = match kind % 4 {
        0 => Expected::Ready,
        1 => Expected::Nothing,
        2 => Expected::Result,
        _ => Expected::Anything,
    };
    let (stream, pieces) = stream_and_pieces(rest);
    let whole = Tokens::default().feed(begin, stream);
    let (mut tokens, mut said, mut expected) = (Tokens::default(), Vec::new(), begin);
    for piece in pieces {
        for token in tokens.feed(expected, piece) {
            expected = token.then();
            said.push(token);
        }
    }
    assert_eq!(said, whole);
    let mut expected = begin;
    for (at, token) in whole.iter().enumerate() {
        match (token, expected) {
            (Token::Ready, Expected::Ready) => {}
            (Token::Result(result), Expected::Result) => assert!(result.len() <= LONGEST_RESULT),
            (Token::BadResult(line), Expected::Result) => {
                assert!(line.len() <= LONGEST_LINE && !line.contains(&b'\n'));
            }
            (Token::OutOfTurn, Expected::Ready | Expected::Nothing) => {}
            odd => panic!("{odd:?}"),
        }
        // Nobody listens to what follows a breach.
        let is_breach = matches!(token, Token::OutOfTurn | Token::BadResult(_));
        assert!(!is_breach || at + 1 == whole.len());
        expected = token.then();
    }
});
