//! The report about keys, key sets and certificates. Private members are counted, never shown.

use serde_json::{Value, json};

use super::{Report, members, present, words};
use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::json::Object;
use crate::crypto::key::{PRIVATE_MEMBERS, shows_private};
use crate::crypto::keyset::MAX_KEYS;
use crate::inspect::findings::certificates::Facts;
use crate::inspect::findings::key_findings::{Origin, check, thumbprint};
use crate::inspect::findings::pem::Block;
use crate::inspect::findings::{
    Finding, Severity, certificates, pem as asn1, rules, set_findings as key_set,
};
use crate::inspect::parse::{Document, Node, tolerant_base64};
use crate::output::styled_text::{Style, StyledText};

/// A JWK.
pub(super) fn jwk(document: &Document, now: i64) -> Report {
    let mut page = StyledText::default();
    page.plain(Style::Strong, title(&document.object));
    members::show(
        &shown(&document.node),
        |name, value| meaning(name, value, now),
        &mut page,
    );
    facts(&document.object, &mut page);
    let mut findings = json_faults(document);
    findings.extend(check(&document.object, Origin::Jwk, now));
    Report {
        page,
        object: json!({"type": "jwk", "summary": title(&document.object), "keys": [object(&document.object)]}),
        findings,
    }
}

/// A JWK Set.
pub(super) fn set(document: &Document, now: i64) -> Report {
    let entries = match document.object.get("keys") {
        Some(Value::Array(entries)) => entries.as_slice(),
        _ => &[],
    };
    let plural = if entries.len() == 1 { "" } else { "s" };
    let summary = format!("JWK Set of {} key{plural}", entries.len());
    let mut page = StyledText::default();
    page.plain(Style::Strong, &summary);
    let inspected = &entries[..entries.len().min(MAX_KEYS)];
    for (index, entry) in inspected.iter().enumerate() {
        let empty = Object::new();
        let jwk = entry.as_object().unwrap_or(&empty);
        page.heading(format!("keys[{index}]  {}", title(jwk)));
        let rest = jwk
            .iter()
            .filter(|(name, _)| !is_material(name) && *name != "kty");
        for (name, value) in rest {
            let node = Document::read(value.to_string().as_bytes()).node;
            let node = Node::Object(vec![(name.clone(), node)]);
            members::show(&node, |name, value| meaning(name, value, now), &mut page);
        }
        facts(jwk, &mut page);
    }
    let others = document.object.iter().filter(|(name, _)| *name != "keys");
    let others: Vec<_> = others
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    if !others.is_empty() {
        page.heading("Members of the set");
        others
            .iter()
            .for_each(|line| page.plain(Style::Plain, format!("  {line}")));
    }
    let mut findings = json_faults(document);
    findings.extend(key_set::check(&document.object, now));
    let keys: Vec<Value> = inspected
        .iter()
        .filter_map(Value::as_object)
        .map(object)
        .collect();
    Report {
        page,
        object: json!({"type": "jwks", "summary": summary, "keys": keys}),
        findings,
    }
}

/// Whether no block of a PEM text, or a DER file, can be read.
pub(super) fn is_unreadable(bytes: &[u8]) -> bool {
    asn1::read(bytes)
        .iter()
        .all(|block| block.jwk.is_none() && block.certificate.is_none())
}

/// PEM or DER.
pub(super) fn blocks(bytes: &[u8], now: i64) -> Report {
    let mut page = StyledText::default();
    let mut findings = Vec::new();
    let mut keys = Vec::new();
    let blocks = asn1::read(bytes);
    for (index, block) in blocks.iter().enumerate() {
        let place = if blocks.len() == 1 {
            String::new()
        } else {
            format!("blocks[{index}]")
        };
        if index > 0 {
            page.plain(Style::Plain, "");
        }
        let what = block.jwk.as_ref().map(title);
        let what = what.or_else(|| block.fault.clone()).unwrap_or_default();
        page.plain(Style::Strong, format!("{}: {what}", block.label));
        if let Some(facts) = &block.certificate {
            show_certificate(facts, now, &mut page);
            findings.extend(certificates::check(facts, &place, now));
        }
        if let Some(jwk) = &block.jwk {
            facts(jwk, &mut page);
            let own = check(jwk, Origin::Asn1, now).into_iter();
            findings.extend(own.map(|finding| match place.is_empty() {
                true => finding,
                false => finding.below(&place),
            }));
        }
        keys.push(block_object(block));
    }
    Report {
        page,
        object: json!({"type": if bytes.first() == Some(&0x30) { "der" } else { "pem" }, "keys": keys}),
        findings,
    }
}

fn json_faults(document: &Document) -> Vec<Finding> {
    use crate::inspect::parse::tolerant_json::Fault;
    let finding = |fault: &Fault| Finding {
        rule: match fault {
            Fault::DuplicateMember(_) => &rules::JSON_DUPLICATE_MEMBER,
            Fault::NotUtf8(_) | Fault::ByteOrderMark | Fault::LoneSurrogate(_) => {
                &rules::JSON_NOT_UTF8
            }
            _ => &rules::JSON_SYNTAX,
        },
        severity: Severity::High,
        place: String::new(),
        message: format!("the JSON {fault}"),
        evidence: None,
    };
    document.faults.iter().map(finding).collect()
}

fn is_material(name: &str) -> bool {
    PRIVATE_MEMBERS.contains(&name) || matches!(name, "n" | "x" | "y" | "pub" | "x5c")
}

fn octets(jwk: &Object, name: &str) -> Option<Vec<u8>> {
    Some(tolerant_base64::decode(jwk.get(name)?.as_str()?).0)
}

fn bits(jwk: &Object) -> Option<usize> {
    match jwk.get("kty")?.as_str()? {
        "RSA" => {
            let n = octets(jwk, "n")?;
            let zeros = n.iter().take_while(|byte| **byte == 0).count();
            let lead = n.get(zeros)?.leading_zeros() as usize;
            Some((n.len() - zeros) * 8 - lead)
        }
        "oct" => Some(octets(jwk, "k")?.len() * 8),
        _ => None,
    }
}

/// What it is, in one line.
fn title(jwk: &Object) -> String {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kind = match (text("kty"), bits(jwk), text("crv")) {
        (Some("oct"), Some(bits), _) => return format!("shared secret of {bits} bits"),
        (Some("RSA"), Some(bits), _) => format!("RSA key of {bits} bits"),
        (Some("AKP"), _, _) => format!("{} key", text("alg").unwrap_or("AKP")),
        (Some(_), _, Some(crv)) if Curve::named(crv).is_some() => format!("{crv} key"),
        (Some(kty), _, Some(crv)) => format!("{kty} key on {crv}"),
        (Some(kty), _, _) => format!("{kty} key"),
        (None, _, _) => "key of no kind".into(),
    };
    format!(
        "{} {kind}",
        if shows_private(jwk) {
            "private"
        } else {
            "public"
        }
    )
}

/// The members with the private ones hidden.
fn shown(node: &Node) -> Node {
    let Node::Object(members) = node else {
        return node.clone();
    };
    let members = members.iter().map(|(name, value)| {
        match (PRIVATE_MEMBERS.contains(&name.as_str()), value) {
            (true, Node::Text(text)) => {
                let len = tolerant_base64::decode(text).0.len();
                (
                    name.clone(),
                    Node::Number(format!("(private, {len} bytes)")),
                )
            }
            (true, _) => (name.clone(), Node::Number("(private)".into())),
            _ => (name.clone(), value.clone()),
        }
    });
    Node::Object(members.collect())
}

fn meaning(name: &str, value: &Node, now: i64) -> Option<String> {
    match (name, value) {
        ("use", Node::Text(text)) if text == "sig" => Some("signing".into()),
        ("use", Node::Text(text)) if text == "enc" => Some("encrypting".into()),
        ("alg", Node::Text(text)) => words::algorithm(text),
        ("iat" | "nbf" | "exp", Node::Number(text)) => {
            words::key_time(name, text.parse().ok()?, now)
        }
        _ => None,
    }
}

fn facts(jwk: &Object, page: &mut StyledText) {
    if jwk.get("kty").is_some_and(|kty| kty == "oct") {
        return;
    }
    // What is no RSA key has its strength in its name.
    if let Some(bits) = bits(jwk).and_then(|bits| KeyType::Rsa(bits as u32).strength()) {
        page.plain(Style::Dim, format!("  strength    {bits} bits"));
    }
    if let Some(thumbprint) = thumbprint(jwk) {
        page.line([(Style::Dim, "  thumbprint  "), (Style::Plain, &*thumbprint)]);
    }
    let chain = jwk.get("x5c").and_then(Value::as_array);
    if let Some(chain) = chain {
        let plural = if chain.len() == 1 { "" } else { "s" };
        page.plain(
            Style::Dim,
            format!("  x5c         {} certificate{plural}", chain.len()),
        );
    }
}

fn show_certificate(facts: &Facts, now: i64, page: &mut StyledText) {
    let time = |name: &str, at: i64| words::time(name, at as f64, now).unwrap_or_default();
    let rows = [
        ("subject", facts.subject.clone()),
        ("issuer", facts.issuer.clone()),
        ("serial", facts.serial.clone()),
        ("from", time("nbf", facts.not_before)),
        ("until", time("exp", facts.not_after)),
        ("names", facts.names.join(", ")),
        ("x5t", facts.x5t.clone()),
        ("x5t#S256", facts.x5t_s256.clone()),
    ];
    for (name, text) in rows.into_iter().filter(|(_, text)| !text.is_empty()) {
        page.line([
            (Style::Dim, format!("  {name:<10}  ")),
            (Style::Plain, text),
        ]);
    }
}

fn object(jwk: &Object) -> Value {
    let member = |name: &str| jwk.get(name).cloned().unwrap_or_default();
    let is_secret = jwk.get("kty").is_some_and(|kty| kty == "oct");
    let thumbprint = thumbprint(jwk).filter(|_| !is_secret);
    present(vec![
        ("kty", member("kty")),
        ("crv", member("crv")),
        ("bits", bits(jwk).map_or(Value::Null, Value::from)),
        ("alg", member("alg")),
        ("use", member("use")),
        ("key_ops", member("key_ops")),
        ("kid", member("kid")),
        ("thumbprint", thumbprint.map_or(Value::Null, Value::from)),
        ("private", shows_private(jwk).into()),
    ])
}

fn block_object(block: &Block) -> Value {
    let mut key = block.jwk.as_ref().map_or_else(|| json!({}), object);
    key["label"] = block.label.clone().into();
    if let Some(fault) = &block.fault {
        key["fault"] = fault.clone().into();
    }
    if let Some(facts) = &block.certificate {
        key["certificate"] = json!({
            "subject": facts.subject,
            "issuer": facts.issuer,
            "serial": facts.serial,
            "not_before": words::instant(facts.not_before as f64),
            "not_after": words::instant(facts.not_after as f64),
            "names": facts.names,
            "x5t": facts.x5t,
            "x5t#S256": facts.x5t_s256,
        });
    }
    key
}
