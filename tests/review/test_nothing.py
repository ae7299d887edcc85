"""What means the same is no change: nothing is found and nothing is remarked, for every target, either way round.

A usual run writes each app otherwise in all ways at once; with IFC_ALL=1 each way is tried alone, on more apps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ifc.compiler import Compiled
from ifc.compiler import compile as compile_app
from ifc.diagnostics import Report
from ifc.explanation import written as said
from ifc.model.settings import settings_of
from ifc.resolve.app import Options
from ifc.review.sides import Side, side
from ifc.review.version import Version
from ifc.targets import cfn, terraform
from tests.presence import require
from tests.review import corpus, rewriting
from tests.review.corpus import ALL, App, example, nothing, real, text_version, version
from tests.review.rewriting import CONFIGURATIONS, SOURCES, TEMPLATES, Style, written

APPS = corpus.apps()


def ways(known: dict[str, Any]) -> list[str]:
    """Each way to write something otherwise, or the one that is all of them."""
    return list(known) if ALL else list(known)[-1:]


# --- sources ---


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize("way", ways(SOURCES))
def test_source_otherwise(name: str, way: str, tmp_path: Path) -> None:
    """An app in another order, layout or split is the same."""
    app = APPS[name]
    other = SOURCES[way](app.sources)
    nothing(version(app.compiled(tmp_path / "old")), version(app.compiled(tmp_path / "new", other)))


@pytest.mark.parametrize("name", list(APPS)[:1] if not ALL else APPS)
def test_main_file_renamed(name: str, tmp_path: Path) -> None:
    """An app whose file has another name is the same."""
    app = APPS[name]
    (_, text), *others = app.sources.items()
    renamed = App({"whole.ifc": text, **dict(others), **{n: t for n, t in app.files.items() if n not in app.sources}}, app.folders)
    nothing(version(app.compiled(tmp_path / "old")), version(renamed.compiled(tmp_path / "new")))


def test_rewritings_rewrite(tmp_path: Path) -> None:
    """Each way to write a source otherwise changes the text of an app with verbs, filters and files."""
    app = APPS["example event-orders"]
    for way, change in list(SOURCES.items())[1:]:
        assert change(app.sources) != app.sources, way


@pytest.mark.parametrize("path", sorted(corpus.SHARED.glob("*.ifc")) or [None], ids=lambda path: path.stem if path else "absent")
def test_shared_apps(path: Path | None, tmp_path: Path) -> None:
    """The shared apps that this release compiles are the same when they are written otherwise."""
    require(None if path is not None else f"there is no app in {corpus.SHARED}")
    assert path is not None
    app = real(path)
    done = app.compiled(tmp_path / "old")
    if done.plan is None:
        pytest.skip("this release does not compile it")
    nothing(version(done), version(app.compiled(tmp_path / "new", SOURCES["all of it"](app.sources))))


# An app with as few settings as there can be, of every kind and every arrow.
BARE = """\
app bare
param size 5
queue Q
queue F { fifo }
topic T
table B { key id: string; stream new; index byAt { key at: number } }
table P { key id: string, at: number; local-index byName { key name: string } }
bucket U { lifecycle { expire after 9d } }
bus E
stream S
secret K
config C 1
resource R "AWS::SNS::Topic" { cfn { DisplayName "r" }; terraform "aws_sns_topic" { display_name "r" } }
authorizer A f
function f "a.b" { reads B, U }
function g "a.c" { url public }
api H { GET /a -> f }
api G { cors; authorizer A; GET /a -> f }
api O { protocol rest; cors; GET /a -> f }
Q -> f
T -> f
T -> Q
B.stream -> f
S -> g
U.created -> f
E -> f
every 1h -> f
g.failed -> Q
output o Q.arn
"""


def defaults(done: Compiled) -> Iterator[tuple[str, str, str]]:
    """What stands in no line of an app and yet holds: of what, which setting, and as it would be written."""
    for resource in done.app.resources.values():
        for row in settings_of(type(resource)).values():
            value = getattr(resource, row.field)
            if row.field not in resource.origins and not row.positional and value is not None and value not in ({}, ()):
                yield resource.name, row.name, f"{row.name} {said(value, row)}"
    for wire in done.app.wires:
        for row in settings_of(type(wire.settings)).values():
            value = getattr(wire.settings, row.field)
            if row.field not in wire.origins and not row.positional and value is not None and value not in ({}, ()):
                yield " ".join(wire.span.text.split()), row.name, f"{row.name} {said(value, row)}"


def with_line(app: App, whose: str, line: str) -> dict[str, str]:
    """The sources of an app with one setting more."""
    return rewriting.each(app.sources, lambda text: written(text, Style(extra={whose: [line]})))


@pytest.mark.parametrize("name", ["bare", *(APPS if ALL else ())])
def test_defaults_written_out(name: str, tmp_path: Path) -> None:
    """A setting that is written as it would be without is no change."""
    app = APPS.get(name) or App({"app.ifc": BARE})
    done = app.compiled(tmp_path / "old")
    old, tried = version(done), []
    for number, (whose, setting, line) in enumerate(defaults(done)):
        other = app.compiled(tmp_path / str(number), with_line(app, whose, line))
        if other.plan is not None:  # else it can only be left out
            nothing(old, version(other))
            tried.append(f"{whose} {setting}")
    assert len(tried) > 55 or name != "bare", tried


# What a setting is where there is none: what AWS does then, or `off`, or `none`.
NEUTRAL = {
    "Q": ("delay 0s", "wait 0s"),
    "F": ("dedup id", "delay 0s"),
    "U": ("versioning off", "website off", "public off", "cors none"),
    "B": ("ttl none", "billing on-demand"),
    "T": ("allow-from none",),
    "f": ("storage 512MB", "retries 2 max-age 6h", "retries 2", "reserved none", "layers none", "url none", "url off"),
    "H": ("cors none", "cors off", "throttle none"),
    "Q -> f": ("within 0s", "concurrency none"),
    "S -> g": ("parallel 1", "max-age none", "within 0s"),
    "B.stream -> f": ("parallel 1", "max-age none", "within 0s"),
    "E -> f": ("retries 185", "retries 185 max-age 1d"),
    "every 1h -> f": ("input none",),
}


@pytest.mark.parametrize(("whose", "line"), [(whose, line) for whose, lines in NEUTRAL.items() for line in lines])
def test_nothing_written_out(whose: str, line: str, tmp_path: Path) -> None:
    """What a service does of itself may be written, or that a setting is not wanted."""
    app = App({"app.ifc": BARE})
    sources = with_line(app, whose, line)
    assert line in sources["app.ifc"]
    nothing(text_version(BARE), version(app.compiled(tmp_path / "new", sources)))


# Two ways to say one thing.
SAME = {
    "units of time": ('function f "a.b" { timeout 60s }', 'function f "a.b" { timeout 1m }'),
    "units of size": ('function f "a.b" { memory 1024MB }', 'function f "a.b" { memory 1GB }'),
    "a setting in defaults": (
        'defaults function { timeout 20s }\nfunction f "a.b"\nfunction g "a.c"',
        'function f "a.b" { timeout 20s }\nfunction g "a.c" { timeout 20s }',
    ),
    "the default prefix": ("app x\nqueue Q", 'app x { prefix "x-dev" }\nqueue Q'),
    "a list in another order": (
        'function f "a.b" { url public { cors { origins "https://a.example", "https://b.example" } } }',
        'function f "a.b" { url public { cors { origins "https://b.example", "https://a.example" } } }',
    ),
    "allowed values in another order": ('param p "a" { one-of "a", "b" }\nconfig C p', 'param p "a" { one-of "b", "a" }\nconfig C p'),
    "actions apart": (
        'queue Q\nfunction f "a.b" { allow "sqs:GetQueueUrl", "sqs:PurgeQueue" on Q.arn }',
        'queue Q\nfunction f "a.b" { allow "sqs:PurgeQueue" on Q.arn; allow "sqs:GetQueueUrl" on Q.arn }',
    ),
    "resources apart": (
        'queue Q\nqueue R\nfunction f "a.b" { allow "sqs:PurgeQueue" on Q.arn, R.arn }',
        'queue Q\nqueue R\nfunction f "a.b" { allow "sqs:PurgeQueue" on R.arn; allow "sqs:PurgeQueue" on Q.arn }',
    ),
    "an action that a pattern holds": (
        'function f "a.b" { allow "ses:Send*" on "arn:aws:ses:eu-west-1:1:identity/a" }',
        'function f "a.b" { allow "ses:Send*", "ses:SendEmail" on "arn:aws:ses:eu-west-1:1:identity/a" }',
    ),
    "capital letters of actions": (
        'function f "a.b" { allow "ses:SendEmail" on "arn:aws:ses:eu-west-1:1:identity/a" }',
        'function f "a.b" { allow "ses:sendemail" on "arn:aws:ses:eu-west-1:1:identity/a" }',
    ),
    "what an `allow` is for": (
        'function f "a.b" { allow "s3:ListAllMyBuckets" on "*" because "one" }',
        'function f "a.b" { allow "s3:ListAllMyBuckets" on "*" because "other" }',
    ),
    "an action that a verb has": (
        'queue Q\nfunction f "a.b" { sends Q }',
        'queue Q\nfunction f "a.b" { sends Q; allow "sqs:SendMessage" on Q.arn }',
    ),
    "a verb twice": (
        'table T { key id: string }\nfunction f "a.b" { reads T }',
        'table T { key id: string }\nfunction f "a.b" { reads T, T }',
    ),
    "two targets": (
        'topic T\nfunction f "a.b"\nfunction g "a.c"\nT -> f, g',
        'topic T\nfunction f "a.b"\nfunction g "a.c"\nT -> g\nT -> f',
    ),
    "a chain": ('topic T\nqueue Q\nfunction f "a.b"\nT -> Q -> f', 'topic T\nqueue Q\nfunction f "a.b"\nQ -> f\nT -> Q'),
    "another stage": ("queue Q\nstage prod { Q { delay 5s } }", "queue Q\nstage prod { Q { delay 9s } }"),
    "keys of words laid over": (
        'queue Q { cfn { KmsMasterKeyId "k"; DelaySeconds 5 } }',
        'queue Q { cfn { DelaySeconds 5; KmsMasterKeyId "k" } }',
    ),
    "events in another order": (
        'bucket B\nfunction f "a.b"\nfunction g "a.c"\nB.created "x/*" -> f\nB.removed -> g',
        'bucket B\nfunction f "a.b"\nfunction g "a.c"\nB.removed -> g\nB.created "x/*" -> f',
    ),
    "alternatives of a filter": (
        'topic T\nfunction f "a.b"\nT where kind in ["a", "b"] -> f',
        'topic T\nfunction f "a.b"\nT where kind in ["b", "a"] -> f',
    ),
    "tests of a filter": (
        'topic T\nfunction f "a.b"\nT where kind == "a" and n > 3 -> f',
        'topic T\nfunction f "a.b"\nT where n > 3 and kind == "a" -> f',
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    """One thing said in two ways is no change."""
    before, after = SAME[name]
    nothing(text_version(before), text_version(after))


def test_code_alone(tmp_path: Path) -> None:
    """Another text of a handler is no change: what runs is not what is deployed around it."""
    versions = []
    for line in ("", "\n# and now for something else\n"):
        folder = tmp_path / f"code{len(line)}"
        (folder / "src").mkdir(parents=True)
        for name, text in example("hello").sources.items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in (corpus.ROOT / "examples" / "hello" / "src").glob("*.py"):
            (folder / "src" / path.name).write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")
        versions.append(version(compile_app(str(folder / "app.ifc"), Options())))
    nothing(*versions)


# --- outputs ---


@cache
def template(name: str) -> str:
    """The template of an app, as JSON."""
    return cfn.render(plan(name), Report(), "json")["template.json"]


@cache
def configuration(name: str) -> dict[str, str] | None:
    """The folder of an app for Terraform; None where it refuses the app."""
    report = Report()
    files = terraform.render(plan(name), report)
    return None if report.failed else files


@cache
def compiled_app(name: str) -> Compiled:
    """An app of the corpus."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return APPS[name].compiled(Path(folder) / "app")


def plan(name: str) -> Any:
    """What becomes of an app."""
    found = compiled_app(name).plan
    assert found is not None
    return found


def source(name: str, target: str) -> Version:
    """An app as a side, for one target."""
    return version(compiled_app(name), (target,))


def of_template(content: dict[str, Any], path: Path) -> Version:
    """A template as a side."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return read(path).version(("cfn",))


def of_configuration(files: Any, folder: Path) -> Version:
    """A configuration as a side."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read(folder).version(("terraform",))


def read(path: Path) -> Side:
    """A side that is no source."""
    return side(str(path), Options(code=False))


@pytest.mark.parametrize("name", APPS)
def test_own_template(name: str, tmp_path: Path) -> None:
    """A source against what it was compiled to is no change: a template in YAML or JSON, and a folder for Terraform."""
    for form in ("yaml", "json"):
        for file, text in cfn.render(plan(name), Report(), form).items():
            (tmp_path / file).write_text(text, encoding="utf-8")
        nothing(source(name, "cfn"), read(tmp_path / f"template.{form}").version(("cfn",)))
    files = configuration(name)
    if files is not None:
        nothing(source(name, "terraform"), of_configuration(files, tmp_path / "terraform"))


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize("way", ways(TEMPLATES))
def test_template_otherwise(name: str, way: str, tmp_path: Path) -> None:
    """A template that is written otherwise is the same, against the one that it was and against the source."""
    content = json.loads(template(name))
    old, new = of_template(content, tmp_path / "old.json"), of_template(TEMPLATES[way](content), tmp_path / "new.json")
    nothing(old, new)
    nothing(source(name, "cfn"), new)


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize("way", ways(CONFIGURATIONS))
def test_configuration_otherwise(name: str, way: str, tmp_path: Path) -> None:
    """A configuration that is written otherwise is the same."""
    files = configuration(name)
    if files is None:
        pytest.skip("Terraform can't have it")
    content = {file: json.loads(text) for file, text in files.items() if file.endswith(".tf.json")}
    others = {file: text for file, text in files.items() if file not in content}
    new = of_configuration({**CONFIGURATIONS[way](content), **others}, tmp_path / "new")
    nothing(of_configuration(files, tmp_path / "old"), new)
    nothing(source(name, "terraform"), new)


def test_outputs_are_rewritten() -> None:
    """Each way to write an output otherwise changes the text of one that has all of it."""
    content = json.loads(template("example orders"))
    assert not [way for way, change in TEMPLATES.items() if json.dumps(change(content)) == json.dumps(content)]
    files = {file: json.loads(text) for file, text in (configuration("example orders") or {}).items() if file.endswith(".tf.json")}
    assert not [way for way, change in CONFIGURATIONS.items() if json.dumps(change(files)) == json.dumps(files)]
