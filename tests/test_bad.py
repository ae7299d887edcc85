"""Every error message, as the user sees it: `bad/NAME.ifc` and what `ifc check` says of it, `bad/NAME.txt`.

A case runs `ifc check bad/NAME.ifc --no-code` from the root of the repository, unless its first line says otherwise:
`# run: check FILE --stage prod`. What can't lie in a repository (a file that may not be read, an app of 600 resources) is
made in a temporary folder by `MADE`.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import shlex
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from ifc.build import builder, layers, package
from ifc.cli import main
from ifc.codes import CODES
from tests.agreed import ROOT, same
from tests.deploy import answers
from tests.e2e import faults
from tests.e2e.faults import Proxy

BAD = ROOT / "bad"
NAMES = sorted(path.stem for path in BAD.glob("*.ifc"))


def said(arguments: list[str], folder: Path = ROOT) -> str:
    """What a command says on standard error, run in `folder`."""
    errors = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        main(arguments)
    gc.enable()  # a command switches it off, since it is soon over
    return errors.getvalue()


def of_file(name: str) -> str:
    """What is said of a file of `bad/`."""
    path = f"bad/{name}.ifc"
    first = (ROOT / path).read_bytes().split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    run = re.fullmatch(r"# run: (.*)", first)
    command = run[1] if run else "check FILE --no-code"
    return said([path if word == "FILE" else word for word in shlex.split(command)])


# --- what is made ---


def check_of(content: str | bytes, *more: str) -> Callable[[Path], str]:
    """A case of one file with some content."""

    def run(folder: Path) -> str:
        (folder / "app.ifc").write_bytes(content if isinstance(content, bytes) else content.encode())
        return said(["check", "app.ifc", "--no-code", *more], folder)

    return run


def check_beside(content: str, **texts: str) -> Callable[[Path], str]:
    """A case of a file with some content, with text files beside it."""

    def run(folder: Path) -> str:
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        return check_of(content)(folder)

    return run


def build_of(source: str, make: Callable[[Path], object], *more: str) -> Callable[[Path], str]:
    """A case of an app and of what `make` puts beside it, built with its code."""

    def run(folder: Path) -> str:
        (folder / "app.ifc").write_text(source, encoding="utf-8")
        (folder / "code").mkdir()
        make(folder / "code")
        # Sizes of archives differ between releases of zlib, and are no messages.
        return re.sub(r"^ .*  (?:new|unchanged)\n|^\d+ archives?, .*\n", "", said(["build", "app.ifc", *more], folder), flags=re.MULTILINE)

    return run


def denied(case: Callable[[Path], str], name: str) -> Callable[[Path], str]:
    """A case in which the system refuses to open files with `name` in theirs (whoever runs the tests)."""
    real = open

    def refuse(file: object, *arguments: object, **named: object) -> object:
        if name in os.path.basename(str(file)):
            raise PermissionError(13, "Permission denied")
        return real(file, *arguments, **named)  # type: ignore[call-overload]  # passed on as it came

    def run(folder: Path) -> str:
        with mock.patch("builtins.open", refuse):
            return case(folder)

    return run


def folder_of(*names: str) -> Callable[[Path], str]:
    """A case of a folder with empty .ifc files."""

    def run(folder: Path) -> str:
        (folder / "shop").mkdir()
        for name in names:
            (folder / "shop" / name).write_text("app shop\n", encoding="utf-8")
        return said(["check", "shop", "--no-code"], folder)

    return run


def few_files(case: Callable[[Path], str]) -> Callable[[Path], str]:
    """A case with a lower limit of files, which is reached in no time."""

    def run(folder: Path) -> str:
        with mock.patch.object(package, "MOST", 1000):
            return case(folder)

    return run


def linked(folder: Path) -> None:
    """Folders that hold links to one another: endless for who follows them."""
    for i in range(7):
        (folder / f"d{i}").mkdir()
        for j in range(7):
            (folder / f"d{i}" / f"to{j}").symlink_to(f"../d{j}")


def archived(folder: Path) -> str:
    """What is said of a .zip whose runtime nobody names."""
    (folder / "app.ifc").write_text('app shop\n\nfunction place "orders.place" { code "orders.zip" }\n', encoding="utf-8")
    (folder / "orders.zip").write_bytes(b"PK")
    return said(["check", "app.ifc"], folder)


def compared(content: str, *words: str) -> Callable[[Path], str]:
    """A case of `ifc diff` with an app, and some content in the file that is named first; there is no repository."""

    def run(folder: Path) -> str:
        (folder / "app.ifc").write_text(SHOP, encoding="utf-8")
        if content:
            (folder / words[0]).parent.mkdir(exist_ok=True)
            (folder / words[0]).write_text(content, encoding="utf-8")
        with mock.patch.dict(os.environ, {"GIT_CEILING_DIRECTORIES": str(folder.parent)}):
            return said(["diff", *words, "--no-code"], folder)

    return run


def priced(source: str, *words: str, **files: str) -> Callable[[Path], str]:
    """A case of `ifc cost` with an app, and files beside it: `traffic` is traffic.yaml."""

    def run(folder: Path) -> str:
        (folder / "app.ifc").write_text(source, encoding="utf-8")
        for name, content in files.items():
            (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
        return said(["cost", "app.ifc", "--no-code", *(word for name in files for word in (f"--{name}", f"{name}.yaml")), *words], folder)

    return run


def golden_of(config: str, *sources: str) -> Callable[[Path], str]:
    """A case of a `[tool.ifc]` and of the apps a.ifc and b.ifc beside it."""

    def run(folder: Path) -> str:
        (folder / "pyproject.toml").write_text(config, encoding="utf-8")
        for name, source in zip("ab", sources, strict=False):
            (folder / f"{name}.ifc").write_text(source, encoding="utf-8")
        return said(["golden", "check"], folder)

    return run


def at_a_revision(folder: Path) -> str:
    """What is said of a revision that a repository does not have."""
    (folder / "app.ifc").write_text(SHOP, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    with mock.patch.dict(os.environ, {"CI": ""}):  # where more is said
        return said(["diff", "--base", "release", "app.ifc"], folder)


def deployed(prepare: Callable[[Proxy], object], *words: str, source: str = answers.SHOP, **environment: str) -> Callable[[Path], str]:
    """A case of `ifc deploy` or another command about an account, where AWS answers as prepared."""

    def run(folder: Path) -> str:
        return answers.run(folder, source, prepare, *(words or ("deploy", "--yes")), **environment)[0].err

    return run


def unreachable(folder: Path) -> str:
    """What is said where nobody answers."""
    (folder / "app.ifc").write_text(answers.SHOP, encoding="utf-8")
    with answers.aws("http://127.0.0.1:9", **answers.CREDENTIALS):  # the port of RFC 863, at which nobody listens here
        return said(["status", "app.ifc"], folder)


def rolled_back(aws: Proxy) -> None:
    """A stack that is as it was before, since a queue could not be changed."""
    aws.say("DescribeStacks", faults.stack("UPDATE_ROLLBACK_COMPLETE"))
    aws.refuse("HeadBucket", "404", status=404)
    aws.say("ListStackResources", faults.cloudformation("ListStackResources", "<StackResourceSummaries/>"))
    aws.say("GetTemplate", faults.template("Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n"))
    reason = "Value 5000000 for parameter MessageRetentionPeriod is invalid. (Service: Sqs, Status Code: 400)"
    aws.say(
        "DescribeStackEvents",
        faults.events(
            ("", "", "UPDATE_IN_PROGRESS", "User Initiated"),
            ("Orders", "AWS::SQS::Queue", "UPDATE_FAILED", reason),
            ("", "", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            ("", "", "UPDATE_ROLLBACK_COMPLETE", ""),
        ),
    )


def bucket_taken(aws: Proxy) -> None:
    """A bucket of the name that is another account's."""
    aws.refuse("HeadBucket", "403", status=403)


def bucket_there(aws: Proxy) -> None:
    """A bucket of the account's, and no stack yet."""
    aws.refuse("DescribeStacks", "ValidationError", "Stack with id shop-dev does not exist")
    for action in ("HeadBucket", "GetBucketPolicy", "ListObjectsV2"):
        aws.say(action)


DENIED = (
    "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: cloudformation:DescribeStacks "
    "on resource: arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-dev/* because no identity-based policy allows the action"
)


def made(files: dict[Path, str]) -> None:
    """Makes files with their folders."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def with_tool(name: str, script: str, case: Callable[[Path], str]) -> Callable[[Path], str]:
    """A case in which the PATH has a shell script of this name and nothing else."""

    def run(folder: Path) -> str:
        with tempfile.TemporaryDirectory() as tools:
            tool = Path(tools, name)
            tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            tool.chmod(0o755)
            with mock.patch.dict(os.environ, {"PATH": tools}), mock.patch.object(layers, "WORTH", 0):
                return case(folder)

    return run


def zipped(path: Path, name: str) -> None:
    """Makes an archive of one file."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "")


def small_limit(case: Callable[[Path], str]) -> Callable[[Path], str]:
    """A case on a Lambda that takes two kilobytes."""

    def run(folder: Path) -> str:
        with mock.patch.object(builder, "MOST", 2048):
            return case(folder)

    return run


def typescript(folder: Path) -> str:
    """What is said of a function in TypeScript where nothing translates it."""
    made({folder / "app.ifc": NODE, folder / "code/orders.ts": "export const place = () => 1;\n"})
    return said(["compile", "app.ifc", "--target", "spacer"], folder)


CODE = 'app shop\n\nfunction place "orders.place" { code "code"; runtime java21 }\n'
PYTHON = CODE.replace("java21", "python3.14")
NODE = CODE.replace("java21", "nodejs24.x")
PLACE = "def place(event, context): ...\n"
ASKS = "import yaml\n\n" + PLACE
SHOP = 'app shop\n\nqueue Orders\nfunction place "src/orders.place" { runtime python3.14; sends Orders }\n'
BILLED = """app shop { region "us-east-1" }

table Orders { key id: string; stream new }
queue Jobs
api Public { POST /orders -> place { expect 1000 per day } }
api Internal { POST /orders -> place }

function place "src/orders.place" { runtime python3.14; writes Orders; sends Jobs }
function total "src/orders.total" { runtime python3.14; writes Orders }

Jobs -> total
# ifc: allow IFC550 "an order that has its total is not written again"
Orders.stream -> total
"""
MADE: dict[str, Callable[[Path], str]] = {
    "cost-without-end": priced(BILLED),
    "traffic-that-is-no-yaml": priced(BILLED, traffic="sources:\n  Jobs: [1000 per day\n"),
    "traffic-with-names-and-values-that-are-wrong": priced(
        BILLED,
        traffic="""source:
  Jobs: 1000 per day
sources:
  Job: 1000 per day
  POST /orders: 1000 per day
  Public POST /orders: 1000
functions:
  total: { duration: 80, errors: 100%, memory: 1GB }
arrows:
  Orders.stream -> totals: { passes: 20% }
  Orders.stream -> total: { passes: 20 }
verbs:
  place writes Orders: [2]
stored: 12GB
assume: { passed: 0.5 }
""",
    ),
    "cost-in-a-region-without-prices": priced(BILLED.replace("us-east-1", "eu-west-1")),
    "cost-in-no-region": priced(BILLED.replace(' { region "us-east-1" }', "")),
    "prices-that-are-none": priced(
        BILLED,
        prices="""us-east-1:
  lambda_request: 0.0000002
  sqs_std: free
  sqs_fifo: { price: 0.0000005 }
  alarm: { usd: 0.1, status: sure }
eu-west-1: 3
""",
    ),
    "cost-against-a-template": priced(BILLED, "--diff", "prices.yaml", prices="Resources: {}\n"),
    "mistake-after-a-byte-order-mark": check_of(b"\xef\xbb\xbf" + SHOP.replace("app", "ap").encode()),
    "lone-carriage-return": check_of(SHOP.replace("\n", "\r")),
    "control-character": check_of(SHOP.encode("utf-16-le")),
    "not-text": check_of(bytes(range(256)) * 4),
    "not-utf-8": check_of("app shop\n\n# für Bestellungen\nqueue Orders\n".encode("latin-1")),
    "nested-too-deep": check_of("app shop\n\nqueue Orders { cfn {\n" + "  Inner {\n" * 70 + "  }\n" * 70 + "} }\n"),
    "not-not": check_of(SHOP + "Orders where " + "not " * 70 + "paid exists -> place\n"),
    "file-is-not-there": lambda folder: said(["check", "app.ifc"], folder),
    "file-may-not-be-read": denied(check_of(SHOP), "app.ifc"),
    "folder-without-an-app": folder_of(),
    "folder-with-several-apps": folder_of("orders.ifc", "returns.ifc"),
    "very-long-line": check_of(
        SHOP + 'function list "src/orders.list" { env { ' + "".join(f'A{n} "{n}"; ' for n in range(10, 99)) + "LAST nothing } }\n"
    ),
    "too-many-mistakes": check_of(SHOP + "".join(f"quue Queue{n}\n" for n in range(30))),
    "environment-that-is-too-large": check_beside(
        'app shop\n\nfunction work "src/work.run" { env { WORDS file "words.txt" } }\n', words="word " * 1000
    ),
    "template-that-is-nearly-full": check_of("app shop\n\n" + "".join(f"queue Q{n}\n" for n in range(460))),
    "too-many-resources": check_of("app shop\n\n" + "".join(f'function work{n} "src/work.run"\n' for n in range(200))),
    "policy-too-long": check_of(
        SHOP
        + 'function all "src/orders.all" {\n'
        + "".join(f'  allow "s3:GetObject" on "arn:aws:s3:::archive-of-the-year-{n}/*"\n' for n in range(300))
        + "}\n"
    ),
    "handler-may-not-be-read": denied(
        build_of(CODE.replace("java21", "python3.14"), lambda code: (code / "orders.py").touch()), "orders.py"
    ),
    "code-may-not-be-read": denied(build_of(CODE, lambda code: (code / "orders.jar").touch()), "orders.jar"),
    "code-that-links-outside": build_of(CODE, lambda code: (code / "shared").symlink_to("/etc")),
    "code-name-not-utf-8": build_of(CODE, lambda code: open(os.fsencode(code) + b"/caf\xe9.txt", "w").close()),
    "code-folder-is-empty": build_of(CODE, lambda code: None),
    "code-of-too-many-files": few_files(build_of(CODE, linked)),
    "archive-without-a-runtime": archived,
    "output-can-not-be-written": build_of(CODE, lambda code: (code / "orders.jar").touch(), "-o", "app.ifc/build"),
    "golden-setting-misspelt": golden_of('[tool.ifc]\napps = ["a.ifc"]\ntarget = ["cfn"]\n', SHOP),
    "golden-apps-of-one-name": golden_of(
        '[tool.ifc]\napps = ["a.ifc", "b.ifc"]\n', "app shop\nqueue Orders\n", "app shop\nqueue Returns\n"
    ),
    "golden-is-a-file": golden_of('[tool.ifc]\napps = ["a.ifc"]\ngolden = "a.ifc"\n', "app shop\nqueue Orders\n"),
    "side-is-not-there": compared("", "nothing", "app.ifc"),
    "side-is-broken": compared("Resources:\n  Jobs: [\n", "side.yaml", "app.ifc"),
    "side-does-not-compile": compared("app shop\nquue Jobs\n", "side.ifc", "app.ifc"),
    "sides-of-different-sorts": compared('{"resource": {}}', "side/main.tf.json", "app.ifc", "--target", "cfn"),
    "revision-without-a-repository": compared("", "main..HEAD", "app.ifc"),
    "revision-is-not-there": at_a_revision,
    "account-without-credentials": deployed(lambda aws: None, NOBODY="1"),
    "account-with-expired-credentials": deployed(
        lambda aws: aws.refuse("GetCallerIdentity", "ExpiredToken", "The security token is expired")
    ),
    "account-of-another-stage": deployed(
        lambda aws: None, "deploy", "--yes", "--stage", "prod", source=answers.SHOP + 'stage prod { account "210987654321" }\n'
    ),
    "account-that-does-not-allow-it": deployed(lambda aws: aws.refuse("DescribeStacks", "AccessDenied", DENIED, 403)),
    "account-that-can-not-be-reached": unreachable,
    "account-that-has-too-much-to-do": deployed(lambda aws: aws.refuse("DescribeStacks", "Throttling", "Rate exceeded")),
    "account-that-refuses": deployed(lambda aws: aws.refuse("DescribeStacks", "Unlucky", "It is Friday.")),
    "bucket-of-someone-else": deployed(lambda aws: (bucket_taken(aws), bucket_there(aws))),
    "stack-that-is-busy": deployed(lambda aws: aws.say("DescribeStacks", faults.stack("UPDATE_IN_PROGRESS"))),
    "stack-that-is-stuck": deployed(lambda aws: aws.say("DescribeStacks", faults.stack("UPDATE_ROLLBACK_FAILED", "[Orders]"))),
    "stack-with-a-resource-that-failed": deployed(rolled_back, "status", "--no-drift"),
    "param-without-a-value-at-the-deployment": deployed(
        bucket_there, source=answers.SHOP + "param level { type string }\noutput shown level\n"
    ),
    "archive-can-not-be-written": build_of(CODE, lambda code: made({code / "orders.jar": "", code.parent / ".ifc/build/archives": ""})),
    "import-that-nothing-answers": build_of(
        PYTHON, lambda code: made({code / "orders.py": "import yaml\ndef place(event, context): ...\n"})
    ),
    "packed-whole": build_of(
        PYTHON,
        lambda code: made(
            {code / "orders.py": "import importlib\nfor n in 'ab':\n    importlib.import_module(n)\ndef place(event, context): ...\n"}
        ),
        "--notes",
    ),
    "package-that-is-a-source-tree": build_of(
        PYTHON, lambda code: made({code / "orders.py": ASKS, code / "requirements.txt": "-e ../lib\n"})
    ),
    "packages-can-not-be-installed": with_tool(
        "uv",
        "echo 'error: No solution found when resolving dependencies' >&2; exit 1",
        build_of(PYTHON, lambda code: made({code / "orders.py": ASKS, code / "requirements.txt": "yaml==99\n"})),
    ),
    "packages-in-poetry-s-words": build_of(
        PYTHON, lambda code: made({code / "orders.py": ASKS, code / "pyproject.toml": '[tool.poetry.dependencies]\npyyaml = "^6"\n'})
    ),
    "npm-is-not-there": with_tool(
        "nothing",
        "",
        build_of(
            NODE,
            lambda code: made(
                {
                    code / "orders.js": "exports.place = 1;\n",
                    code / "package.json": '{"dependencies": {"a": "1"}}',
                    code / "package-lock.json": "{}",
                }
            ),
        ),
    ),
    "script-that-can-not-be-bundled": with_tool(
        "esbuild",
        "printf '✘ [ERROR] Could not resolve \"yaml\"\\n\\n    orders.ts:1:17:\\n' >&2; exit 1",
        build_of(NODE, lambda code: made({code / "orders.ts": 'import yaml from "yaml";\nexport const place = () => yaml;\n'})),
    ),
    "archive-without-the-handler-s-file": build_of(
        PYTHON.replace('"code"', '"code/done.zip"'), lambda code: zipped(code / "done.zip", "src/orders.py")
    ),
    "layer-that-no-import-finds": build_of(
        PYTHON.replace("}", "; layers Shared }") + 'layer Shared "shared"\n',
        lambda code: made({code / "orders.py": PLACE, code.parent / "shared/prices.py": ""}),
    ),
    "code-too-large": small_limit(build_of(PYTHON, lambda code: made({code / "orders.py": PLACE, code / "data.csv": "1,2,3\n" * 500}))),
    "cache-can-not-be-written": build_of(PYTHON, lambda code: made({code / "orders.py": PLACE, code.parent / ".ifc": ""})),
    "glob-that-matches-nothing": build_of(
        PYTHON.replace("}", '; include "templates/**"; exclude "test" }'), lambda code: made({code / "orders.py": PLACE})
    ),
    "exclude-of-the-handler": build_of(PYTHON.replace("}", '; exclude "*.py" }'), lambda code: made({code / "orders.py": PLACE})),
    "packages-that-a-layer-could-hold": with_tool(
        "uv",
        'while [ "$1" != --target ]; do shift; done; echo "VERSION = 6" > "$2/yaml.py"',
        build_of(
            PYTHON + PYTHON.split("\n", 2)[2].replace("place ", "again "),
            lambda code: made({code / "orders.py": ASKS, code / "requirements.txt": "yaml==6\n"}),
            "--notes",
        ),
    ),
    "typescript-on-this-machine": lambda folder: typescript(folder),
}


def of_made(name: str) -> str:
    """What is said of a case that is made."""
    with tempfile.TemporaryDirectory() as folder:
        return MADE[name](Path(folder))


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed file with what it should hold."""
    for name in NAMES:
        yield BAD / f"{name}.txt", of_file(name)
    for name in MADE:
        yield BAD / f"{name}.txt", of_made(name)


# --- tests ---


@pytest.mark.parametrize("name", NAMES)
def test_file(name: str) -> None:
    """A file's messages are the agreed ones."""
    same(BAD / f"{name}.txt", of_file(name))


@pytest.mark.parametrize("name", MADE)
def test_made(name: str) -> None:
    """A made file's messages are the agreed ones."""
    same(BAD / f"{name}.txt", of_made(name))


def test_no_stray_text() -> None:
    """Each agreed text belongs to a case."""
    assert {path.stem for path in BAD.glob("*.txt")} == {*NAMES, *MADE}


def test_every_code_is_shown() -> None:
    """Each code occurs in an agreed text, so that its message was read by somebody."""
    seen = set(re.findall(r"IFC\d{3}", "".join(path.read_text(encoding="utf-8") for path in BAD.glob("*.txt"))))
    assert sorted(set(CODES) - seen) == []


def test_every_code_is_explained() -> None:
    """The codes that the compiler uses are those that `ifc explain` knows."""
    used = set()
    for path in (ROOT / "ifc").rglob("*.py"):
        if path.name not in ("codes.py", "lark_parser.py"):
            used |= set(re.findall(r'"(IFC\d{3})"', path.read_text(encoding="utf-8")))
    assert sorted(used ^ set(CODES)) == []
