"""`ifc permissions`: who may do what is what the template says, and the policy for deploying covers what CloudFormation's handlers call."""

from __future__ import annotations

import csv
import fnmatch
import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifc.cli import main
from ifc.commands.permissions import SHAPES
from ifc.compiler import Compiled, compile
from ifc.permissions.access import Access, access, rights, subject
from ifc.permissions.deploying.handlers import BOUNDED, NEVER, ONLY_WITH, PASS, group
from ifc.permissions.deploying.policy import ALONE, LONGEST, Options, Policy, packed, policy
from ifc.permissions.deploying.published import published
from ifc.permissions.documents import ROLE, properties
from ifc.permissions.formats import csv as as_csv
from ifc.permissions.formats import json as as_json
from ifc.permissions.formats import markdown as as_markdown
from ifc.permissions.formats import text as as_text
from ifc.permissions.names import Names
from ifc.permissions.patterns import overlap
from ifc.plan import Plan, Statement
from ifc.resolve.app import Options as CompileOptions
from ifc.targets.cfn import Printer, encoded
from tests import generated
from tests.agreed import ROOT
from tests.lift.apps import GRADUAL
from tests.presence import require
from tests.support import compiled

EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/app.ifc"))
RELEASE = "1.58.0"  # of cfn-lint, from which the package's data is
EVERYTHING = """
app all {
  region "eu-west-1"
}
param domain "example"
param token { secret }
bucket Site { website; public read }
bucket Inner { public from "203.0.113.0/24"; encryption "arn:aws:kms:eu-west-1:123456789012:key/b" }
bucket Named { name "${domain}-files" }
queue  Q { encryption "arn:aws:kms:eu-west-1:123456789012:key/q" }
queue  Last { fifo; dedup content }
topic  T { allow-from "210987654321" }
bus    B { archive 30d }
stream S { shards 2 }
table  Enc { key id: string; encryption "arn:aws:kms:eu-west-1:123456789012:key/t"; stream new; index byId { key id: string } }
secret Token token
secret Made
config Limit 10
extern table People "people" { key id: string; index byName { key surname: string } }
extern queue Jobs "arn:aws:sqs:eu-west-1:123456789012:jobs"
api Api {
  logs
  GET  /a -> f { authorizer iam }
  POST /b -> g { authorizer chk }
  PUT  /c -> h { authorizer jwt "https://x.example" { audience "a" } }
  DEFAULT -> f
}
api R { protocol rest; logs; cors { origins "https://x.example" }; GET /z/{id} -> h; POST /z -> h { authorizer chk } }
defaults function { runtime python3.14 }
function f "src/a.b" { url public; calls g, Api; reads Limit, Token, People; env { KEY ssm "/all/key" } }
function g "src/a.b" { url; receives Q.dead-letter; role "arn:aws:iam::123456789012:role/own" }
function chk "src/a.b" { tracing; retries 1; calls chk }
function h "src/a.b" {
  reads Enc; puts Named "in/*"
  allow "sqs:SendMessage" on "*" because "it tells everyone"
  allow "dynamodb:DescribeTable" on Enc.arn because "it counts" { condition { StringEquals { "aws:RequestedRegion" "eu-west-1" } } }
  allow managed "AWSLambdaVPCAccessExecutionRole"
  layers "arn:aws:lambda:eu-west-1:123456789012:layer:libs:3"
  cfn role { RoleName "fixed"; Path "/app/" }
}
function k "src/a.b" {
  reads People
  allow "ses:SendEmail" on "*" because "it is laid over"
  cfn role { Policies [ { PolicyName "p"; PolicyDocument { Version "2012-10-17"; Statement [
    { Effect "Allow"; NotAction "s3:*"; Resource T.arn }, { Effect "Deny"; Action ["sqs:*"]; Resource ["*"] } ] } } ] }
}
Site.created "x/*" -> f
Named.removed -> B
T -> Q -> f
Q.dead-letter -> chk
B where source == "x" -> S { dead-letter Q }
B -> chk
S -> h
aws where source == "aws.s3" -> f
Jobs -> f
every 5m -> f { dead-letter Q }
every 1h -> f
at "2030-01-01T00:00" -> S { partition "p" }
Enc.stream -> h { dead-letter Q }
h.failed -> T
resource Key "AWS::KMS::Key" { cfn { KeyPolicy { Version "2012-10-17" } } }
table  Keyed { key id: string; encryption Key.Arn; stream new }
function m "src/a.b" { writes Keyed; reads Keyed }
Keyed.stream -> m  # ifc: allow IFC550 "m writes other keys"
resource Pol "AWS::SQS::QueuePolicy" { cfn { Queues [Last.url]; PolicyDocument { Statement {
  Effect "Allow"; Principal "*"; Action "sqs:SendMessage"; Resource Last.arn; Condition { StringEquals { "aws:PrincipalOrgID" "o-1" } } } } } }
"""


def example(name: str) -> Compiled:
    """An example, compiled without its code."""
    return compile(str(ROOT / "examples" / name / "app.ifc"), CompileOptions(stage="dev", params={}, code=False))


def plan_of(text: str) -> Plan:
    """The plan of a source text without errors."""
    done = compiled(text)
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    return done.plan


def plans() -> list[Any]:
    """The plan of every example, and of an app that has nearly everything."""
    found = [pytest.param(example(name).plan, id=name) for name in EXAMPLES]
    return [*found, pytest.param(plan_of(EVERYTHING), id="everything"), pytest.param(plan_of(GRADUAL), id="gradual")]


@pytest.fixture(scope="module")
def everything() -> Plan:
    """The plan of the app that has nearly everything."""
    return plan_of(EVERYTHING)


# --- roles: nothing that the template does not say, nothing missing ---


def atoms(effect: str, actions: list[Any], resources: list[Any], condition: Any, negated: tuple[bool, bool]) -> Iterator[str]:
    """Each action on each resource, with all that limits it."""
    for action in actions:
        for resource in resources:
            yield json.dumps([effect, action, resource, condition, negated], sort_keys=True)


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def said_by_the_template(role: dict[str, Any]) -> set[str]:
    """What the inline policies of a role allow, in the template's own words."""
    found: set[str] = set()
    for inline in role["Properties"].get("Policies", []):
        for s in many(inline["PolicyDocument"]["Statement"]):
            negated = "NotAction" in s, "NotResource" in s
            actions, resources = many(s.get("Action", s.get("NotAction"))), many(s.get("Resource", s.get("NotResource")))
            found |= set(atoms(s["Effect"], actions, resources, s.get("Condition"), negated))
    return found


def said_by_the_command(found: Access, printer: Printer, name: str) -> set[str]:
    """What the command says of a role, spelled as the template spells it."""
    holder = next(h for h in found.holders if h.role == name)
    said: list[str] = []
    for right in rights(holder, found):
        resources = [encoded(printer.value(r)) for r in right.resources]
        condition = encoded(printer.value(right.condition)) if right.condition else None
        negated = "actions" in right.excepted, "resources" in right.excepted
        said += atoms(right.effect, list(right.actions), resources, condition, negated)
    assert len(said) == len(set(said)), "something is said twice"
    return set(said)


def check_roles(plan: Plan) -> None:
    """Holds what the command says of every role equal to the template."""
    printer, found = Printer(plan, compiled("queue Q").report), access(plan)
    roles = {id: r for id, r in printer.template["Resources"].items() if r["Type"] == ROLE}
    assert {h.role for h in found.holders if h.made} == set(roles)
    for name, role in roles.items():
        assert said_by_the_command(found, printer, name) == said_by_the_template(role), name
    for holder in found.holders:
        for right in rights(holder, found):
            asked = {span.sort_key() for p in holder.permissions for span in p.why}
            assert right.why, "nothing asked for it"
            assert {span.sort_key() for span in right.why} <= asked


@pytest.mark.parametrize("plan", plans())
def test_a_role_may_do_what_the_template_says(plan: Plan) -> None:
    """Every action, resource and condition of each role is said once, and no other; each has a place that asked for it."""
    check_roles(plan)


@settings(max_examples=25, deadline=None)
@given(generated.apps())
def test_generated_roles_may_do_what_the_template_says(statements: list[str]) -> None:
    """The same for apps in any mix that the language takes."""
    done = compiled(generated.text(statements))
    if done.plan is not None:
        check_roles(done.plan)


@settings(max_examples=25, deadline=None)
@given(generated.apps(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_does_not_matter(statements: list[str], chance: random.Random) -> None:
    """The matrix of the same statements in another order is the same in all formats; in JSON, but for lines."""
    done = compiled(generated.text(statements))
    if done.plan is None:
        return
    chance.shuffle(statements)
    again = compiled(generated.text(statements))
    assert again.plan is not None
    one, other = access(done.plan), access(again.plan)
    for form in (as_text, as_markdown, as_csv):
        assert form.matrix(one) == form.matrix(other)
    lines = re.compile(r'"line": \d+')
    assert lines.sub("", as_json.matrix(one)) == lines.sub("", as_json.matrix(other))


def check_cells(plan: Plan) -> None:
    """Holds the cells of the matrix against the rights of the roles."""
    found = access(plan)
    for holder in found.holders:
        columns = {word.resource for word in holder.words}
        named = {
            owner.name for p in holder.permissions for r in p.resources if (owner := found.owners.of(r)) and owner.part not in ("logs",)
        }
        keys = {name for p in holder.permissions for r in p.resources for name in found.owners.of_key(r)}
        assert named <= columns, f"{holder.name} has a right without a word"
        assert columns <= named | keys, f"{holder.name} has a word without a right"


@pytest.mark.parametrize("plan", plans())
def test_a_word_stands_where_there_is_a_right(plan: Plan) -> None:
    """A cell of the matrix is empty exactly where the role has nothing on the resource."""
    check_cells(plan)


@settings(max_examples=25, deadline=None)
@given(generated.apps())
def test_a_word_stands_where_there_is_a_right_in_generated_apps(statements: list[str]) -> None:
    """The same for apps in any mix that the language takes."""
    done = compiled(generated.text(statements))
    if done.plan is not None:
        check_cells(done.plan)


# --- what it looks like ---


def test_the_matrix_of_the_orders_example() -> None:
    """Roles are lines, resources are columns, and arrows stand apart from verbs."""
    plan = example("orders").plan
    assert plan is not None
    assert as_text.matrix(access(plan)) == (
        "orders (dev)\n\n"
        "                    Orders    Reports  Shipments  OrderPlaced  report\n"
        "bill                ← stream\n"
        "getOrder            reads\n"
        "placeOrder          writes                        publishes\n"
        "report              reads     writes\n"
        "ship                                   ←\n"
        "stock\n"
        "every 1h -> report                                             calls\n\n"
        "without a role of the app\n"
        "  anyone       GET /orders/{id} of Public -> getOrder\n"
        "  anyone       POST /orders of Public -> placeOrder\n"
        "  OrderPlaced  calls stock\n"
        "  OrderPlaced  sends Shipments\n\n"
        "← events come from it, → what became of them goes to it\n"
    )


def test_a_wide_matrix_becomes_blocks() -> None:
    """An app with 500 functions has a block for each of them, and no line is longer than 80 columns."""
    text = "".join(f'queue Q{i}\nfunction f{i} "a.b" {{ runtime python3.14; sends Q{i}; calls f{(i + 1) % 500} }}\n' for i in range(500))
    shown = as_text.matrix(access(plan_of(text)))
    assert "\nf17\n  Q17  sends\n  f18  calls\n\n" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("calls") == 500


def test_an_app_without_roles() -> None:
    """It is said, in words and in tables."""
    found = access(plan_of("queue Q"))
    assert as_text.matrix(found) == "x (dev)\n\nnothing has a role\n"
    assert as_markdown.matrix(found).endswith("Nothing has a role.\n")


def test_an_allow_stands_with_its_condition_and_reason(everything: Plan) -> None:
    """In the matrix of every format, below the verbs."""
    found = access(everything)
    tested = 'StringEquals aws:RequestedRegion "eu-west-1"'
    assert f'    dynamodb:DescribeTable\n    on Enc.arn\n    if {tested}\n    because "it counts"\n' in as_text.matrix(found)
    assert ["h", "function", "Allow", "dynamodb:DescribeTable", "Enc.arn", "", "it counts", tested] in list(
        csv.reader(io.StringIO(as_csv.matrix(found)))
    )
    holder = next(h for h in json.loads(as_json.matrix(found))["holders"] if h["name"] == "h")
    assert {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}} in [a["condition"] for a in holder["allows"]]


def test_one_function(everything: Plan) -> None:
    """Each action with its resource, its condition, the reason and the line; an `allow` and an arrow for one action stand apart."""
    found = access(everything)
    shown = as_text.subject(found, subject(found, "h"))
    assert "  *\n" not in shown
    assert (
        '  "*"\n    sqs:SendMessage\n    because "it tells everyone"\n'
        '    asked by `allow "sqs:SendMessage" on "*" because "it tells everyone"`, app.ifc:' in shown
    )
    assert "  Q.arn\n    sqs:SendMessage\n    asked by `Enc.stream -> h`, app.ifc:" in shown
    assert '    dynamodb:DescribeTable\n    if StringEquals aws:RequestedRegion "eu-west-1"\n    because "it counts"\n' in shown
    assert "what the managed policy AWSLambdaVPCAccessExecutionRole allows" in shown
    assert "tokens of https://x.example: PUT /c of Api -> h" in shown
    assert "Named.created" not in shown


def test_merged_statements_are_told_apart() -> None:
    """Two verbs whose actions IAM gets in one statement keep their own lines."""
    plan = plan_of(
        'table A { key id: string }\ntable B { key id: string }\nfunction f "a.b" { runtime python3.14\n reads A\n reads B\n puts B\n}'
    )
    found = access(plan)
    said = {
        (action, r["of"]): [a["text"] for a in right["asked"]]
        for right in json.loads(as_json.subject(found, subject(found, "f")))["role"]["rights"]
        for action in right["actions"]
        for r in right["resources"]
    }
    assert said["dynamodb:GetItem", "A"] == ["reads A"]
    assert said["dynamodb:GetItem", "B"] == ["reads B"]
    assert said["dynamodb:PutItem", "B"] == ["puts B"]


def test_what_is_laid_over_a_role_counts(everything: Plan) -> None:
    """A policy that `cfn role { }` puts in place of the compiler's is what is shown; its verbs are no longer."""
    found = access(everything)
    holder = next(h for h in found.holders if h.name == "k")
    assert [(w.resource, w.text) for w in holder.words] == [("T", "cfn")]
    assert holder.allows == ()
    shown = as_text.subject(found, subject(found, "k"))
    assert "  T.arn\n    all but s3:*\n" in shown
    assert '  denied: "*"\n    sqs:*\n' in shown


def test_a_role_of_its_own_is_its_owners(everything: Plan) -> None:
    """Of a function with a role that exists already, no permission is claimed."""
    found = access(everything)
    about = json.loads(as_json.subject(found, subject(found, "g")))
    assert (about["role"]["ours"], about["role"]["rights"], about["role"]["does"]) == (False, [], [])
    assert "its verbs give it nothing" in " ".join(as_text.matrix(found).split())


def others(plan: Plan, name: str) -> set[tuple[str, str, bool]]:
    """Who may use a declaration without a role of the app: who, what, and whether it takes no credentials."""
    found = access(plan)
    return {(c["who"], c["may"], c["anonymous"]) for c in json.loads(as_json.subject(found, subject(found, name)))["others"]}


def test_who_comes_without_a_role(everything: Plan) -> None:
    """Services by resource policies, other accounts, routes by their authorizers, and anyone where nobody is asked."""
    assert others(everything, "f") == {
        ("Api", "calls", False),
        ("Site", "calls", False),
        ("anyone", "DEFAULT", True),
        ("anyone", "its URL", True),
        ("aws", "calls", False),
        ("signed requests", "GET /a", False),
    }
    assert others(everything, "g") == {
        ("Api", "calls", False),
        ("signed requests", "its URL", False),
        ("whom chk lets in", "POST /b", False),
    }
    assert others(everything, "Site") == {("anyone", "reads", True)}
    assert others(everything, "Inner") == {("anyone", "reads", False), ("anyone", "s3:*", False)}
    assert others(everything, "T") == {("210987654321", "publishes", False)}
    assert others(everything, "Q") == {("T", "sends", False), ("B", "sends", False)}
    assert others(everything, "Last") == {("anyone", "sends", False)}
    assert others(everything, "R") == {("anyone", "GET /z/{id}", True), ("whom chk lets in", "POST /z", False)}
    assert ("R", "calls", False) in others(everything, "chk"), "an api may call what authorizes for it"
    assert others(everything, "Enc") == set()


def test_who_comes_is_what_the_template_lets_in(everything: Plan) -> None:
    """Every permission of a function and every statement of a resource policy is somebody who may use something."""
    found = access(everything)
    printer = Printer(everything, compiled("queue Q").report)
    resources = printer.template["Resources"]
    permissions = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::Permission"]
    services = sorted(p["Principal"] for p in permissions if p["Principal"] != "*")
    assert sorted(c.service for c in found.callers if c.may == "calls") == services
    documents = [
        r["Properties"]["PolicyDocument"]
        for r in resources.values()
        if r["Type"].endswith("Policy") and "PolicyDocument" in r["Properties"]
    ]
    stated = sum(
        len(many(s["Condition"]["ArnEquals"]["aws:SourceArn"])) if "ArnEquals" in s.get("Condition", {}) else 1
        for d in documents
        for s in many(d["Statement"])
    )
    assert stated == sum(1 for c in found.callers if c.resource in ("Site", "Inner", "Named", "Q", "T", "Last"))


def test_a_pattern_may_mean_a_resource(everything: Plan) -> None:
    """A permission on `*` or on a pattern is shown with the resources that it may mean, and not with others."""

    def by_pattern(name: str) -> set[str]:
        found = access(everything)
        uses = json.loads(as_json.subject(found, subject(found, name)))["uses"]
        return {use["holder"] for use in uses if use["perhaps"]}

    assert by_pattern("Q") == {"h", "k"}
    assert by_pattern("Jobs") == {"h", "k"}
    assert by_pattern("T") == set()
    plan = plan_of(
        'table Orders { key id: string; name "orders" }\ntable Users { key id: string; name "users" }\n'
        'function f "a.b" { runtime python3.14; allow "dynamodb:GetItem" on "arn:aws:dynamodb:*:*:table/ord*" because "x" }'
    )
    found = access(plan)
    assert [use.holder.name for use in subject(found, "Orders").uses] == ["f"]
    assert subject(found, "Users").uses == ()
    plan = plan_of(
        'param which "arn:aws:sqs:eu-west-1:123456789012:theirs"\nqueue Q\ntopic T\n'
        'function f "a.b" { runtime python3.14; allow "sqs:SendMessage" on which because "x" }'
    )
    found = access(plan)
    assert [use.holder.name for use in subject(found, "Q").uses] == ["f"], "a param may get another value"
    assert subject(found, "T").uses == ()


TEXTS = ["".join(letters) for length in range(9) for letters in itertools.product("ab", repeat=length)]


@settings(deadline=None)
@given(st.text("ab*?", max_size=4), st.text("ab*?", max_size=4))
def test_patterns_overlap_where_a_text_matches_both(one: str, other: str) -> None:
    """The answer is that of trying all texts that are long enough."""
    both = any(fnmatch.fnmatchcase(text, one) and fnmatch.fnmatchcase(text, other) for text in TEXTS)
    assert overlap(one, other) == both


def test_keys_belong_to_what_they_encrypt(everything: Plan) -> None:
    """The rights on a customer key stand with the resource that it encrypts."""
    uses = subject(access(everything), "Enc").uses
    assert {use.part for use in uses if use.holder.name == "h" and "kms:Decrypt" in use.actions} == {"key"}
    found = access(everything)
    assert found.words(next(h for h in found.holders if h.name == "m"))["Key"] == ["as a key"]
    about = subject(found, "m")
    asked = {action: {s.text for s in right.why} for right in about.rights for action in right.actions if str(action).startswith("kms:")}
    assert asked["kms:GenerateDataKey*"] == {"writes Keyed", "Keyed.stream -> m"}, "reading asks for no data key"


def test_markdown_means_itself() -> None:
    """What Markdown would read as marks is escaped, and the table has as many cells in each line."""
    plan = plan_of(
        'bucket B\nfunction f "a.b" { runtime python3.14; reads B "x_*|y/*"; allow "ses:SendEmail" on "*" because "<b>$1$</b>" }'
    )
    lines = [line for line in as_markdown.matrix(access(plan)).splitlines() if line.startswith("|")]
    assert '| f | reads "x\\_\\*\\|y/\\*" |' in lines
    assert "\\<b\\>\\$1\\$" in lines[-1]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {3}


def test_a_denial_in_markdown() -> None:
    """Who is denied something with a declaration has a line that says so, and what, without the declaration's name in it."""
    found = access(plan_of("bucket B"))
    lines = as_markdown.subject(found, subject(found, "B")).splitlines()
    assert '| anyone is denied | s3:\\* |  | Bool aws:SecureTransport "false" | B (app.ifc:2) |' in lines


def test_csv_is_read_back(everything: Plan) -> None:
    """Every line has as many fields as the header, and the words of the matrix are in it."""
    found = access(everything)
    rows = list(csv.reader(io.StringIO(as_csv.matrix(found))))
    assert {len(row) for row in rows} == {len(as_csv.MATRIX)}
    assert {(r[0], r[3], r[4]) for r in rows[1:]} >= {(h.name, w.text, w.resource) for h in found.holders for w in h.words}
    about = list(csv.DictReader(io.StringIO(as_csv.subject(found, subject(found, "h")))))
    assert ("h", "Allow", "sns:Publish", "T.arn") in {(r["who"], r["effect"], r["may"], r["on"]) for r in about}


WRITTEN = """
queue Q
bucket B
function c "a.b" {
  runtime python3.14
  cfn role { Policies [ { PolicyName "p"; PolicyDocument { Statement [
    { Effect "Allow"; Action ["iam:*"]; Resource "*" }, { Effect "Deny"; Action "sqs:*"; Resource Q.arn; Condition { Bool { "aws:SecureTransport" "false" } } } ] } } ] }
}
resource R "AWS::IAM::Role" { cfn {
  AssumeRolePolicyDocument { Statement [
    { Effect "Allow"; Action "sts:AssumeRole"; Principal { AWS ["*", "arn:aws:iam::210987654321:root"]; Service "ecs-tasks.amazonaws.com" } } ] }
  Policies [ { PolicyName "p"; PolicyDocument { Statement [ { Effect "Allow"; NotAction "s3:*"; NotResource "arn:aws:s3:::x" } ] } } ]
} }
"""


def test_rights_that_no_verb_covers_stand_beside_the_verbs() -> None:
    """What a laid-over policy and a raw role's own say is in the matrix of every format, denials as such."""
    found = access(plan_of(WRITTEN))
    shown = as_text.matrix(found)
    tested = 'Bool aws:SecureTransport "false"'
    assert f'  c\n    iam:*\n    on "*"\n    denied: sqs:*\n    on Q.arn\n    if {tested}\n' in shown
    assert '  R\n    all but s3:*\n    on all but "arn:${aws.partition}:s3:::x"\n' in shown
    assert "\nc  cfn denies\n" in shown
    lines = as_markdown.matrix(found).splitlines()
    assert '| c | iam:\\* on "\\*" |' in lines
    assert f"| c | denied: sqs:\\* on Q.arn if {tested} |" in lines
    rows = list(csv.reader(io.StringIO(as_csv.matrix(found))))
    assert ["c", "function", "Allow", "iam:*", "*", "", "", ""] in rows
    assert ["c", "function", "Deny", "sqs:*", "Q.arn", "", "", tested] in rows
    assert ["c", "function", "Deny", "cfn denies", "Q", "queue", "", ""] in rows
    assert ["R", "resource", "Allow", "all but s3:*", "all but arn:${aws.partition}:s3:::x", "", "", ""] in rows


def test_who_may_assume_a_role(everything: Plan) -> None:
    """A trust policy that the user wrote is shown whole, in the matrix and with the declaration; the compiler's own are for one service."""
    found = access(plan_of(WRITTEN))
    whom = ["210987654321", "any AWS account", "ecs-tasks.amazonaws.com"]
    shown = as_text.matrix(found)
    assert "".join(f"  {who:<23}  assumes the role of R\n" for who in whom) in shown
    assert "  any AWS account: assumes the role\n    asked by `cfn {" in as_text.subject(found, subject(found, "R"))
    others = [o for o in json.loads(as_json.matrix(found))["others"] if o["resource"] == "R"]
    assert [(o["who"], o["anonymous"], o["actions"]) for o in others] == [(who, False, ["sts:AssumeRole"]) for who in whom]
    assert "assumes the role" not in as_text.matrix(access(everything))
    open = 'function f "a.b" { runtime python3.14; cfn role { AssumeRolePolicyDocument { Statement { Effect "Allow"; Principal "*" } } } }'
    assert "  any AWS account  assumes the role of f\n" in as_text.matrix(access(plan_of(open)))


# --- the policy for deploying ---


def made(plan: Plan, **more: Any) -> Policy:
    """The policy for an app, where everything is given."""
    given = {"stack": plan.app.prefix, "account": "123456789012", "region": "eu-west-1", "code_bucket": "my-code", **more}
    return policy(plan, Options(**given))


def statements(found: Policy) -> list[dict[str, Any]]:
    """The statements as IAM gets them."""
    return [s for document in json.loads(json.dumps(found.documents)) for s in document["Statement"]]


def allowed(found: Policy) -> dict[str, set[str]]:
    """The resources of each action."""
    by_action: dict[str, set[str]] = {}
    for s in statements(found):
        for action in many(s["Action"]):
            by_action.setdefault(action, set()).update(many(s["Resource"]))
    return by_action


@pytest.mark.parametrize("plan", plans())
def test_the_handlers_may_do_what_they_list(plan: Plan) -> None:
    """Every action of every type is allowed, or is told to be left out with a reason that the template bears out."""
    found = made(plan)
    by_action, without = allowed(found), {(w.type, w.action): w.why for w in found.without}
    assert found.unknown == ()
    for kind in {p.resource.cfn_type for p in plan.placed}:
        contents = [properties(p) for p in plan.placed if p.resource.cfn_type == kind]
        for action in published().types[kind]:
            if action == PASS:
                continue
            assert (action in by_action) or (kind, action) in without, f"{kind}: {action}"
            why = without.get((kind, action), "")
            property = re.match(r"only for `(\w+)`", why)
            if property:
                assert not any(content.get(property[1]) for content in contents)
            elif why.startswith("acts on"):
                assert published().kinds(action), f"{action} needs no resource"
                assert action.partition(":")[0] not in {kind.split("::")[1].lower()} or published().kinds(action) & FOREIGN, action
            elif why:
                assert action in NEVER or published().kinds(action) is None


# Resource types that the app's own resources never are: what else a handler may be asked for.
FOREIGN = frozenset({"layerversion", "code signing config", "instance", "capacityprovider", "import", "object", "key"})


@pytest.mark.parametrize("plan", plans())
def test_nothing_is_allowed_on_everything_that_can_be_limited(plan: Plan) -> None:
    """`*` is the resource of actions that AWS limits to none, and of no others."""
    for s in statements(made(plan)):
        if "*" in many(s["Resource"]):
            assert s["Sid"] == ALONE or s["Condition"]
            assert all(published().kinds(action) == frozenset() for action in many(s["Action"])), s["Sid"]


@pytest.mark.parametrize("plan", plans())
def test_resources_are_of_the_form_that_aws_publishes(plan: Plan) -> None:
    """Each resource has the form of what one of the statement's actions can be limited to, and each action has such a resource."""
    for s in statements(made(plan)):
        resources, fitting = [r for r in many(s["Resource"]) if r != "*"], set()
        for action in many(s["Action"]) if resources else []:
            shapes = [shape(f) for kind in published().kinds(action) or () for f in published().forms[action.partition(":")[0], kind]]
            mine = {r for r in resources if any(re.fullmatch(one, r) for one in shapes)}
            assert mine or published().kinds(action) is None, f"{action} acts on none of {resources}"
            fitting |= mine
        assert fitting == set(resources), f"{s['Sid']}: {set(resources) - fitting}"


def shape(form: str) -> str:
    """A published form of ARNs as a regular expression."""
    escaped = re.escape(form).replace(r"\{P\}", "aws").replace(r"\{R\}", "eu-west-1").replace(r"\{A\}", r"\d{12}")
    return escaped.replace(r"\#", ".+")


def test_mappings_are_limited_to_the_functions(everything: Plan) -> None:
    """Event source mappings have no names, so who makes and changes them is held to the functions that the app's mappings call."""
    by_action = {a: s for s in statements(made(everything)) for a in many(s["Action"])}
    functions = [f"arn:aws:lambda:eu-west-1:123456789012:function:all-dev-{name}" for name in ("chk", "f", "h", "m")]
    for name in ("Create", "Delete", "Get", "Update"):
        assert by_action[f"lambda:{name}EventSourceMapping"]["Condition"] == {"ArnLike": {"lambda:FunctionArn": functions}}


def test_what_pages_of_aws_add(everything: Plan) -> None:
    """API Gateway's own role and logs of HTTP APIs come with what needs them, and with nothing else."""
    linked = next(s for s in statements(made(everything)) if s["Sid"] == "ServiceLinkedRole")
    assert linked["Action"] == "iam:CreateServiceLinkedRole"
    assert linked["Condition"] == {"StringEquals": {"iam:AWSServiceName": "ops.apigateway.amazonaws.com"}}
    assert "logs:CreateLogDelivery" in allowed(made(everything))
    quiet = allowed(made(plan_of('function f "a.b" { runtime python3.14 }\napi A { GET / -> f }')))
    assert "logs:CreateLogDelivery" not in quiet
    assert "iam:CreateServiceLinkedRole" in quiet
    assert "iam:CreateServiceLinkedRole" not in allowed(made(plan_of("queue Q")))


HERE = "eu-west-1:123456789012"
GRADUALLY = """app x
alarm Errors where f.errors > 3
layer L "tests"
function try "a.t" { runtime python3.14 }
function f "a.b" { runtime python3.14; layers L; deploy canary 10 percent every 5m { rollback-on Errors; before try } }
function g "a.b" { runtime python3.14; provisioned 2; url public }
function h "a.b" { runtime python3.14; deploy linear 7 percent every 2m }
queue Q
Q -> g
"""


def test_gradual_deployments_are_of_the_apps_own_groups() -> None:
    """Who deploys starts and stops the deployments of the app's groups, at their speeds, and passes CodeDeploy's role to CodeDeploy alone."""
    found = made(plan_of(GRADUALLY))
    by_action = allowed(found)
    groups = {f"arn:aws:codedeploy:{HERE}:deploymentgroup:x-dev/x-dev-{name}" for name in "fh"}
    assert by_action["codedeploy:CreateDeployment"] == by_action["codedeploy:UpdateDeploymentGroup"] == groups
    speeds = {f"arn:aws:codedeploy:{HERE}:deploymentconfig:x-dev-linear-7-percent-2-minutes"}
    assert by_action["codedeploy:CreateDeploymentConfig"] == speeds
    assert by_action["codedeploy:GetDeploymentConfig"] == speeds | {
        f"arn:aws:codedeploy:{HERE}:deploymentconfig:CodeDeployDefault.LambdaCanary10Percent5Minutes"
    }
    assert by_action["codedeploy:CreateApplication"] == {f"arn:aws:codedeploy:{HERE}:application:x-dev"}
    [passing] = [s for s in statements(found) if "codedeploy.amazonaws.com" in json.dumps(s.get("Condition"))]
    assert passing["Action"] == "iam:PassRole"
    assert passing["Resource"] == "arn:aws:iam::123456789012:role/x-dev-DeploymentsRole-*"
    assert "codedeploy:StopDeployment" in found.unlimited
    alone = made(plan_of('app x\nfunction g "a.b" { runtime python3.14; provisioned 2 }'))
    assert not [action for action in allowed(alone) if action.startswith("codedeploy:")], "an alias alone needs no CodeDeploy"


def test_versions_aliases_layers_and_alarms_by_name() -> None:
    """What is made for one function is limited to that function, and the rest to the app's own names."""
    by_action = allowed(made(plan_of(GRADUALLY)))
    functions = [f"arn:aws:lambda:{HERE}:function:x-dev-{name}" for name in "fgh"]
    live = {f"{arn}:live" for arn in functions}
    assert by_action["lambda:UpdateAlias"] == {*functions, *live}
    assert by_action["lambda:PutProvisionedConcurrencyConfig"] == live | {f"{arn}:*" for arn in functions}
    assert {*functions, *(f"{arn}:*" for arn in functions)} <= by_action["lambda:PublishVersion"]
    assert by_action["lambda:CreateFunctionUrlConfig"] == {functions[1], f"{functions[1]}:live"}
    assert by_action["lambda:PublishLayerVersion"] == {f"arn:aws:lambda:{HERE}:layer:x-dev-L"}
    assert by_action["lambda:GetLayerVersion"] == by_action["lambda:DeleteLayerVersion"] == {f"arn:aws:lambda:{HERE}:layer:x-dev-L:*"}
    assert by_action["cloudwatch:PutMetricAlarm"] == {f"arn:aws:cloudwatch:{HERE}:alarm:x-dev-Errors"}
    mapping = next(s for s in statements(made(plan_of(GRADUALLY))) if "lambda:CreateEventSourceMapping" in many(s["Action"]))
    assert mapping["Condition"] == {"ArnLike": {"lambda:FunctionArn": [functions[1], f"{functions[1]}:live"]}}


def test_codedeploys_role_is_a_line_of_the_matrix() -> None:
    """It moves the traffic of some functions and calls those that try the code; a function's rights are on the alias."""
    found = access(plan_of(GRADUALLY))
    [deployments] = [h for h in found.holders if h.sort == "deployments"]
    words = [(w.resource, w.text) for w in deployments.words]
    assert (deployments.name, words) == ("deployments", [("f", "moves traffic"), ("h", "moves traffic"), ("try", "calls")])
    assert deployments.services == ("codedeploy.amazonaws.com",)
    plain = plan_of('app x\nfunction f "a.b" { runtime python3.14; provisioned 1 }\nfunction g "a.b" { runtime python3.14; calls f }')
    [caller] = [h for h in access(plain).holders if h.name == "g"]
    assert [(w.resource, w.text) for w in caller.words] == [("f", "calls")]


def test_what_lambda_needs_of_a_repository_is_told(tmp_path: Path) -> None:
    """Who prints the policy hears of the policy that is not in it."""
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/box:1"
    (tmp_path / "app.ifc").write_text(f'app x\nfunction f {{ image "{image}" }}\n')
    done = ifc("app.ifc", "--deploy-role", "--format", "json", folder=tmp_path)
    assert "by the repository's own policy: let `lambda.amazonaws.com` do" in done.stderr
    assert json.loads(done.stdout)["images"] == ["arn:aws:ecr:eu-west-1:123456789012:repository/box"]


def test_images_are_read_and_their_policy_is_the_repositorys() -> None:
    """Who deploys an image reads it; that Lambda may is said by the repository, which is told and not changed."""
    image = 'image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/box:${tag}"'
    found = made(plan_of(f'app x\nparam tag "1"\nfunction f {{ {image} }}\nfunction g "a.b" {{ runtime python3.14 }}'))
    repository = f"arn:aws:ecr:{HERE}:repository/shop/box"
    assert {a: r for a, r in allowed(found).items() if a.startswith("ecr:")} == {
        "ecr:BatchGetImage": {repository},
        "ecr:GetDownloadUrlForLayer": {repository},
    }
    assert found.images == (repository,)
    open_ = made(plan_of('app x\nparam tag { pattern ".+" }\nfunction f { image "1.dkr.ecr.eu-west-1.amazonaws.com/${tag}" }'))
    assert open_.images == ("arn:aws:ecr:eu-west-1:1:repository/*",)


@pytest.mark.parametrize("plan", plans())
@pytest.mark.parametrize("by_prefix", [False, True])
def test_documents_are_what_iam_takes(plan: Plan, by_prefix: bool) -> None:
    """Each is within the limit, has the version, and Sids that are letters and digits and stand once."""
    found = made(plan, by_prefix=by_prefix)
    for document in found.documents:
        text = json.dumps(document, separators=(",", ":"))
        assert len(text) <= LONGEST
        assert document["Version"] == "2012-10-17"
        sids = [s["Sid"] for s in document["Statement"]]
        assert len(sids) == len(set(sids))
        assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", a) for s in document["Statement"] for a in many(s["Action"]))


@pytest.mark.parametrize("plan", plans())
def test_only_the_apps_roles_are_passed(plan: Plan) -> None:
    """Roles are passed by their ARN, and only to the services that may assume them."""
    names = Names(plan, stack=plan.app.prefix, region="eu-west-1", account="123456789012", partition="aws")
    roles = {names.arn(p): set(many(p.resource.service)) for p in plan.placed if p.resource.cfn_type == ROLE}  # type: ignore[attr-defined]
    roles["arn:aws:iam::123456789012:role/own"] = {"lambda.amazonaws.com"}
    passed = [s for s in statements(made(plan)) if PASS in many(s["Action"])]
    for s in passed:
        for arn in many(s["Resource"]):
            assert set(many(s["Condition"]["StringEquals"]["iam:PassedToService"])) == roles[arn]
    assert {arn for s in passed for arn in many(s["Resource"])} >= set(roles) - {"arn:aws:iam::123456789012:role/own"}


def test_a_role_that_is_not_known_is_not_passed() -> None:
    """A param for a function's role allows passing what it holds when compiled, and without a value nothing."""
    text = 'param own {}\nfunction f "a.b" {{ runtime python3.14; role own }}'
    given = made(plan_of(text.format('"arn:aws:iam::123456789012:role/known"')))
    assert allowed(given)[PASS] == {"arn:aws:iam::123456789012:role/known"}
    missing = made(plan_of(text.format('{ pattern ".+" }')))
    assert (PASS in allowed(missing), missing.unpassed) == (False, ("f",))


def test_keys_are_for_those_who_use_keys(everything: Plan) -> None:
    """KMS is in the policy only where something is encrypted with a customer's key, and then for that key."""
    plain = allowed(made(example("orders").plan))  # type: ignore[arg-type]
    assert not [action for action in plain if action.startswith("kms:")]
    keys = {f"arn:aws:kms:eu-west-1:123456789012:key/{name}" for name in ("t", "*")}  # the ids of keys that the app makes are not known
    assert allowed(made(everything))["kms:CreateGrant"] == keys
    secret = plan_of('secret S { encryption "arn:aws:kms:eu-west-1:123456789012:key/s" }')
    assert allowed(made(secret))["kms:GenerateDataKey"] == {"arn:aws:kms:eu-west-1:123456789012:key/s"}


def test_names_are_those_of_the_deployment(everything: Plan) -> None:
    """By the prefix where the app names a thing, by stack and id where CloudFormation does, as laid over where the user does."""
    found = allowed(made(everything, stack="other"))
    assert "arn:aws:lambda:eu-west-1:123456789012:function:all-dev-f" in found["lambda:CreateFunction"]
    assert "arn:aws:sqs:eu-west-1:123456789012:other-QDead-*" in found["sqs:CreateQueue"]
    assert found["s3:CreateBucket"] == {
        "arn:aws:s3:::all-dev-site-123456789012-eu-west-1",
        "arn:aws:s3:::all-dev-inner-123456789012-eu-west-1",
        "arn:aws:s3:::example-files",
    }
    assert "arn:aws:iam::123456789012:role/app/fixed" in found["iam:CreateRole"]
    assert found["events:PutRule"] == {
        "arn:aws:events:eu-west-1:123456789012:rule/all-dev-B/other-BToChk-*",
        "arn:aws:events:eu-west-1:123456789012:rule/all-dev-B/other-BToS-*",
        "arn:aws:events:eu-west-1:123456789012:rule/other-NamedRemovedToB-*",
        "arn:aws:events:eu-west-1:123456789012:rule/other-awsToF-*",
    }
    assert found["scheduler:CreateSchedule"] == {"arn:aws:scheduler:eu-west-1:123456789012:schedule/all-dev/*"}
    assert found["ssm:PutParameter"] == {"arn:aws:ssm:eu-west-1:123456789012:parameter/all-dev/Limit"}
    assert found["ssm:GetParameters"] >= {"arn:aws:ssm:eu-west-1:123456789012:parameter/all/key"}
    assert found["secretsmanager:CreateSecret"] == {
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Made-*",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Token-*",
    }
    assert found["cloudformation:CreateChangeSet"] == {"arn:aws:cloudformation:eu-west-1:123456789012:stack/other/*"}
    assert found["s3:PutObject"] == {"arn:aws:s3:::my-code/*"}
    assert "arn:aws:sns:eu-west-1:123456789012:other-T-*:*" in found["sns:Unsubscribe"]
    assert found["kinesis:StartStreamEncryption"] == {"arn:aws:kinesis:eu-west-1:123456789012:stream/other-S-*"}
    assert found["lambda:GetLayerVersion"] == {"arn:aws:lambda:eu-west-1:123456789012:layer:libs:3"}


def test_long_names_are_cut_by_cloudformation() -> None:
    """Where stack and id don't fit together, the pattern holds only what is taken to stay of the stack's name."""
    plan = plan_of(f'function {"f" * 30} "a.b" {{ runtime python3.14 }}')
    assert allowed(made(plan, stack="s" * 20))["iam:CreateRole"] == {f"arn:aws:iam::123456789012:role/{'s' * 20}-*"}
    assert allowed(made(plan, stack="s" * 40))["iam:CreateRole"] == {f"arn:aws:iam::123456789012:role/{'s' * 20}*"}
    assert allowed(made(plan, stack="s"))["iam:CreateRole"] == {f"arn:aws:iam::123456789012:role/s-{'f' * 30}Role-*"}


def test_partitions_and_what_is_not_given() -> None:
    """China and GovCloud have ARNs of their own; what is not given is `*`, but never the whole resource."""
    plan = plan_of("queue Q")
    assert allowed(made(plan, region="cn-north-1"))["sqs:CreateQueue"] == {"arn:aws-cn:sqs:cn-north-1:123456789012:x-dev-Q-*"}
    assert allowed(made(plan, region="us-gov-west-1"))["sqs:CreateQueue"] == {"arn:aws-us-gov:sqs:us-gov-west-1:123456789012:x-dev-Q-*"}
    assert allowed(policy(plan, Options(stack="x-dev")))["sqs:CreateQueue"] == {"arn:aws:sqs:*:*:x-dev-Q-*"}


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "aws"),
        ("us-east-1", "aws"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_partition_of_a_region(region: str, expected: str) -> None:
    """Regions that are apart from the others have ARNs of their own, and the option takes them all."""
    assert allowed(made(plan_of("queue Q"), region=region))["sqs:CreateQueue"] == {f"arn:{expected}:sqs:{region}:123456789012:x-dev-Q-*"}
    assert re.fullmatch(SHAPES["region"][0], region, re.ASCII)


def test_secrets_without_a_name_are_told(tmp_path: Path) -> None:
    """CloudFormation leaves the stack out of their names, with `--by-prefix` too, so others' secrets may be meant; a name ends that."""
    (tmp_path / "app.ifc").write_text('app x\nsecret Token\nsecret Other\nsecret Named { name "x-dev/named" }\n')
    for more in ([], ["--by-prefix"]):
        told = ifc("app.ifc", "--deploy-role", *more, folder=tmp_path).stderr
        assert "the secrets `Other`, `Token` have no `name`, so CloudFormation calls them `Other-*`, `Token-*`, whatever the stack" in told
    (tmp_path / "app.ifc").write_text('app x\nsecret Named { name "x-dev/named" }\n')
    done = ifc("app.ifc", "--deploy-role", folder=tmp_path)
    assert "no `name`" not in done.stderr
    assert ":secret:x-dev/named-??????" in done.stdout


def test_a_boundary_and_managed_policies_hold_the_deployer() -> None:
    """With a boundary, roles are made and changed only under it, and it can't be taken off; only the app's managed policies are attached."""
    plan = plan_of(
        'app x { boundary "arn:aws:iam::123456789012:policy/edge" }\n'
        'function f "a.b" { runtime python3.14; allow managed "AWSLambdaVPCAccessExecutionRole" }'
    )
    edge = {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/edge"}
    by_action = {a: s for s in statements(made(plan)) for a in many(s["Action"])}
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"):
        assert by_action[action]["Condition"] == {"StringEquals": edge}
    assert by_action["iam:AttachRolePolicy"]["Condition"]["ArnLike"] == {
        "iam:PolicyARN": "arn:aws:iam::aws:policy/AWSLambdaVPCAccessExecutionRole"
    }
    assert "iam:DeleteRolePermissionsBoundary" not in by_action
    assert "iam:AttachRolePolicy" not in allowed(made(plan_of('function f "a.b" { runtime python3.14 }')))


RAW = """app x { boundary "arn:aws:iam::123456789012:policy/edge" }
resource U "AWS::IAM::User" { cfn { UserName "bob"; Policies [ { PolicyName "p"; PolicyDocument {} } ] } }
resource V "AWS::IAM::User" { cfn { Path "/a/"; PermissionsBoundary "arn:aws:iam::123456789012:policy/edge" } }
resource R "AWS::IAM::Role" { cfn { RoleName "raw"; AssumeRolePolicyDocument {} } }
resource M "AWS::IAM::ManagedPolicy" { cfn { ManagedPolicyName "pol"; Groups ["g"]; PolicyDocument {} } }
resource P "AWS::IAM::Policy" { cfn { PolicyName "pol"; Roles ["theirs", R.id]; Users ["u"]; PolicyDocument {} } }
"""


def test_raw_resources_of_iam_are_held_by_the_boundary() -> None:
    """Every action that takes the boundary has it as a condition; resources are told by name, and what is outside of it is said."""
    found = made(plan_of(RAW))
    edge = {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/edge"}
    seen: set[str] = set()
    for s in statements(found):
        bounded = {a.partition(":")[2] for a in many(s["Action"]) if a.startswith("iam:")} & set(BOUNDED)
        seen |= bounded
        assert not bounded or s["Condition"]["StringEquals"] == edge
    assert seen >= {"CreateUser", "CreateRole", "PutUserPolicy", "PutRolePolicy", "PutUserPermissionsBoundary", "DetachUserPolicy"}
    by_action, iam = allowed(found), "arn:aws:iam::123456789012:"
    assert by_action["iam:CreateUser"] == {f"{iam}user/bob", f"{iam}user/a/x-dev-V-*"}
    assert by_action["iam:PutRolePolicy"] == {f"{iam}role/raw", f"{iam}role/theirs"}
    assert by_action["iam:PutUserPolicy"] >= {f"{iam}user/u"}
    assert by_action["iam:CreatePolicyVersion"] == {f"{iam}policy/pol"}
    assert by_action["iam:AttachGroupPolicy"] == {f"{iam}group/g"}
    assert not {action for action in by_action if "Delete" in action and "Boundary" in action}
    assert found.outside == (("M", "AWS::IAM::ManagedPolicy"),)
    assert found.refused == (("R", "AWS::IAM::Role"), ("U", "AWS::IAM::User"))
    free = made(plan_of(RAW.partition("\n")[2]))
    assert (free.outside, free.refused) == ((), ())
    assert not {action for action in allowed(free) if "Delete" in action and "Boundary" in action}


def test_what_the_boundary_does_not_hold_is_told(tmp_path: Path) -> None:
    """Raw resources of IAM outside of the boundary are told in capitals, and those that lack one make the policy incomplete."""
    (tmp_path / "app.ifc").write_text(RAW)
    done = ifc("app.ifc", "--deploy-role", "--format", "json", folder=tmp_path)
    assert "OUTSIDE THE BOUNDARY: `M` (AWS::IAM::ManagedPolicy): whoever deploys can give rights" in done.stderr
    assert "incomplete: `R` (AWS::IAM::Role), `U` (AWS::IAM::User) have no boundary, so making them is not allowed" in done.stderr
    assert json.loads(done.stdout)["complete"] is False


LAID_OVER = """
bucket B { cfn { ReplicationConfiguration { Role "arn:aws:iam::123456789012:role/repl"; Rules [] } } }
bucket C { cfn { MetadataConfiguration { JournalTableConfiguration {} } } }
queue Q
function c "a.b" {
  runtime python3.14
  cfn {
    CodeSigningConfigArn "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-1"
    FileSystemConfigs [ { Arn "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1"; LocalMountPath "/mnt/a" } ]
  }
  cfn role { AssumeRolePolicyDocument { Statement { Effect "Allow"; Principal { AWS "*" }; Action "sts:AssumeRole" } } }
}
aws where source == "aws.ec2" -> Q { cfn { RoleArn "arn:aws:iam::123456789012:role/rule" } }
every 1h -> c { cfn { Target { RoleArn "arn:aws:iam::123456789012:role/sched" } } }
"""


def test_what_laid_over_properties_need() -> None:
    """Roles that they name are passed, file systems and signing are read; where not all is known, that is said."""
    found = made(plan_of(LAID_OVER))
    passing = {
        arn: s["Condition"]["StringEquals"]["iam:PassedToService"]
        for s in statements(found)
        if PASS in many(s["Action"])
        for arn in many(s["Resource"])
    }
    role = "arn:aws:iam::123456789012:role/"
    assert passing == {
        f"{role}repl": "s3.amazonaws.com",
        f"{role}rule": "events.amazonaws.com",
        f"{role}sched": "scheduler.amazonaws.com",
        f"{role}x-dev-ScheduleToCRole-*": "scheduler.amazonaws.com",
        f"{role}x-dev-cRole-*": "lambda.amazonaws.com",
    }
    by_action = allowed(found)
    signing = "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-1"
    assert by_action["lambda:GetCodeSigningConfig"] == {signing}
    assert signing in by_action["lambda:PutFunctionCodeSigningConfig"]
    assert by_action["elasticfilesystem:DescribeMountTargets"] == {
        "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1",
        "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/*",
    }
    assert found.partly == ("MetadataConfiguration of C",)


def test_by_prefix_outlives_a_change() -> None:
    """The policy by prefix is the same for an app that has one more of each, and the exact one is not."""
    one = plan_of('queue Q\nfunction f "a.b" { runtime python3.14 }\nQ -> f')
    two = plan_of('queue Q\nqueue P\nfunction f "a.b" { runtime python3.14 }\nfunction g "a.b" { runtime python3.14 }\nQ -> f\nP -> g')
    assert made(one, by_prefix=True).documents == made(two, by_prefix=True).documents
    assert made(one).documents != made(two).documents
    assert allowed(made(one, by_prefix=True))["iam:CreateRole"] == {"arn:aws:iam::123456789012:role/x-dev-*"}


@settings(max_examples=20, deadline=None)
@given(generated.apps(), st.randoms(use_true_random=False))
def test_the_policy_is_the_same_in_any_order(listed: list[str], chance: random.Random) -> None:
    """It does not depend on the order of declarations, fits into its documents, and leaves no action out without a reason."""
    plan = compiled(generated.text(listed)).plan
    if plan is None:
        return
    chance.shuffle(listed)
    again = compiled(generated.text(listed)).plan
    assert again is not None
    found = made(plan)
    assert found.documents == made(again).documents
    by_action, without = allowed(found), {(w.type, w.action) for w in found.without}
    for kind in {p.resource.cfn_type for p in plan.placed}:
        assert all(a in by_action or (kind, a) in without or a == PASS for a in published().types[kind])
    assert all(len(json.dumps(d, separators=(",", ":"))) <= LONGEST for d in found.documents)


def test_a_long_statement_is_taken_apart() -> None:
    """A statement that no document holds is split by its resources, then by its actions, and nothing of it is lost."""
    resources = tuple(f"arn:aws:sqs:eu-west-1:123456789012:{'q' * 40}{n}" for n in range(300))
    parts = packed([Statement(actions=("sqs:CreateQueue",), resources=resources, sid="Long")])
    assert len(parts) > 3
    assert sorted(r for part in parts for s in part for r in s.resources) == sorted(resources)
    sids = [s.sid for part in parts for s in part]
    assert len(sids) == len(set(sids))
    actions = tuple(f"sqs:{'A' * 40}{n}" for n in range(300))
    parts = packed([Statement(actions=actions, resources=("*",), sid="Long")])
    assert sorted(a for part in parts for s in part for a in s.actions) == sorted(actions)


def test_raw_resources_are_told() -> None:
    """One of a published type is limited to its sort, and said to be; one of another type makes the policy incomplete."""
    plan = plan_of(
        'resource A "AWS::CloudWatch::Dashboard" { cfn { DashboardBody "{}" } }\n'
        'resource B "AWS::ElastiCache::ServerlessCache" { cfn { Engine "valkey"; ServerlessCacheName "c" } }\n'
        'resource C "AWS::SQS::Queue" { cfn { QueueName "mine" } }'
    )
    found = made(plan)
    assert (found.broad, found.unknown) == (("AWS::CloudWatch::Dashboard",), ("AWS::ElastiCache::ServerlessCache",))
    assert allowed(found)["cloudwatch:PutDashboard"] == {"arn:aws:cloudwatch::123456789012:dashboard/*"}
    assert allowed(found)["sqs:CreateQueue"] == {"arn:aws:sqs:eu-west-1:123456789012:mine"}


def test_exceptions_name_actions_that_handlers_list() -> None:
    """What is said to be for one property alone is an action of that type's handlers: none is a slip of the pen."""
    for kind, lines in ONLY_WITH.items():
        listed = {action.partition(":")[2] for action in published().types[kind]}
        assert {name for _, some in lines for name in some.split()} <= listed
        assert group(kind, "") in kind.replace("::", "")


def test_the_data_is_what_is_published() -> None:
    """The package's data holds what cfn-lint's release says, and no more."""
    require(None if cfnlint.version.__version__ == RELEASE else f"cfn-lint is not {RELEASE}, of which the data is")
    path = ROOT / "ifc" / "data" / "deploy-permissions.json"
    assert path.read_text(encoding="utf-8") == data(), "write tests.test_permissions_command.data() into the file"


# Beside the handlers' actions: those of CloudFormation itself, and what pages of AWS add.
ADDED = {
    "cloudformation": (
        "CreateChangeSet DeleteChangeSet DescribeChangeSet DescribeStackEvents DescribeStackResources DescribeStacks ExecuteChangeSet "
        "GetTemplate GetTemplateSummary"
    ),
    "ecr": "BatchGetImage GetDownloadUrlForLayer",
    "iam": "CreateServiceLinkedRole PassRole",
    "kms": "Decrypt GenerateDataKey",
    "logs": (
        "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy "
        "UpdateLogDelivery"
    ),
    "s3": "GetObject ListBucket PutObject",
    "ssm": "GetParameters",
}


def data() -> str:
    """ifc/data/deploy-permissions.json, made of what cfn-lint brings; its types are those that the file has now."""
    folder = Path(cfnlint.__file__).parent / "data"
    policies = json.loads((folder / "AdditionalSpecs" / "Policies.json").read_text(encoding="utf-8"))
    schemas = json.loads((folder / "schemas" / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    now = json.loads((ROOT / "ifc" / "data" / "deploy-permissions.json").read_text(encoding="utf-8"))
    types = {}
    for kind in sorted(now["types"]):
        schema = json.loads((folder / "schemas" / "resources" / f"{schemas[kind]}.json").read_text(encoding="utf-8"))
        handlers = [schema["handlers"].get(h, {}).get("permissions", []) for h in ("create", "read", "update", "delete")]
        types[kind] = " ".join(sorted({a for some in handlers for a in some}, key=lambda a: (a.lower(), a)))
    used = {a for line in types.values() for a in line.split()} | {f"{s}:{n}" for s, names in ADDED.items() for n in names.split()}
    limits: dict[str, dict[str, set[str]]] = {}
    forms: dict[str, dict[str, str]] = {}
    for action in used:
        service, _, name = action.lower().partition(":")
        if name in policies[service]["Actions"]:
            kinds = sorted(kind.lower() for kind in policies[service]["Actions"][name].get("Resources", ()))
            limits.setdefault(service, {}).setdefault(",".join(kinds), set()).add(name)
            for kind in kinds:
                arns = policies[service]["Resources"][kind]["ARNFormats"]
                short = (re.sub(r"\$\{(\w)\w*\}", r"{\1}", arn).replace(".*", "#") for arn in arns)
                forms.setdefault(service, {})[kind] = " ".join(sorted(short))
    content = {
        "_about": now["_about"],
        "types": types,
        "limits": {s: {k: " ".join(sorted(names)) for k, names in sorted(kinds.items())} for s, kinds in sorted(limits.items())},
        "forms": {service: dict(sorted(kinds.items())) for service, kinds in sorted(forms.items())},
    }
    return json.dumps(content, indent=1) + "\n"


# --- the command ---


def ifc(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    return subprocess.run(
        [sys.executable, "-m", "ifc", "permissions", *arguments], capture_output=True, text=True, cwd=folder, env=os.environ, check=False
    )


def test_the_command_prints_a_matrix_and_a_declaration() -> None:
    """Both go to standard output, and JSON says which version its shape has."""
    done = ifc("examples/orders/app.ifc")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("orders (dev)\n")
    about = ifc("examples/orders", "ship", "--format", "json")
    assert json.loads(about.stdout)["version"] == 1
    assert json.loads(about.stdout)["role"]["rights"][0]["asked"]


def test_the_command_prints_documents_for_iam() -> None:
    """Standard output holds one JSON document after another; what is to be known of them goes to standard error."""
    done = ifc("examples/orders/app.ifc", "--deploy-role", "--account", "123456789012", "--code-bucket", "code")
    assert done.returncode == 0
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(done.stdout):
        document, at = decoder.raw_decode(done.stdout, at)
        found.append(document)
        at += 1
    assert all(set(document) == {"Version", "Statement"} for document in found)
    assert f"{len(found)} policies, since a managed policy holds 6,144 characters" in done.stderr
    assert "`*` stands for" not in done.stderr
    assert "ap-northeast-1" in done.stdout, "the region is the app's"


def test_the_command_says_what_was_not_given() -> None:
    """Without account and bucket, `*` stands for them, and that is said."""
    done = ifc("examples/hello/app.ifc", "--deploy-role", "--format", "json")
    assert "`*` stands for what is not given: `--account`, `--region`" in done.stderr
    assert json.loads(done.stdout)["remarks"]


def test_the_command_writes_a_file_for_each_policy(tmp_path: Path) -> None:
    """A later run with fewer policies leaves none of the earlier ones."""
    app = str(tmp_path / "app.ifc")
    functions = "".join(f'function f{n} "a.b" {{ runtime python3.14 }}\n' for n in range(60))
    Path(app).write_text("app many\n" + functions)
    ifc(app, "--no-code", "--deploy-role", "-o", "out", folder=tmp_path)
    before = sorted(p.name for p in (tmp_path / "out").glob("*.json") if not p.name.startswith("."))
    ifc(app, "--no-code", "--deploy-role", "--by-prefix", "-o", "out", folder=tmp_path)
    after = sorted(p.name for p in (tmp_path / "out").glob("*.json") if not p.name.startswith("."))
    assert before == ["deploy-1.json", "deploy-2.json", "deploy-3.json", "deploy-4.json"]
    assert after == ["deploy-1.json"]
    assert all(json.loads((tmp_path / "out" / name).read_text())["Version"] for name in after)


def test_the_command_says_what_is_not_sure(tmp_path: Path) -> None:
    """Types of which nothing is known, params without a value, and more policies than a role takes are told."""
    functions = "".join(f'function function{n} "a.b" {{ runtime python3.14 }}\n' for n in range(200))
    raw = 'resource B "AWS::ElastiCache::ServerlessCache" { cfn { Engine "valkey"; ServerlessCacheName "c" } }\n'
    (tmp_path / "app.ifc").write_text(f'app many\nparam team {{ pattern ".+" }}\nqueue Q {{ name "${{team}}-q" }}\n{raw}{functions}')
    done = ifc("app.ifc", "--no-code", "--deploy-role", "--format", "json", folder=tmp_path)
    content = json.loads(done.stdout)
    assert content["complete"] is False
    assert "incomplete: what deploying AWS::ElastiCache::ServerlessCache needs" in done.stderr
    assert "`*` stands for the param `team`, which has no value yet" in done.stderr
    assert "a role takes 10 managed policies" in done.stderr
    assert [r.partition(":")[0] for r in content["remarks"]] == [
        line.removeprefix("ifc: ").partition(":")[0] for line in done.stderr.splitlines() if line.startswith("ifc: ")
    ]
    again = ifc("app.ifc", "--no-code", "--deploy-role", "--param", "team=red", "--by-prefix", folder=tmp_path)
    assert "names are those of the param `team` as compiled here" in again.stderr
    assert "a role takes" not in again.stderr
    assert '"arn:aws:sqs:*:*:red-q"' in again.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Shipmens"], "did you mean `Shipments`?"),
        (["--stack", "x"], "`--stack` is of the policy for deploying"),
        (["-o", "x"], "`-o` is of the policy for deploying"),
        (["--by-prefix"], "`--by-prefix` is of the policy for deploying"),
        (["ship", "--deploy-role"], "leave out `ship`"),
        (["--deploy-role", "--format", "csv"], "a policy is JSON"),
        (["--deploy-role", "--target", "terraform"], "is not published"),
        (["--deploy-role", "--account", "12"], "has 12 digits"),
        (["--deploy-role", "--region", "Ireland"], "like `eu-west-1`"),
        (["--deploy-role", "--stack", "a_b"], "letters, digits and `-`"),
        (["--deploy-role", "--code-bucket", "My"], "small letters"),
        (["--deploy-role", "--code-bucket", "b"], "3 to 63"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], words: str) -> None:
    """Nothing is printed but why, and the exit code is 2."""
    done = ifc("examples/orders/app.ifc", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_an_app_with_errors_has_no_permissions(tmp_path: Path) -> None:
    """The mistake is shown, and nothing that looks like an answer."""
    (tmp_path / "app.ifc").write_text("app x\nqueue Q\nQ -> nobody\n")
    done = ifc("app.ifc", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "IFC201" in done.stderr


# --- the page ---

PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```text\n\$ ifc permissions ([^\n]*)\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.mark.parametrize(("arguments", "words"), SHOWN, ids=[arguments for arguments, _ in SHOWN])
def test_the_page_shows_what_is_printed(arguments: str, words: str) -> None:
    """Each example of the page is what the command prints; `…` stands for what is left out."""
    done = ifc(*arguments.split(), "--no-code")
    at = 0
    for part in re.split(r"^…\n", words, flags=re.M):
        found = done.stdout.find(part, at)
        assert found >= 0, f"not printed: {part}"
        at = found + len(part)
    if "…" not in words:
        assert done.stdout == words


def test_the_page_has_every_option() -> None:
    """The page tells of each option of the command."""
    from ifc.cli import parser

    commands = next(a for a in parser()._actions if a.dest == "command").choices
    assert commands is not None
    options = {o for a in commands["permissions"]._actions for o in a.option_strings if o.startswith("--")}  # type: ignore[call-overload]
    general = {"--help", "--no-code", "--notes", "--max-errors", "--output"}
    assert [o for o in sorted(options - general) if o not in PAGE] == []


def test_an_app_whose_roles_reach_nothing_declared() -> None:
    """A matrix without a column is none: each role has a line that says so."""
    found = access(plan_of('app x\nfunction f "a.b"\nfunction g "a.c"\n'))
    assert as_text.matrix(found) == "x (dev)\n\nf\n  no declared resource\n\ng\n  no declared resource\n"
    assert "| f | no declared resource |  |" in as_markdown.matrix(found)


def test_a_name_after_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Words and options stand in any order, for `ifc permissions` as for `ifc explain`."""
    app = str(ROOT / "examples" / "orders" / "app.ifc")
    for command, option in (("permissions", ("--format", "text")), ("explain", ("--stage", "dev"))):
        said = []
        for words in ((app, "report", *option), (app, *option, "report"), (*option, app, "report")):
            assert main([command, *words]) == 0
            said.append(capsys.readouterr().out)
        assert said[0].startswith("function report")
        assert said == said[:1] * 3


def test_what_is_written_is_not_recommended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who writes files is not told that files can be written."""
    words = ["permissions", str(ROOT / "examples" / "orders" / "app.ifc"), "--deploy-role"]
    assert main(words) == main([*words, "-o", str(tmp_path / "deploy")]) == 0
    assert [line.count("writes a file for each") for line in capsys.readouterr().err.splitlines() if "policies, since" in line] == [1, 0]
