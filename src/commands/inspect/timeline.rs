//! Draws the lifetime of a token as a line: its start, its end, and the current time between them.

use super::describe::format_instant;
use crate::crypto::json::Object;

/// The width of the line, in columns.
const WIDTH: usize = 28;

/// Returns the line; `None` if the claims do not contain both times, or the start is not before the end.
pub(super) fn draw_timeline(claims: &Object, now: i64) -> Option<String> {
    let time = |name: &str| claims.get(name)?.as_f64();
    let (iat, nbf, exp) = (time("iat"), time("nbf"), time("exp")?);
    let start = iat.or(nbf)?;
    if exp <= start {
        return None;
    }
    let (from, until) = (format_instant(start)?, format_instant(exp)?);
    let now = now as f64;
    let place = |at: f64| ((at - start) / (exp - start) * WIDTH as f64) as usize;
    let gone = place(now.clamp(start, exp));
    let mut bar: Vec<u8> = (0..WIDTH).map(|at| if at < gone { b'=' } else { b'-' }).collect();
    if let Some(nbf) = nbf.filter(|nbf| start < *nbf && *nbf < exp) {
        bar[place(nbf).min(WIDTH - 1)] = b'|';
    }
    if (start..exp).contains(&now) {
        bar[gone.min(WIDTH - 1)] = b'>';
    }
    let bar = String::from_utf8_lossy(&bar).into_owned();
    Some(match () {
        () if now < start => format!("now > {from} [{bar}] {until}"),
        () if now >= exp => format!("{from} [{bar}] {until} < now"),
        () => format!("{from} [{bar}] {until}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_marked_at_its_position() {
        let line = |claims: &str, now: i64| {
            draw_timeline(
                &crate::crypto::json::parse_object(claims.as_bytes()).unwrap(),
                now,
            )
        };
        let claims = r#"{"iat":0,"nbf":14,"exp":28}"#;
        for (now, text) in [
            (
                -5,
                "now > 1970-01-01T00:00:00Z [--------------|-------------] 1970-01-01T00:00:28Z",
            ),
            (
                0,
                "1970-01-01T00:00:00Z [>-------------|-------------] 1970-01-01T00:00:28Z",
            ),
            (
                27,
                "1970-01-01T00:00:00Z [==============|============>] 1970-01-01T00:00:28Z",
            ),
            (
                28,
                "1970-01-01T00:00:00Z [==============|=============] 1970-01-01T00:00:28Z < now",
            ),
        ] {
            assert_eq!(line(claims, now).as_deref(), Some(text));
        }
        for claims in [
            "{}",
            r#"{"exp":5}"#,
            r#"{"iat":5,"exp":5}"#,
            r#"{"iat":0,"exp":1e300}"#,
        ] {
            assert_eq!(line(claims, 0), None, "{claims}");
        }
    }
}
