//! Parses TIME and DURATION.

use std::fmt;
use std::str::FromStr;

/// A duration in seconds: `90s`, `15m`, `12h`, `30d`, `2w`, or several of them (`1h30m`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration(pub u64);

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Duration, String> {
        let wrong = || "is not a duration; use 90s, 15m, 12h, 30d or 1h30m".to_owned();
        let mut total: u64 = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let number: u64 = rest[..end].parse().map_err(|_| wrong())?;
            let unit = match rest.as_bytes()[end] {
                b's' => 1,
                b'm' => 60,
                b'h' => 3600,
                b'd' => 86_400,
                b'w' => 604_800,
                b'y' => 365 * 86_400,
                _ => return Err(wrong()),
            };
            total = number
                .checked_mul(unit)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(wrong)?;
            rest = &rest[end + 1..];
        }
        // RFC 3339 has no dates after the year 9999.
        if text.is_empty() || total > 253_402_300_799 {
            return Err(wrong());
        }
        Ok(Duration(total))
    }
}

/// Parses a tolerance for clock differences: a [`Duration`], or a number of seconds.
///
/// # Errors
/// If the text is neither.
pub fn parse_leeway(text: &str) -> Result<Duration, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{text}s").parse();
    }
    text.parse()
}

impl fmt::Display for Duration {
    /// Writes the two largest units; the rest is cut off.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut parts = 0;
        for (unit, seconds) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
            let count = rest / seconds;
            rest %= seconds;
            if count > 0 && parts < 2 {
                write!(f, "{count}{unit}")?;
            }
            // The unit after the largest one counts even if it is zero: 86,405 s are 1d, not 1d5s.
            parts += u8::from(count > 0 || parts > 0);
        }
        if self.0 == 0 {
            f.write_str("0s")
        } else {
            Ok(())
        }
    }
}

/// A point in time: RFC 3339, Unix seconds, or relative to now (`+15m`, `-1h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Unix seconds.
    At(i64),
    /// Seconds from now.
    FromNow(i64),
}

impl Time {
    /// Returns the time in Unix seconds.
    pub fn resolve(self, now: i64) -> i64 {
        match self {
            Time::At(at) => at,
            Time::FromNow(offset) => now.saturating_add(offset),
        }
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Time, String> {
        if let Some(offset) = text.strip_prefix('+') {
            return Ok(Time::FromNow(offset.parse::<Duration>()?.0 as i64));
        }
        if let Some(offset) = text.strip_prefix('-') {
            return Ok(Time::FromNow(-(offset.parse::<Duration>()?.0 as i64)));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(at) = text.parse()
            && at <= 253_402_300_799
        {
            return Ok(Time::At(at));
        }
        // A date without a time means midnight in UTC.
        let midnight = format!("{text}T00:00:00Z");
        if text.len() == "2030-01-31".len()
            && let Ok(at) = midnight.parse::<jiff::Timestamp>()
        {
            return Ok(Time::At(at.as_second()));
        }
        text.parse::<jiff::Timestamp>()
            .map(|at| Time::At(at.as_second()))
            .map_err(|_| {
                "is not a time; use RFC 3339 (2030-01-31T12:00:00Z), a date, Unix seconds, +15m or -1h".into()
            })
    }
}

/// An end time: a [`Time`], or a [`Duration`] from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End(pub Time);

impl FromStr for End {
    type Err = String;

    fn from_str(text: &str) -> Result<End, String> {
        match text.parse::<Duration>() {
            Ok(duration) => Ok(End(Time::FromNow(duration.0 as i64))),
            Err(_) => text.parse().map(End),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_parsed() {
        assert_eq!("1h30m".parse(), Ok(Duration(5400)));
        for (seconds, shown) in [
            (0, "0s"),
            (5400, "1h30m"),
            (86_405, "1d"),
            (2_592_000, "30d"),
        ] {
            assert_eq!(Duration(seconds).to_string(), shown);
        }
        for wrong in [
            "",
            "15",
            "m",
            "-5m",
            "1.5h",
            "5 m",
            "99999999999999999999s",
            "5x",
            "5é",
        ] {
            assert!(wrong.parse::<Duration>().is_err(), "{wrong}");
        }
        assert_eq!("1970-01-01T00:01:00Z".parse(), Ok(Time::At(60)));
        assert_eq!("1700000000".parse(), Ok(Time::At(1_700_000_000)));
        assert_eq!("-1h".parse::<Time>().unwrap().resolve(3600), 0);
        assert_eq!("1970-01-02".parse(), Ok(Time::At(86_400)));
        assert_eq!("15m".parse(), Ok(End(Time::FromNow(900))));
        for wrong in [
            "",
            "15m",
            "now",
            "2030-01-32",
            "99999999999999999999",
            "+-5m",
        ] {
            assert!(wrong.parse::<Time>().is_err(), "{wrong}");
        }
    }
}
