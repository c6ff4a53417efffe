//! The shapes of the JSON outputs as JSON Schema (draft 2020-12), made from the types that are written.
//!
//! Keys may be added within a schema of this name, so nothing forbids others; those there are, are always there.
//!
//! `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:mailrake:report:1", ...}`

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::events::Columns;
use crate::analyze::Analysis;

/// The outputs that have a schema.
pub const SCHEMAS: [&str; 2] = ["report", "events"];

/// The schema of the output of that name: `report` is what `--format json` writes, `events` is a line of
/// `events --format ndjson`.
#[must_use]
pub fn schema(name: &str) -> Option<Value> {
    let (id, mut schema) = match name {
        "report" => ("urn:mailrake:report:1", generate::<Analysis>()),
        "events" => ("urn:mailrake:events:1", generate::<Columns<'_>>()),
        _ => return None,
    };
    schema.as_object_mut()?.insert("$id".to_owned(), id.into());
    Some(schema)
}

/// What is written, not what could be read: keys with null are there.
fn generate<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn every_report_is_valid_and_a_wrong_one_is_not() {
        let validator = jsonschema::validator_for(&schema("report").unwrap()).unwrap();
        for analysis in [fixture::empty(), fixture::busy(), fixture::clean(), fixture::hostile()] {
            let mut report = serde_json::to_value(&analysis).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{errors:?}");
            report["totals"]["attempts"] = "many".into();
            assert!(!validator.is_valid(&report));
        }
        let mut report = serde_json::to_value(fixture::busy()).unwrap();
        report["dead_ends"][0].as_object_mut().unwrap().remove("success_rate");
        assert!(!validator.is_valid(&report), "keys with null are there too");
        report = serde_json::to_value(fixture::busy()).unwrap();
        report["codes"][0]["outcome"] = "lost".into();
        assert!(!validator.is_valid(&report));
    }

    #[test]
    fn every_key_has_a_description() {
        for name in SCHEMAS {
            let schema = schema(name).unwrap();
            let empty = serde_json::Map::new();
            let shapes = schema["$defs"].as_object().unwrap_or(&empty).values().chain([&schema]);
            for (key, value) in shapes.filter_map(|s| s["properties"].as_object()).flatten() {
                assert!(value["description"].is_string(), "{name}: {key}: {value}");
            }
        }
    }
}
