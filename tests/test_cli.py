"""The commands as a user runs them: exit codes, what is printed where, what is written and what is left alone."""

from __future__ import annotations

import argparse
import base64
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml

from ifc import cli

APP = 'app small\nqueue Jobs\nfunction work "src/work.handler" { runtime python3.13 }\nJobs -> work\n'
BROKEN = APP + "Jobs -> wrk\n"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small app, which is the current one."""
    (tmp_path / "app.ifc").write_text(APP)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "work.py").write_text("def handler(event, context):\n    return {'batchItemFailures': []}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_params() -> list[str]:
    """The commands that take `--param`."""
    [commands] = [action for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return [name for name, command in commands.choices.items() if "--param" in command._option_string_actions]


def ifc(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in the current folder."""
    return subprocess.run(
        [sys.executable, "-m", "ifc", *arguments], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_compile_writes_the_template(app: Path) -> None:
    """Without options the file goes to build/cfn, nothing goes to standard output, and code is `ifc build`'s business."""
    done = ifc("compile", "app.ifc", "--target", "cfn")
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(os.listdir("build/cfn")) == [".ifc-files.json", "template.yaml"]


def test_build_writes_the_digests_too(app: Path) -> None:
    """Beside what a compile writes there are the digests and the archives, and nothing goes to standard output."""
    done = ifc("build", "app.ifc")
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(os.listdir("build/cfn")) == [".ifc-files.json", "code", "code.json", "template.yaml"]
    code = json.loads(Path("build/cfn/code.json").read_text())
    assert set(code["functions"]["work"]) == {"parameter", "key", "digest"}


def test_package_is_told_of_its_new_name(app: Path) -> None:
    """`ifc compile --package` was what `ifc build` is, so who still writes it is told, and nothing is written."""
    done = ifc("compile", "app.ifc", "--target", "terraform", "--package")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ifc: `ifc compile --package` is now `ifc build`: write `ifc build app.ifc --target terraform`\n"
    assert not Path("build").exists()


def test_a_code_change_changes_the_digests_only(app: Path) -> None:
    """The template stays the same when a handler changes."""
    ifc("build", ".")
    before = Path("build/cfn/template.yaml").read_bytes(), Path("build/cfn/code.json").read_bytes()
    (app / "src" / "work.py").write_text("def handler(event, context):\n    return {'batchItemFailures': [{}]}\n")
    ifc("build", ".")
    assert Path("build/cfn/template.yaml").read_bytes() == before[0]
    assert Path("build/cfn/code.json").read_bytes() != before[1]


def test_the_output_is_never_part_of_the_code(app: Path) -> None:
    """Building twice, or for another stage, gives the same digests: what we wrote is not packed."""
    ifc("build", "app.ifc")
    first = json.loads(Path("build/cfn/code.json").read_text())
    ifc("build", "app.ifc", "--stage", "prod")
    assert json.loads(Path("build/prod/cfn/code.json").read_text()) == first
    ifc("build", "app.ifc")
    assert json.loads(Path("build/cfn/code.json").read_text()) == first


def test_archives_hold_the_handler(app: Path) -> None:
    """The archive has the name that code.json gives, and the handler's file inside."""
    assert ifc("build", "app.ifc").returncode == 0
    key = json.loads(Path("build/cfn/code.json").read_text())["functions"]["work"]["key"]
    assert zipfile.ZipFile(f"build/cfn/code/{key}").namelist() == ["src/work.py"]


def test_terraform_writes_a_folder(app: Path) -> None:
    """One file a kind of resource, the archives beside them, and every archive that is named is there."""
    done = ifc("build", "app.ifc", "--target", "terraform")
    assert (done.returncode, done.stdout) == (0, "")
    written = sorted(os.listdir("build/terraform"))
    kinds = ["functions", "logs", "mappings", "provider", "queues", "roles", "variables", "versions"]
    assert [name for name in written if name.endswith(".tf.json")] == [f"{kind}.tf.json" for kind in kinds]
    code = json.loads(Path("build/terraform/code.auto.tfvars.json").read_text())["code"]["work"]
    assert zipfile.ZipFile(f"build/terraform/{code['filename']}").namelist() == ["src/work.py"]
    assert len(base64.b64decode(code["source_code_hash"])) == 32
    said = done.stderr.splitlines()
    assert said[0].split() == ["work", str(Path("build/terraform", code["filename"]).stat().st_size), "bytes", "new"]
    assert said[-1] == "build/terraform: 8 resources in 9 files"


def test_a_code_change_leaves_the_configuration(app: Path) -> None:
    """A changed handler changes the digests, which stand in a file of their own."""
    ifc("build", ".", "--target", "terraform")
    before = {path.name: path.read_bytes() for path in Path("build/terraform").iterdir() if path.is_file()}
    (app / "src" / "work.py").write_text("def handler(event, context):\n    return {'batchItemFailures': [{}]}\n")
    ifc("build", ".", "--target", "terraform")
    after = {path.name: path.read_bytes() for path in Path("build/terraform").iterdir() if path.is_file()}
    assert [name for name in after if after[name] != before[name]] == ["code.auto.tfvars.json"]


def test_terraform_s_own_files_stay(app: Path) -> None:
    """What Terraform or the user keeps in the folder is never touched; a file that is empty now goes."""
    ifc("compile", "app.ifc", "--target", "terraform")
    mine = ("terraform.tfstate", ".terraform.lock.hcl", "backend.tf", "resources.tf")
    for name in mine:
        Path("build/terraform", name).write_text("mine")
    (app / "app.ifc").write_text("app small\nqueue Jobs\n")
    ifc("compile", "app.ifc", "--target", "terraform")
    left = [".ifc-files.json", "provider.tf.json", "queues.tf.json", "variables.tf.json", "versions.tf.json"]
    assert sorted(os.listdir("build/terraform")) == sorted([*left, *mine])
    assert all(Path("build/terraform", name).read_text() == "mine" for name in mine)


def test_a_file_that_is_in_the_way_stays(app: Path) -> None:
    """A file of the user's with the name of ours is an error and stays as it is."""
    Path("out").mkdir()
    Path("out/queues.tf.json").write_text("mine")
    done = ifc("compile", "app.ifc", "--target", "terraform", "-o", "out")
    assert done.returncode == 3
    assert "`queues.tf.json` is there, and .ifc-files.json does not say that ifc wrote it" in done.stderr
    assert os.listdir("out") == ["queues.tf.json"]
    assert Path("out/queues.tf.json").read_text() == "mine"


def test_another_app_does_not_take_the_folder(app: Path) -> None:
    """A folder that holds one app, and perhaps its state, is not given to another one."""
    ifc("compile", "app.ifc", "--target", "terraform")
    before = {path.name: path.read_bytes() for path in Path("build/terraform").iterdir()}
    (app / "app.ifc").write_text("app other\nqueue Jobs\n")
    done = ifc("compile", "app.ifc", "--target", "terraform")
    assert done.returncode == 3
    assert "`build/terraform` can't be written: it holds the app `small`" in done.stderr
    assert {path.name: path.read_bytes() for path in Path("build/terraform").iterdir()} == before


def test_a_backend_is_written_as_it_is_said(app: Path) -> None:
    """The backend's type and settings stand with the versions, and nowhere without the option."""
    ifc("compile", "app.ifc", "--target", "terraform", "--stage", "prod", "--backend", "s3", "key=orders", "bucket=states", "encrypt=true")
    versions = json.loads(Path("build/prod/terraform/versions.tf.json").read_text())
    assert versions["terraform"]["backend"] == {"s3": {"bucket": "states", "encrypt": "true", "key": "orders"}}
    ifc("compile", "app.ifc", "--target", "terraform", "--stage", "prod")
    assert "backend" not in Path("build/prod/terraform/versions.tf.json").read_text()


def test_print(app: Path) -> None:
    """`-o -` prints the template and writes nothing; JSON and YAML hold the same."""
    text = ifc("compile", "app.ifc", "--target", "cfn", "-o", "-", "--format", "json")
    assert text.returncode == 0
    assert json.loads(text.stdout)["Resources"]["Jobs"]["Type"] == "AWS::SQS::Queue"
    assert not os.path.exists("build")
    assert "!GetAtt Jobs.Arn" in ifc("compile", "app.ifc", "--target", "cfn", "-o", "-").stdout


def test_errors_leave_the_old_files(app: Path) -> None:
    """A failed compile changes nothing and ends with 1."""
    ifc("compile", "app.ifc", "--target", "cfn")
    before = Path("build/cfn/template.yaml").read_bytes()
    (app / "app.ifc").write_text(BROKEN)
    done = ifc("compile", "app.ifc", "--target", "cfn")
    assert done.returncode == 1
    assert "error[IFC201]: no function is called `wrk`" in done.stderr
    assert "nothing was written" in done.stderr
    assert Path("build/cfn/template.yaml").read_bytes() == before


def test_foreign_files_are_never_touched(app: Path) -> None:
    """What the compiler wrote before and does not write now goes; everything else in the folder stays."""
    ifc("compile", "app.ifc", "--target", "cfn")
    Path("build/cfn/notes.txt").write_text("mine")
    assert ifc("compile", "app.ifc", "--target", "cfn", "--format", "json").returncode == 0
    assert sorted(os.listdir("build/cfn")) == [".ifc-files.json", "notes.txt", "template.json"]
    assert Path("build/cfn/notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ("compile", "nowhere.ifc", "--target", "cfn"),
        ("compile", "app.ifc"),
        ("compile", "app.ifc", "--target", "cloud"),
        ("compile", "app.ifc", "--target", "kubernetes"),
        ("compile", "app.ifc", "--target", "terraform", "-o", "-"),
        ("compile", "app.ifc", "--target", "terraform", "--format", "json"),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "s4"),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "s3", "bucket"),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "s3", "key=a", "key=b"),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "s3", "secret_key=a"),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "s3", "key=${stage}"),
        ("compile", "app.ifc", "--target", "cfn", "--backend", "s3", "bucket=a"),
        ("compile", "app.ifc", "--target", "cfn", "--max-errors", "0"),
        ("compile", "app.ifc", "--target", "cfn", "--param", "size"),
        ("compile", "app.ifc", "--target", "cfn", "--param", "size=3"),
        ("compile", "app.ifc", "--target", "cfn", "--stage", "../evil"),
        ("compile", "app.ifc", "--target", "cfn", "--stage", ""),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "s3", "--backend", "local"),
        ("compile", "app.ifc", "--target", "terraform", "--backend", "http", "address=https://u:p@h/"),
        ("build", "app.ifc", "--no-code"),
        ("build", "app.ifc", "-o", "-"),
        ("build", "app.ifc", "--target", "spacer"),
        ("build", "app.ifc", "--target", "terraform", "--format", "json"),
        ("check", "src"),
        ("explain", "nothing-of-that-name"),
        ("explain", "app.ifc", "Nobody"),
        ("graph", "app.ifc", "--format", "png"),
        ("frobnicate",),
        (),
    ],
)
def test_wrong_usage(app: Path, arguments: tuple[str, ...]) -> None:
    """Wrong usage ends with 2, says something, and shows no traceback."""
    done = ifc(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["ifc.cli", "argparse", "ifc.commands.check"])
def test_interrupted_while_it_starts(app: Path, module: str) -> None:
    """Ctrl-C ends the command in one line also before there is a command line, and whatever is being loaded."""
    code = (
        "import runpy, sys\n"
        "class Finder:\n"
        "    def find_spec(name, *rest):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Finder)\n"
        "sys.argv[1:] = ['check', 'app.ifc']\n"
        "runpy.run_module('ifc', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "ifc: interrupted, nothing was written\n")


def test_output_that_cannot_be_written(app: Path) -> None:
    """A file where the folder should be, or a folder where a file should be, ends with 3 and leaves no temporary files."""
    Path("taken").write_text("a file")
    done = ifc("compile", "app.ifc", "--target", "cfn", "-o", "taken/cfn")
    assert (done.returncode, "IFC807" in done.stderr) == (3, True)
    os.makedirs("out/template.yaml")
    assert ifc("compile", "app.ifc", "--target", "cfn", "-o", "out").returncode == 3
    assert os.listdir("out") == ["template.yaml"]
    assert ifc("graph", "app.ifc", "-o", "taken/picture").returncode == 3


def test_an_interrupted_run_loses_nothing(app: Path) -> None:
    """Ctrl-C in the middle leaves the old files, no temporary ones, and no traceback."""
    ifc("compile", "app.ifc", "--target", "cfn")
    before = Path("build/cfn/template.yaml").read_bytes()
    many = "".join(f"queue Q{i}\n" for i in range(20_000))
    (app / "app.ifc").write_text(APP + many)
    running = subprocess.Popen(
        [sys.executable, "-m", "ifc", "compile", "app.ifc", "--target", "cfn"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell ignores it for what runs in the background
    )
    time.sleep(0.7)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert Path("build/cfn/template.yaml").read_bytes() == before
    assert not [n for n in os.listdir("build/cfn") if n.startswith(".ifc-") and n != ".ifc-files.json"]


def test_two_runs_at_once(app: Path) -> None:
    """Runs at the same time leave whole files."""
    running = [
        subprocess.Popen([sys.executable, "-m", "ifc", "compile", "app.ifc", "--target", "cfn"], stderr=subprocess.DEVNULL)
        for _ in range(4)
    ]
    assert [r.wait(60) for r in running] == [0, 0, 0, 0]
    template = Path("build/cfn/template.yaml").read_text()
    assert template == ifc("compile", "app.ifc", "--target", "cfn", "-o", "-").stdout
    assert sorted(os.listdir("build/cfn")) == [".ifc-files.json", "template.yaml"]


def test_a_reader_that_goes_away(app: Path) -> None:
    """`| head` is no mistake."""
    done = subprocess.run(f"{sys.executable} -m ifc explain function | head -1", shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_said() -> None:
    """Output that can't be written is no internal error, and no success."""
    done = subprocess.run(f"{sys.executable} -m ifc explain function > /dev/full", shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "ifc: the output can't be written: no space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(app: Path, closed: str) -> None:
    """A stream that is closed is like one that nobody reads."""
    done = subprocess.run(
        f"{sys.executable} -m ifc compile app.ifc --target cfn {closed}", shell=True, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "internal error" in done.stderr) == (0, False)


def test_check_formats(app: Path) -> None:
    """Diagnostics come as text on standard error, or as JSON and GitHub commands on standard output."""
    (app / "app.ifc").write_text(BROKEN)
    text = ifc("check", "app.ifc")
    assert (text.returncode, text.stdout) == (1, "")
    assert "1 error" in text.stderr
    found = json.loads(ifc("check", "app.ifc", "--format", "json").stdout)["diagnostics"]
    assert [(d["code"], d["labels"][0]["line"], d["labels"][0]["column"]) for d in found] == [("IFC201", 5, 9)]
    assert ifc("check", "app.ifc", "--format", "github").stdout.startswith(
        "::error file=app.ifc,line=5,col=9,endLine=5,endColumn=12,title=IFC201::"
    )


def test_no_colour_off_a_terminal(app: Path) -> None:
    """Nothing that is piped has colours in it."""
    (app / "app.ifc").write_text(BROKEN)
    assert "\x1b" not in ifc("check", "app.ifc").stderr


def test_notes_on_request(app: Path) -> None:
    """A note is shown with --notes only."""
    (app / "app.ifc").write_text(APP.replace(" { runtime python3.13 }", ""))
    assert "IFC720" not in ifc("check", "app.ifc").stderr
    assert "IFC720" in ifc("check", "app.ifc", "--notes").stderr


def test_stages_have_names_and_folders_of_their_own(app: Path) -> None:
    """A stage's files stand beside another's, and its prefix is in every name."""
    assert ifc("compile", "app.ifc", "--target", "cfn", "--stage", "prod").returncode == 0
    template = Path("build/prod/cfn/template.yaml").read_text()
    assert "Default: small-prod" in template


@pytest.mark.parametrize("command", with_params())
def test_a_param_given_twice(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two values one would be lost in silence; also where they are the same. No value is shown, as it may be a secret."""
    words = {"promote": ["--from", "a", "--to", "b"], "compile": ["--target", "cfn"], "diff": ["app.ifc"]}.get(command, [])
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "app.ifc", *words, "--param", "token=hush", "--param", "level=1", "--param", "token=hush"])
    said = capsys.readouterr().err
    assert (ended.value.code, "`token` is given twice" in said, "hush" in said) == (2, True, False)


def test_params_from_the_command_line(app: Path) -> None:
    """`--param` changes a default, and its own rules still hold."""
    (app / "app.ifc").write_text(APP + "param size 3 { min 1; max 5 }\noutput size size\n")
    shown = ifc("compile", "app.ifc", "--target", "cfn", "-o", "-", "--param", "size=5").stdout
    assert "Default: 5" in shown
    assert ifc("compile", "app.ifc", "--target", "cfn", "-o", "-", "--param", "size=9").returncode == 1


def test_explain(app: Path) -> None:
    """Kinds, settings, verbs and codes are explained, and a declaration with the lines that asked for what it has."""
    assert "visibility" in ifc("explain", "queue").stdout
    assert "queue" in ifc("explain", "visibility").stdout
    assert "sqs:SendMessage" in ifc("explain", "sends").stdout
    assert ifc("explain", "IFC201").stdout.startswith("IFC201: ")
    shown = ifc("explain", "app.ifc", "work").stdout
    assert "python3.13" in shown
    assert "written, line 3" in shown
    assert "asked by `Jobs -> work`, app.ifc:4" in shown
    assert "60s" in ifc("explain", "app.ifc", "Jobs").stdout or "1m" in ifc("explain", "app.ifc", "Jobs").stdout


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg", "html"])
def test_graph(app: Path, form: str) -> None:
    """Every picture shows both ends of an arrow."""
    done = ifc("graph", "app.ifc", "--format", form)
    assert done.returncode == 0, done.stderr
    assert "Jobs" in done.stdout
    assert "work" in done.stdout


def test_init_makes_an_app_that_compiles_and_passes_its_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `ifc init` writes compiles without a finding, its test passes, and nothing is ever overwritten."""
    monkeypatch.chdir(tmp_path)
    assert ifc("init", "my shop").returncode == 0
    done = ifc("compile", "my shop", "--target", "cfn", "--notes")
    assert (done.returncode, "note" in done.stderr) == (0, False), done.stderr
    tested = subprocess.run([sys.executable, "-m", "unittest", "discover", "my shop/tests"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    again = ifc("init", "my shop")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


def test_completion_is_a_script() -> None:
    """bash reads the completion script and offers the commands."""
    script = ifc("completion", "bash").stdout
    checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert checked.returncode == 0
    assert "explain" in script


def test_the_yaml_is_what_a_loader_reads(app: Path) -> None:
    """The YAML output, short forms taken as long ones, is the JSON output."""

    class Loader(yaml.SafeLoader):
        """A loader that knows the short forms."""

    def short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
        value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, deep=True)  # type: ignore[arg-type]
        if suffix == "GetAtt":
            value = str(value).split(".")
        return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", short)
    loaded = yaml.load(ifc("compile", "app.ifc", "--target", "cfn", "-o", "-").stdout, Loader)
    assert loaded == json.loads(ifc("compile", "app.ifc", "--target", "cfn", "-o", "-", "--format", "json").stdout)
