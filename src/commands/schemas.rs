//! Generates the JSON Schemas of `docs/schema/` from the report types and checks that the files are current.
//!
//! `UPDATE=1 cargo test --lib schemas` rewrites the files.

use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::commands::completion::CompletionReport;
use crate::commands::decrypt::DecryptReport;
use crate::commands::encrypt::EncryptReport;
use crate::commands::inspect::device_report::DeviceReport;
use crate::commands::inspect::inspect_report::{InspectReport, TokenReport};
use crate::commands::inspect::issuer::IssuerReport;
use crate::commands::inspect::key_reports::KeysReport;
use crate::commands::inspect::scan_match::ScanReport;
use crate::commands::keygen::list::ListReport;
use crate::commands::rotate::rotate_report::RotationReport;
use crate::commands::shared::key_file::KeyFileReport;
use crate::commands::sign::SignReport;
use crate::commands::sign::external_signature::SigningInputReport;
use crate::commands::sign::present::PresentReport;
use crate::commands::sign::profile_list::ProfilesReport;
use crate::commands::verify::VerifyReport;
use crate::output::reports::{ErrorReport, SummaryReport};

/// Returns every schema: the name of its file, its title, and the schema of its type.
fn all_schemas() -> Vec<(&'static str, &'static str, Schema)> {
    vec![
        (
            "error",
            "stderr of any command that fails with --json",
            schema_of::<ErrorReport>(),
        ),
        (
            "keygen",
            "stdout of keygen --json",
            schema_of::<KeyFileReport>(),
        ),
        (
            "keygen-list",
            "stdout of keygen --list --json",
            schema_of::<ListReport>(),
        ),
        (
            "completion",
            "stdout of completion --json",
            schema_of::<CompletionReport>(),
        ),
        (
            "encrypt",
            "stdout of encrypt --json",
            schema_of::<EncryptReport>(),
        ),
        (
            "decrypt",
            "stdout of decrypt --json",
            schema_of::<DecryptReport>(),
        ),
        ("sign", "stdout of sign --json", schema_of::<SignReport>()),
        (
            "rotate",
            "stdout of rotate --json",
            schema_of::<RotationReport>(),
        ),
        (
            "sign-list-profiles",
            "stdout of sign --list-profiles --json",
            schema_of::<ProfilesReport>(),
        ),
        (
            "sign-present",
            "stdout of sign --present --json",
            schema_of::<PresentReport>(),
        ),
        (
            "sign-input",
            "stdout of sign --signing-input --json",
            schema_of::<SigningInputReport>(),
        ),
        (
            "verify",
            "stdout of verify --json",
            schema_of::<VerifyReport>(),
        ),
        (
            "summary",
            "the last line of stderr after --lines --json",
            schema_of::<SummaryReport>(),
        ),
    ]
}

/// Returns the schema of a line of --lines: the report of the command, after the number of the line.
fn line_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let line = json!({"type": "integer", "description": "the number of the line, from 1"});
    let variant = |title: &str, report: Schema, ok: bool| {
        let mut variant = report.to_value();
        variant["title"] = title.into();
        variant["properties"] = json!({"line": line, "ok": {"const": ok}});
        variant["required"] = json!(["line", "ok"]);
        variant
    };
    let variants = json!([
        variant("failed", generator.subschema_for::<ErrorReport>(), false),
        {
            "title": "verify",
            "type": "object",
            "properties": {
                "line": line,
                "ok": {"const": true},
                "alg": {"type": "string"},
                "kid": {"type": ["string", "null"]},
                "claims": {"type": "object", "additionalProperties": true},
                "payload": {"type": "string"},
                "payload_base64url": {"type": "string"},
            },
            "required": ["line", "ok", "alg", "kid"],
        },
        variant("sign", generator.subschema_for::<SignReport>(), true),
        variant("encrypt", generator.subschema_for::<EncryptReport>(), true),
        variant("decrypt", generator.subschema_for::<DecryptReport>(), true),
        variant("inspect", generator.subschema_for::<InspectReport>(), true),
    ]);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a line of stdout of any command with --lines that prints JSON",
        "anyOf": variants,
        "$defs": generator.take_definitions(true),
    })
}

/// Returns the schema of the reports of inspect.
fn inspect_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let variant = |title: &str, report: Schema| {
        let mut variant = report.to_value();
        variant["title"] = title.into();
        variant["properties"] = json!({"v": {"const": 1}});
        variant["required"] = json!(["v"]);
        variant
    };
    let variants = json!([
        variant("a token", generator.subschema_for::<TokenReport>()),
        variant("keys", generator.subschema_for::<KeysReport>()),
        variant("an issuer", generator.subschema_for::<IssuerReport>()),
        variant("PKCS#11 tokens", generator.subschema_for::<DeviceReport>()),
        variant("a match of --scan", generator.subschema_for::<ScanReport>()),
    ]);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stdout of inspect --json; with --scan one object for each match",
        "anyOf": variants,
        "$defs": generator.take_definitions(true),
    })
}

/// Returns the schema of what a report is serialized to: a member that may be null is always present.
fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// Adds the title and the member `v`, which the console writes in front of every report.
fn complete_schema(title: &str, schema: Schema) -> Value {
    let mut schema = schema.to_value();
    let members = schema.as_object_mut().unwrap();
    members.shift_remove("description");
    let draft = "https://json-schema.org/draft/2020-12/schema";
    members.shift_insert(0, "$schema".into(), draft.into());
    members.shift_insert(1, "title".into(), title.into());
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        let version = json!({"const": 1, "description": "the version of this form; members are added, never removed"});
        properties.shift_insert(0, "v".into(), version);
        let required = members.entry("required").or_insert_with(|| json!([]));
        required.as_array_mut().unwrap().insert(0, "v".into());
    }
    schema
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 rewrites the files")]
fn schema_files_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    let reports = all_schemas().into_iter();
    let reports = reports.map(|(name, title, schema)| (name, complete_schema(title, schema)));
    for (name, schema) in reports.chain([("line", line_schema()), ("inspect", inspect_schema())]) {
        let path = folder.join(format!("{name}.json"));
        let text = format!("{schema:#}\n");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let current = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(current, text, "{name}: UPDATE=1 rewrites it");
    }
}
