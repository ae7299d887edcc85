"""Calls of boto3 in Python: what is called, and what tells the resource."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifc.code.calls import Either, Literal, Place, Reading, Variable
from ifc.code.python import reading
from ifc.code.sources import LARGEST, Package, PythonFile, parsed
from tests.agreed import ROOT


def read(folder: Path, files: dict[str, str], handler: str = "app.handler") -> Reading:
    """What a handler does, its own code being in some files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    package = Package(str(folder))
    module, _, function = handler.rpartition(".")
    file = package.module(module)
    assert file is not None
    found = reading(file, function, package, {})
    assert found is not None
    return found


def shown(place: Place | None) -> str:
    """`$X` for a variable, the text of a literal, `?` for what isn't known."""
    if isinstance(place, Either):
        return "|".join(map(shown, place.places))
    return f"${place.name}" if isinstance(place, Variable) else place.text if isinstance(place, Literal) else "?"


def calls(folder: Path, text: str, handler: str = "app.handler") -> list[str]:
    """The calls of one file as `service:Operation place`, each once."""
    heading = "import os\nimport boto3\n"
    found = read(folder, {"app.py": heading + textwrap.dedent(text)}, handler)
    return list(dict.fromkeys(f"{c.service}:{c.operation} {shown(c.place)}" for c in found.calls))


# What stands in public handlers, each shape once, written anew.
SHAPES = {
    "client": ("""
        s3 = boto3.client("s3")
        def handler(e, c):
            s3.put_object(Bucket=os.environ["B"], Key="k", Body=b"")
        """, ["s3:PutObject $B"]),
    "resource in a name of the module": ("""
        NAME = os.getenv("T")
        table = boto3.resource("dynamodb", region_name="eu-west-1").Table(NAME)
        def handler(e, c):
            return table.get_item(Key={})
        """, ["dynamodb:GetItem $T"]),
    "made when first asked": ("""
        table = None
        def handler(e, c):
            global table
            if table is None:
                table = boto3.resource("dynamodb").Table(os.environ["T"])
            table.put_item(Item=e)
        """, ["dynamodb:PutItem $T"]),
    "given to a helper": ("""
        def store(client, bucket, body):
            client.put_object(Bucket=bucket, Key="k", Body=body)
        def handler(e, c):
            store(boto3.client("s3"), os.environ["A"], b"")
            store(boto3.client("s3"), bucket=os.environ["B"], body=b"")
        """, ["s3:PutObject $A", "s3:PutObject $B"]),
    "given back by a helper": ("""
        from functools import cache
        @cache
        def table():
            return boto3.resource("dynamodb").Table(os.environ["T"])
        def handler(e, c):
            table().update_item(Key={})
        """, ["dynamodb:UpdateItem $T"]),
    "in a class": ("""
        class Store:
            def __init__(self, name):
                self.table = boto3.resource("dynamodb").Table(name)
            def save(self, item):
                self.table.put_item(Item=item)
            def drop(self, key):
                self.table.delete_item(Key=key)
        def handler(e, c):
            Store(os.environ["T"]).save(e)
        """, ["dynamodb:PutItem $T"]),
    "in a base class": ("""
        class Base:
            def __init__(self):
                self.client = boto3.client("sns")
        class Shop(Base):
            topic = os.environ["A"]
            def tell(self):
                self.client.publish(TopicArn=self.topic, Message="")
        def handler(e, c):
            Shop().tell()
        """, ["sns:Publish $A"]),
    "arguments in a dict": ("""
        def asked(status):
            return {"TableName": os.environ["T"], "Item": {"status": {"S": status}}}
        def handler(e, c):
            boto3.client("dynamodb").put_item(**asked("new"))
            more = dict(QueueUrl=os.environ["Q"], MessageBody="")
            boto3.client("sqs").send_message(**more)
        """, ["dynamodb:PutItem $T", "sqs:SendMessage $Q"]),
    "paginator": ("""
        def handler(e, c):
            s3 = boto3.client("s3")
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=os.environ["B"]):
                print(page)
        """, ["s3:ListObjectsV2 $B"]),
    "waiter": ("""
        def handler(e, c):
            boto3.client("s3").get_waiter("object_exists").wait(Bucket=os.environ["B"], Key="k")
        """, ["s3:HeadObject $B"]),
    "batch writer": ("""
        def handler(e, c):
            with boto3.resource("dynamodb").Table(os.environ["T"]).batch_writer() as batch:
                batch.put_item(Item=e)
        """, ["dynamodb:BatchWriteItem $T"]),
    "batch by tables": ("""
        def handler(e, c):
            boto3.resource("dynamodb").batch_get_item(RequestItems={os.environ["T"]: {"Keys": []}})
        """, ["dynamodb:BatchGetItem $T"]),
    "transaction": ("""
        def handler(e, c):
            boto3.client("dynamodb").transact_write_items(TransactItems=[
                {"Put": {"TableName": os.environ["A"]}}, *({"Update": {"TableName": os.environ["B"]}} for _ in e)
            ])
        """, ["dynamodb:PutItem $A", "dynamodb:UpdateItem $B"]),
    "transaction made elsewhere": ("""
        def handler(e, c):
            boto3.client("dynamodb").transact_write_items(TransactItems=e["items"])
        """, ["dynamodb:TransactWriteItems ?"]),
    "managed transfers by position": ("""
        def handler(e, c):
            s3 = boto3.client("s3")
            s3.download_file(os.environ["A"], "key", "/tmp/f")
            s3.upload_file("/tmp/f", os.environ["B"], "key")
        """, ["s3:GetObject $A", "s3:PutObject $B"]),
    "copy": ("""
        def handler(e, c):
            boto3.client("s3").copy_object(Bucket=os.environ["B"], Key="k", CopySource={"Bucket": os.environ["A"], "Key": "k"})
        """, ["s3:CopyObject $B", "s3:GetObject $A"]),
    "objects of a bucket": ("""
        def handler(e, c):
            for one in boto3.resource("s3").Bucket(os.environ["B"]).objects.filter(Prefix="a/"):
                one.delete()
        """, ["s3:ListObjects $B", "s3:DeleteObject $B"]),
    "object of a bucket": ("""
        def handler(e, c):
            boto3.resource("s3").Object(os.environ["B"], "key").get()
        """, ["s3:GetObject $B"]),
    "signed address": ("""
        def handler(e, c):
            boto3.client("s3").generate_presigned_url("put_object", Params={"Bucket": os.environ["B"], "Key": "k"})
        """, ["s3:PutObject $B"]),
    "messages of a queue": ("""
        queue = boto3.resource("sqs").Queue(os.environ["Q"])
        def handler(e, c):
            for message in queue.receive_messages():
                message.delete()
        """, ["sqs:ReceiveMessage $Q", "sqs:DeleteMessage $Q"]),
    "events to a bus, and to the default one": ("""
        def handler(e, c):
            boto3.client("events").put_events(Entries=[{"EventBusName": os.environ["E"], "Detail": ""}, {"Detail": ""}])
        """, ["events:PutEvents default", "events:PutEvents $E"]),
    "session": ("""
        session = boto3.session.Session()
        def handler(e, c):
            session.client(service_name="lambda").invoke(FunctionName=os.environ["F"])
        """, ["lambda:Invoke $F"]),
    "imported by name": ("""
        from boto3 import client as make
        from os import environ
        def handler(e, c):
            make("secretsmanager").get_secret_value(SecretId=environ["S"])
        """, ["secretsmanager:GetSecretValue $S"]),
    "Powertools": ("""
        from aws_lambda_powertools.utilities import parameters
        def handler(e, c):
            parameters.get_secret(os.environ["S"])
            parameters.get_parameter("/shop/name")
        """, ["secretsmanager:GetSecretValue $S", "ssm:GetParameter /shop/name"]),
    "asynchronous": ("""
        import aioboto3, asyncio
        async def work():
            async with aioboto3.Session().client("sqs") as sqs:
                await sqs.send_message(QueueUrl=os.environ["Q"], MessageBody="")
        def handler(e, c):
            asyncio.run(work())
        """, ["sqs:SendMessage $Q"]),
    "handed to a pool": ("""
        sqs = boto3.client("sqs")
        def send(body):
            sqs.send_message(QueueUrl=os.environ["Q"], MessageBody=body)
        def handler(e, c):
            list(pool.map(send, e))
        """, ["sqs:SendMessage $Q"]),
    "chosen from a table": ("""
        sqs = boto3.client("sqs")
        def send(e):
            sqs.send_message(QueueUrl=os.environ["Q"], MessageBody="")
        WAYS = {"send": send}
        def handler(e, c):
            WAYS[e["way"]](e)
        """, ["sqs:SendMessage $Q"]),
    "registered with a router": ("""
        from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
        app = APIGatewayHttpResolver()
        @app.get("/orders")
        def orders():
            return boto3.resource("dynamodb").Table(os.environ["T"]).scan()
        def handler(e, c):
            return app.resolve(e, c)
        """, ["dynamodb:Scan $T"]),
    "one of two names": ("""
        def handler(e, c):
            name = os.environ["A"] if e.get("old") else os.environ["B"]
            boto3.resource("dynamodb").Table(name).scan()
        """, ["dynamodb:Scan $A|$B"]),
    "a name with another to fall back to": ("""
        def handler(e, c):
            boto3.resource("dynamodb").Table(os.environ.get("T") or "orders").scan()
        """, ["dynamodb:Scan $T"]),
    "a name that the event brings": ("""
        def handler(e, c):
            boto3.client("s3").get_object(Bucket=e["bucket"], Key=e["key"])
        """, ["s3:GetObject ?"]),
}  # fmt: skip
SILENT = {
    "other credentials": """
        def handler(e, c):
            boto3.client("s3", aws_access_key_id="x", aws_secret_access_key="y").put_object(Bucket="b", Key="k")
        """,
    "another service with S3's protocol": """
        def handler(e, c):
            boto3.client("s3", endpoint_url=os.environ["STORE"]).put_object(Bucket="b", Key="k")
        """,
    "unsigned requests": """
        from botocore import UNSIGNED
        from botocore.config import Config
        def handler(e, c):
            boto3.client("s3", config=Config(signature_version=UNSIGNED)).get_object(Bucket="b", Key="k")
        """,
    "a function that this handler doesn't reach": """
        table = boto3.resource("dynamodb").Table(os.environ["T"])
        def other(e, c):
            table.put_item(Item=e)
        def handler(e, c):
            return {}
        """,
    "a method with the name of one that is called": """
        class Store:
            def get(self):
                boto3.client("s3").get_object(Bucket="b", Key="k")
        def handler(e, c):
            return e.get("id")
        """,
    "another handler behind the same decorator": """
        def logged(f):
            return f
        @logged
        def other(e, c):
            boto3.client("s3").get_object(Bucket="b", Key="k")
        @logged
        def handler(e, c):
            return {}
        """,
    "what runs when the file is started as a program": """
        def handler(e, c):
            return {}
        if __name__ == "__main__":
            boto3.client("s3").get_object(Bucket="b", Key="k")
        """,
    "a client whose service isn't known": """
        def handler(e, c):
            boto3.client(e["service"]).get_object(Bucket="b", Key="k")
        """,
    "a name that stands for clients of two services": """
        client = boto3.client("s3")
        client = boto3.client("glacier" if os.name else "sqs")
        client = boto3.client("sns")
        def handler(e, c):
            client.publish(TopicArn="t")
        """,
    "a version of an object": """
        def handler(e, c):
            boto3.client("s3").get_object(Bucket="b", Key="k", VersionId="1")
        """,
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str, tmp_path: Path) -> None:
    """A call is found with its operation, and with what tells the resource."""
    text, expected = SHAPES[name]
    assert calls(tmp_path, text) == expected


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str, tmp_path: Path) -> None:
    """What isn't certain is no call."""
    assert calls(tmp_path, SILENT[name]) == []


def test_own_modules(tmp_path: Path) -> None:
    """Calls are followed into modules of the code folder, by every way of importing them, and each is told at its own file."""
    found = read(
        tmp_path,
        {
            "shop/__init__.py": "import boto3\nready = boto3.client('sns').publish(TopicArn='t')\n",
            "shop/orders.py": """
                from . import tables
                from .names import *
                import helpers.files as files
                from helpers import mail
                def handler(e, c):
                    tables.store(e, ORDERS)
                    files.keep(e)
                    mail.send()
            """,
            "shop/names.py": "import os\nORDERS = os.environ['ORDERS_TABLE']\n",
            "shop/tables.py": "import boto3\ndef store(item, name):\n    boto3.resource('dynamodb').Table(name).put_item(Item=item)\n",
            "helpers/files.py": "from boto3 import client\ndef keep(e):\n    client('s3').put_object(Bucket='b', Key='k')\n",
            "helpers/mail/__init__.py": "from .sending import send\n",
            "helpers/mail/sending.py": "import boto3\ndef send():\n    boto3.client('ses').send_email()\n",
        },
        "shop.orders.handler",
    )
    told = [(str(Path(c.path).relative_to(tmp_path)), c.line, c.operation, shown(c.place)) for c in found.calls]
    assert told == [
        ("helpers/files.py", 3, "PutObject", "b"),
        ("helpers/mail/sending.py", 3, "SendEmail", "?"),
        ("shop/__init__.py", 2, "Publish", "t"),
        ("shop/tables.py", 3, "PutItem", "$ORDERS_TABLE"),
    ]
    assert not found.open


@pytest.mark.parametrize(
    "text", ["import dynamo_things\n", "def f(x):\n    return getattr(x, x.name)\n", "exec('1')\n"], ids=["package", "getattr", "exec"]
)
def test_open(text: str, tmp_path: Path) -> None:
    """A package of others, and names made while the code runs, leave open what is called."""
    body = "def handler(e, c):\n    return f(e)\n" if "def f" in text else "def handler(e, c):\n    pass\n"
    assert read(tmp_path, {"app.py": text + body}).open
    assert not read(tmp_path, {"app.py": "import json\nx = getattr(json, 'dumps', None)\n" + body.replace("f(e)", "e")}).open


def test_words_are_of_what_is_reached(tmp_path: Path) -> None:
    """A handler says what its own functions say, and not what others in its file do; methods are reached by name alone."""
    text = """
        class Store:
            def keep(self): return "KEPT"
            def lose(self): return "LOST"
        def other(e, c): return "OTHER"
        def handler(e, c): return e.store.keep()
    """
    words = read(tmp_path, {"app.py": text}).words
    assert "KEPT" in words
    assert not {"LOST", "OTHER"} & words


def test_sdk_is_asked_for_first(tmp_path: Path) -> None:
    """Whether code speaks of an SDK is told from bytes, through all ways of importing own modules."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("from . import (\n    c,\n)\n")
    (tmp_path / "a" / "c.py").write_text("import d.e\n")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "__init__.py").write_text("from botocore import session\n")
    package = Package(str(tmp_path))
    assert package.mentions_sdk("app", b"import json, a.b as x\n")
    assert not package.mentions_sdk("app", b"import json\n")


def test_odd_files(tmp_path: Path) -> None:
    """Files that are broken, too large, not text, or link to themselves are no modules, and raise nothing."""
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "large.py").write_bytes(b"x = 1\n" * LARGEST)
    (tmp_path / "binary.py").write_bytes(bytes(range(256)))
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "round").symlink_to(".")
    package = Package(str(tmp_path))
    assert [package.module(n) for n in ("broken", "large", "binary", "loop", "no", "a..b", "", "a\0b")] == [None] * 8
    text = "import round.round.app, boto3\ndef handler(e, c):\n    boto3.client('s3').get_object(Bucket='b', Key='k')\n"
    assert {c.operation for c in read(tmp_path, {"app.py": text}).calls} == {"GetObject"}


@pytest.mark.parametrize(
    "expression",
    [
        "+".join(["os.environ['A']"] * 3000),
        "f(" * 60 + "1" + ")" * 60,
        "x" + ".y" * 90,
        "x" + "()" * 90,
        "-" * 90 + "1",
        "a = " * 500 + "a",
    ],
    ids=["sum", "calls", "attributes", "called", "signs", "targets"],
)
def test_deep_code(expression: str, tmp_path: Path) -> None:
    """Code that is nested deeper than Python's stack is left, and raises nothing."""
    found = [
        c.operation for c in _read_or_none(f"import os, boto3\ndef f(x): return f(x)\ndef handler(e, c):\n    x = {expression}\n", tmp_path)
    ]
    assert found == []


def _read_or_none(text: str, folder: Path) -> tuple[object, ...]:
    tree = parsed(text.encode())
    if tree is None:
        return ()
    found = reading(PythonFile("app.py", "app", tree, text, False), "handler", Package(str(folder)), {})
    return found.calls if found else ()


def test_names_that_are_each_other() -> None:
    """Names, functions, classes and parameters that lead to themselves end."""
    text = """
import boto3
a = b
b = a
class A(B): x = y
class B(A): y = x
def f(p=None): return g(p)
def g(q): return f(q)
def handler(e, c):
    A().x.put_item()
    f(f(g(handler))).put_item()
    a.put_item()
    for t in t: t.put_item()
"""
    assert _read_or_none(text, Path("/nowhere")) == ()


NAMES = st.sampled_from(["boto3", "os", "a", "b", "f", "self", "table", "client", "environ", "put_item", "resource", "Table", "handler"])
EXPRESSIONS = st.recursive(
    NAMES | st.sampled_from(["'s3'", "'dynamodb'", "os.environ['T']", "1", "None", "{'TableName': a}", "[f, a]", "lambda x: x"]),
    lambda inner: st.one_of(
        st.builds("{}.{}".format, inner.map(lambda t: f"({t})"), NAMES),
        st.builds("({})({})".format, inner, inner),
        st.builds("({})(**{})".format, inner, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("[{} for a in {}]".format, inner, inner),
    ),
    max_leaves=12,
)
STATEMENTS = st.one_of(
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("def f(a, b=1, *c, **d):\n    return {}".format, EXPRESSIONS),
    st.builds("class b(a):\n    client = {}\n    def f(self, a): self.table = a; return {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("for a, b in {}: {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("with {} as a: {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("from {} import {}".format, NAMES, NAMES),
    st.builds("@{}\ndef handler(a, b):\n    {}".format, EXPRESSIONS, EXPRESSIONS),
    EXPRESSIONS,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STATEMENTS, max_size=8), st.text(max_size=30))
def test_any_code(statements: list[str], text: str) -> None:
    """Whatever the code is, nothing is raised, and what is told is told again."""
    for code in ("\n".join([*statements, "def handler(e, c): return f(table, client)"]), text):
        assert [vars(c) for c in _read_or_none(code, Path("/nowhere"))] == [vars(c) for c in _read_or_none(code, Path("/nowhere"))]


def test_not_loaded_without_an_sdk(tmp_path: Path) -> None:
    """A compile whose handlers have neither an SDK nor verbs loads none of the readers."""
    (tmp_path / "app.ifc").write_text('app x\nfunction f "a.b"\n')
    (tmp_path / "a.py").write_text("import json\ndef b(e, c): return json.dumps(e)\n")
    code = "import sys; from ifc.cli import main; main(['compile', sys.argv[1], '--target', 'cfn', '-o', '-']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "ifc.checks.code" in done.stderr.split()
    assert not {"ifc.code.python", "ifc.code.boto", "ifc.code.javascript", "ifc.code.script"} & set(done.stderr.split())
