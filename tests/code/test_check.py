"""Handlers' code against the verbs of their functions, through the whole road: from files to what is said."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from ifc.checks.code import is_known
from ifc.compiler import compile
from ifc.diagnostics import ERROR, Diagnostic
from ifc.render import text as drawn
from ifc.resolve.app import Options

HEAD = "import os, boto3\ndef handler(e, c):\n    "
PUT = 'boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"]).put_item(Item=e)\n'
TABLES = "table Orders { key id: string }\ntable Users { key id: string }\nqueue Work\nbucket Files\ntopic News\n"


def found(folder: Path, source: str, code: str = HEAD + PUT, name: str = "app.py") -> list[Diagnostic]:
    """What the check says of an app with one handler's file."""
    (folder / name).write_text(textwrap.dedent(code), encoding="utf-8")
    (folder / "app.ifc").write_text(f"app x\n{TABLES}{textwrap.dedent(source)}", encoding="utf-8")
    said = compile(str(folder / "app.ifc"), Options()).report.ordered()
    assert not [d.message for d in said if d.severity == ERROR]
    return [d for d in said if d.code.startswith("IFC57")]


def helps(folder: Path, verbs: str, code: str) -> list[str | None]:
    """The help of each warning for a function with some verbs, and a body of its handler."""
    return [d.help for d in found(folder, f'function f "app.handler" {{ {verbs} }}\n', HEAD + code) if d.severity != "note"]


def call(service: str, method: str, arguments: str = "") -> str:
    """A call of a client."""
    return f'boto3.client("{service}").{method}({arguments})\n'


ORDERS = 'TableName=os.environ["ORDERS_TABLE"]'
MISSING = {
    "the narrowest verb": ("reads Orders", PUT, "write `puts Orders` in `f`"),
    "a wider one where both are needed": (
        "reads Orders",
        f"t = boto3.client('dynamodb'); t.put_item({ORDERS}); t.delete_item({ORDERS})\n",
        "write `writes Orders` in `f`",
    ),
    "two where none carries both": (
        "sends Work",
        f"t = boto3.client('dynamodb'); t.put_item({ORDERS}); t.get_item({ORDERS})\n",
        "write `puts, reads Orders` in `f`",
    ),
    "on another table": ("puts Users", PUT, "write `puts Orders` in `f`"),
    "a table that isn't known": ("sends Work", call("dynamodb", "scan", "TableName=e"), "write `reads` and the table's name in `f`"),
    "the only bucket": ("reads Files", call("s3", "upload_file", '"f", e["bucket"], "k"'), "write `puts Files` in `f`"),
    "a message": ("reads Files", call("sqs", "send_message_batch", 'QueueUrl=os.environ["WORK_QUEUE_URL"]'), "write `sends Work` in `f`"),
    "another name of a variable": (
        "reads Orders as TABLE",
        'boto3.client("dynamodb").delete_item(TableName=os.environ["TABLE"])\n',
        "write `deletes Orders` in `f`",
    ),
    "a variable of its own": (
        "env { TABLE_NAME Orders.name }",
        'boto3.client("dynamodb").scan(TableName=os.environ["TABLE_NAME"])\n',
        "write `reads Orders` in `f`",
    ),
    "a transaction that nothing permits": (
        "sends Work",
        call("dynamodb", "transact_write_items", "TransactItems=e"),
        "write `writes` and the table's name in `f`",
    ),
    "an action that no verb has": (
        "sends Work",
        call("sqs", "purge_queue", 'QueueUrl=os.environ["WORK_QUEUE_URL"]'),
        'write `allow "sqs:PurgeQueue" on Work.arn` in `f`',
    ),
    "another service": ("sends Work", call("ses", "send_email"), 'write `allow "ses:SendEmail" on "arn:…"` in `f`'),
    "an action without resources": (
        "sends Work",
        call("xray", "put_trace_segments"),
        'write `allow "xray:PutTraceSegments" on "*" because "it takes no resource"` in `f`',
    ),
}
PERMITTED = {
    "by the verb": ("puts Orders", PUT),
    "by a wider verb": ("writes Orders", PUT),
    "by a verb of any table, where it isn't known which": ("reads Users", call("dynamodb", "scan", "TableName=e")),
    "by a verb of one of two": (
        "reads Users",
        'boto3.client("dynamodb").scan(TableName=os.environ["ORDERS_TABLE"] if e else os.environ["USERS_TABLE"])\n',
    ),
    "by one part of a transaction": ("deletes Orders", call("dynamodb", "transact_write_items", "TransactItems=e")),
    "by an allow": ('allow "dynamodb:Put*" on Orders.arn', PUT),
    "by an allow in other letters": ('allow "ses:sendemail" on "arn:aws:ses:eu-west-1:1:identity/x"', call("ses", "send_email")),
    "by a managed policy, perhaps": ('allow managed "AmazonDynamoDBFullAccess"', PUT),
    "by its own role, perhaps": ('role "arn:aws:iam::123456789012:role/mine"', PUT),
    "by the role's own properties, perhaps": ('cfn role { Path "/x/" }', PUT),
    "without asking": ("sends Work", call("sts", "get_caller_identity")),
    "as a user of a pool": ("sends Work", call("cognito-idp", "initiate_auth")),
    "an action of another name": ("sends Work", call("s3", "put_bucket_notification_configuration", 'Bucket="b"')),
}


@pytest.mark.parametrize("name", MISSING)
def test_missing(name: str, tmp_path: Path) -> None:
    """A call without its verb is one warning, which says what to write."""
    verbs, code, help = MISSING[name]
    assert helps(tmp_path, verbs, code) == [help]


@pytest.mark.parametrize("name", PERMITTED)
def test_permitted(name: str, tmp_path: Path) -> None:
    """What is permitted, or may be, is no warning."""
    verbs, code = PERMITTED[name]
    assert helps(tmp_path, verbs, code) == []


def test_both_places(tmp_path: Path) -> None:
    """A warning stands at the function, and shows the call in the handler's file, in characters."""
    line = 'def handler(e, c): x = "ü€"; boto3.client("sns").publish(TopicArn=os.environ["NEWS_TOPIC_ARN"])'
    told = found(tmp_path, 'function f "app.handler"\n', f"import os, boto3\n{line}\n")
    assert [d.code for d in told] == ["IFC570"]
    function, place = (label.span for label in told[0].labels)
    assert function.text == "f"
    assert (place.source.path, place.line, place.text) == (f"{tmp_path}/app.py", 2, 'boto3.client("sns").publish')
    assert "app.py:2:30" in drawn(told)


def test_suppressed(tmp_path: Path) -> None:
    """A suppression above the function holds; one that is not needed is told, but not where no code is looked at."""
    source = '# ifc: allow IFC570 "only the migration does that"\nfunction f "app.handler" { runtime python3.12 }\n'
    assert found(tmp_path, source) == []
    assert "IFC560" not in [d.code for d in compile(str(tmp_path / "app.ifc"), Options(code=False)).report.ordered()]
    (tmp_path / "app.py").write_text("def handler(event, context): pass\n", encoding="utf-8")
    assert "IFC560" in [d.code for d in compile(str(tmp_path / "app.ifc"), Options()).report.ordered()]


def test_no_code(tmp_path: Path) -> None:
    """With `--no-code` nothing is said."""
    assert found(tmp_path, 'function f "app.handler" { runtime python3.12 }\n')
    assert not [d for d in compile(str(tmp_path / "app.ifc"), Options(code=False)).report.ordered() if d.code.startswith("IFC57")]


@pytest.mark.parametrize(
    ("arrow", "code"),
    [
        ("Work -> f", call("sqs", "delete_message", 'QueueUrl=os.environ["Q"]')),
        ("f.failed -> News", call("sns", "publish", "TopicArn=e")),
    ],
)
def test_arrows_permit(arrow: str, code: str, tmp_path: Path) -> None:
    """What an arrow lets the function's role do needs no verb."""
    assert found(tmp_path, 'function f "app.handler"\n', HEAD + code) != []
    assert found(tmp_path, f'function f "app.handler"\n{arrow}\n', HEAD + code) == []


def test_one_function_of_a_file(tmp_path: Path) -> None:
    """A file with several handlers blames none for what another one does, and notes what only others use."""
    code = "import os, boto3\ntable = boto3.resource('dynamodb').Table(os.environ['ORDERS_TABLE'])\n"
    code += "def put(e, c):\n    table.put_item(Item=e)\ndef get(e, c):\n    return table.get_item(Key=e)\n"
    source = 'function put "app.put" { puts Orders }\nfunction get "app.get" { reads Orders; puts Orders }\n'
    told = found(tmp_path, source, code)
    assert [(d.code, d.labels[0].span.text) for d in told] == [("IFC572", "puts Orders")]


@pytest.mark.parametrize(
    ("verbs", "code", "notes"),
    [
        ("reads, puts Orders", HEAD + PUT, 1),
        ("puts Orders, Users", HEAD + PUT, 1),
        ("puts Orders", HEAD + PUT, 0),
        ("puts Orders; sends Work", "import dynamo_things\n" + HEAD + PUT, 0),
        ("puts Orders; reads Orders", HEAD + "getattr(e, e.name)()\n    " + PUT, 0),
        ("reads Orders", HEAD + "return e.table.query()\n", 0),
        ("reads Files", HEAD + "boto3.resource('s3').Object(e, e).get()\n", 0),
        ("sends Work", "def handler(e, c):\n    pass\n", 1),
    ],
)
def test_unused(verbs: str, code: str, notes: int, tmp_path: Path) -> None:
    """A verb is noted where nothing in the code can use it, and only there."""
    told = found(tmp_path, f'function f "app.handler" {{ {verbs} }}\n', code)
    assert [d.code for d in told] == ["IFC572"] * notes


def test_defaults_are_not_blamed(tmp_path: Path) -> None:
    """A verb that all functions are given is no matter of one of them."""
    assert found(tmp_path, 'defaults function { sends Work }\nfunction f "app.handler"\n', "def handler(e, c):\n    pass\n") == []


def test_script(tmp_path: Path) -> None:
    """JavaScript is read as Python is."""
    code = """
        import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
        const QueueUrl = process.env.WORK_QUEUE_URL;
        export const handler = async () => new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: "" }));
    """
    told = found(tmp_path, 'function f "app.handler" { reads Files }\n', code, "app.mjs")
    assert [(d.code, d.help) for d in told] == [("IFC570", "write `sends Work` in `f`"), ("IFC572", told[1].help)]
    assert told[0].labels[1].span.text == "SendMessageCommand"


def test_policies_beside(tmp_path: Path) -> None:
    """A raw resource of IAM may permit anything, so nothing is told to be missing."""
    raw = 'resource More "AWS::IAM::Policy" { cfn { PolicyName "x"; Roles [f.role] } }\n'
    assert found(tmp_path, 'function f "app.handler"\n' + raw) == []


def test_order_of_declarations(tmp_path: Path) -> None:
    """Declarations in another order give the same words."""
    functions = ['function a "app.handler"\n', 'function b "app.handler" { reads Orders }\n']
    one, other = ([(d.code, d.message, d.help) for d in found(tmp_path, "".join(f))] for f in (functions, functions[::-1]))
    assert len(one) == 3  # two warnings, and the note that `b` reads for nothing
    assert sorted(one, key=repr) == sorted(other, key=repr)


def test_names_of_actions() -> None:
    """What IAM doesn't have is never told."""
    assert is_known("dynamodb:PutItem")
    assert not is_known("s3:PutBucketNotificationConfiguration")
    assert not is_known("nothing:PutItem")
