//! `observe`: CloudTrail logs in, one small file out that `generate` reads in their place.

use policy_core::evidence::trail::KEPT_EVENTS;

use super::Outcome;
use crate::args::ObserveArgs;
use crate::failure::Failure;
use crate::input::trail::{self, Progress, Verify};
use crate::output::exit::Exit;
use crate::output::{self, Detail};

/// Runs `observe`.
///
/// # Errors
/// [`Failure`] when something cannot be read or written; then nothing is written.
pub fn run(args: &ObserveArgs, detail: Detail) -> Result<Outcome, Failure> {
    let progress = if detail.quiet { Progress::hidden() } else { Progress::on_terminal() };
    let trail::Gathered { mut aggregate, refused, .. } =
        trail::gather(&args.trails, &args.join, &Verify::No, &progress)?;
    if !refused.is_empty() && !args.keep_going {
        return Ok(super::partial(refused, aggregate.files(), aggregate.refused_files()));
    }
    let (files, records) = (aggregate.files(), aggregate.records());
    aggregate.settle(KEPT_EVENTS);
    let text = aggregate.to_file();
    let data = match &args.out {
        Some(out) => {
            output::observe::write(out, &text)?;
            output::observe::human(files, records, out, detail)
        }
        None => text,
    };
    let exit = if refused.is_empty() { Exit::Done } else { Exit::No };
    Ok(Outcome { data, findings: refused, exit })
}
