"""What all kinds of policies together say of one request: the order of evaluation.

Written from the IAM User Guide ("Policy evaluation logic", "Permissions boundaries", "Cross-account policy evaluation
logic") and the Organizations User Guide (SCPs, RCPs). POLICIES is as in `layers.py`, with `resource` and `trust` (one
document each), `rcp` (levels) and `endpoint` (documents) besides. A caller is written as its ARN, as a service
principal, or as `anonymous`.
"""

import re

import meaning

# Services whose actions RCPs restrict, as far as the generator uses them.
RCP_SERVICES = {"s3", "sts", "kms", "sqs", "secretsmanager"}

# How a statement names the caller, weakest first.
NOT, ACCOUNT, ROLE, ITSELF = range(4)


class Caller:
    """Who asks: `kind` is role, session, user, root, service, provider or anonymous."""

    def __init__(self, text):
        self.text = text
        self.account = None
        parts = text.split(":", 5)
        self.role = None
        if text == "anonymous":
            self.kind = "anonymous"
        elif len(parts) < 6:
            self.kind = "service"
        else:
            name = parts[5]
            self.kind = {"role": "role", "assumed-role": "session", "user": "user", "root": "root"}.get(
                name.split("/")[0], "provider"
            )
            self.account = parts[4] if self.kind != "provider" else None
            if self.kind == "session":
                self.role = f"arn:aws:iam::{parts[4]}:role/{name.split('/')[1]}"
            elif self.kind == "role":
                self.role = text
        self.has_policies = self.kind in ("role", "session", "user")
        self.is_principal = self.has_policies or self.kind == "root"
        self.service_linked = self.role is not None and ":role/aws-service-role/" in self.role


def named_by(principals, caller):
    """How a Principal value names a caller."""
    if principals == "*":
        return ITSELF
    best = NOT
    for kind, values in principals.items():
        for value in meaning.as_list(values):
            best = max(best, named_one(kind, value, caller))
    return best


def named_one(kind, value, caller):
    if kind == "AWS":
        if value == "*":
            return ITSELF
        if caller.account and value in (caller.account, f"arn:aws:iam::{caller.account}:root"):
            return ACCOUNT
        if value == caller.text and caller.kind in ("session", "user"):
            return ITSELF
        return ROLE if caller.role == value else NOT
    wanted = {"Service": "service", "Federated": "provider"}.get(kind)
    return ITSELF if wanted == caller.kind and value in ("*", caller.text) else NOT


def names(statement, caller, bounded):
    """How a statement of a resource's policy is about a caller."""
    if "Principal" in statement:
        return named_by(statement["Principal"], caller)
    if "NotPrincipal" not in statement:
        return NOT
    if statement["Effect"] == "Deny" and bounded:
        # With a permissions boundary the list does not help.
        return ITSELF
    return NOT if named_by(statement["NotPrincipal"], caller) != NOT else ITSELF


def best_of(kind, documents, effect, caller, request, bounded):
    """The strongest way in which matching statements of an effect name the caller."""
    best = NOT
    for document in documents:
        statements = meaning.as_list(document["Statement"])
        for _, index in meaning.covering(kind, [document], effect, request):
            best = max(best, names(statements[index], caller, bounded))
    return best


def resource_account(request, caller):
    _, resource, context = request
    told = context.get("aws:resourceaccount", [])
    if len(told) == 1:
        return told[0]
    parts = resource.split(":")
    in_arn = parts[4] if len(parts) > 5 else ""
    return in_arn if re.fullmatch(r"\d{12}", in_arn) else caller.account


def must_itself_allow(request, policies):
    """A role to be assumed and a KMS key are not reached by identity policies alone."""
    action, resource, _ = request
    action = action.lower()
    if "trust" in policies:
        return True
    if re.fullmatch(r"arn:[^:]*:iam:[^:]*:[^:]*:role/.*", resource):
        return action.startswith("sts:assumerole") or action in ("sts:tagsession", "sts:setsourceidentity")
    return action.startswith("kms:") and re.fullmatch(r"arn:[^:]*:kms:[^:]*:[^:]*:key/.*", resource) is not None


def decide(policies, text, request):
    """ "allowed", "implicitly-denied" or "explicitly-denied"."""
    caller = Caller(text)
    bounded = caller.has_policies and "boundary" in policies
    own = {}
    for kind in ("identity", "boundary", "session"):
        if kind in policies and caller.has_policies:
            own[kind] = policies[kind]
    levels = policies.get("scp", []) if caller.is_principal and not caller.service_linked else []
    guards = {kind: [policies[kind]] for kind in ("resource", "trust") if kind in policies}
    if "endpoint" in policies:
        guards["endpoint"] = policies["endpoint"]
    if not caller.service_linked and request[0].split(":")[0].lower() in RCP_SERVICES:
        guards["rcp"] = [document for level in policies.get("rcp", []) for document in level]

    denied = any(meaning.covering(kind, documents, "Deny", request) for kind, documents in own.items())
    denied |= any(meaning.covering("scp", level, "Deny", request) for level in levels)
    denied |= any(best_of(kind, d, "Deny", caller, request, bounded) != NOT for kind, d in guards.items())
    if denied:
        return "explicitly-denied"

    def says(kind, documents):
        return bool(meaning.covering(kind, documents, "Allow", request))

    by_scps = all(says("scp", level) for level in levels)
    identity = caller.kind == "root" or says("identity", own.get("identity", []))
    limits = all(says(kind, own[kind]) for kind in ("boundary", "session") if kind in own)
    guard = "trust" if "trust" in policies else "resource"
    named = best_of(guard, guards.get(guard, []), "Allow", caller, request, bounded)
    through = (
        "endpoint" not in guards or best_of("endpoint", guards["endpoint"], "Allow", caller, request, bounded) != NOT
    )
    other_account = caller.account is not None and resource_account(request, caller) != caller.account

    if not caller.is_principal:
        allowed = named == ITSELF
    elif other_account:
        allowed = identity and limits and by_scps and named != NOT
    elif named == NOT and must_itself_allow(request, policies):
        allowed = False
    elif named == ITSELF:
        allowed = by_scps
    elif named == ROLE:
        allowed = limits and by_scps
    else:
        allowed = identity and limits and by_scps
    return "allowed" if allowed and through else "implicitly-denied"
