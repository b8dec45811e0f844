//! `catalog`: what the embedded catalog knows, its date and digest.

use policy_core::catalog::{Action, Catalog};
use policy_core::iam::ActionName;

use super::Outcome;
use crate::args::{CatalogArgs, Format};
use crate::failure::Failure;
use crate::output;
use crate::output::exit::Exit;

/// Runs `catalog`.
///
/// # Errors
/// [`Failure`] when something is no action, or none that the catalog knows.
pub fn run(args: &CatalogArgs) -> Result<Outcome, Failure> {
    let catalog = Catalog::embedded();
    let mut actions = Vec::new();
    let mut failures = Vec::new();
    for text in &args.actions {
        match find(catalog, text) {
            Ok(action) => actions.push(action),
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(Failure::all(failures));
    }
    let data = match args.format {
        Format::Human => output::catalog::human(catalog, &actions),
        Format::Json => output::catalog::json(catalog, &actions),
    };
    Ok(Outcome { data, findings: Vec::new(), exit: Exit::Done })
}

fn find<'c>(catalog: &'c Catalog, text: &str) -> Result<Action<'c>, Failure> {
    let name: ActionName = text.parse().map_err(|error: policy_core::iam::WordError| {
        Failure::input(error.to_string()).help("write `service:Name`, such as `s3:GetObject`")
    })?;
    catalog.action(&name).ok_or_else(|| {
        let failure = Failure::input(format!("the catalog knows no action `{name}`"));
        match catalog.nearest_action(name.service(), name.name()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => match catalog.nearest_service(name.service()) {
                Some(near) if near != name.service() => {
                    failure.help(format!("did you mean the service `{near}`?"))
                }
                _ => failure
                    .help(format!("the catalog is of {}; the action may be newer", catalog.date())),
            },
        }
    })
}
