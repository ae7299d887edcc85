"""Loops of events: which are found, which are ruled out, and which are said to be meant."""

from __future__ import annotations

import json
import random
from pathlib import Path

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifc.cli import main
from ifc.diagnostics import NOTE, WARNING
from ifc.flow import Flow, loops
from tests import generated
from tests.support import compiled, findings

TABLE = "table T { key id: string; stream new-and-old }\n"
BUCKET = "bucket B\n"


def loop_codes(text: str) -> list[str]:
    """The codes about loops that are found."""
    return [code for code in findings(text) if code.startswith("IFC55")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (TABLE + 'function f "a.b" { writes T }\nT.stream -> f', ["IFC550"]),
        (TABLE + 'function f "a.b" { puts T }\nT.stream -> f', ["IFC550"]),
        (TABLE + 'function f "a.b" { reads T }\nT.stream -> f', []),
        (TABLE + 'function f "a.b" { writes T }\nT.stream where eventName == "INSERT" -> f', ["IFC551"]),
        (TABLE + 'function f "a.b" { deletes T }\nT.stream where eventName == "INSERT" -> f', []),
        (TABLE + 'function f "a.b" { deletes T }\nT.stream where eventName in ["INSERT", "MODIFY"] -> f', []),
        (TABLE + 'function f "a.b" { deletes T }\nT.stream where eventName in ["INSERT", "REMOVE"] -> f', ["IFC551"]),
        (TABLE + 'function f "a.b" { puts T }\nT.stream where eventName == "REMOVE" -> f', []),
        (TABLE + 'function f "a.b" { puts T }\nT.stream where not eventName == "REMOVE" -> f', ["IFC551"]),
        (TABLE + 'function f "a.b" { deletes T; puts T }\nT.stream where eventName == "INSERT" -> f', ["IFC551"]),
        (BUCKET + 'function f "a.b" { writes B }\nB.created -> f', ["IFC550"]),
        (BUCKET + 'function f "a.b" { writes B "out/*" }\nB.created "in/*" -> f', []),
        (BUCKET + 'function f "a.b" { writes B "in/out/*" }\nB.created "in/*" -> f', ["IFC550"]),
        (BUCKET + 'function f "a.b" { writes B "in*" }\nB.created "in/*" -> f', ["IFC551"]),
        (BUCKET + 'function f "a.b" { writes B "in/x.jpg" }\nB.created "in/*.jpg" -> f', ["IFC550"]),
        (BUCKET + 'function f "a.b" { writes B "in/*/x.jpg" }\nB.created "in/*.jpg" -> f', ["IFC550"]),
        (BUCKET + 'function f "a.b" { writes B "in/*" }\nB.created "in/*.jpg" -> f', ["IFC551"]),
        (BUCKET + 'function f "a.b" { writes B "a.jpg" }\nB.created "a.jpg" -> f', ["IFC550"]),
        (BUCKET + 'function f "a.b" { writes B "aba" }\nB.created "ab*ba" -> f', ["IFC551"]),
        (BUCKET + 'function f "a.b" { writes B "out/*" }\nB.created -> f', ["IFC550"]),
        (BUCKET + 'function f "a.b" { writes B "*.png" }\nB.created "*.jpg" -> f', []),
        (BUCKET + 'function f "a.b" { writes B "*.png" }\nB.created "in/*" -> f', ["IFC551"]),
        (BUCKET + 'function f "a.b" { writes B "out/*" }\nB.created where key starts-with "in/" -> f', []),
        (BUCKET + 'function f "a.b" { puts B }\nB.removed -> f', []),
        (BUCKET + 'function f "a.b" { deletes B }\nB.removed -> f', ["IFC550"]),
        ('queue Q\nfunction f "a.b" { sends Q }\nQ -> f', ["IFC550"]),
        ('queue Q\nfunction f "a.b" { receives Q }\nevery 1h -> f', []),
        ('stream S\nqueue D\nfunction f "a.b"\nfunction g "a.c" { writes S }\nS -> f { dead-letter D }\nD -> g', ["IFC551"]),
        (TABLE + 'function f "a.b" { allow "dynamodb:UpdateItem" on T.arn }\nT.stream -> f', ["IFC551"]),
        (TABLE + 'function f "a.b" { allow "dynamodb:*" on T.arn }\nT.stream where eventName == "INSERT" -> f', ["IFC551"]),
        (TABLE + 'function f "a.b" { allow "dynamodb:deleteItem" on T.arn }\nT.stream where eventName == "INSERT" -> f', []),
        (TABLE + 'function f "a.b" { allow "dynamodb:GetItem" on T.arn }\nT.stream -> f', []),
        (TABLE + 'function f "a.b" { allow "dynamodb:PutItem" on "${T.arn}/index/*" }\nT.stream -> f', []),
        (BUCKET + 'function f "a.b" { allow "s3:PutObject*" on "${B.arn}/*" }\nB.created -> f', ["IFC551"]),
        ('queue Q\nfunction f "a.b" { allow "sqs:*" on Q.arn }\nQ -> f', ["IFC551"]),
        ('queue Q { dead-letter after 3 }\nfunction f "a.b" { sends Q }\nQ.dead-letter -> f', ["IFC551"]),
        ('queue D\nqueue Q { dead-letter D after 3 }\nfunction f "a.b" { sends Q }\nD -> f', ["IFC551"]),
        ('queue Q\nfunction f "a.b"\nQ -> f\nf.failed -> Q', ["IFC551"]),
        ('topic T\nfunction f "a.b" { publishes T }\nfunction g "a.c"\nT -> g', []),
        ('topic T\nqueue Q\nfunction f "a.b" { publishes T }\nT -> Q -> f', ["IFC550"]),
        ('bus B\nfunction f "a.b" { publishes B }\nB where source == "x" -> f', []),  # a note: test_by_name
        ('bus B\nfunction f "a.b" { publishes B }\nB where detail.total > 3 -> f', ["IFC551"]),
        ('bus A\nbus B\nA where source == "x" -> B\nB where source == "x" -> A', ["IFC551"]),
        ("bus A\nbus B\nA -> B\nB -> A", ["IFC550"]),
        ('bus A\nbus B\nA where source == "x" -> B\nB where source == "y" -> A', []),
        ('bus A\nbus B\nA where source == "x" -> B\nB where source starts-with "x" -> A', ["IFC551"]),
        ('bus A\nbus B\nA where detail.kind == "x" -> B\nB where detail.kind == "y" -> A', ["IFC551"]),
        ('stream S\nfunction f "a.b" { writes S }\nS -> f', ["IFC550"]),
        ('function f "a.b" { calls f }', ["IFC552"]),
        ('function f "a.b" { calls g }\nfunction g "a.c" { calls f }', ["IFC552"]),
        ('function f "a.b" { calls g }\nfunction g "a.c"', []),
        ('queue Q\nfunction f "a.b" { calls g }\nfunction g "a.c" { sends Q }\nQ -> f', ["IFC550"]),
        ('function f "a.b"\nalarm A where f.errors > 1\nA -> f', []),
    ],
)
def test_loops(text: str, codes: list[str]) -> None:
    """A loop is found where nothing rules it out, and is an error where nothing even may."""
    assert loop_codes(text) == codes


def test_a_loop_is_drawn_step_by_step() -> None:
    """The message goes once round, and each step has its place."""
    done = compiled('topic T\nqueue Q\nfunction f "a.b" { publishes T }\nT -> Q -> f')
    found = next(d for d in done.report.ordered() if d.code == "IFC550")
    assert found.message == "events go round: `Q -> f`, `f publishes T`, `T -> Q`"
    assert [label.text for label in found.labels] == ["1", "2", "3"]
    assert [label.span.text for label in found.labels] == ["Q -> f", "publishes T", "T -> Q"]


def test_each_loop_once() -> None:
    """Loops that hang together are one finding, others are their own, whatever the order of the lines."""
    lines = ["queue A", "queue B", 'function f "a.f" { sends A }', 'function g "a.g" { sends B }', "A -> f", "B -> g"]
    assert loop_codes("\n".join(lines)) == ["IFC550", "IFC550"]
    assert loop_codes("\n".join([*lines, "A -> g", "B -> f"])) == ["IFC550"]
    messages = set()
    for seed in range(5):
        random.Random(seed).shuffle(lines)
        messages.add(tuple(sorted(d.message for d in compiled("\n".join(lines)).report.ordered() if d.code == "IFC550")))
    assert len(messages) == 1


# --- suppressions ---

LOOP = 'queue Q\nfunction f "a.b" { sends Q }\n'


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (LOOP + 'Q -> f  # ifc: allow IFC550 "it ends"', []),
        (LOOP + '# ifc: allow IFC550 "it ends"\nQ -> f', []),
        (LOOP + '# ifc: allow IFC550 "it ends"\n# and here is why\nQ -> f', []),
        (LOOP + '# ifc: allow IFC550 "it ends" until 2030-01-01\nQ -> f', []),
        (LOOP + '# ifc: allow IFC550 "it ends" until 2030-02-30\nQ -> f', ["IFC561"]),
        (LOOP + '# ifc: allow IFC550 "it ends" until May\nQ -> f', ["IFC561"]),
        (LOOP + '# ifc: allow IFC551 "it ends"\nQ -> f', ["IFC550"]),
        ('queue Q { name "q # ifc: allow IFC550" }', ["IFC309"]),
        (LOOP + '# ifc: allow IFC550 "it ends"\n\nQ -> f', ["IFC550"]),
        (LOOP + 'Q -> f\n# ifc: allow IFC550 "it ends"', ["IFC550"]),
        ('queue Q\n# ifc: allow IFC550 "it ends"\n', ["IFC560"]),
        (LOOP + "Q -> f  # ifc: allow IFC550", ["IFC561"]),
        (LOOP + 'Q -> f  # IFC: Allow IFC550 "it ends"', []),
        (LOOP + 'Q -> f  # ifc: allow ifc550 "it ends"', ["IFC561"]),
        (LOOP + 'Q -> f  # ifc: allow IFC550 "it ends" # ifc: allow IFC551', ["IFC561"]),
        (LOOP + 'Q -> f  # ifc: allow IFC0 "x"', ["IFC561"]),
        ('queue Q { visibility 5s }  # ifc: allow IFC371 "said by Terraform alone"', []),
        ('queue Q { colour "red" }  # ifc: allow IFC210 "errors are errors"', ["IFC210"]),
        ('queue Q { name "# ifc: allow x" }', ["IFC309"]),
        ('queue Q\n# ifc: allow R2 "of a review"', []),
    ],
)
def test_suppressions(text: str, codes: list[str]) -> None:
    """A suppression takes back what it names on its line or the one below, and one that takes nothing back is said."""
    found = findings(text)
    assert [code for code in found if code in ("IFC550", "IFC560", "IFC561", "IFC210", "IFC309")] == codes


@pytest.mark.parametrize(("today", "codes"), [(None, []), ("2030-01-01", []), ("2030-01-02", ["IFC550", "IFC560"])])
def test_a_suppression_holds_until_its_last_day(
    today: str | None, codes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last day counts, and where nobody says which day it is, none has passed."""
    app = tmp_path / "app.ifc"
    app.write_text("app x\n" + LOOP + 'Q -> f  # ifc: allow IFC550 "it ends" until 2030-01-01')
    main(["check", str(app), "--no-code", "--format", "json", *(("--today", today) if today else ())])
    found = [d["code"] for d in json.loads(capsys.readouterr().out)["diagnostics"]]
    assert [code for code in found if code in ("IFC550", "IFC560")] == codes


@pytest.mark.parametrize("order", [("f", "g"), ("g", "f")])
def test_a_loop_that_is_meant_hides_no_other(order: tuple[str, str]) -> None:
    """Two loops share a stream; that one is meant says nothing of the other."""
    one, other = order
    text = 'stream S\nfunction f "a.b" { writes S }\nfunction g "a.c" { writes S }\n'
    text += f'# ifc: allow IFC550 "it counts"\nS -> {one}\nS -> {other}'
    report = compiled(text).report
    [found] = [d for d in report.ordered() if d.code in ("IFC550", "IFC560")]
    assert (found.code, found.message) == ("IFC550", f"events go round: `S -> {other}`, `{other} writes S`")
    assert [c for c in findings(text.replace(f"S -> {other}", f'S -> {other} # ifc: allow IFC550 "it ends"')) if c.startswith("IFC5")] == []


# --- held against networkx ---


@given(statements=generated.apps())
def test_circles_are_those_of_networkx(statements: list[str]) -> None:
    """There is a loop exactly where the graph of all steps, each led to each that can follow it, has a circle."""
    flow = Flow(compiled(generated.text(statements)).app)
    graph = networkx.DiGraph()
    for step in flow.steps:
        for following in flow.after(step):
            each = flow.after(following) if following.hub else (following,)
            graph.add_edges_from((id(step), id(one)) for one in each)
    groups = [c for c in networkx.strongly_connected_components(graph) if len(c) > 1 or graph.has_edge(*(2 * list(c)))]
    found = loops(flow.steps, flow.after)
    assert sorted(sorted(map(id, members)) for _, members in found) == sorted(sorted(c) for c in groups)
    for way, members in found:
        assert set(map(id, way)) <= set(map(id, members))
        for step, following in zip(way, [*way[1:], way[0]], strict=True):
            assert graph.has_edge(id(step), id(following))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('bus B\nfunction f "a.b" { publishes B }\nB where source == "x" -> f', ["IFC553"]),
        ('topic T\nfunction f "a.b" { publishes T }\nT where attributes.kind in ["x", "y"] -> f', ["IFC553"]),
        ('bus B\nfunction f "a.b" { publishes B }\nB where source == "x" or detail.n > 1 -> f', ["IFC551"]),
        ('bus B\nfunction f "a.b" { publishes B }\nB where not source == "x" -> f', ["IFC551"]),
        # The one by name does not hide the other, which shares a step with it.
        (
            (
                'bus B\nqueue Q\nfunction f "a.b" { publishes B; sends Q }\nfunction g "a.c" { sends Q; receives Q }\n'
                'B where source == "x" -> f\nQ where n > 1 -> f'
            ),
            ["IFC551"],
        ),
    ],
)
def test_by_name(text: str, codes: list[str]) -> None:
    """Where code would have to send the very event that sets it off, by its name, the loop is a note."""
    found = [code for severity in (WARNING, NOTE) for code in findings(text, severity) if code.startswith("IFC55")]
    assert found == codes


@given(seed=st.integers(0, 50))
def test_a_dense_graph_is_no_trouble(seed: int) -> None:
    """Where everything leads to everything there is one loop, and it is short."""
    many = 12
    lines = [f"queue Q{i}" for i in range(many)]
    lines += [f'function f{i} "a.f{i}" {{ {"; ".join(f"sends Q{j}" for j in range(many))} }}' for i in range(many)]
    lines += [f"Q{i} -> f{j}" for i in range(many) for j in range(many)]
    random.Random(seed).shuffle(lines)
    flow = Flow(compiled("\n".join(lines)).app)
    found = loops(flow.steps, flow.after)
    assert len(found) == 1
    assert len(found[0][0]) == 2
