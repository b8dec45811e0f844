"""What other people's programs say of the documents and forms that `generate` writes.

usage: documents.py POLICY_CLI FOLDER PROVIDER

`parliament` looks at every policy of a role or function that the cases of synthesis and the examples expect. `cfn-lint` looks at the
templates of the examples, those of SAM merged into a template that has the functions; AWS's own SAM translator turns these into
CloudFormation, where the functions must have our roles and the roles our policies and nothing else, and the permissions for events that the
form of SAM leaves out must be there. The arguments of the Terraform
configurations are held against PROVIDER, a package of bindings that are made from the provider's schema. FOLDER gets the forms.
"""

import glob
import json
import os
import re
import subprocess
import sys
import warnings
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = {"order-api": ["order-api"], "nightly-reports": ["report-builder", "report-mailer"]}

# What parliament says that is not so, or is meant: issue, pattern of the detail, pattern of the file, why.
NOT_SO = [
    ("UNKNOWN_CONDITION_FOR_ACTION", r"lambda:SourceFunctionArn", "",
     "calls of any service carry the key (Lambda Developer Guide, 'Using source function ARN'); parliament knows keys by service"),
    ("UNKNOWN_CONDITION_FOR_ACTION", r"lambda:InvokedViaFunctionUrl", "", "a key of October 2025, newer than parliament's data"),
    ("UNKNOWN_ACTION", r"lambda:(CheckpointDurableExecution|GetDurableExecutionState)", "",
     "actions of durable functions, newer than parliament's data"),
    ("RESOURCE_STAR", r"^\[('ec2:\w*(NetworkInterface|PrivateIpAddresses)',? ?)+\]$", "",
     "what Lambda needs for its interfaces, which have no name before; the Lambda Developer Guide says `*`"),
    ("RESOURCE_STAR", r"s3:(Create|Delete)Bucket", "making_a_bucket_has_no_owner", "the case declares any bucket, with a reason"),
    ("RESOURCE_STAR", r"sqs:SendMessage", "invalid_declarations", "the case declares any queue, with a reason"),
    ("UNKNOWN_CONDITION_FOR_ACTION", r"iam:PassedToService for action sqs:SendMessage", "a_role_passed_to_no_service",
     "the case's note limits the call by a key that it does not show, so that the call is refused"),
    ("RESOURCE_MISMATCH", r"logs:CreateLogStream", "log_groups_with_and_without_their_contents",
     "the case observes the call on the ARN of a group without its contents"),
    ("RESOURCE_MISMATCH", r"s3express:CreateSession", "", "a directory bucket, whose ARN has a slash; parliament takes every type called bucket for one of S3, whose ARNs have none"),
    ("MISMATCHED_TYPE_BUT_USABLE", r"StringEquals requires a value of type String but given Arn", "",
     "AWS's own examples compare the ARN of an EFS access point with StringEquals"),
]


def parliament():
    warnings.filterwarnings("ignore")
    import parliament

    folders = ["policy-core/tests/cases/synthesis/*", "examples/*/expected/*"]
    names = ["execution-role*.json", "resource-policy*.json"]
    files = sorted(f for folder in folders for name in names for f in glob.glob(os.path.join(ROOT, folder, name)))
    assert len(files) > 40, f"only {len(files)} documents"
    used, said = set(), []
    for file in files:
        with open(file, encoding="utf-8") as text:
            found = parliament.analyze_policy_string(text.read(), file).findings
        for finding in found:
            for rule in NOT_SO:
                if finding.issue == rule[0] and re.search(rule[1], str(finding.detail)) and re.search(rule[2], file):
                    used.add(rule)
                    break
            else:
                said.append(f"{os.path.relpath(file, ROOT)}: {finding.issue}: {finding.detail}")
    assert not said, "parliament finds:\n" + "\n".join(said)
    unused = [rule for rule in NOT_SO if rule not in used]
    assert not unused, f"parliament does not say this any more: {unused}"
    print(f"parliament: {len(files)} documents, nothing found that is so")


def form(policy_cli, example, name, *more):
    command = [policy_cli, "generate", "--crate", f"examples/{example}", "--account", "111122223333", "--region", "eu-west-1", "-q"]
    done = subprocess.run([*command, "--format", name, *more], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, f"{example} as {name}: {done.stderr.decode()}"
    return json.loads(done.stdout)


def merged(template):
    """The template with what its functions have in the template of their author."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"].update({"CodeUri": "s3://builds/code.zip", "Handler": "bootstrap", "Runtime": "provided.al2023"})
    return template


def put_into(template, ours):
    """The template with the resources of a form."""
    for name, resource in ours["Resources"].items():
        if name in template["Resources"]:
            template["Resources"][name]["Properties"].update(resource["Properties"])
        else:
            template["Resources"][name] = resource
    return template


def who(permission):
    """Whom a permission lets in, in one text for what SAM and we write differently."""
    def text(value):
        if not isinstance(value, dict):
            return str(value)
        (name, of), = value.items()
        if name == "Fn::Sub":
            of, own = of if isinstance(of, list) else (of, {})
            for key, value in own.items():
                of = of.replace("${%s}" % key, text(value))
            return of.replace("${", "").replace("}", "")
        return of if name == "Ref" else ".".join(of)

    found = {name: text(value) for name, value in permission["Properties"].items()}
    source = found.get("SourceArn", "").replace("arn:aws:", "arn:AWS::Partition:")
    thing = re.fullmatch(r"arn:AWS::Partition:iot:AWS::Region:AWS::AccountId:rule/(\w+)", source)
    found["SourceArn"] = thing.group(1) + ".Arn" if thing else source
    # What SAM calls the alias that it makes.
    found["FunctionName"] = found["FunctionName"].replace("OrderApiAliaslive", "OrderApi.Alias")
    found.pop("SourceAccount", None)
    return tuple(sorted(found.items()))


def events(policy_cli, transform, managed, folder):
    """What the form of SAM leaves out for events is what SAM makes, and nothing that it does not."""
    with open(os.path.join(ROOT, "tests/foreign/events.template.json"), encoding="utf-8") as text:
        own = json.load(text)
    permissions = {}
    for name in ("sam", "cloudformation"):
        found = form_in(policy_cli, "order-api", own, folder, name)["Resources"]
        permissions[name] = {id: it for id, it in found.items() if it["Type"] == "AWS::Lambda::Permission"}
    left = {id: it for id, it in permissions["cloudformation"].items() if id not in permissions["sam"]}
    template = put_into(own, form_in(policy_cli, "order-api", own, folder))
    made = transform(json.loads(json.dumps(template)), {}, managed)["Resources"]
    made = {id: it for id, it in made.items() if it["Type"] == "AWS::Lambda::Permission" and id not in permissions["sam"]}
    by_sam, ours = {who(it): id for id, it in made.items()}, {who(it): id for id, it in left.items()}
    assert len(left) == 12, sorted(left)
    assert ours.keys() <= by_sam.keys(), {id: key for key, id in ours.items() if key not in by_sam}
    others = {id for key, id in by_sam.items() if key not in ours}
    assert others == {"OrderApiUploadPermission"}, others
    return template


def form_in(policy_cli, example, template, folder, name="sam"):
    """The form for a template whose function CloudFormation names."""
    path = os.path.abspath(os.path.join(folder, example))
    with open(os.path.join(ROOT, f"examples/{example}/policy.toml"), encoding="utf-8") as text:
        config = [line for line in text if not line.startswith("function-name")]
    for written, text in ((f"{path}.template.json", json.dumps(template)), (f"{path}.toml", "".join(config))):
        with open(written, "w", encoding="utf-8") as file:
            file.write(text)
    return form(policy_cli, example, name, "--template", f"{path}.template.json", "--config", f"{path}.toml")


def templates(policy_cli, folder):
    os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
    from samtranslator.translator.transform import transform

    class NoManagedPolicies:
        def load(self):
            raise AssertionError("SAM asks for managed policies")

    files = []
    with open(os.path.join(ROOT, "tests/foreign/order-api.template.json"), encoding="utf-8") as text:
        own = json.load(text)
    for example, functions in EXAMPLES.items():
        plain = form(policy_cli, example, "cloudformation")
        sam = merged(form(policy_cli, example, "sam"))
        both = {"plain": plain, "sam": sam}
        if example == "order-api":
            given = ("--template", "tests/foreign/order-api.template.json")
            nameless = json.loads(json.dumps(own))
            del nameless["Resources"]["OrderApi"]["Properties"]["FunctionName"]
            nameless["Resources"]["OrderApi"]["Metadata"] = {"BuildProperties": {"Binary": "order-api"}}
            both["nameless"] = put_into(nameless, form_in(policy_cli, example, nameless, folder))
            assert "OrderApiPolicy" in nameless["Resources"], "a role that needs its function cannot be made"
            own = put_into(own, form(policy_cli, example, "sam", *given))
            both["own"] = own
            both["events"] = events(policy_cli, transform, NoManagedPolicies(), folder)
            text = json.dumps(own)
            for reference in ('["OrdersTable", "Arn"]', "${OrdersTable.Arn}/index/by-customer", '["WarehouseQueue", "Arn"]'):
                assert reference in text, f"{reference} is not referred to"
        for name, template in both.items():
            files.append(os.path.join(folder, f"{example}.{name}.json"))
            with open(files[-1], "w", encoding="utf-8") as file:
                json.dump(template, file, indent=2)
        made = transform(json.loads(json.dumps(sam)), {}, NoManagedPolicies())["Resources"]
        roles = {name: it["Properties"] for name, it in made.items() if it["Type"] == "AWS::IAM::Role"}
        asked = {name: it["Properties"] for name, it in plain["Resources"].items() if it["Type"] == "AWS::IAM::Role"}
        assert roles == asked, f"SAM makes other roles of {example}"
        lambdas = [it["Properties"]["Role"] for it in made.values() if it["Type"] == "AWS::Lambda::Function"]
        assert len(lambdas) == len(functions) and all(role["Fn::GetAtt"][0] in roles for role in lambdas)
    cfn_lint = os.path.join(os.path.dirname(sys.executable), "cfn-lint")
    done = subprocess.run([cfn_lint, *files], capture_output=True)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    print(f"cfn-lint: {len(files)} templates, nothing found; SAM adds nothing to our roles")


# Newer than the package: added by release 6.29.0 of the provider.
NEWER = {("aws_lambda_permission", "invoked_via_function_url")}


def terraform(policy_cli, folder, provider):
    wheel = zipfile.ZipFile(provider)

    def arguments(kind):
        """What a resource takes, and which of it must be there."""
        text = wheel.read(f"cdktf_cdktf_provider_aws/{kind.removeprefix('aws_')}/__init__.py").decode()
        config = text[text.index("Config("):]
        names = re.search(r"name_mapping=\{(.*?)\}", config, re.S).group(1)
        signature = re.search(r"def __init__\(\s*self,\s*\*,(.*?)\) -> None", config, re.S).group(1)
        needed = {line.split(":")[0].strip() for line in signature.split("\n") if ":" in line and "= None" not in line}
        return set(re.findall(r'"(\w+)":', names)), needed

    kinds = set()
    for example in EXAMPLES:
        configuration = form(policy_cli, example, "terraform")
        with open(os.path.join(folder, f"{example}.tf.json"), "w", encoding="utf-8") as file:
            json.dump(configuration, file, indent=2)
        assert set(configuration) == {"resource"}
        for kind, resources in configuration["resource"].items():
            known, needed = arguments(kind)
            kinds.add(kind)
            for name, given in resources.items():
                assert re.fullmatch(r"[a-z_][a-z0-9_]*", name), name
                unknown = {it for it in given if it not in known and (kind, it) not in NEWER}
                assert not unknown and needed <= set(given), f"{kind}.{name}: unknown {unknown}, missing {needed - set(given)}"
    print(f"Terraform: {len(kinds)} kinds of resources, with arguments that the provider has")


if __name__ == "__main__":
    os.makedirs(sys.argv[2], exist_ok=True)
    parliament()
    templates(*sys.argv[1:3])
    terraform(*sys.argv[1:4])
