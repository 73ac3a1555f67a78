//! Generates the JSON Schemas of `docs/schema/` from the report types and checks that the files are current.
//!
//! `UPDATE=1 cargo test --lib schemas` rewrites the files.

use std::path::Path;

use schemars::{Schema, schema_for};
use serde_json::{Value, json};

use crate::commands::verify::VerifyReport;
use crate::output::reports::{ErrorReport, SummaryReport};

/// Every schema: the name of its file, its title, and the type that it is generated from.
fn schemas() -> Vec<(&'static str, &'static str, Schema)> {
    vec![
        (
            "error",
            "stderr of any command that fails with --json",
            schema_for!(ErrorReport),
        ),
        (
            "verify",
            "stdout of verify --json",
            schema_for!(VerifyReport),
        ),
        (
            "summary",
            "the last line of stderr after --lines --json",
            schema_for!(SummaryReport),
        ),
    ]
}

/// Adds the title and the member `v`, which the console writes in front of every report.
fn complete(title: &str, schema: Schema) -> Value {
    let mut schema = schema.to_value();
    schema["title"] = title.into();
    let members = schema.as_object_mut().unwrap();
    members.shift_remove("description");
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
    for (name, title, schema) in schemas() {
        let path = folder.join(format!("{name}.json"));
        let text = format!("{:#}\n", complete(title, schema));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let current = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(current, text, "{name}: UPDATE=1 rewrites it");
    }
}
