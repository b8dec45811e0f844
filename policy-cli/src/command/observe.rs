//! `observe`: CloudTrail logs in, one small file out that `generate` reads in their place.

use policy_core::catalog::Catalog;
use policy_core::evidence::trail::{KEPT_EVENTS, Layout, Query};

use super::Outcome;
use crate::args::{Engine, ObserveArgs, SqlDialect};
use crate::failure::Failure;
use crate::input::spark;
use crate::input::trail::{self, Progress, Verify};
use crate::output::exit::Exit;
use crate::output::{self, Detail};

/// Runs `observe`.
///
/// # Errors
/// [`Failure`] when something cannot be read or written; then nothing is written.
pub fn run(args: &ObserveArgs, detail: Detail) -> Result<Outcome, Failure> {
    if let Some(dialect) = args.emit_sql {
        return emit(args, dialect);
    }
    let progress = if detail.quiet { Progress::hidden() } else { Progress::on_terminal() };
    let verify = Verify::asked(args.verify_digests, args.digest_key.as_deref())?;
    if args.remote.is_some() && args.engine != Engine::Spark {
        return Err(Failure::input("`--remote` is the server of another engine")
            .help("add `--engine spark`"));
    }
    let mut gathered = match args.engine {
        Engine::Native => trail::gather(&args.trails, &args.join, &verify, &progress)?,
        Engine::Spark if args.verify_digests || args.keep_going => {
            return Err(Failure::input(
                "`--verify-digests` and `--keep-going` need the log files themselves",
            )
            .help(
                "leave them out with `--engine spark`, which stops at a file that it cannot read",
            ));
        }
        Engine::Spark => {
            let rows = spark::reduce(&args.trails, args.remote.as_deref())?;
            let results = [&args.join[..], &[rows.path()]].concat();
            trail::gather(&[], &results, &verify, &progress)?
        }
    };
    let (refused, notes) =
        (std::mem::take(&mut gathered.refused), std::mem::take(&mut gathered.notes));
    let aggregate = &gathered.aggregate;
    if !refused.is_empty() && !args.keep_going {
        let (files, refused_files) = (aggregate.files(), aggregate.refused_files());
        return Ok(super::partial(refused, files, refused_files, !args.verify_digests));
    }
    let (files, records) = (aggregate.files(), aggregate.records());
    gathered.settle(KEPT_EVENTS)?;
    let data = match &args.out {
        Some(out) => {
            output::observe::write(out, |file| gathered.aggregate.write_file(file))?;
            output::observe::human(files, records, out, detail)
        }
        None => gathered.file()?,
    };
    let exit = if refused.is_empty() { Exit::Done } else { Exit::No };
    let findings = refused.into_iter().chain(notes).collect();
    Ok(Outcome { data, findings, exit })
}

/// The SQL that reduces logs elsewhere.
fn emit(args: &ObserveArgs, dialect: SqlDialect) -> Result<Outcome, Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Failure::input("`--from` is a later day than `--to`"));
    }
    let catalog = Catalog::embedded();
    let layout = Layout {
        place: args.bucket_location.clone(),
        accounts: args.accounts.clone(),
        regions: args.regions.clone(),
        from: args.from,
        to: args.to,
    };
    let query = match dialect {
        SqlDialect::Athena => Query::athena(catalog, &layout),
        SqlDialect::Spark if args.from.is_some() || args.to.is_some() => {
            return Err(Failure::input("Spark finds the days by the path alone")
                .help("leave out `--from` and `--to`, and add the days to the path in the text: `…/CloudTrail/*/2026/11/*`"));
        }
        SqlDialect::Spark => {
            let paths: Vec<String> = layout.pattern().into_iter().collect();
            Query::spark(catalog, &paths)
        }
    };
    let data = output::observe::sql(&query, args.part);
    Ok(Outcome { data, findings: Vec::new(), exit: Exit::Done })
}
