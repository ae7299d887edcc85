"""When two values differ in nothing but what is meant; `differences.py` says what that is, and why."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from ifc.review.deployed import policies
from ifc.review.deployed.form import Encoded, Form, Known, NotUnderstood, Of, Param, Record, Value, alike, ordered, parts, text
from ifc.review.deployed.functions import LIVE
from ifc.review.deployed.reading import plain


@attrs.frozen
class Intended:
    """A difference that is meant: which, and when two values differ in nothing but it."""

    key: str
    # CloudFormation's value and Terraform's, None where there is none; whose they are; and all of CloudFormation's form.
    test: Callable[[Value, Value, Record, Form], bool]


def made_up(cfn: Value, terraform: Value, record: Record, form: Form) -> bool:
    """Whether CloudFormation makes up a name, and Terraform makes one of the prefix and what the thing is called."""
    whole = parts(terraform)
    if cfn is not None or len(whole) != 2 or whole[0] != Param("prefix") or not isinstance(whole[1], str):
        return False
    name, fifo = whole[1].removesuffix(".fifo"), whole[1].endswith(".fifo")
    cut = re.fullmatch(r"-(.+)-[0-9a-f]{8}", name)  # a long one ends in a digest
    called = plain(name) == record.identity or (cut is not None and record.identity.startswith(plain(cut[1])))
    return called and fifo is bool(record.fields.get("fifo"))


def written_out(cfn: Value, terraform: Value, record: Record, form: Form) -> bool:
    """Whether a function's ARN is a reference on one side, and on the other the text that it will be."""
    whole = [arn(called(form.records["function", part.identity].fields["name"], part)) if is_arn(part) else part for part in parts(cfn)]
    return any(map(is_arn, parts(cfn))) and text(whole) == terraform


def is_arn(value: Value) -> bool:
    """Whether a value is the ARN of a function of ours, or of its alias."""
    return isinstance(value, Of) and value.kind == "function" and value.attribute in ("arn", LIVE)


def called(name: Value, function: Of) -> Value:
    """The name of a function as an ARN ends in it."""
    return text((name, f":{LIVE}")) if function.attribute == LIVE else name


def arn(name: Value) -> Value:
    """The ARN of the function of a name (Service Authorization Reference, AWS Lambda)."""
    return text(("arn:", Known("partition"), ":lambda:", Known("region"), ":", Known("account"), ":function:", name))


def of_value(cfn: Value, terraform: Value, record: Record, form: Form) -> bool:
    """Whether a number is made from the value of a secret, so that it is another one when the value is."""
    return cfn is None and terraform == Of("digest", repr(record.fields.get("value")), "number")


def published(cfn: Value, terraform: Value, record: Record, form: Form) -> bool:
    """Whether a function publishes its versions, which in CloudFormation are resources."""
    return cfn is None and terraform is True and ("version", record.identity) in form.records


def moved(cfn: Value, terraform: Value, record: Record, form: Form) -> bool:
    """Whether CodeDeploy moves the traffic of an alias: by an update's policy, or whoever starts a deployment of the group."""
    update = cfn.get("CodeDeployLambdaAliasUpdate") if isinstance(cfn, dict) else None
    group = update.get("DeploymentGroupName") if isinstance(update, dict) else None
    return terraform is None and isinstance(group, Of) and (group.kind, group.identity) == ("deployment group", record.identity)


def left_alone(cfn: Value, terraform: Value, record: Record, form: Form) -> bool:
    """Whether an apply leaves the version of an alias to CodeDeploy."""
    ignored = {"ignore_changes": ["function_version", "routing_config"]}
    return cfn is None and terraform == ignored and "UpdatePolicy" in record.fields


def without_ids(notifications: Value) -> Value:
    """Notifications without what Terraform calls them, as long as it calls no two alike."""
    names = [one.get("id") for one in notifications or ()]
    if len(set(names)) < len(names):
        raise NotUnderstood(f"two notifications of one name: {names}")
    return ordered({key: value for key, value in one.items() if key != "id"} for one in notifications or ())


GENERATED = Intended("names", made_up)
CONDITIONS = Intended("conditions", lambda cfn, terraform, *_: alike(policies.as_text(cfn), policies.as_text(terraform)))
LABELLED = Intended(
    "ids", lambda cfn, terraform, *_: cfn is None and isinstance(terraform, str) and bool(re.fullmatch(r"[\w-]{1,100}", terraform))
)
STREAMS = Intended("log groups", lambda cfn, terraform, *_: cfn == text((terraform, ":*")))
GENERATOR = {"ExcludePunctuation": True, "PasswordLength": 32}
VALUELESS = Intended("secrets", lambda cfn, terraform, *_: terraform is None and cfn == GENERATOR)
NEWER = Intended("write-only", of_value)
AT_ONCE = Intended("recovery", lambda cfn, terraform, record, _: cfn is None and terraform == 0 and "kept" not in record.fields)
SNAPSHOT = Intended("deployments", lambda cfn, terraform, *_: cfn is None and bool(re.fullmatch("[0-9a-f]{10}", str(terraform))))
NEWER_VALUES = Intended("deployments", lambda cfn, terraform, *_: cfn is None and isinstance(terraform, Encoded))
FIRST = Intended("deployments", lambda cfn, terraform, *_: cfn is None and terraform is True)
WRITTEN = Intended("written arns", written_out)
NOTED = Intended("ids", lambda cfn, terraform, *_: alike(cfn, without_ids(terraform)))
PUBLISHED = Intended("versions", published)
MOVED = Intended("traffic", moved)
LEFT_ALONE = Intended("traffic", left_alone)
DEFAULT = "defaults"  # the key of what only one side must write out

# Of which fields of which kinds.
INTENDED = {
    ("alias", "UpdatePolicy"): MOVED,
    ("alias", "lifecycle"): LEFT_ALONE,
    ("function", "publishes"): PUBLISHED,
    ("bucket", "notifications"): NOTED,
    ("http stage", "logs"): STREAMS,
    ("permission", "id"): LABELLED,
    ("rest authorizer", "function"): WRITTEN,
    ("rest deployment", "digest"): SNAPSHOT,
    ("rest deployment", "new first"): FIRST,
    ("rest deployment", "values"): NEWER_VALUES,
    ("rest method", "target"): WRITTEN,
    ("rest stage", "logs"): STREAMS,
    ("role", "policies"): CONDITIONS,
    ("secret", "made up"): VALUELESS,
    ("secret", "recovery"): AT_ONCE,
    ("secret", "version"): NEWER,
    **{(kind, "name"): GENERATED for kind in ("queue", "role", "rule", "schedule", "secret", "stream", "table", "topic")},
}
