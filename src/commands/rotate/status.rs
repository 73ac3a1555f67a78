//! The life of every key, drawn on one axis of time.

use super::report::{Row, when};
use crate::rotation::{Life, Policy, State, states};

/// How many characters the axis has.
const WIDTH: usize = 60;

/// One axis for all keys, and under each what it says in words.
///
/// What a key will be is told by the same states as what it is: this is what happens when nobody does anything more.
pub fn draw(rows: &[Row], policy: &Policy, now: i64) -> Vec<String> {
    let lives: Vec<Life> = rows.iter().map(|row| row.life.clone()).collect();
    let born = |life: &Life| life.iat.or(life.nbf);
    let ends = |life: &Life| {
        life.exp
            .or(life.nbf.map(|nbf| nbf.saturating_add(policy.every)))
    };
    let from = lives.iter().filter_map(born).fold(now, i64::min);
    let to = lives.iter().filter_map(ends).fold(now, i64::max);
    let span = i128::from(to) - i128::from(from);
    let at = |column: usize| {
        let passed = span * column as i128 / (WIDTH as i128 - 1);
        i64::try_from(i128::from(from) + passed).unwrap_or(i64::MAX)
    };
    let columns: Vec<(i64, Vec<State>)> = (0..WIDTH)
        .map(at)
        .map(|time| (time, states(&lives, time)))
        .collect();
    let here = columns
        .iter()
        .rposition(|(time, _)| *time <= now)
        .unwrap_or(0);
    let mut lines = vec![format!("{}v now", " ".repeat(here))];
    for (place, row) in rows.iter().enumerate() {
        let mark = |(time, states): &(i64, Vec<State>)| match states[place] {
            _ if born(&row.life).is_some_and(|born| *time < born) => ' ',
            State::Pending => '.',
            State::Active => '#',
            State::Retiring => '-',
            State::Revoked => 'x',
            State::Expired => ' ',
        };
        let axis: String = columns.iter().map(mark).collect();
        let kid = row.kid.as_deref().unwrap_or("(no kid)");
        lines.push(axis.trim_end().to_owned());
        lines.push(format!(
            "  {} {} {kid}",
            row.state.name(),
            row.alg.unwrap_or("-")
        ));
        let times = [("from", row.life.nbf), ("gone", row.life.exp)];
        for (word, time) in times
            .into_iter()
            .filter_map(|(word, time)| Some((word, time?)))
        {
            lines.push(format!("    {word} {}", when(time, now)));
        }
    }
    lines.push(". pending  # active  - retiring  x revoked".into());
    lines
}
