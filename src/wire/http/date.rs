//! Dates in headers. The clock is the caller's.

use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

/// `Sun, 06 Nov 1994 08:49:37 GMT` for seconds since 1970; what does not fit a calendar becomes its start or its end.
#[must_use]
pub fn format(seconds: i64) -> String {
    let edge = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let timestamp = Timestamp::from_second(seconds).unwrap_or(edge);
    DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).unwrap_or_default()
}

/// Whether a file that was changed at `modified` (seconds since 1970) is what the client has, going by the value of
/// `If-Modified-Since`. The day of the week and what stands behind a semicolon (a length, in ancient clients) are not
/// looked at.
#[must_use]
pub fn not_modified(if_modified_since: &str, modified: i64) -> bool {
    let date = if_modified_since.split(';').next().unwrap_or_default().trim();
    let parser = DateTimeParser::new().relaxed_weekday(true);
    parser.parse_timestamp(date).is_ok_and(|since| modified <= since.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_the_original_writes_them() {
        assert_eq!(format(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(format(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(format(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
        assert!(format(i64::MAX).contains("9999"));
        let _ = format(i64::MIN);
    }

    #[test]
    fn conditional_requests() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert!(not_modified(date, 784_111_777));
        assert!(!not_modified(date, 784_111_778));
        assert!(not_modified("Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777));
        assert!(not_modified(&format!("{date}; length=12"), 0));
        for other in ["", "yesterday", ";", "Sun, 66 Nov 1994 08:49:37 GMT"] {
            assert!(!not_modified(other, 0), "{other:?}");
        }
    }
}
