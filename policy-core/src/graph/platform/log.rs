//! The function's log.

use crate::evidence::{FunctionSettings, SettingName};
use crate::finding::{Code, Finding};
use crate::graph::complete::Wanted;
use crate::graph::node::GrantClass;
use crate::iam::Arn;

use super::{Ask, Asked, Asker};

/// Asks for what writes the log; for making its group too, unless somebody else makes it.
///
/// # Source
/// AWS Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs". Whether `CreateLogGroup` is checked against
/// the group's ARN with or without `:*` is not documented, so both forms are granted. For Lambda@Edge: Amazon CloudFront
/// Developer Guide, "Set up IAM permissions and roles for Lambda@Edge": the log lies in the Region of the replica.
pub(super) fn ask(asker: &mut Asker<'_>, settings: &FunctionSettings) {
    let configuration = &settings.configuration;
    let is_edge = configuration.is_edge == Some(true);
    let deployed = settings.deployed.as_ref().map(Arn::resource);
    let function = deployed.and_then(|resource| resource.strip_prefix("function:"));
    let name = function.unwrap_or(&settings.name);
    let group = match &configuration.log_group {
        Some(group) => group.to_string(),
        None if is_edge => format!("/aws/lambda/us-east-1.{name}"),
        None => format!("/aws/lambda/{name}"),
    };
    if configuration.log_group.is_none() && function.is_none() {
        asker.findings.push(
            Finding::new(
                Code::FunctionNameAssumed,
                format!(
                    "the log group is taken to be `{group}`, since all that is known of the function is the name `{name}`"
                ),
            )
            .help("give the deployed function with `--function-name`, or its log group in policy.toml"),
        );
    }
    let wanted = Wanted { text: "the log of the function", origin: None };
    // A replica logs in its own Region, and which key its calls carry is not documented.
    let (region, class) = match is_edge {
        true => ("*", GrantClass::PlatformUnnamed),
        false => (asker.completer.region(wanted), GrantClass::PlatformNamed),
    };
    if is_edge {
        let message = "the log of a function at the edge lies in the Region of each replica, so its grants name no Region";
        asker.findings.push(Finding::new(Code::WideDeclaration, message));
    }
    let group = format!(
        "arn:{}:logs:{region}:{}:log-group:{group}",
        asker.completer.partition(),
        asker.completer.account(wanted)
    );
    let contents = format!("{group}:*");
    let origins = &configuration.origins;
    let origin = origins.get(&SettingName::LogGroup).filter(|_| configuration.log_group.is_some());
    let asked = origin.map_or(Asked::Always, Asked::Setting);
    let ask = Ask::new("log of the function", class, asked);
    if configuration.log_group_is_managed != Some(true) {
        asker.add(&ask, &["logs:CreateLogGroup"], &group);
        asker.add(&ask, &["logs:CreateLogGroup"], &contents);
    }
    asker.add(&ask, &["logs:CreateLogStream", "logs:PutLogEvents"], &contents);
}
