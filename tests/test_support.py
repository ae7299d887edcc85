"""The support table: each setting reaches both targets or is a diagnostic there, and docs/support.md says which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifc.aws import sqs
from ifc.diagnostics import ERROR
from ifc.kinds import kinds, load
from ifc.records import evolve
from tests.agreed import ROOT, same
from tests.support_table import page
from tests.support_table.known import choices, known
from tests.support_table.measure import CLOUDS, TARGETS, Printed, printed, reached, told
from tests.support_table.samples import CHECKED, DESCRIBED, EXCUSED, OFFERING, PARTS, REFUSALS, REST, SAMPLES, Sample


def everything() -> Iterator[tuple[Path, str]]:
    """The made page with what it should hold."""
    yield ROOT / "docs" / "support.md", page.page()


def test_the_page_is_made_from_the_compiler() -> None:
    """The page is up to date."""
    for path, text in everything():
        same(path, text)


def test_the_page_links_to_headings_that_are_there() -> None:
    """Each code on the page leads to its heading in codes.md."""
    content = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^## (.*)$", content, re.M)}
    text = page.page()
    targets = dict(re.findall(r"^\[(\w+)\]: codes\.md#(.*)$", text, re.M))
    assert set(re.findall(r"\[(IFC\d+)\]", text)) == targets.keys()
    assert sorted(set(targets.values()) - anchors) == []


# --- no setting is dropped in silence ---


def errors(found: Printed) -> set[str]:
    """The codes of the errors of an app on a target."""
    return {code.code for code, _ in found.found if code.severity == ERROR}


def test_every_setting_has_a_sample() -> None:
    """Whatever the compiler's classes say can be written has a sample, nested settings and both protocols of APIs too."""
    assert [
        f"{place}: {setting}" for place, settings in known().items() for setting in settings if f"{place}: {setting}" not in SAMPLES
    ] == []


@pytest.mark.parametrize("target", TARGETS)
def test_samples_compile(target: str) -> None:
    """A sample compiles without its setting; with it there is no error but one that says that something has no such setting."""
    wrong = {}
    for key, sample in SAMPLES.items():
        checked = {CHECKED[key]} if key in CHECKED else set()
        checked |= {"IFC631"} if target == "spacer" else set()  # a project needs every value
        found = (errors(printed(sample.unwritten, target)) - checked) | (errors(printed(sample.written, target)) - REFUSALS - checked)
        if found:
            wrong[key] = sorted(found)
    assert wrong == {}


@pytest.mark.parametrize("target", TARGETS)
def test_no_setting_is_dropped_in_silence(target: str) -> None:
    """A setting changes what a target prints, or a diagnostic with a code is said of it."""
    judged = {key: sample for key, sample in SAMPLES.items() if sample.place != DESCRIBED and key not in CHECKED}
    assert [key for key, sample in judged.items() if reached(sample, target).silent] == [
        key for key in judged if target in EXCUSED.get(key, ())
    ]


def test_descriptions_are_on_both_targets_or_on_none() -> None:
    """A `##` that one target prints is printed by the other one too."""
    one = [key for key, sample in SAMPLES.items() if sample.place == DESCRIBED and len({reached(sample, t).silent for t in CLOUDS}) > 1]
    assert one == [key for key in EXCUSED if key.startswith(DESCRIBED)]


@pytest.mark.parametrize("key", CHECKED)
@pytest.mark.parametrize("target", TARGETS)
def test_what_is_only_checked_is_checked(key: str, target: str) -> None:
    """A setting for the checks alone brings its diagnostic, or takes it away."""
    found = reached(SAMPLES[key], target)
    assert CHECKED[key] in {code.code for code in (*found.codes, *found.answered)}


@pytest.mark.parametrize("target", TARGETS)
def test_each_word_of_a_choice_means_something_else(target: str) -> None:
    """Two words that a setting takes never come to the same output."""
    alike = []
    for place, name, words in choices():
        key = f"{place}: {name}"
        sample = SAMPLES[key]
        written = re.search(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w-])", sample.marked)
        assert written is not None, key
        said = [printed(sample.saying(sample.marked.replace(written[0], word, 1)), target) for word in words]
        shown = [repr(one.parts if one.parts is not None else sorted(errors(one))) for one in said]
        if target in EXCUSED.get(key, ()) or any(told(sample, one) for one in said):
            continue
        alike += [f"{key}: {word}" for word, one in zip(words, shown, strict=True) if shown.count(one) > 1]
    assert alike == []


# --- what is laid over, and what is referred to ---


@pytest.mark.parametrize("target", CLOUDS)
def test_each_part_can_be_laid_over(target: str) -> None:
    """`cfn PART { }` and `terraform PART { }` reach what they name, or it is an error that a declaration has no such part."""
    laid: dict[str, set[str]] = {kind: set() for kind in kinds()}
    for place, text in PARTS.items():
        kind = place.removesuffix(REST)
        for part in load(kind).parts:
            found = printed(text.replace("…", f'{target} {part} {{ laid "over" }}'), target)
            if "IFC314" not in errors(found):
                assert found.parts is not None, (place, part, errors(found))
                assert any(content.get("laid") == "over" for _, content in found.parts.values() if isinstance(content, dict)), (place, part)
                laid[kind].add(part)
    assert laid == {kind: set(load(kind).parts) for kind in kinds()}


@pytest.mark.parametrize("target", CLOUDS)
def test_each_attribute_has_a_value(target: str) -> None:
    """What `Name.attribute` offers can be put out on a target, and two attributes are two values."""
    for kind, text in OFFERING.items():
        values = {}
        for attribute in load(kind).attributes:
            done = printed(f'function g "a.g"\n{text}\noutput o N.{attribute}', target)
            assert done.parts is not None, (kind, attribute, errors(done))
            _, content = done.parts["Outputs.o" if target == "cfn" else "output.o"]
            values[attribute] = repr(content.get("Value", content.get("value")))
        assert len(set(values.values())) == len(values) > 0, values


# --- the measure itself ---


def test_a_dropped_setting_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were an argument left out of one target's spelling, the table would see it there, and only there."""
    sample = Sample("queue", "delay", "queue Forgetful { «delay 5s» }")
    spelled = sqs.Queue.terraform

    def forgetful(self: sqs.Queue) -> Any:
        return spelled(evolve(self, delay=None))

    monkeypatch.setattr(sqs.Queue, "terraform", forgetful)
    assert reached(sample, "terraform").silent
    assert reached(sample, "cfn").paths == (("AWS::SQS::Queue", "DelaySeconds"),)
