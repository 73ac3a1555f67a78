//! The report about a token.

use serde_json::{Value, json};

use super::proof::{Proof, by};
use super::token_object::object;
use super::{Report, life, members, words};
use crate::crypto::base64url;
use crate::crypto::lenient::{Document, Family, Form, Found, Node, Segment, Token, is_compact};
use crate::crypto::lint;
use crate::io::page::{Page, Style};

/// Everything that a token shows, and what the keys say about it.
pub(super) fn report(token: &Token, found: &Found, proof: Option<&Proof>, now: i64) -> Report {
    let mut page = Page::default();
    let mut object = object(token, now);
    object["verified"] = matches!(proof, Some(Proof::Verified(_))).into();
    verdict(proof, &mut page, &mut object);
    for what in &found.wrapping {
        page.plain(Style::Dim, format!("taken off: {what}"));
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
    let mut findings = lint::token::check(token, now);
    if let Some(Proof::Opened(content, _)) = proof {
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
        findings.push(lint::Finding {
            rule: &lint::rules::FORMAT,
            severity: lint::Severity::High,
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
fn verdict(proof: Option<&Proof>, page: &mut Page, object: &mut Value) {
    let mut say = |style, word: &str, text: String| {
        let first = [(style, word), (Style::Plain, "  ")];
        page.prose(&first, Style::Plain, &text);
    };
    match proof {
        None => say(
            Style::Warn,
            "NOT VERIFIED",
            "anybody may have written what follows; -k KEY checks it".into(),
        ),
        Some(Proof::Verified(key)) => {
            let text = format!("the signature is by {}; the claims are not judged", by(key));
            say(Style::Good, "VERIFIED", text);
            object["verified_by"] = key.clone();
        }
        Some(Proof::Opened(_, key)) => {
            let text = format!("opened with {}; who made it is not proved", by(key));
            say(Style::Warn, "DECRYPTED", text);
            object["decrypted_by"] = key.clone();
        }
        Some(Proof::Failed(error, signers)) => {
            let mut text = error.to_string();
            if !signers.is_empty() {
                text += &format!("; the signature is by {}", signers.join(", "));
            }
            say(Style::Bad, "NOT VERIFIED", text.clone());
            object["error"] = json!({"code": error.code().word(), "message": error.to_string()});
            object["signers"] = signers.clone().into();
        }
    }
}

/// The content of an encrypted token.
fn opened(content: &[u8], now: i64, page: &mut Page, object: &mut Value) -> Vec<lint::Finding> {
    let inner = str::from_utf8(content)
        .ok()
        .filter(|text| is_compact(text.trim()));
    if let Some(text) = inner {
        let inner = Token::read(text.trim());
        page.heading("The content is a token, NOT VERIFIED");
        show(&inner, now, page);
        object["nested"] = super::token_object::object(&inner, now);
        let findings = lint::token::check(&inner, now).into_iter();
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

/// What it is, in one line.
pub(super) fn summary(token: &Token) -> String {
    let alg = token.head().text("alg");
    let what = match (token.family, token.form) {
        (_, _) if token.sd.is_some() => "SD-JWT",
        (Family::Jws, Form::Compact) if lint::token::is_jwt(token) => "signed token (JWT)",
        (Family::Jws, Form::Compact) => "signed content (JWS)",
        (Family::Jws, _) => "signed content (JWS in JSON)",
        (Family::Jwe, Form::Compact) => "encrypted token (JWE)",
        (Family::Jwe, _) => "encrypted content (JWE in JSON)",
    };
    let what = match alg {
        Some(alg) if alg.eq_ignore_ascii_case("none") => what.replacen("signed", "unsigned", 1),
        _ => what.to_owned(),
    };
    let mut parts = vec![what];
    parts.extend(kind(token).map(str::to_owned));
    let alg = alg.unwrap_or("no alg");
    parts.push(match token.head().text("enc") {
        Some(enc) if token.family == Family::Jwe => format!("{alg} with {enc}"),
        _ => alg.to_owned(),
    });
    if token.form != Form::Compact {
        let noun = if token.family == Family::Jws {
            "signature"
        } else {
            "recipient"
        };
        let plural = if token.heads.len() == 1 { "" } else { "s" };
        parts.push(format!("{} {noun}{plural}", token.heads.len()));
    }
    parts.push(format!("{} bytes", token.text.len()));
    parts.join(", ")
}

/// What it is for, where it shows.
fn kind(token: &Token) -> Option<&'static str> {
    let typ = token
        .head()
        .text("typ")
        .filter(|typ| !typ.eq_ignore_ascii_case("jwt"));
    if let Some(words) = typ.and_then(words::media_type) {
        return Some(words);
    }
    let claims = token.claims()?;
    let has = |name: &str| claims.contains_key(name);
    let issuer = claims
        .get("iss")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Some(match () {
        () if has("kubernetes.io") || has("kubernetes.io/serviceaccount/namespace") => {
            "Kubernetes service account"
        }
        () if issuer == "https://token.actions.githubusercontent.com" => "GitHub Actions",
        () if has("firebase") => "Firebase ID token",
        () if claims.get("token_use").is_some_and(|kind| kind == "access") => {
            "Cognito access token"
        }
        () if has("events") => "security event",
        () if has("scope") || has("scp") => "access token",
        () if has("nonce") || has("at_hash") || (has("azp") && has("aud")) => "ID token",
        () => return None,
    })
}

fn show(token: &Token, now: i64, page: &mut Page) {
    page.plain(Style::Strong, summary(token));
    for (index, head) in token.heads.iter().enumerate() {
        let of = match (token.heads.len(), token.family) {
            (1, _) => String::new(),
            (_, Family::Jws) => format!(" of signature {}", index + 1),
            (_, Family::Jwe) => format!(" of recipient {}", index + 1),
        };
        if let Some(document) = &head.protected {
            page.heading(format!("Header{of}"));
            match (&document.node, head.segment.bytes.is_empty()) {
                (Node::Gap, false) => raw(&head.segment.bytes, page),
                (node, _) => members::show(node, words::header, page),
            }
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
        let list = |fits: bool| {
            let some = sd
                .disclosures
                .iter()
                .filter(|one| (one.references == 1) == fits);
            let members = some.map(|one| {
                let name = one.name.clone().unwrap_or_else(|| "(array element)".into());
                (name, one.value.clone())
            });
            Node::Object(members.collect())
        };
        page.heading("Disclosures that match their digests");
        members::show(
            &list(true),
            |name, value| words::claim(name, value, now),
            page,
        );
        if sd.disclosures.iter().any(|one| one.references != 1) {
            page.heading("Disclosures that match no digest, or several");
            members::show(&list(false), |_, _| None, page);
        }
        page.plain(
            Style::Dim,
            format!("  digests that hide their claims: {}", sd.hidden),
        );
        if let Some(binding) = &sd.key_binding {
            page.heading("Key binding");
            show(binding, now, page);
        }
    }
    if let Some(inner) = &token.nested {
        page.heading("The payload is a token");
        show(inner, now, page);
    }
}

fn claims(document: &Document, now: i64, page: &mut Page) {
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
fn raw(content: &[u8], page: &mut Page) {
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

fn sizes(token: &Token, page: &mut Page) {
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
