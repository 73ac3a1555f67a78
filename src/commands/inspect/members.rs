//! The members of an object, one a line, with what they mean beside them.

use crate::inspect::parse::Node;
use crate::output::styled_text::{Style, StyledText, WIDTH};

/// Longer texts are shown shortened; `--json` has them whole.
const MAX_TEXT: usize = 400;
/// Words stand in one column behind texts up to this width.
const MAX_ALIGNED: usize = 30;
/// Lists and objects up to this width stay on one line.
const MAX_INLINE: usize = 60;

/// Adds the members; `explain` says what one means.
pub(super) fn show(
    node: &Node,
    explain: impl Fn(&str, &Node) -> Option<String>,
    page: &mut StyledText,
) {
    let Node::Object(members) = node else {
        return value(page, "  ".into(), node, None, 0);
    };
    if members.is_empty() {
        page.plain(Style::Dim, "  (empty)");
    }
    let width = |name: &str| name.chars().count();
    let widest = members
        .iter()
        .map(|(name, _)| width(name))
        .filter(|width| *width <= 20)
        .max();
    let texts = members.iter().filter_map(|(name, node)| {
        let width = shortened(node).chars().count();
        explain(name, node)
            .map(|_| width)
            .filter(|width| *width <= MAX_ALIGNED)
    });
    let column = texts.max().unwrap_or(0);
    for (name, node) in members {
        let pad = widest.unwrap_or(0).saturating_sub(width(name));
        let label = format!("  {name}{}  ", " ".repeat(pad));
        value(
            page,
            label,
            node,
            explain(name, node).map(|words| (words, column)),
            0,
        );
    }
}

fn value(
    page: &mut StyledText,
    label: String,
    node: &Node,
    words: Option<(String, usize)>,
    depth: usize,
) {
    let text = shortened(node);
    let open = match node {
        Node::Object(members) if !members.is_empty() => Some(('{', '}')),
        Node::List(items) if !items.is_empty() => Some(('[', ']')),
        _ => None,
    };
    let room = MAX_INLINE.saturating_sub(2 * depth);
    let Some((open, close)) = open.filter(|_| text.chars().count() > room) else {
        return entry(page, label, &text, words);
    };
    entry(page, label, &open.to_string(), words);
    let indent = " ".repeat(4 + 2 * depth);
    match node {
        Node::Object(members) => members.iter().for_each(|(name, node)| {
            let name = Node::Text(name.clone());
            value(page, format!("{indent}{name}: "), node, None, depth + 1);
        }),
        Node::List(items) => {
            items
                .iter()
                .for_each(|item| value(page, indent.clone(), item, None, depth + 1));
        }
        _ => {}
    }
    page.plain(Style::Plain, format!("{}{close}", &indent[2..]));
}

fn shortened(node: &Node) -> String {
    let text = node.to_string();
    let count = text.chars().count();
    if !matches!(node, Node::Text(_)) || count <= MAX_TEXT {
        return text;
    }
    let start: String = text.chars().take(64).collect();
    format!("{start}.. ({} characters)", count - 2)
}

fn entry(page: &mut StyledText, label: String, text: &str, words: Option<(String, usize)>) {
    let Some((words, column)) = words else {
        return page.line([(Style::Dim, label), (Style::Plain, text.to_owned())]);
    };
    let width = |text: &str| text.chars().count();
    let taken = width(&label) + width(text) + width(&words);
    let pad = column.saturating_sub(width(text)) + 2;
    // In its column, or else close behind, or else below; what is too wide by itself wraps anyway.
    let wraps = width(&label) + width(text) > WIDTH;
    if let Some(pad) = [pad, 2]
        .into_iter()
        .find(|pad| wraps || taken + pad <= WIDTH)
    {
        page.line([
            (Style::Dim, label),
            (Style::Plain, text.to_owned()),
            (Style::Dim, format!("{}{words}", " ".repeat(pad))),
        ]);
    } else {
        let indent = " ".repeat(label.chars().count());
        page.line([(Style::Dim, label), (Style::Plain, text.to_owned())]);
        page.line([(Style::Plain, indent), (Style::Dim, words)]);
    }
}
