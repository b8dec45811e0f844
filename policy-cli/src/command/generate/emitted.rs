//! What is made beside the policies of functions: `--emit`.

use policy_core::synthesis;

use super::{Generated, reported, unmade};
use crate::args::{Emit, GenerateArgs};
use crate::failure::Failure;

/// Makes what others must add for each function, if that is asked for.
///
/// # Errors
/// [`Failure`] when a fragment does not pass its proof.
pub(super) fn fragments(generated: &mut Generated, args: &GenerateArgs) -> Result<(), Failure> {
    if !args.emit.contains(&Emit::Fragments) {
        return Ok(());
    }
    for function in &mut generated.functions {
        let Some(graph) = &function.graph else { continue };
        let made = synthesis::fragments(graph, &function.policies);
        let of = format!("function `{}`", function.settings.name);
        let (fragments, findings) = made.map_err(|error| unmade(&error, &of))?;
        function.findings.extend(findings.into_iter().map(reported));
        function.findings.sort();
        function.fragments = Some(fragments);
    }
    Ok(())
}
