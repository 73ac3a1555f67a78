//! The members of an object, one per line, with their meaning.

use super::inspect_report::View;
use crate::inspection::parse::Node;
use crate::output::styled_text::{Style, StyledText};

/// Longer texts are shortened, except with `--full`.
const MAX_TEXT: usize = 400;
/// Longer lists are shortened, except with `--full`.
const MAX_ITEMS: usize = 12;
/// Descriptions of values up to this width are aligned in one column.
const MAX_ALIGNED: usize = 30;
/// Lists and objects up to this width stay on one line.
const MAX_INLINE: usize = 60;

/// Adds the members. `explain` returns the meaning of a member.
pub(super) fn write_members(
    node: &Node,
    explain: impl Fn(&str, &Node) -> Option<String>,
    view: View,
    text: &mut StyledText,
) {
    let mut list = MemberList { view, text };
    let Node::Object(members) = node else {
        return list.write_value("  ".into(), node, None, 0);
    };
    if members.is_empty() {
        list.text.add_plain(Style::Dim, "  (empty)");
    }
    let widest =
        members.iter().map(|(name, _)| display_width(name)).filter(|width| *width <= 20).max();
    let aligned = members.iter().filter_map(|(name, node)| {
        let width = display_width(&list.shorten_value(node));
        explain(name, node).map(|_| width).filter(|width| *width <= MAX_ALIGNED)
    });
    let column = aligned.max().unwrap_or(0);
    for (name, node) in members {
        let pad = widest.unwrap_or(0).saturating_sub(display_width(name));
        let label = format!("  {name}{}  ", " ".repeat(pad));
        let meaning = explain(name, node).map(|meaning| (meaning, column));
        list.write_value(label, node, meaning, 0);
    }
}

fn display_width(text: &str) -> usize {
    text.chars().count()
}

struct MemberList<'t> {
    view: View,
    text: &'t mut StyledText,
}

impl MemberList<'_> {
    fn write_value(
        &mut self,
        label: String,
        node: &Node,
        meaning: Option<(String, usize)>,
        depth: usize,
    ) {
        let inline = self.shorten_value(node);
        let brackets = match node {
            Node::Object(members) if !members.is_empty() => Some(('{', '}')),
            Node::List(items) if !items.is_empty() => Some(('[', ']')),
            _ => None,
        };
        let columns = MAX_INLINE.saturating_sub(2 * depth);
        let Some((open, close)) = brackets else {
            return self.write_entry(label, &inline, meaning);
        };
        if display_width(&inline) <= columns {
            return self.write_entry(label, &inline, meaning);
        }
        let (count, noun) = match node {
            Node::Object(members) => (members.len(), "members"),
            Node::List(items) => (items.len(), "items"),
            _ => (0, ""),
        };
        let limit = if self.view.full { count } else { MAX_ITEMS };
        self.write_entry(label, &open.to_string(), meaning);
        let indent = " ".repeat(4 + 2 * depth);
        match node {
            Node::Object(members) => members.iter().take(limit).for_each(|(name, node)| {
                let name = Node::Text(name.clone());
                self.write_value(format!("{indent}{name}: "), node, None, depth + 1);
            }),
            Node::List(items) => items
                .iter()
                .take(limit)
                .for_each(|item| self.write_value(indent.clone(), item, None, depth + 1)),
            _ => {}
        }
        if count > limit {
            let more = count - limit;
            let line = format!("{indent}.. {more} more {noun}; --full shows them");
            self.text.add_plain(Style::Dim, line);
        }
        self.text.add_plain(Style::Plain, format!("{}{close}", &indent[2..]));
    }

    /// Returns the value on one line. A long text is shortened.
    fn shorten_value(&self, node: &Node) -> String {
        let text = node.to_string();
        let count = display_width(&text);
        if !matches!(node, Node::Text(_)) || count <= MAX_TEXT || self.view.full {
            return text;
        }
        let start: String = text.chars().take(64).collect();
        format!("{start}.. ({} characters; --full shows them)", count - 2)
    }

    fn write_entry(&mut self, label: String, value: &str, meaning: Option<(String, usize)>) {
        let Some((meaning, column)) = meaning else {
            let line = [(Style::Dim, label), (Style::Plain, value.to_owned())];
            return self.text.add_line(line);
        };
        self.text.add_explained(label, value.to_owned(), meaning, column);
    }
}
