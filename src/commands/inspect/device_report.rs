//! `inspect pkcs11:..`: the report about tokens, their mechanisms and objects.

use anyhow::Result;
use serde::Serialize;

use super::Args;
use super::inspect_report::View;
use crate::device::{Device, StoredObject};
use crate::inspection::findings::{Finding, Severity, device_findings};
use crate::io::context::Context;
use crate::io::pkcs11_token::{self, TokenUri};
use crate::output::exit::CliError;
use crate::output::finding_text;
#[cfg(test)]
use crate::output::finding_text::FindingReport;
use crate::output::styled_text::{Style, StyledText};

/// The PKCS#11 mechanisms for JOSE algorithms and keygen.
const USED: [(&str, &str); 11] = [
    ("CKM_RSA_PKCS", "RS256, RS384, RS512"),
    ("CKM_RSA_PKCS_PSS", "PS256, PS384, PS512"),
    ("CKM_ECDSA", "ES256, ES384, ES512, ES256K"),
    ("CKM_EDDSA", "EdDSA, Ed25519, Ed448"),
    ("CKM_RSA_PKCS_OAEP", "RSA-OAEP"),
    ("CKM_ECDH1_DERIVE", "ECDH-ES"),
    ("CKM_AES_KEY_WRAP", "A128KW, A192KW, A256KW"),
    ("CKM_AES_KEY_GEN", "keygen"),
    ("CKM_RSA_PKCS_KEY_PAIR_GEN", "keygen"),
    ("CKM_EC_KEY_PAIR_GEN", "keygen"),
    ("CKM_EC_EDWARDS_KEY_PAIR_GEN", "keygen"),
];

/// The report about tokens.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeviceReport {
    /// Always pkcs11.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it is, in one line.
    pub(super) summary: String,
    /// The tokens that fit the URI.
    pub(super) tokens: Vec<Device>,
    /// The findings, the worst first.
    #[serde(serialize_with = "finding_text::serialize")]
    #[cfg_attr(test, schemars(with = "Vec<FindingReport>"))]
    pub(super) findings: Vec<Finding>,
    #[serde(skip)]
    pub(super) accepting_consumers: Vec<&'static str>,
}

impl DeviceReport {
    /// Lists the tokens that match the URI, with their objects.
    ///
    /// # Errors
    /// If a flag does not apply to tokens, or a token cannot be used.
    pub(super) fn new(
        typed: &str,
        args: &Args,
        context: &Context,
        now: i64,
    ) -> Result<DeviceReport> {
        let has_keys = !args.keys.keys.is_empty() || !args.keys.secrets.is_empty();
        if has_keys || args.wordlist.is_some() || !args.consumers.is_empty() {
            let message = "-k, --wordlist and --for do not apply to PKCS#11 tokens";
            return Err(CliError::usage(message).into());
        }
        let uri = TokenUri::parse(typed);
        let uri = uri.map_err(|why| CliError::usage(format!("the URI {why}")))?;
        // The argument may come from an untrusted source, like a token. It must not select code to load or files to read.
        if uri.module_path.is_some() || uri.pin_source.is_some() {
            let message = "the URI has a module-path or pin-source, which inspect does not read from its input";
            return Err(CliError::usage(message)
                .with_hint("use --pkcs11-module and --pin-file")
                .into());
        }
        let tokens = pkcs11_token::list_devices(&uri, &args.keys.token.options(context))?;
        if tokens.iter().any(|device| !device.logged_in) {
            let note = match tokens.len() {
                1 => {
                    "private objects are not listed without the PIN; use --pin-file or JOTSMITH_PIN"
                }
                _ => "private objects are listed only if the URI matches one token",
            };
            context.console.print_note(note);
        }
        let mut findings = Vec::new();
        for (index, device) in tokens.iter().enumerate() {
            let own = device_findings::check_device(device, now).into_iter();
            findings
                .extend(own.map(|finding| finding.with_place_prefix(&format!("tokens[{index}]"))));
        }
        Ok(DeviceReport {
            kind: "pkcs11",
            summary: match &tokens[..] {
                [only] => format!("PKCS#11 token {}", only.label),
                several => format!("{} PKCS#11 tokens", several.len()),
            },
            tokens,
            findings,
            accepting_consumers: Vec::new(),
        })
    }
}

/// Adds the report about tokens to a text.
pub(super) fn write_device_report(report: &DeviceReport, view: View, text: &mut StyledText) {
    finding_text::write_title(Style::Strong, &report.summary, &report.findings, text);
    if view.findings_only {
        return;
    }
    for (index, device) in report.tokens.iter().enumerate() {
        let is_bad = |object: usize| {
            let place = format!("tokens[{index}].objects[{object}].");
            let own = report.findings.iter();
            let own = own.filter(|finding| finding.place.starts_with(&place));
            own.map(|finding| finding.severity).max()
        };
        show_device(device, index, view, is_bad, text);
    }
}

fn show_device(
    device: &Device,
    index: usize,
    view: View,
    worst: impl Fn(usize) -> Option<Severity>,
    text: &mut StyledText,
) {
    text.add_heading(format!("tokens[{index}]  {}", device.label));
    for (name, value) in [
        (
            "made by",
            format!("{} {}", device.manufacturer, device.model),
        ),
        ("serial", device.serial.clone()),
        ("slot", device.slot_id.to_string()),
        ("module", device.module.clone()),
    ] {
        text.add_line([(Style::Dim, format!("  {name:<9}")), (Style::Plain, value)]);
    }
    text.add_heading(format!("Objects: {}", device.objects.len()));
    for (place, object) in device.objects.iter().enumerate() {
        let style = worst(place).map_or(Style::Plain, finding_text::severity_style);
        let label = if object.label.is_empty() {
            "(no label)"
        } else {
            &object.label
        };
        text.add_line([
            (Style::Dim, format!("  objects[{place}]  ")),
            (Style::Strong, format!("{label}  ")),
            (Style::Plain, object_title(object)),
        ]);
        for (name, value) in object_details(object) {
            let style = if name == "access" {
                style
            } else {
                Style::Plain
            };
            text.add_prose(&[(Style::Dim, &format!("    {name:<11}"))], style, &value);
        }
    }
    if device.is_cut {
        text.add_plain(Style::Dim, "  more objects are not listed");
    }
    text.add_heading("Mechanisms");
    let mut others = 0;
    for mechanism in &device.mechanisms {
        let used = USED.iter().find(|(name, _)| *name == mechanism.name);
        if used.is_none() && !view.full {
            others += 1;
            continue;
        }
        let sizes = match mechanism.max_size {
            0 => String::new(),
            max => format!("{} to {max}", mechanism.min_size),
        };
        let serves = used.map_or(String::new(), |(_, algorithms)| (*algorithms).to_owned());
        text.add_line([
            (
                Style::Plain,
                format!("  {:<28} {sizes:<14} ", mechanism.name),
            ),
            (Style::Plain, format!("{:<28} ", serves)),
            (Style::Dim, mechanism.uses.join(" ")),
        ]);
    }
    if others > 0 {
        text.add_plain(Style::Dim, format!("  {others} others; --full shows them"));
    }
}

fn object_title(object: &StoredObject) -> String {
    let jwk = object.jwk.as_ref();
    let member = |name: &str| jwk.and_then(|jwk| jwk.get(name)?.as_str());
    let kind = member("crv").or(member("kty")).map(str::to_owned);
    match kind.or_else(|| object.key_type.clone()) {
        Some(kind) => format!("{}, {kind}", object.class),
        None => object.class.to_owned(),
    }
}

/// Returns the lines about an object.
fn object_details(object: &StoredObject) -> Vec<(&'static str, String)> {
    let mut access = Vec::new();
    for (value, yes, no) in [
        (object.sensitive, "sensitive", "not sensitive"),
        (object.extractable, "extractable", ""),
        (object.never_extractable, "never extractable", ""),
        (
            object.local,
            "generated in the token",
            "not generated in the token",
        ),
        (object.always_authenticate, "PIN for each use", ""),
    ] {
        access.extend(value.map(|value| if value { yes } else { no }));
    }
    access.retain(|word| !word.is_empty());
    let access = if object.is_secret() {
        access.join(", ")
    } else {
        String::new()
    };
    let lines = [
        ("id", object.id.clone()),
        ("thumbprint", object.thumbprint().unwrap_or_default()),
        ("uses", object.uses.join(", ")),
        ("access", access),
    ];
    let lines = lines.into_iter();
    lines.filter(|(_, value)| !value.is_empty()).collect()
}
