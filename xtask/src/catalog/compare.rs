//! Two catalogs side by side: counts, guard rails, differences.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::catalog::{Catalog, MappingSource, Visibility};

/// The numbers of a catalog as JSON, one a line.
pub(crate) fn counts(catalog: &Catalog) -> String {
    let mut counts: Vec<(String, usize)> = vec![
        ("services".into(), catalog.services().len()),
        ("actions".into(), catalog.actions().len()),
        ("resourceTypes".into(), catalog.services().map(|s| s.resource_types().len()).sum()),
        ("conditionKeys".into(), catalog.services().map(|s| s.condition_keys().len()).sum()),
        ("globalConditionKeys".into(), catalog.global_condition_keys().count()),
        ("clients".into(), catalog.clients().len()),
        ("operations".into(), catalog.operations().len()),
    ];
    for source in MappingSource::ALL {
        let count = catalog.operations().filter(|o| o.mapping() == source).count();
        counts.push((format!("operations{source:?}"), count));
    }
    let listed = |of: fn(Visibility<'_>) -> bool| {
        catalog.operations().filter(|operation| of(operation.visibility())).count()
    };
    counts.extend([
        ("visibleAsManagement".into(), listed(|v| v == Visibility::Management)),
        ("visibleAsData".into(), listed(|v| matches!(v, Visibility::Data { .. }))),
        ("neverVisible".into(), listed(|v| v == Visibility::Never)),
        ("indirectActions".into(), catalog.operations().map(|o| o.indirect().count()).sum()),
        ("waiters".into(), catalog.operations().map(|o| o.waiters().count()).sum()),
        ("sizeBytes".into(), catalog.size_bytes()),
    ]);
    let mut text = format!("{{\n  \"date\": \"{}\",\n", catalog.date());
    text += &format!("  \"digest\": \"{}\",\n", catalog.digest());
    let lines: Vec<String> = counts.iter().map(|(n, c)| format!("  \"{n}\": {c}")).collect();
    text + &lines.join(",\n") + "\n}\n"
}

/// Refuses a new catalog that lost what a refresh does not lose.
pub(crate) fn guard(old: &Catalog, new: &Catalog) -> Result<(), String> {
    let gone: Vec<&str> = old
        .services()
        .map(|service| service.prefix())
        .filter(|prefix| new.service(prefix).is_none())
        .collect();
    let hint = "if this is meant, pass `--accept`";
    if !gone.is_empty() {
        return Err(format!("services are gone: {}; {hint}", gone.join(", ")));
    }
    let lost = old.actions().filter(|action| new.action(&action.name()).is_none()).count();
    if lost * 50 > old.actions().len() {
        return Err(format!("{lost} of {} actions are gone; {hint}", old.actions().len()));
    }
    let unresolved = |c: &Catalog| c.operations().filter(|o| o.is_unresolved()).count();
    let (before, after) = (unresolved(old), unresolved(new));
    if after > before + 50 {
        return Err(format!(
            "operations without a known action: {before} before, {after} now; {hint}"
        ));
    }
    let deps = |c: &Catalog| c.actions().filter(|a| a.dependent_actions().next().is_some()).count();
    if deps(old) > 0 && deps(new) == 0 {
        return Err(format!("no action has dependent actions any more; {hint}"));
    }
    Ok(())
}

/// One line per action or operation that was added, removed or changed.
pub(crate) fn differences(old: &Catalog, new: &Catalog) -> Vec<String> {
    let (before, after) = (described(old), described(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut lines = Vec::new();
    for name in names {
        match (before.get(name), after.get(name)) {
            (None, Some(new)) => lines.push(format!("+ {name} {new}")),
            (Some(old), None) => lines.push(format!("- {name} {old}")),
            (Some(old), Some(new)) if old != new => {
                lines.push(format!("! {name} {old} → {new}"));
            }
            _ => {}
        }
    }
    lines
}

/// Action or operation → what is known of it, as a line.
fn described(catalog: &Catalog) -> BTreeMap<String, String> {
    let actions = catalog.actions().map(|action| {
        let levels: Vec<&str> = action.levels().iter().map(|level| level.as_str()).collect();
        let types: Vec<String> = action
            .resource_types()
            .map(|r| format!("{}{}", r.resource_type.name(), if r.required { "*" } else { "" }))
            .collect();
        let dependents: Vec<String> =
            action.dependent_actions().map(|name| name.to_string()).collect();
        let only = if action.is_permission_only() { " permission-only" } else { "" };
        let text = format!(
            "[{}{only}] on [{}] with [{}]",
            levels.join(", "),
            types.join(", "),
            dependents.join(", ")
        );
        (action.name().to_string(), text)
    });
    let operations = catalog.operations().map(|operation| {
        let primary: Vec<String> =
            operation.primary_actions().map(|name| name.to_string()).collect();
        let client = operation.client();
        let name = format!("{} {}", client.model_name(), operation.name());
        (name, format!("needs [{}] ({:?})", primary.join(", "), operation.mapping()))
    });
    actions.chain(operations).collect()
}
