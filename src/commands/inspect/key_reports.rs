//! The report about keys, key sets and certificates. Of a private member, only the length is shown.

use serde::Serialize;
use serde_json::Value;

use super::inspect_report::View;
use super::{describe, member_list};
use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::json::Object;
use crate::crypto::key::{PRIVATE_MEMBERS, shows_private};
use crate::crypto::keyset::MAX_KEYS;
use crate::inspection::findings::certificates::Facts;
use crate::inspection::findings::key_findings::{Origin, check_jwk, sha256_thumbprint, svid_use};
use crate::inspection::findings::pem_blocks::Block;
use crate::inspection::findings::token_findings::to_span;
use crate::inspection::findings::{
    Finding, Severity, certificates, pem_blocks, rules, set_findings,
};
use crate::inspection::parse::tolerant_json::Fault;
use crate::inspection::parse::{Document, Node, tolerant_base64};
use crate::output::finding_text;
#[cfg(test)]
use crate::output::finding_text::FindingReport;
use crate::output::styled_text::{Style, StyledText};

/// The report about a key, a key set, PEM or DER.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeysReport {
    /// jwk, jwks, pem or der.
    #[serde(rename = "type")]
    pub(super) form: &'static str,
    /// What it is, in one line.
    pub(super) summary: String,
    /// The members of a SPIFFE bundle, if the set is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bundle: Option<BundleReport>,
    /// The keys.
    pub(super) keys: Vec<KeyReport>,
    /// The findings, the worst first.
    #[serde(serialize_with = "finding_text::serialize")]
    #[cfg_attr(test, schemars(with = "Vec<FindingReport>"))]
    pub(super) findings: Vec<Finding>,
    #[serde(skip)]
    pub(super) source: KeySource,
    #[serde(skip)]
    pub(super) accepting_consumers: Vec<&'static str>,
}

/// The keys of a SPIFFE trust domain.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BundleReport {
    /// The number that grows with each change of the bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Value>,
    /// How often consumers should fetch the bundle again, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_hint_seconds: Option<Value>,
    /// How many keys verify JWT-SVIDs.
    jwt_svid: usize,
    /// How many keys are roots of X.509-SVIDs.
    x509_svid: usize,
}

impl BundleReport {
    /// Describes a set if it is a SPIFFE bundle.
    fn new(set: &Object, entries: &[Value]) -> Option<BundleReport> {
        let jwks = || entries.iter().filter_map(Value::as_object);
        let count = |name: &str| jwks().filter(|jwk| svid_use(jwk) == Some(name)).count();
        let report = BundleReport {
            sequence: set.get("spiffe_sequence").cloned(),
            refresh_hint_seconds: set.get("spiffe_refresh_hint").cloned(),
            jwt_svid: count("jwt-svid"),
            x509_svid: count("x509-svid"),
        };
        let is_bundle = report.sequence.is_some()
            || report.refresh_hint_seconds.is_some()
            || report.jwt_svid + report.x509_svid > 0;
        is_bundle.then_some(report)
    }

    /// Adds the members of the bundle to a text.
    fn write_text(&self, text: &mut StyledText) {
        let keys = format!(
            "A SPIFFE bundle: {} for JWT-SVIDs (verify --profile jwt-svid), {} for X.509-SVIDs.",
            count_of_keys(self.jwt_svid),
            count_of_keys(self.x509_svid)
        );
        text.add_prose(&[], Style::Plain, &keys);
        text.add_prose(&[], Style::Plain, "Readers ignore an entry of another use.");
        if let Some(hint) = self.refresh_hint_seconds.as_ref().and_then(Value::as_f64) {
            let line = format!("Consumers should fetch it again every {}.", to_span(hint));
            text.add_prose(&[], Style::Plain, &line);
        }
        if let Some(sequence) = &self.sequence {
            let line = format!("Its sequence number is {sequence}.");
            text.add_prose(&[], Style::Plain, &line);
        }
    }
}

fn count_of_keys(count: usize) -> String {
    match count {
        1 => "1 key".into(),
        count => format!("{count} keys"),
    }
}

/// The input that the keys were read from.
pub(super) enum KeySource {
    Jwk(Document),
    /// A set, and the worst finding of each key.
    Set(Document, Vec<Option<Verdict>>),
    Blocks(Vec<Block>),
}

/// The worst finding about a key, if it is above info.
pub(super) type Verdict = (Severity, &'static str);

/// A key or certificate. Members that it does not have are omitted.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyReport {
    /// The key type.
    #[serde(skip_serializing_if = "Option::is_none")]
    kty: Option<Value>,
    /// The curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<Value>,
    /// The size of an RSA key or a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<usize>,
    /// The algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<Value>,
    /// sig or enc.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    key_use: Option<Value>,
    /// The operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_ops: Option<Value>,
    /// The key ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<Value>,
    /// The SHA-256 thumbprint; a shared secret has none here.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbprint: Option<String>,
    /// Whether it has a private part or is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) private: Option<bool>,
    /// The label of a PEM block.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Why a block cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// The certificate of a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateReport>,
}

/// A certificate.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CertificateReport {
    /// The subject.
    subject: String,
    /// The issuer.
    issuer: String,
    /// The serial number.
    serial: String,
    /// The start of its validity, RFC 3339.
    not_before: Option<String>,
    /// The end of its validity, RFC 3339.
    not_after: Option<String>,
    /// The subject alternative names.
    names: Vec<String>,
    /// The SHA-1 fingerprint in base64url.
    x5t: String,
    /// The SHA-256 fingerprint in base64url.
    #[serde(rename = "x5t#S256")]
    x5t_s256: String,
}

impl KeysReport {
    /// Whether there is a private key or a secret.
    pub(super) fn has_private_key(&self) -> bool {
        self.keys.iter().any(|key| key.private == Some(true))
    }

    /// Describes a JWK.
    pub(super) fn from_jwk(document: Document, now: i64) -> KeysReport {
        let mut findings = json_faults(&document);
        findings.extend(check_jwk(&document.object, Origin::Jwk, now));
        KeysReport {
            form: "jwk",
            summary: key_title(&document.object),
            bundle: None,
            keys: vec![KeyReport::new(&document.object)],
            findings,
            source: KeySource::Jwk(document),
            accepting_consumers: Vec::new(),
        }
    }

    /// Describes a JWK Set.
    pub(super) fn from_jwk_set(document: Document, now: i64) -> KeysReport {
        let entries = set_entries(&document);
        let plural = if entries.len() == 1 { "" } else { "s" };
        let inspected = &entries[..entries.len().min(MAX_KEYS)];
        let keys = inspected.iter().filter_map(Value::as_object);
        let mut findings = set_findings::check_unsorted(&document.object, now);
        let verdicts = entry_verdicts(inspected.len(), &findings);
        findings.extend(json_faults(&document));
        let bundle = BundleReport::new(&document.object, inspected);
        let what = match bundle {
            Some(_) => "SPIFFE bundle",
            None => "JWK Set",
        };
        KeysReport {
            form: "jwks",
            summary: format!("{what} of {} key{plural}", entries.len()),
            bundle,
            keys: keys.map(KeyReport::new).collect(),
            findings,
            source: KeySource::Set(document, verdicts),
            accepting_consumers: Vec::new(),
        }
    }

    /// Describes PEM or DER.
    pub(super) fn from_pem_or_der(bytes: &[u8], now: i64) -> KeysReport {
        let blocks = pem_blocks::read_blocks(bytes);
        let mut findings = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let place = if blocks.len() == 1 {
                String::new()
            } else {
                format!("blocks[{index}]")
            };
            if let Some(facts) = &block.certificate {
                findings.extend(certificates::check_certificate(facts, &place, now));
            }
            if let Some(jwk) = &block.jwk {
                let own = check_jwk(jwk, Origin::Asn1, now).into_iter();
                findings.extend(own.map(|finding| match place.as_str() {
                    "" => finding,
                    place => finding.with_place_prefix(place),
                }));
            }
        }
        let titles: Vec<String> = blocks.iter().map(block_title).collect();
        KeysReport {
            form: if bytes.first() == Some(&0x30) {
                "der"
            } else {
                "pem"
            },
            summary: titles.join("; "),
            bundle: None,
            keys: blocks.iter().map(KeyReport::of_block).collect(),
            findings,
            source: KeySource::Blocks(blocks),
            accepting_consumers: Vec::new(),
        }
    }

    /// Returns the JWKs, each with its place.
    pub(super) fn jwks(&self) -> Vec<(String, &Object)> {
        match &self.source {
            KeySource::Jwk(document) => vec![(String::new(), &document.object)],
            KeySource::Set(document, _) => {
                let entries = set_entries(document).iter().take(MAX_KEYS).enumerate();
                let jwks = entries.filter_map(|(index, entry)| {
                    Some((format!("keys[{index}]"), entry.as_object()?))
                });
                jwks.collect()
            }
            KeySource::Blocks(blocks) => {
                let blocks = blocks.iter().enumerate();
                let jwks = blocks.filter_map(|(index, block)| {
                    Some((format!("blocks[{index}]"), block.jwk.as_ref()?))
                });
                jwks.collect()
            }
        }
    }
}

impl KeyReport {
    fn new(jwk: &Object) -> KeyReport {
        let member = |name: &str| jwk.get(name).filter(|value| !value.is_null()).cloned();
        let is_secret = jwk.get("kty").is_some_and(|kty| kty == "oct");
        KeyReport {
            kty: member("kty"),
            crv: member("crv"),
            bits: key_bits(jwk),
            alg: member("alg"),
            key_use: member("use"),
            key_ops: member("key_ops"),
            kid: member("kid"),
            thumbprint: if is_secret {
                None
            } else {
                sha256_thumbprint(jwk)
            },
            private: Some(shows_private(jwk)),
            ..KeyReport::default()
        }
    }

    fn of_block(block: &Block) -> KeyReport {
        let key = block.jwk.as_ref().map(KeyReport::new);
        let certificate = block.certificate.as_ref().map(|facts| CertificateReport {
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            serial: facts.serial.clone(),
            not_before: describe::format_instant(facts.not_before as f64),
            not_after: describe::format_instant(facts.not_after as f64),
            names: facts.names.clone(),
            x5t: facts.x5t.clone(),
            x5t_s256: facts.x5t_s256.clone(),
        });
        KeyReport {
            label: Some(block.label.clone()),
            fault: block.fault.clone(),
            certificate,
            ..key.unwrap_or_default()
        }
    }
}

fn set_entries(set: &Document) -> &[Value] {
    match set.object.get("keys") {
        Some(Value::Array(entries)) => entries,
        _ => &[],
    }
}

/// Returns the worst finding of each key of a set.
fn entry_verdicts(count: usize, findings: &[Finding]) -> Vec<Option<Verdict>> {
    let mut verdicts: Vec<Option<Verdict>> = vec![None; count];
    for finding in findings.iter().filter(|one| one.severity > Severity::Info) {
        let index = finding.place.strip_prefix("keys[");
        let index = index.and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
        if let Some(verdict) = index.and_then(|index| verdicts.get_mut(index)) {
            let own = (finding.severity, finding.rule.id);
            *verdict = Some(verdict.map_or(own, |other| if other.0 < own.0 { own } else { other }));
        }
    }
    verdicts
}

fn block_title(block: &Block) -> String {
    let what = block.jwk.as_ref().map(key_title);
    let what = what.or_else(|| block.fault.clone()).unwrap_or_default();
    format!("{}: {what}", block.label)
}

/// Adds the report about keys to a text.
pub(super) fn write_keys_report(report: &KeysReport, view: View, text: &mut StyledText) {
    let first = match &report.source {
        KeySource::Blocks(blocks) if blocks.len() > 1 => format!("{} blocks", blocks.len()),
        _ => report.summary.clone(),
    };
    finding_text::write_title(Style::Strong, &first, &report.findings, text);
    if !view.findings_only {
        show_source(report, view, text);
    }
}

/// Adds the keys to a text, without the line that counts the findings.
pub(super) fn show_source(report: &KeysReport, view: View, text: &mut StyledText) {
    match &report.source {
        KeySource::Jwk(document) => {
            let explain = |name: &str, value: &Node| describe_member(name, value, view.now);
            member_list::write_members(&displayed_members(&document.node), explain, view, text);
            show_facts(&document.object, text);
        }
        KeySource::Set(document, verdicts) => {
            if let Some(bundle) = &report.bundle {
                bundle.write_text(text);
            }
            show_set(document, verdicts, view, text);
        }
        KeySource::Blocks(blocks) => {
            for (index, block) in blocks.iter().enumerate() {
                if blocks.len() > 1 {
                    text.add_heading(format!("blocks[{index}]  {}", block_title(block)));
                }
                if let Some(facts) = &block.certificate {
                    show_certificate(facts, view.now, text);
                }
                if let Some(jwk) = &block.jwk {
                    show_facts(jwk, text);
                }
            }
        }
    }
}

/// The maximum number of keys of a set that are shown one by one without --full.
const MAX_SHOWN: usize = 20;

fn show_set(document: &Document, verdicts: &[Option<Verdict>], view: View, text: &mut StyledText) {
    let entries = set_entries(document);
    let inspected = &entries[..entries.len().min(MAX_KEYS)];
    let limit = if view.full {
        inspected.len()
    } else {
        MAX_SHOWN
    };
    write_key_table(
        &inspected[..inspected.len().min(limit.max(100))],
        verdicts,
        text,
    );
    for (index, entry) in inspected.iter().take(limit).enumerate() {
        let empty = Object::new();
        let jwk = entry.as_object().unwrap_or(&empty);
        text.add_heading(format!("keys[{index}]  {}", key_title(jwk)));
        let rest = jwk.iter().filter(|(name, _)| !is_material(name) && *name != "kty");
        for (name, value) in rest {
            let node = Document::parse_tolerant(value.to_string().as_bytes()).node;
            let node = Node::Object(vec![(name.clone(), node)]);
            let explain = |name: &str, value: &Node| describe_member(name, value, view.now);
            member_list::write_members(&node, explain, view, text);
        }
        show_facts(jwk, text);
    }
    if inspected.len() > limit {
        let more = inspected.len() - limit;
        text.add_plain(Style::Plain, "");
        text.add_plain(Style::Dim, format!("{more} more keys; --full shows them"));
    }
    let mut others = document.object.iter().filter(|(name, _)| *name != "keys").peekable();
    if others.peek().is_some() {
        text.add_heading("Members of the set");
        for (name, value) in others {
            text.add_plain(Style::Plain, format!("  {name}: {value}"));
        }
    }
}

/// Adds a row for each key: index, kid, type, size, use, alg, and its worst finding.
fn write_key_table(entries: &[Value], verdicts: &[Option<Verdict>], text: &mut StyledText) {
    let header = ["", "kid", "type", "size", "use", "alg", "verdict"].map(str::to_owned);
    let mut rows = vec![(header, Style::Dim)];
    for (index, entry) in entries.iter().enumerate() {
        let member = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or("-");
        let kid = match entry.get("kid") {
            Some(Value::String(kid)) => shorten(kid),
            Some(kid) => shorten(&kid.to_string()),
            None => "-".into(),
        };
        let jwk = entry.as_object();
        let kty = member("kty");
        let curve = entry.get("crv").and_then(Value::as_str);
        let size = jwk.and_then(key_bits).or_else(|| curve_bits(curve?));
        let (verdict, style) = match verdicts[index] {
            Some((severity, rule)) => {
                let verdict = format!("{}: {rule}", severity.as_str());
                (verdict, finding_text::severity_style(severity))
            }
            None => ("ok".to_owned(), Style::Good),
        };
        let row = [
            index.to_string(),
            kid,
            shorten(curve.unwrap_or(kty)),
            size.map_or("-".into(), |bits| bits.to_string()),
            shorten(member("use")),
            shorten(member("alg")),
            verdict,
        ];
        rows.push((row, style));
    }
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|(row, _)| row[column].chars().count());
        widths.max().unwrap_or_default()
    });
    text.add_plain(Style::Plain, "");
    for (row, style) in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| {
            let pad = " ".repeat(width - cell.chars().count());
            format!("  {cell}{pad}")
        });
        let start: String = cells.collect();
        let start_style = if style == Style::Dim {
            style
        } else {
            Style::Plain
        };
        text.add_line([(start_style, start), (style, format!("  {}", row[6]))]);
    }
}

/// Shortens a text to fit into a cell of the table.
fn shorten(text: &str) -> String {
    const WIDTH: usize = 20;
    let mut short: String = text.chars().take(WIDTH).collect();
    if short.len() < text.len() {
        short.push_str("..");
    }
    short
}

fn curve_bits(name: &str) -> Option<usize> {
    match name {
        "P-256" | "secp256k1" | "Ed25519" | "X25519" => Some(256),
        "P-384" => Some(384),
        "P-521" => Some(521),
        "Ed448" | "X448" => Some(448),
        _ => None,
    }
}

/// Whether none of the blocks of a PEM text, or of a DER file, can be read.
pub(super) fn is_unreadable(bytes: &[u8]) -> bool {
    pem_blocks::read_blocks(bytes)
        .iter()
        .all(|block| block.jwk.is_none() && block.certificate.is_none())
}

fn json_faults(document: &Document) -> Vec<Finding> {
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

fn decode_octets(jwk: &Object, name: &str) -> Option<Vec<u8>> {
    Some(tolerant_base64::decode_tolerant(jwk.get(name)?.as_str()?).0)
}

fn key_bits(jwk: &Object) -> Option<usize> {
    match jwk.get("kty")?.as_str()? {
        "RSA" => {
            let n = decode_octets(jwk, "n")?;
            let zeros = n.iter().take_while(|byte| **byte == 0).count();
            let lead = n.get(zeros)?.leading_zeros() as usize;
            Some((n.len() - zeros) * 8 - lead)
        }
        "oct" => Some(decode_octets(jwk, "k")?.len() * 8),
        _ => None,
    }
}

/// What it is, in one line.
fn key_title(jwk: &Object) -> String {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kind = match (member("kty"), key_bits(jwk), member("crv")) {
        (Some("oct"), Some(bits), _) => return format!("shared secret of {bits} bits"),
        (Some("RSA"), Some(bits), _) => format!("RSA key of {bits} bits"),
        (Some("AKP"), _, _) => format!("{} key", member("alg").unwrap_or("AKP")),
        (Some(_), _, Some(crv)) if Curve::from_name(crv).is_some() => format!("{crv} key"),
        (Some(kty), _, Some(crv)) => format!("{kty} key on {crv}"),
        (Some(kty), _, _) => format!("{kty} key"),
        (None, _, _) => "key without kty".into(),
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

/// Replaces the values of private members with their length.
fn displayed_members(node: &Node) -> Node {
    let Node::Object(members) = node else {
        return node.clone();
    };
    let members = members.iter().map(|(name, value)| {
        match (PRIVATE_MEMBERS.contains(&name.as_str()), value) {
            (true, Node::Text(text)) => {
                let len = tolerant_base64::decode_tolerant(text).0.len();
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

fn describe_member(name: &str, value: &Node, now: i64) -> Option<String> {
    match (name, value) {
        ("use", Node::Text(text)) if text == "sig" => Some("signing".into()),
        ("use", Node::Text(text)) if text == "enc" => Some("encrypting".into()),
        ("use", Node::Text(text)) if text == "jwt-svid" => Some("verifies only JWT-SVIDs".into()),
        ("use", Node::Text(text)) if text == "x509-svid" => {
            Some("root certificate of X.509-SVIDs (x5c); not for tokens".into())
        }
        ("alg", Node::Text(text)) => describe::describe_algorithm(text),
        ("iat" | "nbf" | "exp", Node::Number(text)) => {
            describe::key_time(name, text.parse().ok()?, now)
        }
        _ => None,
    }
}

fn show_facts(jwk: &Object, text: &mut StyledText) {
    if jwk.get("kty").is_some_and(|kty| kty == "oct") {
        return;
    }
    // For other keys, the curve or the algorithm implies the strength.
    if let Some(bits) = key_bits(jwk).and_then(|bits| KeyType::Rsa(bits as u32).strength()) {
        text.add_plain(Style::Dim, format!("  strength    {bits} bits"));
    }
    if let Some(thumbprint) = sha256_thumbprint(jwk) {
        text.add_line([(Style::Dim, "  thumbprint  "), (Style::Plain, &*thumbprint)]);
    }
    let chain = jwk.get("x5c").and_then(Value::as_array);
    if let Some(chain) = chain {
        let plural = if chain.len() == 1 { "" } else { "s" };
        text.add_plain(
            Style::Dim,
            format!("  x5c         {} certificate{plural}", chain.len()),
        );
    }
}

fn show_certificate(facts: &Facts, now: i64, text: &mut StyledText) {
    let time = |name: &str, at: i64| {
        describe::describe_time_claim(name, at as f64, now).unwrap_or_default()
    };
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
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        text.add_line([
            (Style::Dim, format!("  {name:<10}  ")),
            (Style::Plain, value),
        ]);
    }
}
