"""What cloudsplaining and parliament say of IAM documents.

Reads one JSON object a line, {"id", "document"}, for a trust policy with the "account" of its role, {"about": [actions]} or {"levels": true}, and writes one a line: what each
finds in the document, what their data know of the actions, or the access levels that policy_sentry corrects.
"""

import contextlib
import io
import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path

logging.disable(logging.CRITICAL)

import parliament  # noqa: E402
import policy_sentry  # noqa: E402
import yaml  # noqa: E402
from cloudsplaining.scan.assume_role_policy_document import AssumeRolePolicyDocument  # noqa: E402
from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: E402
from parliament.statement import get_privilege_info  # noqa: E402
from policy_sentry.querying.actions import get_action_data  # noqa: E402


def by_cloudsplaining(document):
    policy = PolicyDocument(document)
    return {
        "PrivilegeEscalation": [method["type"] for method in policy.allows_privilege_escalation],
        "DataExfiltration": policy.allows_data_exfiltration_actions,
        "ResourceExposure": sorted(set(policy.permissions_management_without_constraints)),
        "CredentialsExposure": policy.credentials_exposure,
        "ServiceWildcard": policy.service_wildcard,
        "InfrastructureModification": sorted(set(policy.infrastructure_modification)),
    }


def by_cloudsplaining_of_trust(document, account):
    policy = AssumeRolePolicyDocument(document, account)
    return {
        "AssumableByComputeService": policy.role_assumable_by_compute_services,
        "AssumableByCrossAccountPrincipal": policy.role_assumable_by_cross_account_principals,
        "AssumableByAnyPrincipal": policy.role_assumable_by_any_principal,
        "AssumableByAnyPrincipalWithConditions": policy.role_assumable_by_any_principal_with_conditions,
    }


def by_parliament(document):
    policy = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=False)
    return [{"issue": finding.issue, "detail": finding.detail} for finding in policy.findings]


def attempt(judge, document):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return judge(document)
    except Exception as error:  # a judge that breaks on a document says nothing of it
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def about(action):
    service, name = action.split(":")
    known = get_action_data(service, name)
    rows = known.get(service, []) if known else []
    sentry = None
    if rows:
        arns = {row["resource_arn_format"] for row in rows}
        sentry = {"level": rows[0]["access_level"], "starOnly": arns == {"*"}}
    try:
        linted = any(one["action"] == name for one in parliament.expand_action(action))
    except Exception:
        linted = False
    required = False
    if linted:
        types = get_privilege_info(service, name)["resource_types"]
        required = any("*" in type_["resource_type"] for type_ in types)
    return {"sentry": sentry, "parliament": linted, "parliamentRequires": required}


def level_overrides():
    """The access levels that policy_sentry corrects, by action."""
    with open(Path(policy_sentry.__file__).parent / "shared/data/access-level-overrides.yml", encoding="utf-8") as file:
        services = yaml.safe_load(file)
    return {
        f"{service}:{name}": level
        for service, levels in services.items()
        for level, names in levels.items()
        for name in names or []
    }


print(
    json.dumps({"versions": {name: version(name) for name in ("cloudsplaining", "parliament", "policy_sentry")}}),
    flush=True,
)
for line in sys.stdin:
    asked = json.loads(line)
    if "about" in asked:
        print(json.dumps({"about": {action: about(action) for action in asked["about"]}}), flush=True)
        continue
    if "levels" in asked:
        print(json.dumps({"levels": level_overrides()}), flush=True)
        continue
    document = asked["document"]
    if "account" in asked:
        found = attempt(lambda trust: by_cloudsplaining_of_trust(trust, asked["account"]), document)
        print(json.dumps({"id": asked["id"], "cloudsplaining": found, "parliament": []}), flush=True)
        continue
    answer = {
        "id": asked["id"],
        "cloudsplaining": attempt(by_cloudsplaining, document),
        "parliament": attempt(by_parliament, document),
    }
    print(json.dumps(answer), flush=True)
