//! Rules for the format: characters, base64url, JSON and the number of parts.

use crate::crypto::token::MAX_PARTIES;
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::{Finding, MAX_OF_A_RULE, Rule, rules};
use crate::inspection::parse::tolerant_base64::Fault as Base64Fault;
use crate::inspection::parse::tolerant_json::Fault;
use crate::inspection::parse::{Document, Family, Node, Segment, Serialization, Token};
use crate::inspection::unprintable::is_deceptive;

pub(super) fn check_format(token: &Token, found: &mut Vec<Finding>) {
    let mut add = |rule: &'static Rule, severity, place: &str, message: String| {
        found.push(Finding::new(rule, severity, place, message));
    };
    if token.form == Serialization::Compact {
        check_parts(token, &mut add);
        check_charset(token, &mut add);
    } else {
        check_serialization(token, &mut add);
    }
    let head = token.head();
    let is_jwe = token.family == Family::Jwe;
    let pieces = [
        ("header", Some(&*head.segment)),
        (
            if is_jwe { "ciphertext" } else { "payload" },
            token.body.as_ref(),
        ),
        (
            if is_jwe { "encrypted_key" } else { "signature" },
            head.tail.as_ref(),
        ),
        ("iv", token.iv.as_ref()),
        ("tag", token.tag.as_ref()),
    ];
    for (name, segment) in pieces {
        let faults = segment.map_or(&[][..], |segment| &segment.faults);
        for fault in faults {
            // Another rule reports foreign characters. At the end of a token that is cut off, incomplete bytes are expected.
            let is_end = !matches!(token.pieces, 3 | 5) && name == last_part_name(token);
            let of_cut = is_end && matches!(fault, Base64Fault::Cut | Base64Fault::StrayBits);
            if !matches!(fault, Base64Fault::Foreign(_)) && !of_cut {
                let message = format!("the {name} {fault}");
                add(&rules::B64_NONCANONICAL, High, name, message);
            }
        }
    }
    if let Some(document) = &head.protected {
        check_json("header", &head.segment, document, &mut add);
    }
    if let (Some(document), Some(segment)) = (&token.claims, &token.body) {
        check_json("claims", segment, document, &mut add);
    }
    let documents = [
        ("header", head.protected.as_deref()),
        ("header", head.shared.as_deref()),
        ("header", head.unprotected.as_ref()),
        ("claims", token.claims.as_ref()),
    ];
    for (name, document) in documents {
        let mut search = DeceptiveSearch::default();
        if let Some(document) = document {
            search.visit_node(&document.node, &mut vec![PathStep::Name(name)]);
        }
        for (path, code_points) in search.found {
            let message = format!("characters that control a terminal or hide text: {code_points}");
            add(&rules::CONTROL_CHARS, Medium, &path, message);
        }
        if search.more > 0 {
            let message = format!(
                "{} more places contain characters of this kind",
                search.more
            );
            add(&rules::CONTROL_CHARS, Medium, name, message);
        }
    }
}

/// Returns the name of the last piece that is present.
fn last_part_name(token: &Token) -> &'static str {
    match (token.family, token.pieces) {
        (_, 1) => "header",
        (Family::Jws, _) => "payload",
        (Family::Jwe, 2) => "encrypted_key",
        (Family::Jwe, 3) => "iv",
        (Family::Jwe, _) => "ciphertext",
    }
}

type Add<'a> = dyn FnMut(&'static Rule, crate::inspection::findings::Severity, &str, String) + 'a;

fn check_parts(token: &Token, add: &mut Add<'_>) {
    if matches!(token.pieces, 3 | 5) || token.head().get("b64").is_some() {
        return;
    }
    let missing = match (token.family, token.pieces) {
        (Family::Jws, 1) => "; the payload and the signature are missing",
        (Family::Jws, 2) => "; the signature is missing",
        (Family::Jwe, 1..=4) => "; the end is missing",
        _ => "",
    };
    let plural = if token.pieces == 1 { "part" } else { "parts" };
    let message = format!(
        "the token has {} {plural}; a signed token has 3 and an encrypted token has 5{missing}",
        token.pieces
    );
    add(&rules::FORMAT, High, "", message);
}

fn check_charset(token: &Token, add: &mut Add<'_>) {
    if token.head().get("b64").is_some() {
        return;
    }
    // Another rule reports the characters of other base64 variants. The tilde belongs to SD-JWT.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+/=~".contains(c);
    if let Some((at, c)) = token.text.char_indices().find(|(_, c)| !allowed(*c)) {
        let message = format!(
            "U+{:04X} at byte {} is not allowed in a token",
            u32::from(c),
            at + 1
        );
        add(&rules::BAD_CHARSET, High, "", message);
    }
}

fn check_serialization(token: &Token, add: &mut Add<'_>) {
    let rule = &rules::JSON_SERIALIZATION;
    if token.family == Family::Jws && token.heads.is_empty() {
        add(rule, Critical, "signatures", "there is no signature".into());
    }
    if token.parties > MAX_PARTIES {
        let name = if token.family == Family::Jws {
            "signatures"
        } else {
            "recipients"
        };
        let message = format!(
            "the token has {} {name}; only the first {MAX_PARTIES} are examined",
            token.parties
        );
        add(rule, High, name, message);
    }
    for (index, head) in token.heads.iter().enumerate() {
        if token.family == Family::Jws && head.tail.is_none() {
            let message = format!("signature {} is missing", index + 1);
            add(rule, Critical, "signatures", message);
        }
        let is_unprotected = |name: &&&str| head.unprotected(name).is_some();
        // RFC 7516 appendix A.4 has a recipient's alg and kid in an unprotected header.
        let weighty: &[&str] = match token.family {
            Family::Jws => &["alg", "kid", "crit"],
            Family::Jwe => &["enc", "crit", "zip"],
        };
        if let Some(name) = weighty.iter().find(is_unprotected) {
            let place = format!("header.{name}");
            add(
                rule,
                Medium,
                &place,
                format!("{name} is in an unprotected header"),
            );
        }
    }
    let mut algs: Vec<_> = token.heads.iter().filter_map(|head| head.text("alg")).collect();
    algs.sort_unstable();
    algs.dedup();
    if token.family == Family::Jws && algs.len() > 1 {
        let message = format!(
            "the signatures have different algorithms: {}",
            algs.join(", ")
        );
        add(rule, Medium, "signatures", message);
    }
}

fn check_json(name: &str, segment: &Segment, document: &Document, add: &mut Add<'_>) {
    for fault in &document.faults {
        let rule = match fault {
            Fault::DuplicateMember(_) => &rules::JSON_DUPLICATE_MEMBER,
            Fault::NotUtf8(_) | Fault::ByteOrderMark | Fault::LoneSurrogate(_) => {
                &rules::JSON_NOT_UTF8
            }
            _ => &rules::JSON_SYNTAX,
        };
        let place = match fault {
            Fault::DuplicateMember(member) => format!("{name}.{member}"),
            _ => name.to_owned(),
        };
        let noun = if name == "claims" { "payload" } else { name };
        let mut message = format!("the {noun} {fault}");
        if let Fault::Cut(at) | Fault::Syntax(at) = fault {
            message += &format!(" (byte {} of the token)", segment.source_position(*at) + 1);
        }
        add(rule, High, &place, message);
    }
    if document.faults.is_empty() && !matches!(document.node, Node::Object(_)) {
        let message = format!("the {name} is not a JSON object");
        add(&rules::JSON_SYNTAX, High, name, message);
    }
}

/// A step from a value to a value in it.
enum PathStep<'a> {
    Name(&'a str),
    Index(usize),
}

/// The search for deceptive characters in strings and member names.
#[derive(Default)]
struct DeceptiveSearch {
    /// The first places, each with its code points. Paths are built only for these, to bound the work: a name can be as long as
    /// the token, and its value can have many members.
    found: Vec<(String, String)>,
    /// How many more places there are.
    more: usize,
}

impl DeceptiveSearch {
    /// One less than the limit of findings for a rule, because the last finding reports how many more there are.
    const MAX_PLACES: usize = MAX_OF_A_RULE - 1;

    fn visit_node<'a>(&mut self, node: &'a Node, path: &mut Vec<PathStep<'a>>) {
        match node {
            Node::Text(text) => self.check_text(text, path),
            Node::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(PathStep::Index(index));
                    self.visit_node(item, path);
                    path.pop();
                }
            }
            Node::Object(members) => {
                for (name, value) in members {
                    path.push(PathStep::Name(name));
                    self.check_text(name, path);
                    self.visit_node(value, path);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn check_text(&mut self, text: &str, path: &[PathStep<'_>]) {
        if !text.contains(is_deceptive) {
            return;
        }
        if self.found.len() < Self::MAX_PLACES {
            self.found.push((shorten_path(path), code_points(text)));
        } else {
            self.more += 1;
        }
    }
}

fn shorten_path(path: &[PathStep<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            PathStep::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.extend(name.chars().take(64));
            }
            PathStep::Index(index) => text += &format!("[{index}]"),
        }
    }
    text
}

/// Returns the deceptive characters of a text, each once: `U+001B, U+202E`.
fn code_points(text: &str) -> String {
    const MAX: usize = 8;
    let mut found: Vec<char> = Vec::new();
    for c in text.chars().filter(|c| is_deceptive(*c)) {
        if found.contains(&c) {
            continue;
        }
        if found.len() == MAX {
            let names: Vec<String> = found.iter().map(|c| code_point(*c)).collect();
            return format!("{} and others", names.join(", "));
        }
        found.push(c);
    }
    let names: Vec<String> = found.iter().map(|c| code_point(*c)).collect();
    names.join(", ")
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
