//! JSON for a terminal: indented, colored, and on one line where it fits.

use serde_json::Value;

use crate::output::console::json_text;
use crate::output::styled_text::Style;

/// Returns the value as indented JSON that ends with a line break. A list or object that fits in `width` columns stays on
/// one line.
pub fn format_json(value: &Value, width: usize, color: bool) -> String {
    let mut text = String::new();
    write_value(value, 0, 0, &Layout { width, color }, &mut text);
    text.push('\n');
    text
}

struct Layout {
    width: usize,
    color: bool,
}

impl Layout {
    fn styled(&self, style: Style, text: &str) -> String {
        let text = json_text(text);
        if self.color {
            style.paint(&text)
        } else {
            text.into_owned()
        }
    }
}

/// Writes a value that begins in column `column` of a line that is indented by `indent`.
fn write_value(value: &Value, indent: usize, column: usize, layout: &Layout, out: &mut String) {
    let members: Vec<(Option<&String>, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (Some(name), value)).collect(),
        Value::Array(items) => items.iter().map(|value| (None, value)).collect(),
        Value::String(_) => return *out += &layout.styled(Style::Good, &value.to_string()),
        _ => return *out += &layout.styled(Style::Plain, &value.to_string()),
    };
    let is_object = value.is_object();
    let (open, close) = if is_object { ('{', '}') } else { ('[', ']') };
    let fits = column + value.to_string().chars().count() + 2 * members.len() <= layout.width;
    let is_inline = members.is_empty() || (fits && column > 0);
    out.push(open);
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push_str(if is_inline { ", " } else { "," });
        }
        if !is_inline {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2));
        }
        let mut column = indent + 2;
        if let Some(name) = name {
            let name = Value::from(name.as_str()).to_string();
            column += name.chars().count() + 2;
            *out += &layout.styled(Style::Strong, &name);
            out.push_str(": ");
        }
        if is_inline {
            // A value that fits on this line needs no further line breaks.
            let wide = Layout {
                width: usize::MAX,
                color: layout.color,
            };
            write_value(value, indent, column, &wide, out);
        } else {
            write_value(value, indent + 2, column, layout, out);
        }
    }
    if !is_inline {
        out.push('\n');
        out.push_str(&" ".repeat(indent));
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_that_fit_stay_on_one_line() {
        let value = json!({"sub": "alice", "roles": ["a", "b"], "empty": {}, "n": 12345678901234567890u64,
            "long": ["x".repeat(30), "y".repeat(30)], "a\u{202e}": "\u{1b}[31m"});
        let text = format_json(&value, 60, false);
        assert!(text.contains("\n  \"roles\": [\"a\", \"b\"],\n"), "{text}");
        assert!(text.contains("\"long\": [\n    \"xxx"), "{text}");
        assert!(text.contains("\"empty\": {},"), "{text}");
        assert!(!text.contains(['\u{202e}', '\u{1b}']), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 60),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let colored = format_json(&value, 60, true);
        assert!(
            colored.contains("\u{1b}[32m\"alice\"\u{1b}[0m"),
            "{colored}"
        );
    }
}
