"""Several layers of policies of one principal: identity policies, boundary, SCPs, session policy.

POLICIES is an object from kind to documents: `identity`, `boundary` and `session` are lists of documents, `scp` a list
of levels, each a list of documents. A kind that is not there is not in question.
"""

import meaning


def must_allow(policies):
    """(kind, documents) of each list of documents of which one must allow."""
    lists = [("identity", policies.get("identity", []))]
    lists.extend((kind, policies[kind]) for kind in ("boundary", "session") if kind in policies)
    lists.extend(("scp", level) for level in policies.get("scp", []))
    return lists


def allows(policies, request):
    """Whether every layer allows a request and none denies it: a Deny counts wherever it stands."""
    layers = must_allow(policies)
    return not any(meaning.covering(kind, documents, "Deny", request) for kind, documents in layers) and all(
        meaning.covering(kind, documents, "Allow", request) for kind, documents in layers
    )
