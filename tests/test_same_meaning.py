"""CloudFormation and Terraform mean the same: both outputs are read back into one form and compared (tests/lift)."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from ifc.build import Built
from ifc.commands.targets import CODE, code_index
from ifc.compiler import Compiled
from ifc.compiler import compile as compile_app
from ifc.diagnostics import ERROR, Report
from ifc.kinds import kinds, load
from ifc.model.settings import Form, Repeated, Setting, settings_of
from ifc.plan import CodeArchive, Placed, Plan
from ifc.records import evolve
from ifc.resolve.app import Options
from ifc.review.deployed.cloudformation import Loader
from ifc.review.deployed.kinds import KINDS
from ifc.review.deployed.reading import Field, Rows
from ifc.targets import cfn, terraform
from tests import generated, test_apps, test_docs, test_docs_examples
from tests.agreed import ROOT, same
from tests.lift.apps import DENSE, FILES, REFUSED
from tests.lift.comparison import compared
from tests.lift.differences import BY_KEY, page
from tests.lift.forgiven import DEFAULT
from tests.support import compiled

PAGE = ROOT / "docs" / "differences.md"
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/app.ifc"))
DOCS = {place: (text, stage) for place, text, stage in test_docs_examples.examples()}
BY_CODE = {code: difference.key for difference in BY_KEY.values() for code in difference.codes}


def everything() -> Iterator[tuple[Path, str]]:
    """The made page with what it should hold."""
    yield PAGE, page(test_docs.MADE)


# --- outputs ---


@attrs.frozen
class Outputs:
    """What an app becomes, as text: the template with the index of its code, and the folder."""

    template: str
    index: str
    folder: dict[str, str]


@attrs.frozen
class Outcome:
    """What came of comparing the outputs of an app."""

    differences: list[str]
    used: set[str]  # the intended differences that show


def outputs(done: Compiled, used: set[str]) -> Outputs | None:
    """Both outputs of an app; None where a target refuses it. What only one of them can say goes into `used`."""
    assert done.plan is not None
    before = len(done.report.diagnostics)
    plan = common(done.plan, used)
    template = cfn.render(plan, done.report)["template.yaml"]
    folder = terraform.render(plan, done.report)
    said = done.report.diagnostics[before:]
    unknown = [f"{d.code} {d.message}" for d in said if d.severity == ERROR and d.code not in BY_CODE]
    assert not unknown, unknown
    used |= {BY_CODE[d.code] for d in said if d.code in BY_CODE}
    if any(d.severity == ERROR for d in said):
        return None
    built = [archive_of(archive) for archive in plan.archives]
    index, values = (code_index(built, target) for target in ("cfn", "terraform"))
    return Outputs(template, index, {**folder, CODE["terraform"]: values})


def archive_of(archive: CodeArchive) -> Built:
    """An archive as a build would tell of it, without building it."""
    digest = sha256(archive.folder.encode()).hexdigest()
    return Built(archive.function, archive.parameter, f"{digest[:32]}.zip", digest, path="", size=1, unpacked=1, reused=False)


def common(plan: Plan, used: set[str]) -> Plan:
    """The plan without what the user lays over it for one target alone."""

    def alone(placed: Placed) -> bool:
        return not placed.resource.raw and len({overlay.target for overlay in placed.overlays}) == 1

    used |= {"overlays"} if any(map(alone, plan.placed)) else set()
    return evolve(plan, placed=tuple(evolve(p, overlays=()) if alone(p) else p for p in plan.placed))


def outcome(done: Compiled) -> Outcome:
    """What comes of comparing an app's outputs."""
    used: set[str] = set()
    found = outputs(done, used) if done.plan is not None else None
    if found is None:
        return Outcome([], used)
    differences, shown = compared(found.template, found.index, found.folder)
    if "unicode" in shown - used:
        differences.append("letters with accents differ, and nothing says so")
    return Outcome(differences, used | shown)


# --- the apps ---


@cache
def dense(name: str) -> Outputs:
    """Both outputs of a dense app, which must compile without errors."""
    found = outputs(dense_app(name), set())
    assert found is not None
    return found


def dense_app(name: str) -> Compiled:
    """A dense app, compiled with the files that it reads."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in {**FILES, "app.ifc": DENSE[name]}.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        done = compile_app(f"{folder}/app.ifc", Options(code=False))
    found = [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity == ERROR]
    assert not found, found
    return done


@cache
def seen(group: str, name: str) -> Outcome:
    """What comes of comparing one app of the corpus."""
    if group == "dense":
        return outcome(dense_app(name))
    if group == "docs":
        return outcome(compiled(*DOCS[name]))
    file = ROOT / "examples" / name / "app.ifc" if group == "example" else ROOT / "tests" / "apps" / f"{name}.ifc"
    return outcome(compile_app(str(file), Options(code=False)))


CORPUS = [
    *(("example", name) for name in EXAMPLES),
    *(("app", name) for name in test_apps.APPS),
    *(("docs", name) for name in DOCS),
    *(("dense", name) for name in DENSE),
]


@pytest.mark.parametrize(("group", "name"), CORPUS, ids=[f"{group}-{name}" for group, name in CORPUS])
def test_both_outputs_mean_the_same(group: str, name: str) -> None:
    """An app's template and its configuration differ in nothing but what is listed (apps that don't compile have neither)."""
    assert seen(group, name).differences == []
    # An entry that applies wherever two outputs were compared: of our own apps each must be.
    assert "labels" in seen(group, name).used or group in ("app", "docs")


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(generated.apps())
def test_generated_apps_mean_the_same(statements: list[str]) -> None:
    """Whatever declarations, verbs and arrows come together, both outputs mean the same."""
    done = compiled(generated.text(statements))
    assert done.plan is not None
    assert outcome(done).differences == []


@pytest.mark.parametrize(("code", "target", "text"), REFUSED, ids=[code for code, _, _ in REFUSED])
def test_what_only_one_target_says(code: str, target: str, text: str) -> None:
    """What one of the two can't say is refused there, with the code of a listed difference, and compiles for the other."""
    for module in (cfn, terraform):
        done = compiled(text)
        assert done.plan is not None, [d.message for d in done.report.ordered()]
        report = Report()
        module.render(done.plan, report)
        found = {d.code for d in report.diagnostics if d.code in BY_CODE}
        assert found == ({code} if module.__name__.endswith(target) else set())


def test_every_difference_shows() -> None:
    """Each entry of the list applies somewhere, and nothing is forgiven that has no entry."""
    shown = {key for group, name in CORPUS for key in seen(group, name).used} | {BY_CODE[code] for code, _, _ in REFUSED}
    assert {key.partition(":")[0] for key in shown} == BY_KEY.keys()
    assert {key for key in shown if ":" in key} == {
        f"{DEFAULT}: {k.name}, {f.name}" for k in KINDS for f in k.fields if f.default is not None
    }
    assert sum(bool(seen("app", name).used) for name in test_apps.APPS) >= 9


def test_the_page_is_made_from_the_list() -> None:
    """docs/differences.md is up to date."""
    for path, text in everything():
        same(path, text)


# --- the corpus is wide enough ---


def words_of(table: dict[str, Setting]) -> Iterator[str]:
    """Every word that settings are written with, those in blocks too."""
    for one in table.values():
        if not one.positional:
            yield one.name
        form = one.type.of if isinstance(one.type, Repeated) else one.type
        if isinstance(form, Form):
            yield from words_of(settings_of(form.cls))


def test_the_dense_apps_have_every_setting() -> None:
    """Each setting of each kind and arrow that this release builds stands in a dense app."""
    declared = [load(kind) for kind in [*kinds(), "schedule"]]
    ports = [port for cls in declared for port in (*cls.ports.values(), getattr(cls, "route_port", None), getattr(cls, "port", None))]
    tables = [settings_of(cls) for cls in declared]
    tables += [settings_of(port.settings) for port in ports if port is not None and port.settings is not None]
    # `route-by` is of WebSocket APIs; `root` of an extern REST API brings nothing, since that takes no routes.
    wanted = {word for table in tables for word in words_of(table)} - {"route-by", "root", *(w for cls in declared for w in cls.later)}
    written = {word for text in DENSE.values() for word in re.findall(r"[\w-]+", re.sub(r'"[^"\n]*"', "", text))}
    assert sorted(wanted - written) == []


def names(content: Any) -> Iterator[str]:
    """Every key in some content."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from names(value)
    elif isinstance(content, list):
        for part in content:
            yield from names(part)


# What only Terraform writes, but a template could: names that CloudFormation makes up, and the largest message.
NEVER = {"AWS::Events::Rule Name", "AWS::IAM::Role RoleName", "AWS::SQS::Queue MaximumMessageSize", "AWS::Scheduler::Schedule Name"}


def test_every_property_is_seen() -> None:
    """Each property that the comparison knows stands in the outputs of the dense apps, on each side that has it."""
    found: dict[str, set[str]] = {}  # the keys in everything of a type
    for name in DENSE:
        template = yaml.load(dense(name).template, Loader)
        blocks = [file["resource"] for text in dense(name).folder.values() for file in [json.loads(text)] if "resource" in file]
        typed = [(r["Type"], r.get("Properties")) for r in template["Resources"].values()]
        typed += [(type, block) for file in blocks for type, labels in file.items() for block in labels.values()]
        for type, content in typed:
            found.setdefault(type, set()).update(names(content))

    def missing(fields: tuple[Field, ...], cfn_type: str, type: str) -> Iterator[str]:
        for field in fields:
            where, _, path = (field.terraform or "").rpartition(":")
            for of, last in ((cfn_type, field.cfn), (where or type, path)):
                end = (last or "").rpartition(".")[2]
                if end and end[0] != "~" and end not in found.get(of, set()) and f"{of} {last}" not in NEVER:
                    yield f"{of} {last}"
            if isinstance(field.read, Rows):
                yield from missing(field.read.wanted, cfn_type, where or type)

    assert "\n".join(line for kind in KINDS for line in missing(kind.fields, kind.cfn, kind.terraform)) == ""


# --- the comparison sees ---

GONE = object()  # in place of a value: it is taken out


def change(content: Any, path: Sequence[str], value: Any) -> None:
    """Puts a value where a path leads, or takes out what is there."""
    *above, last = path
    for step in above:
        content = content[int(step) if isinstance(content, list) else step]
    place = int(last) if isinstance(content, list) else last
    if value is GONE:
        del content[place]
    else:
        assert isinstance(content, list) or place not in content or content[place] != value
        content[place] = value


def with_change(folder: dict[str, str], address: str, path: str, value: Any) -> dict[str, str]:
    """The folder with one change in the block of an address, or, where the address is a file's name, in that file."""
    files = {name: json.loads(text) for name, text in folder.items()}
    if address in files:
        change(files[address], path.split("/"), value)
    else:
        section = "data" if address.startswith("data.") else "resource"
        type, label = address.removeprefix("data.").split(".")
        file = next(f for f in files.values() if label in f.get(section, {}).get(type, {}))
        change(file[section][type], [label, *(path.split("/") if path else ())], value)
    return {name: json.dumps(file) for name, file in files.items()}


# An app, an address in its configuration, a place in that block, what is put there, and what the comparison says then.
CHANGES: tuple[tuple[str, str, str, Any, str], ...] = (
    # permissions
    ("data", "data.aws_iam_policy_document.move", "statement/0/actions/0", GONE, "role move, policies"),
    ("data", "data.aws_iam_policy_document.move", "statement/0/actions/0", "dynamodb:*", "role move, policies"),
    ("data", "data.aws_iam_policy_document.move", "statement/0/resources/0", "*", "role move, policies"),
    ("data", "data.aws_iam_policy_document.move", "statement/0/effect", "Deny", "role move, policies"),
    ("data", "data.aws_iam_policy_document.move", "statement/1", GONE, "role move, policies"),
    ("functions", "data.aws_iam_policy_document.heavy", "statement/0/condition", GONE, "role heavy, policies"),
    ("functions", "data.aws_iam_policy_document.lambda__trust", "statement/0/principals/0/identifiers/0", "ec2.amazonaws.com", "trust"),
    ("functions", "aws_iam_role.heavy", "permissions_boundary", GONE, "role heavy, boundary"),
    ("functions", "aws_iam_role_policy.done", "", GONE, "references to nothing"),
    ("functions", "aws_iam_role_policy.light", "policy", "${data.aws_iam_policy_document.heavy.json}", "policies that nobody has"),
    ("functions", "aws_lambda_permission.heavy_url_permission", "principal", "123456789012", "principal"),
    ("queues", "data.aws_iam_policy_document.drained__policy", "statement/0/condition/0/test", "ArnLike", "queue policy drained, policy"),
    ("queues", "aws_sqs_queue_policy.plain", "queue_url", "${aws_sqs_queue.drained.url}", "queue policy plain, queue"),
    ("queues", "data.aws_iam_policy_document.shared__policy", "statement/0/principals/0/identifiers/0", "*", "topic policy shared, policy"),
    ("data", "data.aws_iam_policy_document.files__policy", "statement/0/effect", "Allow", "bucket policy files, policy"),
    # functions
    ("functions", "aws_lambda_function.heavy", "timeout", 91, "function heavy, timeout"),
    ("functions", "aws_lambda_function.heavy", "environment/variables/MODE", "x${var.owner}y", "function heavy, environment"),
    ("functions", "aws_lambda_function.heavy", "environment/variables/BRACES", "${var.level}", "function heavy, environment"),
    ("functions", "aws_lambda_function.heavy", "layers/1", GONE, "function heavy, layers"),
    (
        "functions",
        "aws_lambda_function.heavy",
        "filename",
        '${path.module}/${var.code["done"].filename}',
        "not every archive is one function's",
    ),
    ("functions", "aws_lambda_function.heavy", "logging_config/log_group", "/aws/lambda/heavy", "function heavy, log group"),
    ("functions", "aws_lambda_function.light", "tracing_config/mode", "Active", "function feather, tracing"),
    ("functions", "aws_lambda_function.done", "function_name", "${var.prefix}-feather", "two of one name"),
    ("functions", "aws_lambda_function_url.heavy", "authorization_type", "AWS_IAM", "url heavy, authorization"),
    ("functions", "aws_lambda_function_event_invoke_config.old_function", "", GONE, "only in CloudFormation"),
    ("functions", "aws_lambda_function_event_invoke_config.heavy", "destination_config/on_failure", GONE, "async heavy, failed"),
    ("functions", "aws_cloudwatch_log_group.heavy", "retention_in_days", 30, "log group heavy, retention"),
    # arrows
    ("queues", "aws_lambda_event_source_mapping.jobs_to_work", "batch_size", 101, "mapping jobstowork, batch"),
    ("queues", "aws_lambda_event_source_mapping.jobs_to_work", "filter_criteria/filter/0", GONE, "mapping jobstowork, filters"),
    (
        "queues",
        "aws_lambda_event_source_mapping.jobs_to_work",
        "filter_criteria/filter/0/pattern",
        '{"body":{"kind":["a"]}}',
        "mapping jobstowork, filters",
    ),
    ("queues", "aws_sns_topic_subscription.placed_to_work", "filter_policy", '{"country":["DE"]}', "filter"),
    ("queues", "aws_sns_topic_subscription.placed_to_work", "redrive_policy", GONE, "redrive"),
    ("queues", "aws_sqs_queue_redrive_policy.jobs", "", GONE, "queue jobs, redrive"),
    ("queues", "aws_sqs_queue.jobs", "max_message_size", GONE, "queue jobs, largest"),
    ("queues", "aws_sqs_queue.jobs", "name", "jobs", "queue jobs, name"),
    ("queues", "aws_sqs_queue.plain", "name", "${var.prefix}-Jobs", "two of one name"),
    ("data", "aws_lambda_event_source_mapping.views_to_late", "starting_position", "LATEST", "mapping viewstolate, start"),
    ("data", "aws_lambda_event_source_mapping.views_to_late", "maximum_record_age_in_seconds", 60, "mapping viewstolate, max age"),
    ("buses", "aws_cloudwatch_event_rule.shop_to_take", "event_pattern", '{"detail-type":["Pushed"]}', "rule shoptotake, pattern"),
    ("buses", "aws_cloudwatch_event_target.shop_to_take", "event_bus_name", GONE, "another bus"),
    ("buses", "aws_cloudwatch_event_target.shop_to_also", "retry_policy/maximum_retry_attempts", GONE, "rule shoptoalso, retries"),
    ("buses", "aws_cloudwatch_event_target.shop_to_also", "input", '{"kind":"fixed"}', "rule shoptoalso, input"),
    ("buses", "aws_scheduler_schedule.every5m_to_take", "schedule_expression", "rate(6 minutes)", "schedule every5mtotake, expression"),
    ("buses", "aws_cloudwatch_event_archive.named", "retention_days", 8, "archive of a bus named, retention"),
    # data
    ("data", "aws_dynamodb_table.orders", "global_secondary_index/0/projection_type", "ALL", "table orders, indexes"),
    ("data", "aws_dynamodb_table.items", "server_side_encryption", {"enabled": False}, "table items, encryption"),
    ("data", "aws_dynamodb_table.items", "lifecycle", GONE, "table items, kept"),
    ("data", "aws_dynamodb_table.items", "point_in_time_recovery/enabled", False, "table items, backup"),
    ("data", "aws_dynamodb_table.logged", "name", "${var.prefix}-Logged", "table journal, name"),
    ("data", "aws_s3_bucket_public_access_block.files", "block_public_policy", False, "bucket files, blocks policies"),
    ("data", "aws_s3_bucket_cors_configuration.files", "", GONE, "bucket files, cors"),
    ("data", "aws_s3_bucket_ownership_controls.site", "", GONE, "bucket site, ownership"),
    ("data", "aws_s3_bucket_versioning.files", "versioning_configuration/status", "Suspended", "bucket files, versioning"),
    ("data", "aws_s3_bucket_lifecycle_configuration.files", "rule/0/transition/0/days", 31, "bucket files, lifecycle"),
    ("data", "aws_s3_bucket_notification.files", "topic", GONE, "bucket files, notifications"),
    ("data", "aws_s3_bucket_notification.files", "lambda_function/0/filter_suffix", ".tsv", "bucket files, notifications"),
    ("data", "aws_s3_bucket_notification.records", "eventbridge", False, "bucket records, all events"),
    ("data", "aws_kinesis_stream.clicks", "kms_key_id", "alias/aws/kinesis", "stream clicks, key"),
    # APIs
    ("apis", "aws_apigatewayv2_route.public_put_orders_id", "authorization_type", "NONE", "authorization"),
    ("apis", "aws_apigatewayv2_route.public_post_orders", "authorization_scopes/0", GONE, "scopes"),
    (
        "apis",
        "aws_apigatewayv2_route.public_get_orders_id",
        "target",
        "integrations/${aws_apigatewayv2_integration.public_calls_change.id}",
        "target",
    ),
    ("apis", "aws_apigatewayv2_api.public", "cors_configuration/allow_origins/1", GONE, "http api public, origins"),
    ("apis", "aws_apigatewayv2_stage.public", "route_settings/0/throttling_rate_limit", 9, "http stage public, routes"),
    ("apis", "aws_apigatewayv2_authorizer.public_jwt", "jwt_configuration/audience/0", GONE, "audience"),
    ("apis", "aws_api_gateway_resource.old_orders", "path_part", "order", "rest path old /order"),
    ("apis", "aws_api_gateway_method.old_put_orders", "authorization", "NONE", "rest method old PUT /orders, authorization"),
    ("apis", "aws_api_gateway_integration.old_put_orders", "uri", "arn:aws:lambda", "rest method old PUT /orders, target"),
    ("apis", "aws_api_gateway_integration.old_put_orders", "resource_id", "${aws_api_gateway_resource.old_own.id}", "belongs to two"),
    ("apis", "aws_api_gateway_method_settings.old", "settings/throttling_burst_limit", 6, "rest stage old, throttles"),
    ("apis", "aws_api_gateway_authorizer.quiet_silent", "identity_source", GONE, "rest authorizer quietsilent, sources"),
    ("apis", "aws_api_gateway_model.old_model_post_orders", "schema", "{}", "schema"),
    # order, params, outputs, tags, code
    ("functions", "aws_lambda_function.heavy", "depends_on", GONE, "waits for role heavy"),
    ("queues", "aws_sns_topic_subscription.placed_to_drained", "depends_on", GONE, "waits for queue policy drained"),
    ("data", "aws_s3_bucket_notification.files", "depends_on", GONE, "bucket files waits for"),
    ("apis", "aws_api_gateway_deployment.old", "depends_on", GONE, "rest deployment old waits for"),
    ("apis", "aws_apigatewayv2_stage.public", "depends_on", GONE, "http stage public waits for http route"),
    ("buses", "aws_cloudwatch_event_bus.shop", "depends_on", ["aws_sqs_queue.plain"], "and not in CloudFormation"),
    ("functions", "variables.tf.json", "variable/memory/default", 256, "param memory, default"),
    ("functions", "variables.tf.json", "variable/memory/validation", GONE, "param memory, "),
    ("functions", "variables.tf.json", "variable/token/sensitive", False, "param token, secret"),
    ("functions", "variables.tf.json", "variable/owner/validation/0/condition", '${can(regex("[^@]+@", var.owner))}', "part of a text"),
    ("functions", "outputs.tf.json", "output/level/value", "${var.level}", "output level, value"),
    ("functions", "provider.tf.json", "provider/aws/default_tags/tags/cost", "c-16", "tags"),
    ("functions", "code.auto.tfvars.json", "code/heavy/source_code_hash", "AAAA", "archive"),
    ("functions", "aws_secretsmanager_secret_version.token", "secret_string_wo", "${var.owner}", "secret token, value"),
    ("functions", "aws_ssm_parameter.limit", "insecure_value", "11", "config limit, value"),
    ("functions", "moved.tf.json", "moved", [], "light"),
)


@pytest.mark.parametrize(("app", "address", "path", "value", "said"), CHANGES, ids=[f"{a} {p}".strip() for _, a, p, _, _ in CHANGES])
def test_the_comparison_sees(app: str, address: str, path: str, value: Any, said: str) -> None:
    """One change in a configuration is a difference, and it is named."""
    found = dense(app)
    differences, _ = compared(found.template, found.index, with_change(found.folder, address, path, value))
    assert any(said in line for line in differences), differences


# What may change unseen in a configuration: words for people, ids that nothing refers to, which provider and region it is for, and
# defaults that are written for later changes.
FREE = (
    r"gone .*/aws_lambda_function/\w+/(ephemeral_storage|tracing_config|logging_config/log_format)",
    r"gone .*/aws_lambda_event_source_mapping/\w+/(maximum_record_age_in_seconds|parallelization_factor)",
    r"gone .*/aws_sqs_queue/\w+/(deduplication_scope|fifo_throughput_limit)",
    r"gone .*/aws_dynamodb_table/\w+/(server_side_encryption|ttl)",
    r"gone .*/aws_api_gateway_deployment/\w+/triggers/values",
    # Without these the two sides differ less.
    r"gone Resources/Later/Properties/GenerateSecretString|gone .*/aws_secretsmanager_secret/later/recovery_window_in_days",
    r".*/validation/\d+/error_message",
    r".*/variable/code/description",
    r".*/provider/aws/region",
    r".*/required_version",
    r"other .*/required_providers/aws/version",
    r"other .*/statement_id",
    r"other .*/aws_s3_bucket_notification/\w+/\w+/\d+/id",
    # Whom CodeDeploy asks before and after is in no configuration of Terraform's.
    r"\w+ Resources/\w+/UpdatePolicy/CodeDeployLambdaAliasUpdate/(Before|After)AllowTrafficHook/Ref",
    r"\w+ Description",
    r"\w+ Parameters/(\w+CodeKey|CodeBucket)/Description",
)
# And of raw resources what they are, and which attribute of them is meant.
OWN = (r".* resources.tf.json/.*", r".* Resources/(Board|Users|Topics)/(Properties.*|Type)", r"other Resources/work.*/Fn::GetAtt/1")


def places(content: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Everything in some content, with its path."""
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, part in parts:
        path = (*above, str(key))
        yield path, part
        yield from places(part, path)


def another(value: Any) -> Any:
    """Another value of the sort; None for what has parts."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x" if isinstance(value, str) else None


def unseen(name: str, side: str) -> Iterator[str]:
    """Of every single change in one output of a dense app, each thirteenth, those that the comparison does not see.

    A change takes something out, or makes a value another one.
    """
    found = dense(name)
    template = yaml.load(found.template, Loader)
    content = template if side == "cfn" else {file: json.loads(text) for file, text in found.folder.items()}
    changes = ((path, word, value) for path, part in places(content) for word, value in (("gone", GONE), ("other", another(part))))
    # Without a policy a resource is deleted (CloudFormation, DeletionPolicy attribute).
    deleted = [
        (path, "gone") for path, part in places(content) if path[-1] in ("DeletionPolicy", "UpdateReplacePolicy") and part == "Delete"
    ]
    for path, word, value in islice((c for c in changes if c[2] is not None and c[:2] not in deleted), 0, None, 13):
        other = json.loads(json.dumps(content))
        change(other, path, value)
        template, folder = json.dumps(other) if side == "cfn" else found.template, found.folder
        if side == "terraform":
            folder = {file: json.dumps(part) for file, part in other.items()}
        if compared(template, found.index, folder)[0] == []:
            yield f"{word} {'/'.join(path)}"


@pytest.mark.parametrize("side", ["cfn", "terraform"])
@pytest.mark.parametrize("name", DENSE)
def test_no_change_goes_unseen(name: str, side: str) -> None:
    """A single change anywhere in either output is a difference, but for what is known to mean nothing."""
    free = FREE + (OWN if name == "own words" else ())
    assert [said for said in unseen(name, side) if not any(re.fullmatch(pattern, said) for pattern in free)] == []
