"""`ifc cost` as people call it: what it prints, its exit codes, revisions, and that nothing ends in a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ifc.cli import main
from tests.agreed import ROOT

SHOP = """app shop { region "us-east-1" }
table Orders { key id: string; stream new }
queue Jobs
api Public { POST /orders -> place { expect 3000000 per month } }
function place "src/orders.place" { runtime python3.14; writes Orders; sends Jobs }
function work "src/orders.work" { runtime python3.14 }
Jobs -> work
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.ifc").write_text(SHOP, encoding="utf-8")
    return tmp_path


def run(*words: str) -> int:
    """The exit code of a command."""
    return main(["cost", *words, "--no-code"])


def test_a_file_and_a_folder(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are the app; what is printed is on standard output, and nothing else is said."""
    assert run("app.ifc") == 0
    out, err = capsys.readouterr()
    assert out.startswith("`shop` (dev): $")
    assert err == ""
    assert run(".") == 0
    assert capsys.readouterr().out == out


def test_options(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A region, a traffic file and prices, and the formats."""
    (shop / "t.yaml").write_text("sources: { POST /orders: 0 per month }\nassume: { pollers: 2 }\n", encoding="utf-8")
    (shop / "p.json").write_text('{"eu-west-1": {"sqs_std": 1}}', encoding="utf-8")
    assert run("app.ifc", "--traffic", "t.yaml", "--prices", "p.json", "--region", "eu-west-1", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["region"] == "eu-west-1"
    assert found["month"] == {"low": 262_800.0, "expected": 262_800.0, "high": 262_800.0}
    assert found["prices"]["file"] == "p.json"
    assert {one["price"] for one in found["prices"]["missing"]} >= {"lambda_req", "ddb_wru"}
    assert run("app.ifc", "--format", "markdown") == 0
    assert capsys.readouterr().out.startswith("## Cost of shop (dev): $")


def test_a_stage_has_its_own_cost(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a stage adds is counted there."""
    (shop / "app.ifc").write_text(SHOP + "stage prod { secret Token }\n", encoding="utf-8")
    assert run("app.ifc", "--stage", "prod") == 0
    assert "Token" in capsys.readouterr().out
    assert run("app.ifc") == 0
    assert "Token" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["not-there.ifc"], 2, "IFC801"),
        (["app.ifc", "--traffic", "not-there.yaml"], 1, "IFC581"),
        (["app.ifc", "--prices", "not-there.json"], 1, "IFC585"),
        (["app.ifc", "--region", "mars-1"], 1, "IFC584"),
        (["app.ifc", "--diff", "not-there.ifc"], 1, "IFC801"),
        (["app.ifc", "--diff", "main:app.ifc"], 1, "IFC822"),
        (["app.ifc", "--param", "x"], 2, "has no value"),
    ],
)
def test_what_can_not_be(shop: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed but why."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))
        assert run(*words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_errors_in_the_source(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An app with errors has no estimate."""
    (shop / "app.ifc").write_text(SHOP + "Jobs -> nobody\n", encoding="utf-8")
    assert run("app.ifc") == 1
    assert capsys.readouterr().out == ""


def test_against_another_version(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file, and a revision: what is compared is what was committed; one that does not compile is told."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q", "-b", "main"], ["add", "app.ifc"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], cwd=shop, check=True)
    (shop / "app.ifc").write_text(SHOP + "secret Token\n", encoding="utf-8")
    assert run("app.ifc", "--diff", "main:app.ifc") == 0
    assert capsys.readouterr().out.startswith("`shop` (dev): $0.40 a month more: ")
    (shop / "old.ifc").write_text("app shop\nqueue", encoding="utf-8")
    assert run("app.ifc", "--diff", "old.ifc") == 1
    assert "IFC824" in capsys.readouterr().err
    (shop / "old.ifc").write_text(SHOP.replace("us-east-1", "ap-northeast-1"), encoding="utf-8")
    assert run("app.ifc", "--diff", "old.ifc", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["old"]["region"], found["new"]["region"]) == ("ap-northeast-1", "us-east-1")


def test_a_plain_compile_loads_none_of_it() -> None:
    """Neither a compile, nor a review without `expect`, reads prices."""
    for words in (
        "['compile', 'examples/orders/app.ifc', '--target', 'cfn', '-o', '-']",
        "['diff', 'examples/orders', 'examples/counter']",
    ):
        code = f"import sys; from ifc.cli import main; main({words}); sys.stderr.write(' '.join(m for m in sys.modules if m.startswith('ifc.cost')))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
        assert done.stderr == "", words
