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
    let verify = Verify::asked(args.verify_digests, args.digest_key.as_deref())?;
    let trail::Gathered { mut aggregate, refused, notes } =
        trail::gather(&args.trails, &args.join, &verify, &progress)?;
    if !refused.is_empty() && !args.keep_going {
        let (files, refused_files) = (aggregate.files(), aggregate.refused_files());
        return Ok(super::partial(refused, files, refused_files, !args.verify_digests));
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
    let findings = refused.into_iter().chain(notes).collect();
    Ok(Outcome { data, findings, exit })
}
