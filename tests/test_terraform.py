"""The printer of the Terraform target: exact blocks for small sources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ifc.diagnostics import ERROR
from ifc.targets.terraform import Backend, Printer, render
from tests.support import compiled

APP = "app x\n"


def folder(text: str, backend: Backend | None = None) -> dict[str, Any]:
    """The files of a source text, which must have no errors."""
    done = compiled(text)
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    files = Printer(done.plan, done.report, backend).files
    found = [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity == ERROR]
    assert not found, found
    return files


def blocks(text: str, section: str = "resource") -> dict[str, Any]:
    """The resources (or data sources) of a source text by address."""
    found = {}
    for file in folder(text).values():
        for type, labelled in file.get(section, {}).items():
            found |= {f"{type}.{label}": block for label, block in labelled.items()}
    return found


def block(text: str, address: str) -> dict[str, Any]:
    """One resource."""
    found: dict[str, Any] = blocks(text)[address]
    return found


def codes(text: str) -> list[str]:
    """The codes of the errors that a source text has for this target."""
    done = compiled(text)
    if done.plan is not None:
        render(done.plan, done.report)
    return [d.code for d in done.report.ordered() if d.severity == ERROR]


# --- the folder ---


def test_files() -> None:
    """One file a kind of resource, in alphabetical order, with the settings in front; no file is empty."""
    assert list(folder("topic T\nqueue Q\nT -> Q\noutput url Q.url")) == [
        "versions.tf.json",
        "provider.tf.json",
        "variables.tf.json",
        "queues.tf.json",
        "topics.tf.json",
        "outputs.tf.json",
    ]


def test_versions() -> None:
    """The versions stand alone, apart from the provider's region and default tags; write-only arguments want a newer Terraform."""
    files = folder('app x { region "eu-west-1"; tags { team "a" } }\nqueue Q')
    assert files["versions.tf.json"] == {
        "//": "Written by ifc: change the .ifc source, not this folder.",
        "terraform": {
            "required_version": ">= 1.5",
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 6.40, < 7.0"}},
        },
    }
    assert files["provider.tf.json"] == {"provider": {"aws": {"region": "eu-west-1", "default_tags": {"tags": {"app": "x", "team": "a"}}}}}
    secret = folder("param token { secret }\nsecret Token token")
    assert secret["versions.tf.json"]["terraform"]["required_version"] == ">= 1.11"


def test_backend() -> None:
    """A backend's settings are no templates: they stand as they were given."""
    files = folder("queue Q", Backend("s3", {"bucket": "states", "key": "a/b%{c}"}))
    assert files["versions.tf.json"]["terraform"]["backend"] == {"s3": {"bucket": "states", "key": "a/b%{c}"}}


def test_locals() -> None:
    """What is known of the account has a short name, and is read only where something asks for it."""
    data = folder('config C "${aws.account}"')["data.tf.json"]
    assert data == {
        "data": {"aws_caller_identity": {"this": {}}},
        "locals": {"account": "${data.aws_caller_identity.this.account_id}"},
    }
    assert "data.tf.json" not in folder("queue Q")


# --- variables and outputs ---


def variable(text: str) -> dict[str, Any]:
    """The one variable of a source text beside the prefix."""
    found = folder(text)["variables.tf.json"]["variable"]
    found.pop("prefix", None)
    ((_, content),) = found.items()
    return dict(content)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ('param p "a${b}"'.replace("$", "$$"), {"type": "string", "default": "a${b}", "nullable": False}),
        ("param p 5", {"type": "number", "default": 5, "nullable": False}),
        ("param p off", {"type": "bool", "default": False, "nullable": False}),
        ('param p "a, b" { type list }', {"type": "list(string)", "default": ["a", "b"], "nullable": False}),
        ("## A ${b}\nparam p { secret }", {"description": "A ${b}", "type": "string", "sensitive": True, "nullable": False}),
    ],
)
def test_variables(written: str, printed: dict[str, Any]) -> None:
    """A param is a variable of its type; its description and default are no templates."""
    assert variable(f"{APP}{written}") == printed


@pytest.mark.parametrize(
    ("rules", "condition", "message"),
    [
        ('"a" { one-of "a", "b" }', '${contains(["a", "b"], var.p)}', "One of a, b."),
        ("5 { min 1; max 9 }", "${var.p >= 1 && var.p <= 9}", "From 1 to 9."),
        ("5 { min 0.5 }", "${var.p >= 0.5}", "0.5 or more."),
        ('"ab" { pattern "[a-z]+" }', '${can(regex("^(?:[a-z]+)$", var.p))}', "It must match [a-z]+"),
        ('{ type list; one-of "a" }', '${alltrue([for one in var.p : contains(["a"], one)])}', "One of a."),
    ],
)
def test_validations(rules: str, condition: str, message: str) -> None:
    """The rules of a param are validations, of a list those of each of its values."""
    assert variable(f"{APP}param p {rules}")["validation"] == [{"condition": condition, "error_message": message}]


def test_names_of_variables() -> None:
    """Variables and outputs are written in small letters; a word of Terraform's own is refused."""
    files = folder("param tableName\nqueue Q { tags { t tableName } }\noutput queueUrl Q.url")
    assert "table_name" in files["variables.tf.json"]["variable"]
    assert files["outputs.tf.json"]["output"] == {"queue_url": {"value": "${aws_sqs_queue.q.url}"}}
    assert codes(f"{APP}param count\nqueue Q") == ["IFC620"]
    assert codes("queue Q\noutput aBc Q.url\noutput aBC Q.url") == ["IFC620"]


def test_sensitive_output() -> None:
    """An output of an attribute that was set with a secret param is sensitive: Terraform refuses it otherwise."""
    outputs = folder('param token { secret }\nqueue Q { name "q${token}" }\noutput a Q.name\noutput b Q.url')["outputs.tf.json"]["output"]
    assert outputs == {"a": {"value": "${aws_sqs_queue.q.name}", "sensitive": True}, "b": {"value": "${aws_sqs_queue.q.url}"}}


# --- texts ---


def test_escapes() -> None:
    """In a text `${` and `%{` are doubled, so that they mean themselves; references become expressions."""
    text = 'param p\nconfig C "$${a} %{b} ${p} ${aws.region} $" { terraform { tags { "%{c" "d" } } }'
    found = block(text, "aws_ssm_parameter.c")
    assert found["insecure_value"] == "$${a} %%{b} ${var.p} ${local.region} $"
    assert found["tags"] == {"%%{c": "d"}


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ('"say \\"hi\\" ${aws.region} \\\\ \\n"', '{"a":"say \\"hi\\" ${local.region} \\\\ \\n"}'),
        ('"%{x} $${y}"', '{"a":"%%{x} $${y}"}'),
        ("p", '{"a":${jsonencode(var.p)}}'),
        ('"x ${p}"', '{"a":${jsonencode("x ${var.p}")}}'),
        ("n", '{"a":${jsonencode(tostring(var.n))}}'),
        ("5", '{"a":5}'),
        ("Q.arn", '{"a":"${aws_sqs_queue.q.arn}"}'),
        ('ssm "/x"', '{"a":${jsonencode(data.aws_ssm_parameter.x.insecure_value)}}'),
        ('"${l}!"', '{"a":${jsonencode("${join(",", var.l)}!")}}'),
    ],
)
def test_json(written: str, printed: str) -> None:
    """JSON text stays JSON whatever is in it: fixed parts are escaped, and what may hold anything is encoded when it is applied."""
    text = f"param p\nparam n 5\nparam l {{ type list }}\nqueue Q\nevery 5m -> Q {{ input {{ a {written} }} }}"
    assert block(text, "aws_scheduler_schedule.every5m_to_q")["target"]["input"] == printed


def test_json_is_one_line() -> None:
    """JSON text has sorted keys and no blanks, so that the same content is the same text."""
    text = "queue Q\nevery 5m -> Q { input { b 1; a { d on; c none } } }"
    assert block(text, "aws_scheduler_schedule.every5m_to_q")["target"]["input"] == '{"a":{"c":null,"d":true},"b":1}'


@pytest.mark.parametrize(
    ("first", "second", "labels"),
    [
        ('ssm "/foo"', 'ssm "/foo"', 1),
        ('ssm "/foo"', 'ssm "foo"', 2),
        ('ssm "/1/2"', 'ssm "/at/1/2"', 2),
        ('ssm "/a/b"', 'ssm "/a-b"', 2),
        ('ssm "/a"', 'exported "a"', 2),
    ],
)
def test_lookups(first: str, second: str, labels: int) -> None:
    """Each value that is read has a data source of its own, whatever its name comes to."""
    files = folder(f'function f "a.b" {{ env {{ AA {first}; BB {second} }} }}')
    variables = files["functions.tf.json"]["resource"]["aws_lambda_function"]["f"]["environment"]["variables"]
    sources = [name for type in files["data.tf.json"]["data"].values() for name in type.values()]
    assert len(set(variables.values())) == len(sources) == labels


# --- resources ---


def test_function() -> None:
    """A function takes its archive from `var.code`, and waits for the policy of its role."""
    found = block('function place "orders.place" { timeout 30s }', "aws_lambda_function.place")
    assert found == {
        "function_name": "${var.prefix}-place",
        "runtime": "python3.14",
        "handler": "orders.place",
        "architectures": ["arm64"],
        "memory_size": 256,
        "timeout": 30,
        "role": "${aws_iam_role.place.arn}",
        "filename": '${path.module}/${var.code["place"].filename}',
        "source_code_hash": '${var.code["place"].source_code_hash}',
        "ephemeral_storage": {"size": 512},
        "tracing_config": {"mode": "PassThrough"},
        "logging_config": {"log_format": "Text", "log_group": "${aws_cloudwatch_log_group.place.name}"},
        "depends_on": ["aws_iam_role_policy.place"],
    }


def test_role() -> None:
    """A role trusts its service by a document that roles of that service share; its permissions are a document of its own."""
    text = 'table T { key id: string }\nfunction f "a.b" { puts T }\nfunction g "a.b"'
    found = blocks(text)
    trust = {found[f"aws_iam_role.{name}"]["assume_role_policy"] for name in "fg"}
    assert len(trust) == 1
    assert found["aws_iam_role_policy.f"]["role"] == "${aws_iam_role.f.name}"
    address = found["aws_iam_role_policy.f"]["policy"].removeprefix("${data.").removesuffix(".json}")
    assert blocks(text, "data")[address]["statement"] == [
        {"actions": ["dynamodb:PutItem"], "resources": ["${aws_dynamodb_table.t.arn}"]},
        {"actions": ["logs:CreateLogStream", "logs:PutLogEvents"], "resources": ["${aws_cloudwatch_log_group.f.arn}:*"]},
    ]


def test_conditions() -> None:
    """Each variable of a condition is a block; values are texts, and a list param gives all of its values."""
    condition = '{ condition { StringEquals { "aws:a" ["x", "y"]; "aws:b" 5 }; Bool { "aws:c" on }; IpAddress { "aws:SourceIp" l } } }'
    text = f'param l {{ type list }}\nfunction f "a.b" {{ allow "s3:GetObject" on "arn:aws:s3:::x/*" {condition} }}'
    (statement,) = [s for s in next(iter(_documents(text))) if s["actions"] == ["s3:GetObject"]]
    assert statement["condition"] == [
        {"test": "Bool", "variable": "aws:c", "values": ["true"]},
        {"test": "IpAddress", "variable": "aws:SourceIp", "values": "${var.l}"},
        {"test": "StringEquals", "variable": "aws:a", "values": ["x", "y"]},
        {"test": "StringEquals", "variable": "aws:b", "values": ["5"]},
    ]


def _documents(text: str) -> list[list[dict[str, Any]]]:
    """The statements of each policy document that says more than who may take a role."""
    found = [b["statement"] for a, b in blocks(text, "data").items() if a.startswith("aws_iam_policy_document.")]
    return [statements for statements in found if statements[0]["actions"] != ["sts:AssumeRole"]]


def test_managed_policies() -> None:
    """Policies of one name in two accounts are two attachments, and one that is named twice is one."""
    text = 'function f "a.b" { allow managed "arn:aws:iam::1:policy/x", "arn:aws:iam::2:policy/x", "ReadOnlyAccess"; allow managed "ReadOnlyAccess" }'
    attached = [b["policy_arn"] for a, b in blocks(text).items() if a.startswith("aws_iam_role_policy_attachment.")]
    assert sorted(attached) == [
        "arn:${local.partition}:iam::1:policy/x",
        "arn:${local.partition}:iam::2:policy/x",
        "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess",
    ]


def test_queue() -> None:
    """Dead letters are said by a block of their own: the queue's argument would stay in force when it is taken out."""
    found = blocks("queue Jobs { fifo; dead-letter after 3 }")
    assert found["aws_sqs_queue.jobs"]["name"] == "${var.prefix}-Jobs.fifo"
    assert found["aws_sqs_queue_redrive_policy.jobs"] == {
        "queue_url": "${aws_sqs_queue.jobs.url}",
        "redrive_policy": '{"deadLetterTargetArn":"${aws_sqs_queue.jobs_dead.arn}","maxReceiveCount":3}',
    }


def test_secret() -> None:
    """A secret's value is write-only, and a number that is made of it tells when there is a new one."""
    found = block("param token { secret }\nsecret Token token", "aws_secretsmanager_secret_version.token")
    assert found == {
        "secret_id": "${aws_secretsmanager_secret.token.id}",
        "secret_string_wo": "${var.token}",
        "secret_string_wo_version": "${parseint(substr(sha256(var.token), 0, 6), 16)}",
    }


def test_retries_of_a_rule() -> None:
    """Both limits are written: the provider sends 0 for the one that is missing, and EventBridge refuses it."""
    text = 'bus B\nfunction f "a.b"\nB where source == "a" -> f { retries 3 }'
    assert block(text, "aws_cloudwatch_event_target.b_to_f")["retry_policy"] == {
        "maximum_retry_attempts": 3,
        "maximum_event_age_in_seconds": 86_400,
    }


def test_own_account_bus() -> None:
    """A rule on the account's own bus names no bus, and its target neither."""
    found = blocks('function f "a.b"\naws where source == "aws.s3" -> f')
    assert "event_bus_name" not in found["aws_cloudwatch_event_rule.aws_to_f"]
    assert "event_bus_name" not in found["aws_cloudwatch_event_target.aws_to_f"]


def test_throttles_of_a_rest_api() -> None:
    """Settings of single methods come after those of all, which would take them back."""
    text = 'function f "a.b"\napi P { protocol rest; throttle rate 4 burst 5\n GET / -> f { throttle rate 1 burst 2 }\n GET /a/{b} -> f { throttle rate 1 burst 2 } }'
    found = {a: b for a, b in blocks(text).items() if a.startswith("aws_api_gateway_method_settings.")}
    assert {b["method_path"] for b in found.values()} == {"*/*", "~1/GET", "~1a~1{b}/GET"}
    every = next(a for a, b in found.items() if b["method_path"] == "*/*")
    rest = {a: b for a, b in found.items() if a != every}

    def before(address: str) -> set[str]:
        direct = set(found[address].get("depends_on", ()))
        return direct.union(*(before(one) for one in direct))

    assert all(every in before(address) for address in rest)


# --- order and lifecycle ---


@pytest.mark.parametrize(
    ("text", "address", "waits"),
    [
        ("T -> f", "aws_sns_topic_subscription.t_to_f", ["aws_lambda_permission.t_may_call_f"]),
        ("T -> Q", "aws_sns_topic_subscription.t_to_q", ["aws_sqs_queue_policy.q"]),
        ("B.created -> f", "aws_s3_bucket_notification.b", ["aws_lambda_permission.b_may_call_f"]),
        ("B.created -> Q", "aws_s3_bucket_notification.b", ["aws_sqs_queue_policy.q"]),
        ("B.created -> T", "aws_s3_bucket_notification.b", ["aws_sns_topic_policy.t"]),
        ("every 5m -> f", "aws_scheduler_schedule.every5m_to_f", ["aws_iam_role_policy.schedule_to_f"]),
        ('Bus where source == "a" -> S', "aws_cloudwatch_event_target.bus_to_s", ["aws_iam_role_policy.bus_to_s"]),
    ],
)
def test_order(text: str, address: str, waits: list[str]) -> None:
    """What is tried out as soon as it is made waits for what allows it."""
    assert block(f'queue Q\ntopic T\nbucket B\nbus Bus\nstream S\nfunction f "a.b"\n{text}', address)["depends_on"] == waits


def test_order_is_said_once() -> None:
    """Who waits for two things, of which one waits for the other, names that one alone."""
    one = 'resource {0} "AWS::SNS::Topic" {{ {1}; cfn {{ }}\nterraform "aws_sns_topic" {{ name "{0}" }} }}\n'
    text = one.format("A", "keep off") + one.format("B", "after A") + one.format("C", "after A, B")
    assert block(text, "aws_sns_topic.b")["depends_on"] == ["aws_sns_topic.a"]
    assert block(text, "aws_sns_topic.c")["depends_on"] == ["aws_sns_topic.b"]


@pytest.mark.parametrize("written", ['["aws_sqs_queue.q"]', '"aws_sqs_queue.q"', '["aws_sqs_queue.q", "aws_iam_role_policy.f"]'])
def test_own_depends_on(written: str) -> None:
    """What the user lets a block wait for stays beside what it must wait for, each once."""
    text = f'queue Q\nfunction f "a.b" {{ terraform {{ depends_on {written} }} }}'
    assert block(text, "aws_lambda_function.f")["depends_on"] == ["aws_sqs_queue.q", "aws_iam_role_policy.f"]


def test_waiting_in_a_circle() -> None:
    """Two resources that wait for each other are an error, and not two that wait for nothing."""
    one = 'resource {0} "AWS::SNS::Topic" {{ after {1}; cfn {{ }}\nterraform "aws_sns_topic" {{ name "{0}" }} }}\n'
    assert codes(one.format("A", "B") + one.format("B", "A")) == ["IFC611"]


def test_deployment() -> None:
    """A deployment is made before the old one goes, after all that it is a snapshot of, none of which refers to a function."""
    text = 'table T { key id: string }\nfunction f "a.b" { reads T }\napi P { protocol rest; cors\n GET /a -> f }'
    found = blocks(text)
    deployment = found["aws_api_gateway_deployment.p"]
    assert deployment["lifecycle"] == {"create_before_destroy": True}
    assert deployment["depends_on"] == [
        "aws_api_gateway_gateway_response.p4_xx",
        "aws_api_gateway_gateway_response.p5_xx",
        "aws_api_gateway_integration.p_get_a",
        "aws_api_gateway_integration_response.p_preflight_a",
    ]
    # Or Terraform would make each table anew beside the old one, under the name that is taken (lifecycle meta-argument).
    assert not [a for a, b in found.items() if a.startswith("aws_api_gateway_") and "aws_lambda_function." in json.dumps(b)]


def test_kept() -> None:
    """What holds data is never destroyed, unless it is said not to be kept."""
    assert block("table T { key id: string }", "aws_dynamodb_table.t")["lifecycle"] == {"prevent_destroy": True}
    assert "lifecycle" not in block("table T { key id: string; keep off }", "aws_dynamodb_table.t")
    assert "lifecycle" not in block("queue Q", "aws_sqs_queue.q")


# --- names ---


def test_generated_names() -> None:
    """A name that a prefix of 24 characters would make too long is cut and ends in a digest, before `.fifo` too."""
    long = "L" * 70
    name = block(f"queue {long} {{ fifo }}", f"aws_sqs_queue.{long.lower()}")["name"]
    assert name.startswith("${var.prefix}-LLL")
    assert name.endswith(".fifo")
    assert len(name) - len("${var.prefix}") + 24 == 80


@pytest.mark.parametrize(
    "text",
    [
        'topic T\nqueue Jobs\nfunction jobs "a.b"\nT -> Jobs',
        'bucket Report\nfunction report "a.b"',
        'bus A\ntopic Alarm\nfunction alarm "a.b"\nA where source == "x" -> Alarm',
        'function lambdaMayAssume "a.b"',
        'function f "a.b"\nfunction scheduleToFTrust "a.b"\nevery 5m -> f',
    ],
)
def test_names_that_do_not_meet(text: str) -> None:
    """Things of different kinds may be called the same but for the case: their policies have addresses of their own."""
    assert codes(text) == []


def test_names_that_meet() -> None:
    """Two things that would have one name or one address are an error."""
    assert codes('queue Jobs { name "x-dev-Other" }\nqueue Other') == ["IFC624"]
    assert codes("queue Jobs { dead-letter after 3 }\nqueue jobsDead") == ["IFC602"]


def test_moved() -> None:
    """A rename moves all that the declaration becomes, and leaves the physical name."""
    text = 'topic T\nfunction new "a.b" { renamed from old }\nT -> new'
    files = folder(text)
    moved = {m["from"]: m["to"] for m in files["moved.tf.json"]["moved"]}
    assert moved == {
        "aws_cloudwatch_log_group.old": "aws_cloudwatch_log_group.new",
        "aws_iam_role.old": "aws_iam_role.new",
        "aws_iam_role_policy.old": "aws_iam_role_policy.new",
        "aws_lambda_function.old": "aws_lambda_function.new",
        "aws_lambda_permission.t_may_call_old": "aws_lambda_permission.t_may_call_new",
        "aws_sns_topic_subscription.t_to_old": "aws_sns_topic_subscription.t_to_new",
    }
    assert files["functions.tf.json"]["resource"]["aws_lambda_function"]["new"]["function_name"] == "${var.prefix}-old"


def test_moved_authorizer() -> None:
    """A rename that changes the order of names moves each thing to itself."""
    routes = "api P {\n GET /a -> h { authorizer mid }\n GET /b -> h { authorizer alpha } }"
    text = f'function mid "a.b"\nfunction alpha "a.b" {{ renamed from zeta }}\nfunction h "a.b"\n{routes}'
    moved = {m["from"]: m["to"] for m in folder(text)["moved.tf.json"]["moved"]}
    assert moved["aws_apigatewayv2_authorizer.p_zeta"] == "aws_apigatewayv2_authorizer.p_alpha"
    assert "aws_apigatewayv2_authorizer.p_mid" not in moved


# --- tags ---


def test_late_tags() -> None:
    """A tag that only the provider can find out stands on each resource: the provider can't be told its own answers."""
    text = 'app x { tags { account "${aws.account}"; cost ssm "/cost"; team team } }\nparam team\nqueue Q { tags { team "b" } }'
    assert folder(text)["provider.tf.json"]["provider"]["aws"]["default_tags"]["tags"] == {"app": "x", "team": "${var.team}"}
    assert block(text, "aws_sqs_queue.q")["tags"] == {
        "account": "${local.account}",
        "cost": "${data.aws_ssm_parameter.cost.insecure_value}",
        "team": "b",
    }


# --- what the user lays over ---


def test_overlays() -> None:
    """Objects merge and lists are replaced; a type names one of several blocks; `none` takes an argument out."""
    text = """
        bucket B {
          versioning
          terraform { force_destroy true }
          terraform "aws_s3_bucket_versioning" { mfa "m" }
        }
        function f "a.b" { env { AA "x" }; terraform { timeout none; environment { variables { BB "y" } } } }
    """
    found = blocks(text)
    assert found["aws_s3_bucket.b"]["force_destroy"] is True
    assert found["aws_s3_bucket_versioning.b"]["mfa"] == "m"
    assert found["aws_lambda_function.f"]["environment"] == {"variables": {"AA": "x", "BB": "y"}}
    assert "timeout" not in found["aws_lambda_function.f"]


def test_overlay_of_what_is_not_there() -> None:
    """Arguments for a block that a resource does not become are an error, and so is a raw resource without a type."""
    assert codes('queue Q { terraform "aws_sns_topic" { name "x" } }') == ["IFC625"]
    assert codes('resource R "AWS::SNS::Topic" { cfn { } }') == ["IFC347"]


def test_raw_attributes() -> None:
    """Attributes of a raw resource are called as the declaration says, else the same in small letters."""
    spelled = 'attributes { TopicName "name" }\ncfn { }\nterraform "aws_sns_topic" { name "x" }'
    text = f'resource R "AWS::SNS::Topic" {{\n{spelled}\n}}\nqueue Q {{ tags {{ a R.TopicName; b R.Arn }} }}'
    assert block(text, "aws_sqs_queue.q")["tags"] == {"a": "${aws_sns_topic.r.name}", "b": "${aws_sns_topic.r.arn}"}
    assert codes(text.replace('TopicName "name"', 'Other "name"')) == ["IFC627"]


# --- what Terraform can't say ---


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('queue Q\noutput a Q.url { export "n" }', "IFC622"),
        ('param p "a" { pattern "(?=a)a" }\nqueue Q', "IFC621"),
        ("param l { type list }\nconfig C l", "IFC612"),
        ('param p "a"', "IFC608"),
        ('bucket B\nfunction f "a.b" { reads B "a&{b/*" }', "IFC628"),
        ("app x { tags { q Q.arn } }\nqueue Q", "IFC611"),
    ],
)
def test_refused(text: str, code: str) -> None:
    """What Terraform can't say, or would say otherwise, is an error."""
    assert codes(text if "app " in text else APP + text) == [code]
