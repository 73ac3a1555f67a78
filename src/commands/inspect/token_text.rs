//! The report about a token as text.

use super::inspect_report::{Content, TokenMembers, TokenReport, View};
use super::summary::summarize_token;
use super::{describe, member_list, suggestions, timeline};
use crate::crypto::base64url;
use crate::inspection::findings::key_match::{self, KeyBinding};
use crate::inspection::parse::{Document, Family, Node, SdJwt, Segment, Token};
use crate::output::finding_text;
use crate::output::styled_text::{Style, StyledText};

/// Adds the contents of a token and the result of verifying it to a text.
pub(super) fn write_token(report: &TokenReport, view: View, text: &mut StyledText) {
    write_verdict(report, text);
    for what in &report.stripped {
        text.add_plain(Style::Dim, format!("removed: {what}"));
    }
    if report.more > 0 {
        let line = format!(
            "the text contains {} more tokens; --scan lists them",
            report.more
        );
        text.add_plain(Style::Dim, line);
    }
    if view.findings_only {
        return;
    }
    show_token(&report.token, Some(&report.members), view, text);
    if !report.members.verified && !report.would_verify.is_empty() {
        text.add_heading(format!(
            "No URL in the token was fetched. To verify the token ({}):",
            suggestions::NOTE
        ));
        for command in &report.would_verify {
            text.add_plain(Style::Plain, format!("  {command}"));
        }
    }
    match &report.content {
        None => {}
        Some(Content::Token(inner)) => {
            text.add_heading("The content is a token, NOT VERIFIED");
            show_token(inner, report.members.nested.as_deref(), view, text);
        }
        Some(Content::Json(document, len)) => {
            text.add_heading(format!("Content, {}", format_byte_count(*len)));
            write_claims(document, view, text);
        }
        Some(Content::Bytes(content)) => {
            text.add_heading(format!("Content, {}", format_byte_count(content.len())));
            write_raw_content(content, view, text);
        }
    }
}

/// Adds the first lines: the verdict, the number of findings, and the reason for the verdict.
fn write_verdict(report: &TokenReport, text: &mut StyledText) {
    let (class, word, why) = report.verdict();
    let style = match class {
        "good" => Style::Good,
        "bad" => Style::Bad,
        _ => Style::Warn,
    };
    finding_text::write_title(style, word, &report.findings, text);
    text.add_prose(&[], Style::Plain, &why);
}

fn show_token(token: &Token, members: Option<&TokenMembers>, view: View, text: &mut StyledText) {
    text.add_plain(Style::Strong, summarize_token(token));
    if let Some(profile) = members.and_then(|members| members.profile.as_ref()) {
        let (is_met, words) = profile.status_and_text();
        let style = match is_met {
            Some(false) => Style::Warn,
            _ => Style::Plain,
        };
        text.add_prose(&[], style, &words);
    }
    for (index, head) in token.heads.iter().enumerate() {
        let of = match (token.heads.len(), token.family) {
            (1, _) => String::new(),
            (_, Family::Jws) => format!(" of signature {}", index + 1),
            (_, Family::Jwe) => format!(" of recipient {}", index + 1),
        };
        // The headers that the recipients of a JWE share are shown once, with the first one.
        let is_shown = index == 0 || !head.shares_headers_with(token.head());
        if let Some(document) = &head.protected
            && is_shown
        {
            text.add_heading(format!("Header{of}"));
            match (&document.node, head.segment.bytes.is_empty()) {
                (Node::Gap, false) => write_raw_content(&head.segment.bytes, view, text),
                (node, _) => member_list::write_members(
                    node,
                    describe::describe_header_parameter,
                    view,
                    text,
                ),
            }
        }
        if let Some(document) = &head.shared
            && is_shown
        {
            text.add_heading("Unprotected header, shared");
            member_list::write_members(
                &document.node,
                describe::describe_header_parameter,
                view,
                text,
            );
        }
        if let Some(document) = &head.unprotected {
            text.add_heading(format!("Unprotected header{of}"));
            member_list::write_members(
                &document.node,
                describe::describe_header_parameter,
                view,
                text,
            );
        }
    }
    if let (Family::Jws, Some(document)) = (token.family, &token.claims) {
        text.add_heading("Claims");
        write_claims(document, view, text);
    } else if let (Family::Jws, Some(body), None) = (token.family, &token.body, &token.nested) {
        text.add_heading(format!("Payload, {} bytes", body.bytes.len()));
        write_raw_content(&body.bytes, view, text);
    }
    write_sizes(token, text);
    if let Some(sd) = &token.sd {
        write_disclosures(token, sd, members, view, text);
    }
    if let Some(inner) = &token.nested {
        text.add_heading("The payload is a token");
        let members = members.and_then(|members| members.nested.as_deref());
        show_token(inner, members, view, text);
    }
}

fn write_disclosures(
    token: &Token,
    sd: &SdJwt,
    members: Option<&TokenMembers>,
    view: View,
    text: &mut StyledText,
) {
    let list = |fits: bool| {
        let some = sd.disclosures.iter().filter(|one| (one.references == 1) == fits);
        let members = some.map(|one| {
            let name = one.name.clone().unwrap_or_else(|| "(array element)".into());
            (name, one.value.clone())
        });
        Node::Object(members.collect())
    };
    if sd.unknown_hash.is_some() {
        text.add_heading("Disclosures, whose digests cannot be computed");
        member_list::write_members(&list(false), |_, _| None, view, text);
    } else {
        text.add_heading("Disclosures that match their digests");
        let explain = |name: &str, value: &Node| describe::describe_claim(name, value, view.now);
        member_list::write_members(&list(true), explain, view, text);
        if sd.disclosures.iter().any(|one| one.references != 1) {
            text.add_heading("Disclosures that match no digest, or several");
            member_list::write_members(&list(false), |_, _| None, view, text);
        }
    }
    write_digests(sd, view, text);
    if let Some(binding) = &sd.key_binding {
        text.add_heading("Key binding");
        let this = match sd.is_bound {
            Some(true) => "sd_hash is the hash of this token",
            None => "sd_hash cannot be computed",
            Some(false) => "sd_hash is not the hash of this token",
        };
        let key = match key_match::key_binding_status(token) {
            Some(KeyBinding::Valid) => "signed with the key of cnf.jwk",
            Some(KeyBinding::Invalid) => "not signed with the key of cnf.jwk",
            Some(KeyBinding::NoKey) | None => "the token has no key for the key binding (cnf.jwk)",
        };
        text.add_prose(
            &[(Style::Plain, "  ")],
            Style::Dim,
            &format!("{this}; {key}"),
        );
        let members = members.and_then(|members| members.key_binding.as_ref());
        show_token(binding, members.map(|members| &members.token), view, text);
    }
}

/// Lists every digest: its place, and whether it is disclosed.
fn write_digests(sd: &SdJwt, view: View, text: &mut StyledText) {
    const SHOWN: usize = 100;
    if let Some(hidden) = sd.hidden {
        let hidden = format!("  digests without a disclosure: {hidden}");
        text.add_plain(Style::Dim, hidden);
    }
    text.add_heading("Digests");
    let shown = if view.full { sd.tree.len() } else { SHOWN };
    for place in sd.tree.iter().take(shown) {
        let state = match place.disclosure {
            Some(_) => "disclosed",
            None if sd.unknown_hash.is_some() => "not compared",
            None => "hidden, or a decoy",
        };
        let path = if place.path.is_empty() {
            "(top level)"
        } else {
            &place.path
        };
        text.add_line([
            (Style::Dim, format!("  {} ", place.digest)),
            (Style::Plain, path.to_owned()),
            (Style::Dim, format!(": {state}")),
        ]);
    }
    if sd.tree.len() > shown {
        let more = sd.tree.len() - shown;
        text.add_plain(Style::Dim, format!("  {more} more (--full prints them)"));
    }
    for one in sd.disclosures.iter().filter(|one| one.references == 0) {
        let Some(digest) = &one.digest else { continue };
        let name = one.name.as_deref().unwrap_or("(array element)");
        text.add_line([
            (Style::Dim, format!("  {digest} ")),
            (Style::Warn, format!("{name}: not in the token")),
        ]);
    }
}

fn write_claims(document: &Document, view: View, text: &mut StyledText) {
    let explain = |name: &str, value: &Node| describe::describe_claim(name, value, view.now);
    member_list::write_members(&document.node, explain, view, text);
    if document.is_cut() {
        text.add_plain(Style::Warn, "  (the rest cannot be read)");
    }
    if let Some(line) = timeline::draw_timeline(&document.object, view.now) {
        text.add_line([(Style::Plain, String::new())]);
        text.add_line([(Style::Dim, format!("  {line}"))]);
    }
}

/// Adds UTF-8 text unchanged, and other bytes as base64url.
fn write_raw_content(content: &[u8], view: View, text: &mut StyledText) {
    const SHOWN: usize = 1000;
    let shown = if view.full { content.len() } else { SHOWN };
    let bytes = &content[..content.len().min(shown)];
    let more = if bytes.len() < content.len() {
        ".."
    } else {
        ""
    };
    match str::from_utf8(bytes) {
        Ok(lines) => {
            for line in lines.lines() {
                text.add_plain(Style::Plain, format!("  {line}{more}"));
            }
        }
        Err(_) => {
            let encoded = base64url::encode(bytes);
            text.add_plain(Style::Plain, format!("  {encoded}{more}"));
        }
    }
}

fn format_byte_count(len: usize) -> String {
    match len {
        1 => "1 byte".into(),
        len => format!("{len} bytes"),
    }
}

fn write_sizes(token: &Token, text: &mut StyledText) {
    let len = |segment: &Option<Segment>| segment.as_ref().map(|segment| segment.bytes.len());
    match token.family {
        Family::Jws => {
            for (index, head) in token.heads.iter().enumerate() {
                let of = if token.heads.len() == 1 {
                    String::new()
                } else {
                    format!(" {}", index + 1)
                };
                match len(&head.tail) {
                    Some(len) => {
                        text.add_heading(format!("Signature{of}, {}", format_byte_count(len)))
                    }
                    None => text.add_heading(format!("No signature{of}")),
                }
            }
        }
        Family::Jwe => {
            text.add_heading("Encrypted");
            let parts = [
                ("encrypted key", len(&token.head().tail)),
                ("iv", len(&token.iv)),
                ("ciphertext", len(&token.body)),
                ("tag", len(&token.tag)),
            ];
            for (name, len) in parts {
                let len = len.map_or("missing".into(), format_byte_count);
                text.add_line([(Style::Dim, format!("  {name:<13}  ")), (Style::Plain, len)]);
            }
        }
    }
}
