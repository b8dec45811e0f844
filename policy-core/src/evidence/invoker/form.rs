//! What sources look like: checked as they are written, completed to ARNs.

use super::{InvokerKind, InvokerOptions, InvokerWay, SourceForm, UrlAuth};
use crate::iam::{AccountId, RoleArn};

/// What completes a source that is no ARN.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The partition.
    pub partition: &'a str,
    /// The function's Region.
    pub region: &'a str,
    /// The function's account.
    pub account: &'a str,
}

/// What is wrong with an invoker as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// With which part of it.
    pub part: WrongPart,
    /// What: a clause that can follow a colon.
    pub problem: String,
    /// What to write.
    pub help: Option<String>,
}

/// A part of an invoker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WrongPart {
    /// The source, or its kind as a whole.
    Source,
    /// The alias or version.
    Qualifier,
    /// `organization`
    Organization,
    /// `account`
    Account,
    /// `auth`
    Auth,
}

impl Wrong {
    fn new(part: WrongPart, problem: impl Into<String>) -> Self {
        Self { part, problem: problem.into(), help: None }
    }

    fn source(problem: impl Into<String>) -> Self {
        Self::new(WrongPart::Source, problem)
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Somewhere, to check a source before anyone knows where the function is.
const ANYWHERE: Surroundings<'static> =
    Surroundings { partition: "aws", region: "eu-west-1", account: "111122223333" };

impl InvokerKind {
    /// Checks an invoker as it is written, its `{parameter}`s filled.
    ///
    /// # Errors
    /// [`Wrong`] about the first part that does not fit the kind.
    pub fn check(
        &self,
        source: &str,
        qualifier: Option<&str>,
        options: &InvokerOptions,
    ) -> Result<(), Wrong> {
        self.check_options(options)?;
        match self.way {
            InvokerWay::Source(form) => self.source_arn(&form, source, ANYWHERE).map(|_| ()),
            InvokerWay::Account { service, .. } => {
                let account = account_of(source);
                if options.account.is_some() && account.is_some() {
                    let problem = "the ARN says whose the source is: remove `account`";
                    return Err(Wrong::new(WrongPart::Account, problem));
                }
                let is_its_arn = source.split(':').nth(2) == Some(service) && account.is_some();
                match source.starts_with("arn:") && !is_its_arn || source.is_empty() {
                    true => Err(self.no_source(source)),
                    false => Ok(()),
                }
            }
            InvokerWay::Token { .. } if source.is_empty() || has_wildcard(source) => {
                Err(Wrong::source(format!("`{source}` is no id of a skill: it is written out")))
            }
            InvokerWay::Role => match source.parse::<RoleArn>() {
                Ok(_) if !has_wildcard(source) => Ok(()),
                _ => Err(self.no_source(source)),
            },
            InvokerWay::OtherAccount if !AccountId::fits(source) => Err(self.no_source(source)),
            InvokerWay::Organization if !is_organization(source) => Err(self.no_source(source)),
            InvokerWay::Url => check_url(source, qualifier, options),
            InvokerWay::Polled => Err(Wrong::source(format!(
                "`{0}` is polled with the execution role: write `polls({0}(…))`",
                self.word
            ))),
            _ if source.is_empty() => Err(Wrong::source("the source is empty")),
            _ => Ok(()),
        }
    }

    fn check_options(&self, options: &InvokerOptions) -> Result<(), Wrong> {
        if let Some(organization) = &options.organization {
            let fits =
                matches!(self.way, InvokerWay::Role | InvokerWay::OtherAccount | InvokerWay::Url);
            if !fits {
                let problem = format!(
                    "`organization` is about roles, accounts and callers of a URL; a call of `{}` carries no organization of a principal",
                    self.word
                );
                return Err(Wrong::new(WrongPart::Organization, problem));
            }
            if !is_organization(organization) {
                let problem = format!("`{organization}` is no organization");
                return Err(Wrong::new(WrongPart::Organization, problem)
                    .help("write its id, such as `o-a1b2c3d4e5`"));
            }
        }
        if let Some(account) = &options.account {
            let fits = match self.way {
                InvokerWay::Source(form) => !form.names_account(),
                InvokerWay::Account { .. } => true,
                _ => false,
            };
            if !fits {
                let problem = format!(
                    "`account` says whose a source is when its ARN does not; `{}` needs it not",
                    self.word
                );
                return Err(Wrong::new(WrongPart::Account, problem));
            }
            if !AccountId::fits(account) {
                let problem = format!("`{account}` is no account");
                return Err(
                    Wrong::new(WrongPart::Account, problem).help("write all 12 digits of its id")
                );
            }
        }
        match (options.auth, self.way) {
            (None, InvokerWay::Url) => {
                Err(Wrong::new(WrongPart::Auth, "the auth type of the URL is missing")
                    .help("write `auth = \"AWS_IAM\"`, or `auth = \"NONE\"` for a public one"))
            }
            (Some(_), way) if way != InvokerWay::Url => Err(Wrong::new(
                WrongPart::Auth,
                format!("`auth` is about `url`, not about `{}`", self.word),
            )),
            _ => Ok(()),
        }
    }

    fn no_source(&self, source: &str) -> Wrong {
        let wrong = Wrong::source(format!("`{source}` is no source of `{}`", self.word));
        wrong.help(format!("write one such as {}", self.example.replace('"', "`")))
    }

    /// The ARN of a source; Region and account that it leaves out are the function's.
    ///
    /// # Errors
    /// [`Wrong`] when it is no source of this kind.
    pub fn source_arn(
        &self,
        form: &SourceForm,
        written: &str,
        at: Surroundings<'_>,
    ) -> Result<String, Wrong> {
        let mut arn = if written.starts_with("arn:") {
            let parts: Vec<&str> = written.splitn(6, ':').collect();
            let [_, _, service, _, account, rest] = parts[..] else {
                return Err(self.no_source(written));
            };
            let fits = service == form.service() && rest.starts_with(form.starts);
            if !fits || rest.len() == form.starts.len() {
                return Err(self.no_source(written));
            }
            if form.names_account() && !AccountId::fits(account) {
                return Err(Wrong::source(format!(
                    "the account in `{written}` must be written out"
                )));
            }
            written.to_owned()
        } else {
            let tail_start = form.format.rsplit("{A}:").next().unwrap_or_default();
            // Kinds whose format has the start already take the bare name.
            let start = if tail_start.starts_with(form.starts) { "" } else { form.starts };
            let name = written.strip_prefix(start).unwrap_or_default();
            if name.is_empty() || !written.starts_with(start) {
                return Err(self.no_source(written));
            }
            form.format
                .replace("{P}", at.partition)
                .replace("{R}", at.region)
                .replace("{A}", at.account)
                .replace("{}", written)
        };
        if !arn.ends_with(form.ends) {
            arn.push_str(form.ends);
        }
        let rest = arn.splitn(6, ':').nth(5).unwrap_or_default();
        match self.word {
            "apigateway" => api(rest)?,
            "s3" if rest.contains('/') => {
                return Err(Wrong::source(format!(
                    "`{rest}` is no bucket: a notification names the bucket, not what is in it"
                )));
            }
            _ => {}
        }
        Ok(arn)
    }
}

/// What of an `execute-api` ARN follows the account: `API/STAGE/METHOD/path`, `API/STAGE/ROUTE` of a
/// WebSocket API, `API/authorizers/ID`.
fn api(rest: &str) -> Result<(), Wrong> {
    let parts: Vec<&str> = rest.split('/').collect();
    let help = "write `API/STAGE/METHOD/path`, `API/STAGE/$connect` of a WebSocket API, `API/$default/$default`, or `API/authorizers/ID`";
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id(parts[0]) {
        let problem = format!("`{}` is no id of an API, which is written out", parts[0]);
        return Err(Wrong::source(problem).help(help));
    }
    if parts.len() < 3 || parts[1].is_empty() || parts[2].is_empty() {
        return Err(Wrong::source(format!("`{rest}` names no stage and method")).help(help));
    }
    // The ARN has the method of the call, so that the word for all of them never matches.
    if parts.len() > 3 && parts[2] == "ANY" {
        return Err(Wrong::source("no call has the method `ANY`").help("write `*` for any method"));
    }
    Ok(())
}

fn check_url(source: &str, qualifier: Option<&str>, options: &InvokerOptions) -> Result<(), Wrong> {
    if qualifier.is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit())) {
        let problem = "a version has no URL: a URL is the function's or an alias's";
        return Err(Wrong::new(WrongPart::Qualifier, problem));
    }
    let is_one = AccountId::fits(source)
        || source.parse::<RoleArn>().is_ok() && !has_wildcard(source)
        || is_user(source);
    match (options.auth, source) {
        (Some(UrlAuth::None), "*") if options.organization.is_some() => Err(Wrong::new(
            WrongPart::Organization,
            "nobody signs calls of a public URL, so that they carry no organization",
        )),
        (Some(UrlAuth::None), "*") => Ok(()),
        (Some(UrlAuth::None), _) => {
            Err(Wrong::source("nobody signs calls of a public URL, so that it has no principal"))
        }
        // Callers of the own account, by their identity policies.
        (_, "") => Ok(()),
        (_, "*") if options.organization.is_some() => Ok(()),
        (_, _) if is_one => Ok(()),
        (_, _) => Err(Wrong::source(format!("`{source}` is no principal")).help(
            "write the ARN of a role or user, an account of 12 digits, or `*` with an `organization`",
        )),
    }
}

fn is_user(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, rest] => {
            let name = rest.strip_prefix("user/").unwrap_or_default();
            AccountId::fits(account) && !name.is_empty() && !has_wildcard(name)
        }
        _ => false,
    }
}

fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The account in an ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| AccountId::fits(account))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(word: &str, source: &str) -> Result<String, String> {
        let kind = InvokerKind::of(word).unwrap();
        let InvokerWay::Source(form) = kind.way else { panic!("{word} has no source") };
        kind.source_arn(&form, source, ANYWHERE).map_err(|wrong| wrong.problem)
    }

    #[test]
    fn every_example_is_a_source_of_its_kind() {
        for kind in InvokerKind::all() {
            let source = kind.example.trim_matches('"');
            let options = match kind.way {
                InvokerWay::Url | InvokerWay::Polled => continue,
                _ => InvokerOptions::default(),
            };
            assert_eq!(kind.check(source, None, &options), Ok(()), "{}", kind.shown());
            assert!(kind.check("", None, &options).is_err(), "{} takes nothing", kind.word);
        }
    }

    #[test]
    fn what_is_left_out_is_completed() {
        for (word, source, expected) in [
            (
                "apigateway",
                "a1b2/$default/$default",
                "arn:aws:execute-api:eu-west-1:111122223333:a1b2/$default/$default",
            ),
            (
                "apigateway",
                "a1b2/authorizers/c3d4",
                "arn:aws:execute-api:eu-west-1:111122223333:a1b2/authorizers/c3d4",
            ),
            (
                "apigateway",
                "a1b2/prod/$connect",
                "arn:aws:execute-api:eu-west-1:111122223333:a1b2/prod/$connect",
            ),
            ("s3", "acme", "arn:aws:s3:::acme"),
            ("logs", "/aws/x", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/x:*"),
            (
                "logs",
                "arn:aws:logs:eu-west-1:444455556666:log-group:/x",
                "arn:aws:logs:eu-west-1:444455556666:log-group:/x:*",
            ),
            ("cloudwatch", "high", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:high"),
            ("lex_v1", "intent:Order", "arn:aws:lex:eu-west-1:111122223333:intent:Order:*"),
            ("cloudfront", "distribution/E1", "arn:aws:cloudfront::111122223333:distribution/E1"),
        ] {
            assert_eq!(arn(word, source).as_deref(), Ok(expected), "{word} {source}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for (word, source) in [
            ("apigateway", "a1b2"),
            ("apigateway", "*/prod/GET/x"),
            ("apigateway", "a1b2/prod"),
            ("apigateway", "a1b2/prod/ANY/x"),
            ("apigateway", "arn:aws:execute-api:eu-west-1:*:a1b2/prod/GET/x"),
            ("events", "nightly"),
            ("s3", "acme/in/"),
            ("s3", "arn:aws:sqs:eu-west-1:111122223333:q"),
            ("sns", "arn:aws:sns:eu-west-1:*:orders"),
            ("sns", "arn:aws:sns:eu-west-1"),
        ] {
            assert!(arn(word, source).is_err(), "{word} {source}");
        }
    }

    #[test]
    fn options_are_those_of_the_kind() {
        let with = |word: &str, source: &str, qualifier, options: InvokerOptions| {
            let kind = InvokerKind::of(word).unwrap();
            kind.check(source, qualifier, &options).map_err(|wrong| wrong.part)
        };
        let organization = |id: &str| InvokerOptions {
            organization: Some(id.into()),
            ..InvokerOptions::default()
        };
        let account =
            |id: &str| InvokerOptions { account: Some(id.into()), ..InvokerOptions::default() };
        let auth = |auth| InvokerOptions { auth: Some(auth), ..InvokerOptions::default() };
        let role = "arn:aws:iam::444455556666:role/web";
        let (ours, wrong) = ("o-a1b2c3d4e5", Err(WrongPart::Organization));
        assert_eq!(with("role", role, None, organization(ours)), Ok(()));
        assert_eq!(with("role", role, None, organization("o-*")), wrong);
        assert_eq!(with("s3", "b", None, organization(ours)), wrong);
        assert_eq!(with("s3", "b", None, account("444455556666")), Ok(()));
        assert_eq!(with("s3", "b", None, account("4444")), Err(WrongPart::Account));
        assert_eq!(with("sns", "t", None, account("444455556666")), Err(WrongPart::Account));
        assert_eq!(with("sns", "t", None, auth(UrlAuth::None)), Err(WrongPart::Auth));
        assert_eq!(with("url", role, None, InvokerOptions::default()), Err(WrongPart::Auth));
        assert_eq!(with("url", role, None, auth(UrlAuth::AwsIam)), Ok(()));
        assert_eq!(with("url", "", None, auth(UrlAuth::AwsIam)), Ok(()));
        assert_eq!(with("url", role, Some("7"), auth(UrlAuth::AwsIam)), Err(WrongPart::Qualifier));
        assert_eq!(with("url", role, Some("live"), auth(UrlAuth::AwsIam)), Ok(()));
        assert_eq!(with("url", "*", None, auth(UrlAuth::AwsIam)), Err(WrongPart::Source));
        assert_eq!(with("url", "*", None, auth(UrlAuth::None)), Ok(()));
        assert_eq!(with("url", role, None, auth(UrlAuth::None)), Err(WrongPart::Source));
        let everyone_of = InvokerOptions { auth: Some(UrlAuth::AwsIam), ..organization(ours) };
        assert_eq!(with("url", "*", None, everyone_of), Ok(()));
        let nobody_of = InvokerOptions { auth: Some(UrlAuth::None), ..organization(ours) };
        assert_eq!(with("url", "*", None, nobody_of), wrong);
        for (word, source) in
            [("role", "arn:aws:iam::444455556666:role/*"), ("account", "4"), ("organization", "x")]
        {
            let found = with(word, source, None, InvokerOptions::default());
            assert_eq!(found, Err(WrongPart::Source), "{word} {source}");
        }
    }
}
