//! Whatever our server writes, our client reads: status, header, body, and whether the connection may be used again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::http::{Exchange, Reader, Response, Version, chunked, date};

fuzz_target!(|input: &[u8]| {
    let Some((&[kind, high, low], rest)) = input.split_first_chunk::<3>() else { return };
    let (mut rest, status) = (rest, u16::from_be_bytes([high, low]) % 800 + 200);
    let value = String::from_utf8_lossy(onevisor_fuzz::part(&mut rest, b'\n')).into_owned();
    let (body, pieces) = onevisor_fuzz::stream_and_pieces(rest);
    let exchange = Exchange {
        version: if kind & 1 == 0 { Version::Http11 } else { Version::Http10 },
        keep_alive: kind & 2 == 0,
        head_only: kind & 4 != 0,
    };
    let streams = kind & 8 != 0;
    let response = Response::new(status).with("Location", value.clone());
    let response = if streams { response.with_stream() } else { response.with_body(body.to_vec()) };
    let bodiless = exchange.head_only || matches!(status, 204 | 304);

    let mut out = Vec::new();
    let delivery = response.write(exchange, &date::format(0), &mut out);
    if streams && !bodiless {
        for piece in &pieces {
            if delivery.chunked { chunked::write(piece, &mut out) } else { out.extend_from_slice(piece) }
        }
        if delivery.chunked {
            out.extend_from_slice(chunked::END);
        }
    }

    let (mut reader, mut got) = (Reader::new(exchange.head_only), Vec::new());
    for piece in out.chunks(usize::from(low) + 1) {
        reader.feed(piece, &mut got).expect("our own answer is HTTP");
    }
    let head = reader.head().cloned().expect("a head");
    assert_eq!(head.status, status);
    let shown: String = value.chars().map(|c| if c < ' ' || c == '\u{7f}' { ' ' } else { c }).collect();
    assert_eq!(head.header("location"), Some(shown.trim_matches(' ')));
    assert_eq!(got, if bodiless { &[] } else { body });
    let until_end = streams && !delivery.chunked && !bodiless;
    assert_eq!(reader.is_done(), !until_end);
    // Who has asked for the end of the connection is not told of it.
    if exchange.keep_alive || exchange.version == Version::Http10 {
        assert_eq!(reader.is_reusable(), !delivery.close);
    }
    assert_eq!(reader.finish(), Ok(()));
});
