//! `rotate --status`: a table of the keys, and their lifetimes on one axis.

use super::rotate_report::{Row, describe_time};
use crate::cli::time::Duration;
use crate::output::styled_text::{Style, StyledText};
use crate::rotation::{KeyLifetime, Policy, State, key_states};

/// The minimum width of the column of key IDs: the prefix that --revoke needs, and two dots.
const MIN_KID_WIDTH: usize = 8;
/// The width of a date and the space after it.
const DATE: usize = 11;

/// Draws the table and the axis for a terminal of this width, in columns. If the table does not fit, key IDs are shortened,
/// and then the date of creation is omitted.
pub fn draw_timeline(rows: &[Row], policy: &Policy, now: i64, width: usize) -> StyledText {
    let mut page = StyledText::default();
    let has_successor = rows.iter().any(|row| row.state == State::Pending);
    let next: Vec<String> =
        rows.iter().map(|row| next_action(row, policy, now, has_successor)).collect();
    let widest = |texts: &mut dyn Iterator<Item = &str>, least: usize| {
        let widths = texts.map(|text| text.chars().count());
        widths.fold(least, usize::max)
    };
    let alg_width = widest(&mut rows.iter().map(|row| row.alg.unwrap_or("-")), 9);
    let next_width = widest(&mut next.iter().map(String::as_str), 4);
    // The widths of the other columns with their spaces: state, algorithm, two dates, and next action.
    let others = 9 + 1 + alg_width + 1 + 2 * DATE + next_width;
    let columns = width.saturating_sub(others);
    let has_created = columns >= MIN_KID_WIDTH + DATE;
    let columns = columns.saturating_sub(if has_created { DATE } else { 0 });
    let kid_width = widest(&mut rows.iter().map(row_name), 6).min(columns.max(MIN_KID_WIDTH));
    let created = |text: &str| {
        if has_created {
            format!("{text:<10} ")
        } else {
            String::new()
        }
    };
    page.add_plain(
        Style::Dim,
        format!(
            "{:<9}{:<kid_width$} {:<alg_width$} {}{:<10} {:<10} NEXT",
            "STATE",
            "KID",
            "ALG",
            created("CREATED"),
            "ACTIVE",
            "UNTIL"
        ),
    );
    for (row, next) in rows.iter().zip(&next) {
        let date = |time: Option<i64>| time.map_or("-".to_owned(), format_date);
        let until = row.lifetime.revoked_at.or(row.lifetime.exp);
        let rest = format!(
            "{:<alg_width$} {}{:<10} {:<10} {next}",
            row.alg.unwrap_or("-"),
            created(&date(row.lifetime.iat)),
            date(row.lifetime.nbf),
            date(until),
        );
        page.add_line([
            (state_style(row.state), format!("{:<9}", row.state.name())),
            (
                Style::Strong,
                format!("{:<kid_width$} ", truncate(row_name(row), kid_width)),
            ),
            (Style::Plain, rest),
        ]);
    }
    if !rows.is_empty() {
        page.add_plain(Style::Plain, "");
        draw_axis(rows, policy, now, width, kid_width, &mut page);
    }
    page
}

/// Draws a bar for each key below an axis with the first and last date and the current time.
fn draw_axis(
    rows: &[Row],
    policy: &Policy,
    now: i64,
    width: usize,
    kid_width: usize,
    page: &mut StyledText,
) {
    let lifetimes: Vec<KeyLifetime> = rows.iter().map(|row| row.lifetime.clone()).collect();
    let born = |lifetime: &KeyLifetime| lifetime.iat.or(lifetime.nbf);
    let ends = |lifetime: &KeyLifetime| {
        let planned = lifetime.nbf.map(|nbf| nbf.saturating_add(policy.every));
        lifetime.revoked_at.or(lifetime.exp).or(planned)
    };
    let from = lifetimes.iter().filter_map(born).fold(now, i64::min);
    let to = lifetimes.iter().filter_map(ends).fold(now, i64::max);
    let columns = width.saturating_sub(kid_width + 2).max(24);
    let span = i128::from(to) - i128::from(from);
    let at = |column: usize| {
        let passed = span * column as i128 / (columns as i128 - 1);
        i64::try_from(i128::from(from) + passed).unwrap_or(i64::MAX)
    };
    let instants: Vec<(i64, Vec<State>)> =
        (0..columns).map(at).map(|time| (time, key_states(&lifetimes, time))).collect();
    let here = instants.iter().rposition(|(time, _)| *time <= now).unwrap_or(0);
    let indent = " ".repeat(kid_width + 1);
    page.add_plain(
        Style::Dim,
        format!("{indent}{}", format_axis_dates(from, to, columns)),
    );
    page.add_plain(Style::Dim, format!("{indent}{}v now", " ".repeat(here)));
    for (place, row) in rows.iter().enumerate() {
        let mut pieces = vec![(
            Style::Strong,
            format!("{:<kid_width$} ", truncate(row_name(row), kid_width)),
        )];
        for (time, states) in &instants {
            let is_before = born(&row.lifetime).is_some_and(|born| *time < born);
            let is_after = ends(&row.lifetime)
                .is_some_and(|end| *time >= end && end > now.min(end))
                && row.lifetime.revoked_at.is_some_and(|revoked| *time >= revoked);
            // A revoked key was in use until it was revoked.
            let state = match (states[place], row.lifetime.revoked_at) {
                (State::Revoked, Some(revoked)) if *time < revoked => {
                    state_before(&row.lifetime, *time)
                }
                (state, _) => state,
            };
            let (style, mark) = match state {
                _ if is_before || is_after => (Style::Plain, ' '),
                State::Pending => (Style::Dim, '.'),
                State::Active => (Style::Good, '#'),
                State::Retiring => (Style::Warn, '-'),
                State::Revoked | State::Expired => (Style::Plain, ' '),
            };
            match pieces.last_mut() {
                Some((last, text)) if *last == style => text.push(mark),
                _ => pieces.push((style, mark.to_string())),
            }
        }
        page.add_line(pieces);
    }
    page.add_line([
        (Style::Plain, indent),
        (Style::Dim, ". pending  ".into()),
        (Style::Good, "# active  ".into()),
        (Style::Warn, "- retiring".into()),
    ]);
}

/// Returns the state of a key before it was revoked, according to its own times.
fn state_before(lifetime: &KeyLifetime, time: i64) -> State {
    match (lifetime.nbf, lifetime.exp) {
        (_, Some(exp)) if time >= exp => State::Expired,
        (Some(nbf), _) if time < nbf => State::Pending,
        _ => State::Active,
    }
}

/// Returns what happens to a key next, and when.
fn next_action(row: &Row, policy: &Policy, now: i64, has_successor: bool) -> String {
    let distance = |time: i64| match time.saturating_sub(now) {
        left if left > 0 => format!("in {}", Duration(left.unsigned_abs())),
        _ => "now".into(),
    };
    match (row.state, row.lifetime.nbf, row.lifetime.exp) {
        (State::Pending, Some(nbf), _) => format!("active {}", distance(nbf)),
        (State::Pending, None, _) => "not served yet".into(),
        (State::Active, _, Some(exp)) if has_successor => format!("removed {}", distance(exp)),
        (State::Active, Some(nbf), _) if !has_successor => {
            let due = nbf.saturating_add(policy.every).saturating_sub(policy.lead);
            format!("successor {}", distance(due))
        }
        (State::Retiring | State::Expired, _, Some(exp)) => format!("removed {}", distance(exp)),
        _ => "-".into(),
    }
}

fn state_style(state: State) -> Style {
    match state {
        State::Active => Style::Good,
        State::Pending => Style::Dim,
        State::Retiring => Style::Warn,
        State::Revoked | State::Expired => Style::Bad,
    }
}

fn row_name(row: &Row) -> &str {
    row.kid.as_deref().unwrap_or("(no kid)")
}

/// Shortens a text to this width, with `..` at its end.
pub(super) fn truncate(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.into();
    }
    let kept: String = text.chars().take(width.saturating_sub(2)).collect();
    format!("{kept}..")
}

/// Returns the date of a time.
fn format_date(time: i64) -> String {
    let text = describe_time(time, time);
    text.chars().take(10).collect()
}

/// Returns the first and the last date of the axis, at its ends.
fn format_axis_dates(from: i64, to: i64, columns: usize) -> String {
    let (from, to) = (format_date(from), format_date(to));
    let gap = columns.saturating_sub(from.len() + to.len()).max(1);
    format!("{from}{}{to}", " ".repeat(gap))
}
