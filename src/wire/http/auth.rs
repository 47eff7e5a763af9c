//! Basic authentication.

use crate::wire::base64;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// What a server knows of a password.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// The password itself.
    Clear(&'a str),
    /// Its SHA-1 in lower-case hexadecimal digits, what stands behind `{SHA}` in the configuration.
    Sha1(&'a str),
}

/// What a client may expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in.
    Granted,
    /// 401: no credentials, wrong ones, or of another scheme.
    Denied,
    /// 400: credentials that cannot be read.
    Malformed,
}

/// Judges the value of an `Authorization` header.
///
/// As `supervisor/medusa/auth_handler.py`, except that credentials without a colon are [`Verdict::Malformed`] (the original
/// answers 500). Names and passwords are compared in constant time.
#[must_use]
pub fn judge(authorization: Option<&str>, username: &str, secret: Secret<'_>) -> Verdict {
    let Some((scheme, credentials)) = authorization.and_then(|value| value.split_once(' ')) else {
        return Verdict::Denied;
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Verdict::Denied;
    }
    let decoded = base64::decode(credentials.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((name, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return Verdict::Malformed;
    };
    let right_name = name.as_bytes().ct_eq(username.as_bytes());
    let right_password = match secret {
        Secret::Clear(known) => password.as_bytes().ct_eq(known.as_bytes()),
        Secret::Sha1(known) => {
            hexadecimal(&Sha1::digest(password.as_bytes())).as_bytes().ct_eq(known.as_bytes())
        }
    };
    if bool::from(right_name & right_password) { Verdict::Granted } else { Verdict::Denied }
}

/// The value of an `Authorization` header for a client to send.
#[must_use]
pub fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", base64::encode(format!("{username}:{password}").as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(value: &str) -> Verdict {
        judge(Some(value), "user", Secret::Clear("pa:ss"))
    }

    #[test]
    fn the_right_ones_get_in() {
        assert_eq!(clear(&basic("user", "pa:ss")), Verdict::Granted);
        assert_eq!(clear("basic dXNlcjpwYTpzcw=="), Verdict::Granted);
        // The original skips what is not of the alphabet.
        assert_eq!(clear("Basic  !dXNlcjpwYTpzcw==-"), Verdict::Granted);
        let secret = Secret::Sha1("5f244b69321bfd609da3c0ae59ce7c80f54797af");
        assert_eq!(judge(Some(&basic("user", "pa:ss")), "user", secret), Verdict::Granted);
        assert_eq!(judge(Some(&basic("user", "")), "user", secret), Verdict::Denied);
        let empty = Secret::Sha1("da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(judge(Some(&basic("user", "")), "user", empty), Verdict::Granted);
        let upper = Secret::Sha1("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
        assert_eq!(judge(Some(&basic("user", "")), "user", upper), Verdict::Denied);
    }

    #[test]
    fn the_wrong_ones_do_not() {
        assert_eq!(judge(None, "user", Secret::Clear("")), Verdict::Denied);
        let wrong = [basic("user", "pa:s"), basic("user", "pa"), basic("User", "pa:ss"), basic("", "")];
        for value in wrong.iter().map(String::as_str).chain(["Basic", "Digest abc", "", " ", "Bearer x"]) {
            assert_eq!(clear(value), Verdict::Denied, "{value:?}");
        }
    }

    #[test]
    fn the_unreadable_ones_are_told() {
        for value in
            ["Basic a", "Basic !!!", "Basic dXNlcg==", "Basic /zp4", "Basic dXNlcjpwYTpzcw", "Basic "]
        {
            assert_eq!(clear(value), Verdict::Malformed, "{value:?}");
        }
    }
}
