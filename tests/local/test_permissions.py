"""What a function may do: statements as IAM evaluates them, and the advice for what is missing."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifc.local.permissions import Need, Permissions, Policy
from tests.local.endpoint_fakes import ACCOUNT, REGION, allow, arn, description

TABLE = arn("dynamodb", "table/app-dev-Orders")


def verdict(statements: list[dict[str, Any]] | None, action: str, resource: str | None) -> str:
    """The verdict on one need."""
    return Policy(statements).verdict(Need(action, resource))


@pytest.mark.parametrize(
    ("actions", "resources", "action", "resource", "expected"),
    [
        ("dynamodb:GetItem", TABLE, "dynamodb:GetItem", TABLE, "allowed"),
        ("dynamodb:getitem", TABLE, "dynamodb:GetItem", TABLE, "allowed"),  # actions are the same in any case
        ("DYNAMODB:Get*", TABLE, "dynamodb:GetItem", TABLE, "allowed"),
        ("dynamodb:Get???m", TABLE, "dynamodb:GetItem", TABLE, "allowed"),
        ("dynamodb:Get?m", TABLE, "dynamodb:GetItem", TABLE, "missing"),
        ("*", TABLE, "s3:GetObject", TABLE, "allowed"),
        ("dynamodb:Get", TABLE, "dynamodb:GetItem", TABLE, "missing"),
        ("dynamodb:GetItem", TABLE.lower(), "dynamodb:GetItem", TABLE, "missing"),  # resources are not
        ("dynamodb:GetItem", TABLE, "dynamodb:GetItem", f"{TABLE}/index/x", "missing"),
        ("dynamodb:Query", f"{TABLE}/index/*", "dynamodb:Query", f"{TABLE}/index/x", "allowed"),
        ("dynamodb:Query", f"{TABLE}/index/*", "dynamodb:Query", TABLE, "missing"),
        ("s3:GetObject", "arn:aws:s3:::b/in/*", "s3:GetObject", "arn:aws:s3:::b/in/a/b:c", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::b/in/*", "s3:GetObject", "arn:aws:s3:::b/out/a", "missing"),
        ("s3:GetObject", "arn:aws:s3:::b/${?}x${*}${$}", "s3:GetObject", "arn:aws:s3:::b/?x*$", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::b/${?}", "s3:GetObject", "arn:aws:s3:::b/a", "missing"),
        ("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*", "s3:GetObject", "arn:aws:s3:::b/me/a", "allowed"),  # variables are not known
        ("s3:GetObject", "arn:aws:s3:::b/a.c", "s3:GetObject", "arn:aws:s3:::b/abc", "missing"),  # a dot is no wildcard
        ("sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:q", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "allowed"),
        ("sqs:SendMessage", "arn:aws:sqs:*:q", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "missing"),  # `*` stays in its part
        ("sqs:SendMessage", "arn:aws:sqs", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "allowed"),  # missing parts are `*`
        ("sqs:ListQueues", "*", "sqs:ListQueues", "*", "allowed"),
        ("sqs:ListQueues", "arn:aws:sqs:*:*:*", "sqs:ListQueues", "*", "missing"),
        ("ses:SendEmail", "arn:aws:ses:eu-west-1:0:identity/x", "ses:SendEmail", None, "allowed"),  # by the action alone
        ("ses:SendEmail", "*", "ses:SendRawEmail", None, "missing"),
    ],
)
def test_a_statement_allows_what_it_names(actions: str, resources: str, action: str, resource: str | None, expected: str) -> None:
    """Actions and ARNs match with IAM's wildcards, and nothing else does."""
    assert verdict([allow(actions, resources)], action, resource) == expected


def test_a_denial_wins() -> None:
    """What a statement denies is denied whatever else allows it; conditions are not evaluated, so they never deny."""
    everything = allow("*", "*")
    deny = {"effect": "Deny", "actions": ["s3:*"], "resources": ["arn:aws:s3:::b/secret/*"]}
    assert verdict([everything, deny], "s3:GetObject", "arn:aws:s3:::b/secret/x") == "denied"
    assert verdict([everything, deny], "s3:GetObject", "arn:aws:s3:::b/x") == "allowed"
    assert verdict([everything, {**deny, "conditions": True}], "s3:GetObject", "arn:aws:s3:::b/secret/x") == "allowed"
    assert verdict([allow("s3:*", "*", conditions=True)], "s3:GetObject", "arn:aws:s3:::b/x") == "allowed"


def test_of_an_unknown_resource_only_a_general_denial_speaks() -> None:
    """A denial of one resource is no denial where the resource is not known; a denial of all is."""
    everything = allow("*", "*")
    assert (
        verdict([everything, {"effect": "Deny", "actions": ["kms:*"], "resources": ["arn:aws:kms:a:b:key/c"]}], "kms:Decrypt", None)
        == "allowed"
    )
    assert verdict([everything, {"effect": "Deny", "actions": ["kms:*"], "resources": ["*"]}], "kms:Decrypt", None) == "denied"


def test_nothing_is_refused_where_the_statements_are_not_known() -> None:
    """A role from outside may do everything; one without statements nothing."""
    assert verdict(None, "s3:GetObject", "arn:aws:s3:::b/x") == "allowed"
    assert verdict([], "s3:GetObject", "arn:aws:s3:::b/x") == "missing"


def test_verdicts_are_remembered_within_bounds() -> None:
    """As many different keys as an app has objects do not fill the memory, and the verdicts stay right."""
    policy = Policy([allow("s3:GetObject", "arn:aws:s3:::b/in/*")])
    for number in range(4096):
        assert policy.verdict(Need("s3:GetObject", f"arn:aws:s3:::b/in/{number}")) == "allowed"
    assert len(policy._verdicts) == 4096
    assert policy.verdict(Need("s3:GetObject", "arn:aws:s3:::b/in/more")) == "allowed"
    assert len(policy._verdicts) == 1
    assert policy.verdict(Need("s3:GetObject", "arn:aws:s3:::b/out")) == "missing"


# --- against an evaluation written another way ---

WORDS = st.text("abAB:/*?", max_size=6)
PLAIN = st.text("abAB:/", max_size=6)


@cache
def fits(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` and `?` is a text, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return fits(pattern[1:], text) or bool(text and fits(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


def part(resource: str) -> str:
    """An ARN that ends so."""
    return f"arn:aws:s3:::{resource}"


@given(
    st.lists(st.tuples(st.sampled_from(["Allow", "Deny"]), st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3)), max_size=4),
    PLAIN,
    PLAIN,
)
def test_an_action_outside_the_statements_is_never_allowed(statements: list[Any], action: str, resource: str) -> None:
    """Whatever the statements are: allowed is what one of them allows and none denies."""
    policy = Policy([{"effect": e, "actions": a, "resources": [part(x) for x in r]} for e, a, r in statements])
    speaking = [
        e for e, a, r in statements if any(fits(p.lower(), action.lower()) for p in a) and any(fits(part(p), part(resource)) for p in r)
    ]
    expected = "denied" if "Deny" in speaking else "allowed" if "Allow" in speaking else "missing"
    assert policy.verdict(Need(action, part(resource))) == expected


# --- advice ---


@pytest.mark.parametrize(
    ("action", "resource", "advice"),
    [
        ("dynamodb:PutItem", TABLE, "add `puts Orders` to function `ship`"),  # the verb that allows the least
        ("dynamodb:UpdateItem", TABLE, "add `writes Orders` to function `ship`"),
        ("dynamodb:Query", f"{TABLE}/index/byCustomer", "add `reads Orders` to function `ship`"),
        ("dynamodb:Query", f"{TABLE}/index/byDate", "declare an index `byDate` in table `Orders`"),
        ("dynamodb:DescribeTable", TABLE, 'add `allow "dynamodb:DescribeTable" on Orders.arn` to function `ship`'),
        (
            "dynamodb:PartiQLSelect",
            f"{TABLE}/index/byCustomer",
            'add `allow "dynamodb:PartiQLSelect" on "${Orders.arn}/index/*"` to function `ship`',
        ),
        ("s3:GetObject", "arn:aws:s3:::app-dev-reports/a/b", "add `reads Reports` to function `ship`"),
        (
            "s3:GetObjectTagging",
            "arn:aws:s3:::app-dev-reports/a",
            'add `allow "s3:GetObjectTagging" on "${Reports.arn}/*"` to function `ship`',
        ),
        ("sqs:SendMessage", arn("sqs", "app-dev-Jobs"), "add `sends Jobs` to function `ship`"),
        ("sqs:ReceiveMessage", arn("sqs", "app-dev-JobsDead"), "add `receives Jobs.dead-letter` to function `ship`"),
        ("sns:Publish", arn("sns", "app-dev-Placed"), "add `publishes Placed` to function `ship`"),
        ("events:PutEvents", arn("events", "event-bus/app-dev-Shop"), "add `publishes Shop` to function `ship`"),
        ("lambda:InvokeFunction", arn("lambda", "function:app-dev-bill"), "add `calls bill` to function `ship`"),
        ("lambda:InvokeFunction", arn("lambda", "function:app-dev-bill:1"), "add `calls bill` to function `ship`"),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:app-dev-Hook-AbCdEf"), "add `reads Hook` to function `ship`"),
        ("ssm:PutParameter", arn("ssm", "parameter/app-dev/Limits"), "add `writes Limits` to function `ship`"),
        (
            "sqs:SendMessage",
            arn("sqs", "other"),
            'add `allow "sqs:SendMessage" on "arn:aws:sqs:${aws.region}:${aws.account}:other"` to function `ship`',
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:::app-dev-reports-2/a",
            'add `allow "s3:GetObject" on "arn:aws:s3:::app-dev-reports-2/a"` to function `ship`',
        ),
        ("sqs:ListQueues", "*", 'add `allow "sqs:ListQueues" on "*" because "…"` to function `ship`'),
        ("ses:SendEmail", None, 'add `allow "ses:SendEmail" on "*" because "…"` to function `ship`'),
    ],
)
def test_the_advice_is_what_to_write(action: str, resource: str | None, advice: str) -> None:
    """A refusal says which verb or `allow` the function needs."""
    refusal = Permissions(description()).refusal("ship", Need(action, resource))
    assert refusal is not None
    assert refusal.advice == advice
    assert not refusal.denied


def test_the_nearest_declaration_is_meant() -> None:
    """Of names that begin alike, the longest that an ARN begins with is the one."""
    given = description()
    hook = given["secrets"]["Hook"]
    given["secrets"] = {
        "Long": {**hook, "name": "app-dev-Hook-2", "arn": arn("secretsmanager", "secret:app-dev-Hook-2")},
        "Hook": hook,
        "Longer": {**hook, "name": "app-dev-Hook-23", "arn": arn("secretsmanager", "secret:app-dev-Hook-23")},
    }
    permissions = Permissions(given)
    for ending, name in (("2-AbCdEf", "Long"), ("AbCdEf", "Hook"), ("23-AbCdEf", "Longer"), ("23", "Longer")):
        refusal = permissions.refusal("ship", Need("secretsmanager:GetSecretValue", arn("secretsmanager", f"secret:app-dev-Hook-{ending}")))
        assert refusal is not None
        assert refusal.advice == f"add `reads {name}` to function `ship`"
    other = permissions.refusal("ship", Need("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:app-dev-Hook7-AbCdEf")))
    assert other is not None
    assert "allow" in other.advice


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        (TABLE, ("Orders", "")),
        (f"{TABLE}/index/byCustomer", ("Orders", "index/byCustomer")),
        (f"{TABLE}s", (f"{TABLE}s", "")),
        ("*", ("*", "")),
    ],
)
def test_what_is_declared_has_its_name(resource: str, named: tuple[str, str]) -> None:
    """Lines name what the app declares, and what of it is meant; of other things they have the ARN."""
    assert Permissions(description()).named(resource) == named


def test_a_message_reads_as_awss_own() -> None:
    """The caller, the action, the resource and the reason stand as AWS writes them; what to do stands behind."""
    permissions = Permissions(description(f=[{"effect": "Deny", "actions": ["sqs:*"], "resources": ["*"]}]))
    missing = permissions.refusal("ship", Need("sqs:SendMessage", arn("sqs", "app-dev-Jobs")))
    assert missing is not None
    assert missing.message("arn:aws:sts::0:assumed-role/r/s", "app.ifc") == (
        f"User: arn:aws:sts::0:assumed-role/r/s is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:{REGION}:{ACCOUNT}:app-dev-Jobs "
        "because no identity-based policy allows the sqs:SendMessage action; in app.ifc: add `sends Jobs` to function `ship`"
    )
    denied = permissions.refusal("f", Need("sqs:SendMessage", None))
    assert denied is not None
    assert denied.message("me", "shop.ifc") == (
        "User: me is not authorized to perform: sqs:SendMessage with an explicit deny in an identity-based policy; "
        "in shop.ifc: a statement denies it to function `f`"
    )
