//! The statements of each duty.

use crate::evidence::{Environment, FunctionSettings};
use crate::finding::{Code, Finding};
use crate::iam::{BaseOperator, ConditionBlock};
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};

use super::{Duty, PipelineInputs, edge};

/// What deployers are refused whatever else they hold: it decides which code is trusted, and who invokes.
const NOT_FOR_DEPLOYERS: [&str; 9] = [
    "lambda:AddPermission",
    "lambda:DeleteCodeSigningConfig",
    "lambda:DeleteFunctionCodeSigningConfig",
    "lambda:DeleteResourcePolicy",
    "lambda:PutFunctionCodeSigningConfig",
    "lambda:PutResourcePolicy",
    "lambda:RemovePermission",
    "lambda:UpdateCodeSigningConfig",
    "signer:*",
];

pub(super) struct Maker<'a> {
    functions: &'a [&'a FunctionSettings],
    environment: &'a Environment,
    inputs: &'a PipelineInputs,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        functions: &'a [&'a FunctionSettings],
        environment: &'a Environment,
        inputs: &'a PipelineInputs,
    ) -> Self {
        Self { functions, environment, inputs, findings: Vec::new() }
    }

    pub(super) fn statements(&mut self, duty: Duty) -> Vec<Statement> {
        let mut statements = match duty {
            Duty::Build => self.build(),
            Duty::Sign => self.sign(),
            Duty::Deploy => self.deploy(),
            Duty::Policy => self.policy(),
        };
        statements.sort_by(|a, b| a.sid.cmp(&b.sid));
        // What only refuses is no duty.
        if statements.iter().all(|statement| statement.effect == Effect::Deny) {
            statements.clear();
        }
        statements
    }

    fn build(&mut self) -> Vec<Statement> {
        let mut all = Vec::new();
        if let (Some(project), Some(here)) =
            (self.input(Duty::Build, "project", "orders-build"), self.here())
        {
            let group = here("logs", &format!("log-group:/aws/codebuild/{project}"));
            all.push(allow(
                "WriteBuildLog",
                &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                vec![group.clone(), format!("{group}:*")],
            ));
            all.push(allow(
                "ReportTests",
                &[
                    "codebuild:BatchPutCodeCoverages",
                    "codebuild:BatchPutTestCases",
                    "codebuild:CreateReport",
                    "codebuild:CreateReportGroup",
                    "codebuild:UpdateReport",
                ],
                vec![here("codebuild", &format!("report-group/{project}-*"))],
            ));
        }
        if let Some(source) = self.input(Duty::Build, "source", "acme-ci/source/") {
            all.push(allow("ReadSource", &["s3:GetObject"], vec![self.objects(&source)]));
        }
        if let Some(unsigned) = self.input(Duty::Build, "unsigned", "acme-artifacts/unsigned/") {
            all.push(allow("PutUnsigned", &["s3:PutObject"], vec![self.objects(&unsigned)]));
        }
        all
    }

    fn sign(&mut self) -> Vec<Statement> {
        let mut all = Vec::new();
        let profile = self.input(
            Duty::Sign,
            "signing-profile",
            "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/acme",
        );
        let version = self.input(Duty::Sign, "signing-profile-version", "a1b2c3d4e5");
        if let (Some(profile), Some(version)) = (profile, version) {
            let parts: Vec<&str> = profile.splitn(6, ':').collect();
            let jobs = format!("{}:/signing-jobs/*", parts[..5.min(parts.len())].join(":"));
            let mut start = allow("SignWithOneProfile", &["signer:StartSigningJob"], vec![profile]);
            start.condition = equals("signer:ProfileVersion", &version);
            all.push(start);
            all.push(allow("WatchSigningJobs", &["signer:DescribeSigningJob"], vec![jobs]));
        }
        let unsigned = self.input(Duty::Sign, "unsigned", "acme-artifacts/unsigned/");
        if let Some(unsigned) = unsigned {
            let actions = ["s3:GetObject", "s3:GetObjectVersion"];
            all.push(allow("ReadUnsigned", &actions, vec![self.objects(&unsigned)]));
            let bucket = self.bucket(&unsigned);
            all.push(allow("ReadVersioning", &["s3:GetBucketVersioning"], vec![bucket]));
        }
        if let Some(signed) = self.input(Duty::Sign, "signed", "acme-artifacts/signed/") {
            all.push(allow("PutSigned", &["s3:PutObject"], vec![self.objects(&signed)]));
            all.push(allow("ListSigned", &["s3:ListBucket"], vec![self.bucket(&signed)]));
        }
        all
    }

    fn deploy(&mut self) -> Vec<Statement> {
        let mut all = Vec::new();
        let (mut known, mut roles) = (Vec::new(), Vec::new());
        for function in self.functions {
            match &function.deployed {
                Some(arn) => known.extend([arn.to_string(), format!("{arn}:*")]),
                None => self.missing(
                    Duty::Deploy,
                    &format!("the deployed name of function `{}`", function.name),
                    "give `function-name` in policy.toml",
                ),
            }
            match &function.role {
                Some(role) => roles.push(role.to_string()),
                None => self.missing(
                    Duty::Deploy,
                    &format!("the execution role of function `{}`", function.name),
                    "give `role` in policy.toml",
                ),
            }
        }
        if !known.is_empty() {
            let actions = [
                "lambda:GetFunction",
                "lambda:GetFunctionConfiguration",
                "lambda:PublishVersion",
                "lambda:UpdateAlias",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ];
            all.push(allow("DeployFunctions", &actions, known));
        }
        all.extend(self.create());
        let (functions, inputs) = (self.functions, self.inputs);
        let partition = self.environment.partition.clone();
        all.extend(edge::statements(self, functions, &partition, inputs));
        roles.sort();
        roles.dedup();
        if !roles.is_empty() {
            let mut pass = allow("PassExecutionRoles", &["iam:PassRole"], roles);
            pass.condition = equals("iam:PassedToService", "lambda.amazonaws.com");
            all.push(pass);
        }
        if let Some(signed) = self.input(Duty::Deploy, "signed", "acme-artifacts/signed/") {
            all.push(allow("ReadSigned", &["s3:GetObject"], vec![self.objects(&signed)]));
        }
        all.push(deny("LeaveTrustAlone", &NOT_FOR_DEPLOYERS, vec!["*".to_owned()]));
        all
    }

    /// Functions are made with their code-signing configuration or not at all.
    fn create(&mut self) -> Vec<Statement> {
        let mut by_configuration: std::collections::BTreeMap<String, Vec<String>> =
            std::collections::BTreeMap::new();
        for function in self.functions {
            let Some(arn) = &function.deployed else { continue };
            let own = function.configuration.code_signing.as_deref();
            match own.or(self.inputs.code_signing.as_deref()) {
                Some(signing) => {
                    let functions = by_configuration.entry(signing.to_owned()).or_default();
                    functions.push(arn.to_string());
                }
                None => self.missing(
                    Duty::Deploy,
                    &format!("the code-signing configuration of function `{}`", function.name),
                    "give `code-signing` of the function or of `[pipeline]` in policy.toml; without it the function cannot be made, only updated",
                ),
            }
        }
        let several = by_configuration.len() > 1;
        let one = |(index, (signing, functions)): (usize, (String, Vec<String>))| {
            let number = if several { (index + 1).to_string() } else { String::new() };
            let sid = format!("CreateSignedFunctions{number}");
            let mut statement = allow(&sid, &["lambda:CreateFunction"], functions);
            statement.condition = equals("lambda:CodeSigningConfigArn", &signing);
            statement
        };
        by_configuration.into_iter().enumerate().map(one).collect()
    }

    fn policy(&mut self) -> Vec<Statement> {
        let mut all = Vec::new();
        let boundary = self.input(
            Duty::Policy,
            "boundary",
            "arn:aws:iam::111122223333:policy/lambda-boundary",
        );
        let mut roles: Vec<String> = self
            .functions
            .iter()
            .filter_map(|it| it.role.as_ref())
            .map(ToString::to_string)
            .collect();
        roles.sort();
        roles.dedup();
        if let (Some(boundary), false) = (boundary, roles.is_empty()) {
            let actions =
                ["iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"];
            let mut put = allow("WriteBoundedRoles", &actions, roles.clone());
            put.condition = equals("iam:PermissionsBoundary", &boundary);
            all.push(put);
            all.push(deny(
                "NeverLoosenTheBoundary",
                &[
                    "iam:CreatePolicyVersion",
                    "iam:DeletePolicy",
                    "iam:DeletePolicyVersion",
                    "iam:DeleteRolePermissionsBoundary",
                    "iam:SetDefaultPolicyVersion",
                ],
                roles.iter().cloned().chain([boundary]).collect(),
            ));
        }
        if !roles.is_empty() {
            let actions = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies"];
            all.push(allow("ReadRoles", &actions, roles));
        }
        let functions: Vec<String> = self
            .functions
            .iter()
            .filter_map(|function| function.deployed.as_ref())
            .flat_map(|arn| [arn.to_string(), format!("{arn}:*")])
            .collect();
        if !functions.is_empty() {
            let actions = [
                "lambda:AddPermission",
                "lambda:DeleteResourcePolicy",
                "lambda:GetPolicy",
                "lambda:GetResourcePolicy",
                "lambda:PutResourcePolicy",
                "lambda:RemovePermission",
            ];
            all.push(allow("WriteResourcePolicies", &actions, functions));
        }
        all.push(allow(
            "CheckPolicies",
            &[
                "access-analyzer:CheckAccessNotGranted",
                "access-analyzer:CheckNoNewAccess",
                "access-analyzer:CheckNoPublicAccess",
                "access-analyzer:ValidatePolicy",
            ],
            vec!["*".to_owned()],
        ));
        all
    }

    /// An input by its key; a finding when it is missing.
    fn input(&mut self, duty: Duty, key: &str, example: &str) -> Option<String> {
        let inputs = self.inputs;
        let value = match key {
            "source" => &inputs.source,
            "unsigned" => &inputs.unsigned,
            "signed" => &inputs.signed,
            "project" => &inputs.project,
            "signing-profile" => &inputs.signing_profile,
            "signing-profile-version" => &inputs.signing_profile_version,
            _ => &inputs.boundary,
        };
        if value.is_none() {
            let help = format!("write `{key} = \"{example}\"` under `[pipeline]` in policy.toml");
            self.missing(duty, &format!("`{key}`"), &help);
        }
        value.as_deref().map(str::to_owned)
    }

    pub(super) fn missing(&mut self, duty: Duty, what: &str, help: &str) {
        let message = format!("the duty `{}` lacks what needs {what}", duty.as_str());
        self.findings.push(Finding::new(Code::PipelineIncomplete, message).help(help.to_owned()));
    }

    /// What completes ARNs of the pipeline's own resources.
    fn here(&mut self) -> Option<impl Fn(&str, &str) -> String + use<>> {
        let environment = self.environment;
        let (Some(account), Some(region)) = (&environment.account, &environment.region) else {
            self.missing(Duty::Build, "account and Region", "give `--account` and `--region`");
            return None;
        };
        let (partition, region, account) =
            (environment.partition.to_string(), region.to_string(), account.to_string());
        Some(move |service: &str, rest: &str| {
            format!("arn:{partition}:{service}:{region}:{account}:{rest}")
        })
    }

    fn bucket(&self, place: &str) -> String {
        let name = place.split('/').next().unwrap_or_default();
        format!("arn:{}:s3:::{name}", self.environment.partition)
    }

    fn objects(&self, place: &str) -> String {
        format!("arn:{}:s3:::{}/*", self.environment.partition, place.trim_end_matches('/'))
    }
}

pub(super) fn allow(sid: &str, actions: &[&str], resources: Vec<String>) -> Statement {
    let statement = Statement::allow(actions.iter().copied(), resources);
    Statement { sid: Some(sid.to_owned()), ..statement }
}

fn deny(sid: &str, actions: &[&str], resources: Vec<String>) -> Statement {
    Statement {
        sid: Some(sid.to_owned()),
        effect: Effect::Deny,
        principal: None,
        action: ActionElement::Action(actions.iter().map(|it| (*it).to_owned()).collect()),
        resource: Some(ResourceElement::Resource(resources)),
        condition: ConditionBlock::default(),
    }
}

pub(super) fn equals(key: &str, value: &str) -> ConditionBlock {
    ConditionBlock::default().with(BaseOperator::StringEquals, key, value)
}
