//! The report about a token.

use serde_json::{Value, json};

use super::proof::{Proof, by};
use super::summary::summary;
use super::token_object::object;
use super::ways::ways;
use super::{Report, life, members, words};
use crate::crypto::base64url;
use crate::inspect::findings;
use crate::inspect::findings::key_match::{self, Binding};
use crate::inspect::parse::{Document, Family, Found, Node, SdJwt, Segment, Token, is_compact};
use crate::output::styled_text::{Style, StyledText};

/// Everything that a token shows, and what the keys say about it.
pub(super) fn report(token: &Token, found: &Found, proof: Option<&Proof>, now: i64) -> Report {
    let mut page = StyledText::default();
    let mut object = object(token, now);
    object["verified"] = matches!(proof, Some(Proof::Verified(_))).into();
    verdict(proof, &mut page, &mut object);
    for what in &found.wrapping {
        page.plain(Style::Dim, format!("removed: {what}"));
    }
    if found.more > 0 {
        page.plain(
            Style::Dim,
            format!(
                "the text holds {} more tokens; --scan lists them",
                found.more
            ),
        );
    }
    show(token, now, &mut page);
    let ways = ways(token);
    if !ways.is_empty() {
        object["would_verify"] = ways.clone().into();
    }
    if !matches!(proof, Some(Proof::Verified(_))) && !ways.is_empty() {
        page.heading("Nothing that it names was fetched; if you trust it, this would verify");
        for way in ways {
            page.plain(Style::Plain, format!("  {way}"));
        }
    }
    let mut findings = findings::token_findings::check(token, now);
    if let Some(Proof::NestedJwt(content, _)) = proof {
        findings.extend(opened(content.expose(), now, &mut page, &mut object));
    }
    let stripped: Vec<_> = found
        .wrapping
        .iter()
        .map(|what| Value::from(what.as_ref()))
        .collect();
    object["stripped"] = stripped.into();
    object["more"] = found.more.into();
    if found.is_cut && !findings.iter().any(|finding| finding.rule.id == "format") {
        findings.push(findings::Finding {
            rule: &findings::rules::FORMAT,
            severity: findings::Severity::High,
            place: String::new(),
            message: "the text says that the token was cut off here".into(),
            evidence: None,
        });
    }
    Report {
        page,
        object,
        findings,
    }
}

/// The first line: what is proved.
fn verdict(proof: Option<&Proof>, page: &mut StyledText, object: &mut Value) {
    let mut say = |style, word: &str, text: String| {
        let first = [(style, word), (Style::Plain, "  ")];
        page.prose(&first, Style::Plain, &text);
    };
    match proof {
        None => say(
            Style::Warn,
            "NOT VERIFIED",
            "contents are unauthenticated; verify with -k KEY".into(),
        ),
        Some(Proof::Verified(key)) => {
            let text = format!("signed with {}; the claims are not judged", by(key));
            say(Style::Good, "VERIFIED", text);
            object["verified_by"] = key.clone();
        }
        Some(Proof::NestedJwt(_, key)) => {
            let text = format!("opened with {}; who made it is not proved", by(key));
            say(Style::Warn, "DECRYPTED", text);
            object["decrypted_by"] = key.clone();
        }
        Some(Proof::Failed(error, signers)) => {
            let mut text = error.to_string();
            if !signers.is_empty() {
                text += &format!("; signed with {}", signers.join(", "));
            }
            say(Style::Bad, "NOT VERIFIED", text.clone());
            object["error"] = json!({"code": error.code().as_str(), "message": error.to_string()});
            object["signers"] = signers.clone().into();
        }
    }
}

/// The content of an encrypted token.
fn opened(
    content: &[u8],
    now: i64,
    page: &mut StyledText,
    object: &mut Value,
) -> Vec<findings::Finding> {
    let inner = str::from_utf8(content)
        .ok()
        .filter(|text| is_compact(text.trim()));
    if let Some(text) = inner {
        let inner = Token::read(text.trim());
        page.heading("The content is a token, NOT VERIFIED");
        show(&inner, now, page);
        object["nested"] = super::token_object::object(&inner, now);
        let findings = findings::token_findings::check(&inner, now).into_iter();
        return findings.map(|finding| finding.below("content")).collect();
    }
    page.heading(format!("Content, {}", bytes(content.len())));
    if content.trim_ascii_start().first() == Some(&b'{') {
        let document = Document::read(content);
        claims(&document, now, page);
        object["claims"] = document.node.to_value();
    } else {
        raw(content, page);
        object["payload"] = super::token_object::content(content);
    }
    Vec::new()
}

fn show(token: &Token, now: i64, page: &mut StyledText) {
    page.plain(Style::Strong, summary(token));
    for (index, head) in token.heads.iter().enumerate() {
        let of = match (token.heads.len(), token.family) {
            (1, _) => String::new(),
            (_, Family::Jws) => format!(" of signature {}", index + 1),
            (_, Family::Jwe) => format!(" of recipient {}", index + 1),
        };
        // What the recipients of a JWE share is shown once, with the first one.
        let is_shown = index == 0 || !head.shares_headers_with(token.head());
        if let Some(document) = head.protected.as_ref().filter(|_| is_shown) {
            page.heading(format!("Header{of}"));
            match (&document.node, head.segment.bytes.is_empty()) {
                (Node::Gap, false) => raw(&head.segment.bytes, page),
                (node, _) => members::show(node, words::header, page),
            }
        }
        if let Some(document) = head.shared.as_ref().filter(|_| is_shown) {
            page.heading("Unprotected header, shared");
            members::show(&document.node, words::header, page);
        }
        if let Some(document) = &head.unprotected {
            page.heading(format!("Unprotected header{of}"));
            members::show(&document.node, words::header, page);
        }
    }
    if let Some(document) = token
        .claims
        .as_ref()
        .filter(|_| token.family == Family::Jws)
    {
        page.heading("Claims");
        claims(document, now, page);
    } else if let (Family::Jws, Some(body), None) = (token.family, &token.body, &token.nested) {
        page.heading(format!("Payload, {} bytes", body.bytes.len()));
        raw(&body.bytes, page);
    }
    sizes(token, page);
    if let Some(sd) = &token.sd {
        disclosures(token, sd, now, page);
    }
    if let Some(inner) = &token.nested {
        page.heading("The payload is a token");
        show(inner, now, page);
    }
}

fn disclosures(token: &Token, sd: &SdJwt, now: i64, page: &mut StyledText) {
    let list = |fits: bool| {
        let some = (sd.disclosures.iter()).filter(|one| (one.references == 1) == fits);
        let members = some.map(|one| {
            let name = one.name.clone().unwrap_or_else(|| "(array element)".into());
            (name, one.value.clone())
        });
        Node::Object(members.collect())
    };
    page.heading("Disclosures that match their digests");
    let explain = |name: &str, value: &Node| words::claim(name, value, now);
    members::show(&list(true), explain, page);
    if sd.disclosures.iter().any(|one| one.references != 1) {
        page.heading("Disclosures that match no digest, or several");
        members::show(&list(false), |_, _| None, page);
    }
    let hidden = format!("  digests that hide their claims: {}", sd.hidden);
    page.plain(Style::Dim, hidden);
    if let Some(binding) = &sd.key_binding {
        page.heading("Key binding");
        let this = match sd.is_bound {
            Some(true) => "sd_hash is the hash of this token",
            _ => "sd_hash is not the hash of this token",
        };
        let key = match key_match::binding(token) {
            Some(Binding::Holds) => "signed with the key of cnf.jwk",
            Some(Binding::Broken) => "the signature is not by the key of cnf.jwk",
            Some(Binding::NoKey) | None => "the token names no key for it (cnf.jwk)",
        };
        page.prose(
            &[(Style::Plain, "  ")],
            Style::Dim,
            &format!("{this}; {key}"),
        );
        show(binding, now, page);
    }
}

fn claims(document: &Document, now: i64, page: &mut StyledText) {
    let explain = |name: &str, value: &Node| words::claim(name, value, now);
    members::show(&document.node, explain, page);
    if document.is_cut() {
        page.plain(Style::Warn, "  (nothing more can be read)");
    }
    if let Some(line) = life::line(&document.object, now) {
        page.line([(Style::Plain, String::new())]);
        page.line([(Style::Dim, format!("  {line}"))]);
    }
}

/// Text as it is, other bytes as base64url.
fn raw(content: &[u8], page: &mut StyledText) {
    const SHOWN: usize = 1000;
    let bytes = &content[..content.len().min(SHOWN)];
    let more = if bytes.len() < content.len() {
        ".."
    } else {
        ""
    };
    match str::from_utf8(bytes) {
        Ok(text) => {
            for line in text.lines() {
                page.plain(Style::Plain, format!("  {line}{more}"));
            }
        }
        Err(_) => page.plain(
            Style::Plain,
            format!("  {}{more}", base64url::encode(bytes)),
        ),
    }
}

fn bytes(len: usize) -> String {
    match len {
        1 => "1 byte".into(),
        len => format!("{len} bytes"),
    }
}

fn sizes(token: &Token, page: &mut StyledText) {
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
                    Some(len) => page.heading(format!("Signature{of}, {}", bytes(len))),
                    None => page.heading(format!("No signature{of}")),
                }
            }
        }
        Family::Jwe => {
            page.heading("Encrypted");
            let parts = [
                ("encrypted key", len(&token.head().tail)),
                ("iv", len(&token.iv)),
                ("ciphertext", len(&token.body)),
                ("tag", len(&token.tag)),
            ];
            for (name, len) in parts {
                let text = match len {
                    Some(len) => bytes(len),
                    None => "missing".to_owned(),
                };
                page.line([
                    (Style::Dim, format!("  {name:<13}  ")),
                    (Style::Plain, text),
                ]);
            }
        }
    }
}
