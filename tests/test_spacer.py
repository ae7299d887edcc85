"""The Spacer project: its files as the published Spacer reads them, and the description by which `ifc local` runs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ifc.cli import main
from ifc.diagnostics import ERROR, Report
from ifc.kinds import kinds, load
from ifc.model.settings import settings_of
from ifc.targets import spacer
from ifc.targets.spacer import absent, names
from tests.agreed import ROOT
from tests.presence import program, require
from tests.support import compiled

DENSE = """
app shop-front { region "eu-west-1" }
param limit 5
param tags "a, b" { type list }
queue  Jobs { dead-letter after 3; delay 5s }
queue  Line
topic  Placed
bus    Shop
stream Clicks { shards 2; retention 48h }
table  Things { key id: string, at: number; stream new-and-old; ttl gone; index byOwner { key owner: string; project keys } }
bucket Files { versioning }
secret Token
config Size 10
api Web {
  GET    /things/{id}    -> look
  DELETE /things/{id}    -> look
  PATCH  /things/{id}    -> look
  ANY    /files/{rest+}  -> look
}
function look "a.look" {
  reads Things; writes Files; sends Jobs; publishes Placed, Shop; reads Token, Size; calls work
  env { LIMIT limit; TAGS "${tags}"; URL Web.url; QUEUE_ARN Jobs.arn }
}
function work "a.work" { timeout 20s; retries 1 max-age 2h; memory 512MB }
work.failed -> Jobs
Jobs where kind == "big" and size > 5 or not kind exists -> work { batch 5; within 2s }
Jobs.dead-letter -> work
Placed where attributes.kind == "big" -> Line
Shop where source == "shop" and detail.total >= 100 -> work { input "$.detail" }
Clicks -> work { start latest; retries none; parallel 3 }
Things.stream where eventName == "INSERT" and new.kind == "big" -> work
Files.created "in/*.jpg" -> Jobs
every 5m -> work { input { a 1 } }
cron "0 9 ? * MON-FRI *" timezone "Europe/Zurich" -> Shop
output queue Jobs.url
"""


def project(text: str, **params: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The files of a project and its description; the app must have no errors."""
    done = compiled(text, **params)
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    report = Report()
    files = spacer.render(done.plan, report, code=False)
    assert not [d.message for d in report.diagnostics if d.severity == ERROR]
    return files, json.loads(files[spacer.DESCRIPTION])


def said(text: str) -> list[str]:
    """The codes of what the target says of an app."""
    done = compiled(text)
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    report = Report()
    spacer.render(done.plan, report, code=False)
    return [d.code for d in report.ordered()]


# --- the files that the published Spacer reads ---


def test_routes_are_rows_that_spacer_registers() -> None:
    """DELETE stands in Spacer's spelling too, a greedy parameter is its wildcard, and what it can't serve says so."""
    files, _ = project(DENSE)
    rows = re.findall(r'\{"(\w+)", "([^"]+)", "(\w+)"\},( -- .*)?', files["app/gateway.lua"])
    assert ("DELETE", "/things/:id", "look", "") in rows
    assert ("DELTE", "/things/:id", "look", "") in rows
    assert ("PATCH", "/things/:id", "look", " -- by `ifc local` alone") in rows
    assert {method for method, path, *_ in rows if path == "/files/*rest"} == {
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "DELTE",
        "PATCH",
        "HEAD",
        "OPTIONS",
    }


def test_settings_are_as_spacer_takes_them() -> None:
    """Names of the app and of topics hold nothing that a driver refuses, and no events stand where they would end Spacer."""
    files, description = project(DENSE)
    content = yaml.safe_load(files["config/application.yml"])
    assert content["spacerVersion"] == 1
    assert content["appName"] == "shop-front"
    assert content["functionInvoker"] == "http://localhost:3000"
    assert content["writeProxyListen"] == ":9065"
    assert {"SPACER_ENV", "SPACER_INTERNAL_TOKEN"} <= set(content["envVar"])
    assert "events" not in content
    declared = {
        place["topic"] for sort in ("queues", "topics", "buses", "streams", "tables", "buckets") for place in description[sort].values()
    }
    assert set(content["topics"]) == declared
    assert all(re.fullmatch("[a-z][a-z0-9]*", topic) for topic in declared)
    assert all(set(storage) == {"driver", "connString"} for storage in content["logStorage"].values())


def test_triggers_are_written_on_request() -> None:
    """`--events` writes what a patched Spacer reads: topic, APPEND, private functions."""
    done = compiled(DENSE)
    assert done.plan is not None
    files = spacer.render(done.plan, Report(), code=False, events=True)
    events = yaml.safe_load(files["config/application.yml"])["events"]
    assert events["jobs"] == {"APPEND": ["private/work"]}
    assert events["things"] == {"APPEND": ["private/work"]}
    assert "placed" not in events  # its messages go to a queue
    assert all(f"app/{name}.lua" in files for wired in events.values() for name in wired["APPEND"])


def test_what_only_events_reach_is_private() -> None:
    """A function with routes has a file in `app/`, one with events in `app/private/`, one with both in both."""
    files, _ = project(DENSE + '\nPlaced -> look  # ifc: allow IFC550 "it looks once"\n')
    assert "app/look.lua" in files
    assert files["app/private/look.lua"] == 'return require("look")\n'
    assert "app/private/work.lua" in files
    assert "app/work.lua" not in files


def test_lua_functions_are_copied(tmp_path: Path) -> None:
    """A function in Lua is its own source, a function in Python a stub; both have their identity in the project."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "hello.lua").write_text("return function(args) return {hello = args.name} end\n")
    (tmp_path / "src" / "bye.py").write_text("def handler(event, context):\n    return {}\n")
    (tmp_path / "app.ifc").write_text(
        'app x\napi Web { GET /hello/{name} -> hello\n GET /bye -> bye }\nfunction hello "src/hello.run"\nfunction bye "src/bye.handler"\n'
    )
    out = tmp_path / "out"
    assert main(["compile", str(tmp_path / "app.ifc"), "--target", "spacer", "-o", str(out)]) == 0
    assert (out / "app" / "hello.lua").read_text() == (tmp_path / "src" / "hello.lua").read_text()
    assert "stub" in (out / "app" / "bye.lua").read_text()
    assert (out / "code" / "src" / "bye.py").read_text() == (tmp_path / "src" / "bye.py").read_text()
    description = json.loads((out / "config" / "ifc.json").read_text())
    assert description["functions"]["hello"]["language"] == "lua"
    assert description["functions"]["bye"]["code"] == "code"
    assert {"logs", "temp", "lib"} <= {p.name for p in out.iterdir()}


def test_the_library_is_in_every_project() -> None:
    """Each module of our Lua library is a file of the project, byte for byte."""
    files, _ = project(DENSE)
    ours = {f"lib/{path.name}": path.read_text() for path in (ROOT / "ifc/targets/spacer/lua").glob("*.lua")}
    assert ours
    assert {name: text for name, text in files.items() if name.startswith("lib/")} == ours


def test_every_lua_file_of_the_goldens_can_be_read(tmp_path: Path) -> None:
    """LuaJIT compiles each Lua file that an example becomes."""
    require(program("luajit"))
    for path in sorted((ROOT / "golden").glob("*/spacer/app/**/*.lua")):
        done = subprocess.run(["luajit", "-b", str(path), str(tmp_path / "out")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


# --- the description ---


def test_functions_have_what_they_see_in_the_cloud() -> None:
    """Environment, permissions and retries are those of the plan, with every value worked out."""
    _, description = project(DENSE)
    look = description["functions"]["look"]
    assert look["environment"] == {
        "FILES_BUCKET": "shop-front-dev-files-000000000000-eu-west-1",
        "JOBS_QUEUE_URL": "${endpoint}/000000000000/shop-front-dev-Jobs",
        "LIMIT": "5",
        "PLACED_TOPIC_ARN": "arn:aws:sns:eu-west-1:000000000000:shop-front-dev-Placed",
        "QUEUE_ARN": "arn:aws:sqs:eu-west-1:000000000000:shop-front-dev-Jobs",
        "SHOP_BUS": "shop-front-dev-Shop",
        "SIZE_CONFIG": "/shop-front-dev/Size",
        "TAGS": "a,b",
        "THINGS_TABLE": "shop-front-dev-Things",
        "TOKEN_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:shop-front-dev-Token",
        "URL": "${gateway}",
        "WORK_FUNCTION": "shop-front-dev-work",
    }
    allowed = {(a, r) for s in look["permissions"] for a in s["actions"] for r in s["resources"]}
    assert ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:000000000000:shop-front-dev-Jobs") in allowed
    assert ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:000000000000:function:shop-front-dev-work") in allowed
    assert not [a for a, _ in allowed if a.startswith("logs:")]
    work = description["functions"]["work"]
    assert work["asynchronous"] == {"retries": 1, "maxAge": 7200, "failed": "Jobs"}
    assert (work["timeout"], work["memory"]) == (20, 512)


def test_arrows_have_their_filters_and_settings() -> None:
    """Each arrow is there with what was said of it; a filter's terms are those that are evaluated."""
    _, description = project(DENSE)
    wires = {(w["from"], w["port"], w["to"]): w for w in description["wires"]}
    assert wires["Jobs", "", "work"]["where"] == [[["kind", "in", ["big"]], ["size", ">", [5]]], [["kind", "not exists", []]]]
    assert (wires["Jobs", "", "work"]["batch"], wires["Jobs", "", "work"]["within"]) == (5, 2)
    assert wires["Jobs.dead-letter", "", "work"]["where"] is None
    assert wires["Placed", "", "Line"]["where"] == [[["attributes.kind", "in", ["big"]]]]
    assert wires["Shop", "", "work"]["input"] == {"path": "$.detail"}
    assert wires["Clicks", "", "work"]["retries"] == -1
    assert wires["Clicks", "", "work"]["parallel"] == 3
    assert wires["Files", "created", "Jobs"]["pattern"] == "in/*.jpg"
    schedules = description["schedules"]
    assert {(s["expression"], s["timezone"], s["to"]) for s in schedules.values()} == {
        ("rate(5 minutes)", "UTC", "work"),
        ("cron(0 9 ? * MON-FRI *)", "Europe/Zurich", "Shop"),
    }
    assert {s["input"] for s in schedules.values()} == {'{"a":1}', None}


def test_a_filter_with_a_param_is_worked_out() -> None:
    """A text with a param in it holds the param's value."""
    _, description = project('param kind "big"\nqueue Q\nfunction f "a.f"\nQ where kind == "${kind}er" -> f')
    assert description["wires"][0]["where"] == [[["kind", "in", ["biger"]]]]


def test_stores_have_their_keys_and_indexes() -> None:
    """Tables, buckets, streams, secrets and configs say what must be made."""
    _, description = project(DENSE)
    table = description["tables"]["Things"]
    assert table["key"] == [["id", "S"], ["at", "N"]]
    assert (table["ttl"], table["view"]) == ("gone", "NEW_AND_OLD_IMAGES")
    assert table["indexes"] == [{"name": "byOwner", "key": [["owner", "S"]], "projection": "KEYS_ONLY", "attributes": [], "local": False}]
    assert description["buckets"]["Files"]["versioning"] is True
    assert description["streams"]["Clicks"]["shards"] == 2
    assert description["streams"]["Clicks"]["retention"] == 48 * 3600
    assert description["configs"]["Size"]["value"] == "10"
    assert description["secrets"]["Token"]["value"] is None
    assert description["queues"]["Jobs"]["deadLetter"] == {"queue": "Jobs.dead-letter", "after": 3}
    assert description["queues"]["Jobs"]["visibility"] == 122  # six timeouts and the window
    assert description["outputs"] == {"queue": "${endpoint}/000000000000/shop-front-dev-Jobs"}


def test_several_apis_have_paths_of_their_own() -> None:
    """One api stands at the root, several under their names, and their URLs say so."""
    text = 'function f "a.f" { env { ONE One.url; TWO Two.url } }\napi One { GET /a -> f }\napi Two { protocol rest; GET /a -> f }'
    files, description = project(text)
    assert [api["base"] for api in description["apis"].values()] == ["/One", "/Two"]
    assert description["functions"]["f"]["environment"] == {"ONE": "${gateway}/One", "TWO": "${gateway}/Two"}
    assert '{"GET", "/Two/a", "f"}' in files["app/gateway.lua"]


# --- what is said ---


def test_each_setting_is_honoured_or_told() -> None:
    """What a kind's settings are called here are settings of that kind; all others are told when they are written."""
    for kind in kinds():
        known = {word.replace("-", "_") for word in settings_of(load(kind))}
        honoured = absent.HONOURED.get(kind)
        assert honoured is not None or not load(kind).doc, kind
        assert (honoured or set()) <= known, (kind, sorted((honoured or set()) - known))


def test_there_are_no_aliases_here() -> None:
    """Who calls a function by its alias in the cloud calls the function here, and may."""
    app = 'function f "a.b" { runtime python3.13; calls g }\nfunction g "a.c" { runtime python3.13; provisioned 2 }'
    functions = json.loads(project(f"app x\n{app}")[0]["config/ifc.json"])["functions"]
    assert functions["f"]["environment"]["G_FUNCTION"] == functions["g"]["name"] == "x-dev-g"
    assert functions["f"]["permissions"][0]["resources"] == [functions["g"]["arn"]]


def test_what_is_not_here_is_told_once() -> None:
    """A setting without a counterpart is one sentence, with all that it was written for."""
    _, description = project(
        'table A { key id: string; backup off }\ntable B { key id: string; backup off; encryption kms }\nfunction f "a.f" { arch x86 }'
    )
    assert description["absent"] == [
        "`arch` of `f` is not in force here",
        "`backup` of `A`, `B` is not in force here",
        "`encryption` of `B` is not in force here",
    ]


def test_a_silent_app_tells_nothing() -> None:
    """Defaults that the compiler chose are no sentence of the summary."""
    _, description = project('api Web { GET /a -> f }\nfunction f "a.f"\nqueue Q\nQ -> f')
    assert description["absent"] == []


def test_collisions_and_gaps() -> None:
    """Topics of one name, a function called gateway, paths of the gateway's own and params without values are refused."""
    assert said("queue Jobs { dead-letter after 5 }\ntopic JobsDeadLetter") == ["IFC630"]
    assert said(f"queue {'Q' * 60}") == ["IFC630"]
    assert said('function gateway "a.b"') == ["IFC635"]
    assert said('api A { GET /_ifc/x -> f }\nfunction f "a.b"') == ["IFC634"]
    assert said('param p\nfunction f "a.b" { env { PP p } }') == ["IFC631"]
    assert said('function f "a.B::c" { runtime java21 }') == ["IFC633"]
    assert said("app x") == ["IFC608"]


def test_names_in_the_log() -> None:
    """Names become small letters and digits."""
    assert names.mapped("OrderPlaced2") == "orderplaced2"
    assert names.mapped("Jobs.dead-letter") == "jobsdeadletter"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "spacer", "--backend", "s3", "bucket=b"], "`--backend` is Terraform's"),
        (["--target", "spacer", "--format", "json"], "`--format` is of a CloudFormation template"),
        (["--target", "spacer", "-o", "-"], "is a folder"),
        (["--target", "spacer", "--package"], "always holds the code"),
        (["--target", "cfn", "--events"], "`--events` is of a Spacer project"),
    ],
)
def test_options_of_other_targets_are_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An option that the target doesn't have is wrong usage, with what to do."""
    assert main(["compile", str(ROOT / "examples" / "hello" / "app.ifc"), *arguments]) == 2
    assert words in capsys.readouterr().err
