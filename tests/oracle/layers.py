"""Several layers of policies of one principal: identity policies, boundary, SCPs, session policy.

POLICIES is an object from kind to documents: `identity`, `boundary` and `session` are lists of documents, `scp` a list
of levels, each a list of documents. A kind that is not there is not in question. The policy of a resource (`resource`) and
the trust policy of a role (`trust`) are one document each and stand alone; a request to them has a caller besides.
"""

import decision
import meaning


def must_allow(policies):
    """(kind, documents) of each list of documents of which one must allow."""
    if "resource" in policies or "trust" in policies:
        return [(kind, [policies[kind]]) for kind in ("resource", "trust") if kind in policies]
    lists = [("identity", policies.get("identity", []))]
    lists.extend((kind, policies[kind]) for kind in ("boundary", "session") if kind in policies)
    lists.extend(("scp", level) for level in policies.get("scp", []))
    return lists


def allows(policies, request):
    """Whether every layer allows a request and none denies it: a Deny counts wherever it stands.

    A request is (action, resource, context, caller); the caller is None where only one is in question.
    """
    request, caller = request[:3], request[3] and decision.Caller(request[3])

    def matches(kind, documents, effect):
        if caller is None:
            return bool(meaning.covering(kind, documents, effect, request))
        return decision.best_of(kind, documents, effect, caller, request, False) != decision.NOT

    layers = must_allow(policies)
    return not any(matches(kind, documents, "Deny") for kind, documents in layers) and all(
        matches(kind, documents, "Allow") for kind, documents in layers
    )
