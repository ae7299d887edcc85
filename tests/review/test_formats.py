"""What `ifc diff` prints: text, Markdown, JSON and SARIF."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ifc.records import evolve
from ifc.review.finding import CREATED, DELETED, REPLACED, UPDATED, Comparison, Consequence, Finding, Waiver, ordered
from ifc.review.formats import FORMATS, NotCompared, as_json, markdown, sarif, text, write
from ifc.review.formats.display import cells, visible
from ifc.review.risk import Risk
from ifc.source import Source, Span
from tests.agreed import ROOT
from tests.presence import require
from tests.review.samples import (
    ACCEPTED,
    BUCKET,
    EMPTY,
    FINDINGS,
    IN_PART,
    NARROWED,
    ORDERS,
    PUBLIC,
    QUEUE,
    SETTINGS,
    TARGETS,
    WIDER,
    cfn,
    cosmetic,
    new,
    of,
    terraform,
)

FAILED = NotCompared(old="main:app.ifc", new="app.ifc", app="orders", reasons=("there is no revision `main`",))
ESCAPES = re.compile("\x1b\\[[0-9;]*m")
EXPIRED = evolve(ACCEPTED, waiver=evolve(ACCEPTED.waiver, expired=True))

# What others may have written: it must not leave its place in any output.
ODD = [
    *("`", "``", "```", "~~~", "*", "**", "_", "<", "</details>", "<b>", "<!--", "-->", "--", "|", "||", "\\", "\\|", "[", "](http://x.y)"),
    *("![", "]", "(", ")", "@user", "@org/team", "#12", "o/r#3", "GH-4", "https://e.com", "http://", "www.e.com", "a@b.co", "mailto:a@b.c"),
    *("&lt;", "&", "$", "$a$", ":x:", ":+1:", "\n", "\n\n", "\t", " ", "\r", "\x1b[31m", "\x00", "\u202e", "\u2066", "אב", "a", "Z9", "0"),
    *(
        "!12",
        "~bug",
        "%1",
        "&3",
        "[issue:3]",
        "{",
        "}",
        "===",
        "---",
        "- ",
        "1. ",
        "> ",
        "# ",
        "/close",
        "|---|",
        "é",
        "漢",
        "😀",
        "e\u0301",
    ),
    *("::error::x", "\u2028", "\x9b31m", "\ud800", "ftp://a.b", "x" * 90, "漢" * 50),
]
WORDS = st.lists(st.sampled_from(ODD), max_size=8).map("".join)
NAMES = WORDS.map(lambda words: words.replace("\ud800", ""))


def shown(text: str) -> str:
    """The text with line breaks as spaces, as it reads."""
    return re.sub(r"\s+", " ", text)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A place in a file of any name."""
    return Span(Source(draw(WORDS), "ab\ncd\n"), draw(st.integers(0, 3)), 4)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """A finding with any words in it."""
    maybe = st.one_of(st.none(), WORDS)
    consequences = st.builds(
        lambda **fields: Consequence(**fields),
        target=st.sampled_from(TARGETS),
        resource=WORDS,
        type=WORDS,
        action=st.sampled_from((CREATED, UPDATED, REPLACED, DELETED)),
        properties=st.tuples(WORDS),
        because=st.tuples(WORDS),
        kept=st.booleans(),
        remark=WORDS,
    )
    waivers = st.builds(lambda **fields: Waiver(**fields), reason=WORDS, until=maybe, span=spans(), expired=st.booleans())
    return Finding(
        risk=draw(st.sampled_from(list(Risk))),
        rule=draw(NAMES),
        subject=draw(NAMES),
        title=draw(WORDS),
        effect=draw(WORDS),
        before=draw(maybe),
        after=draw(maybe),
        help=draw(WORDS),
        old=draw(st.one_of(st.none(), spans())),
        new=draw(st.one_of(st.none(), spans())),
        details=tuple(draw(st.lists(WORDS, max_size=2))),
        consequences=tuple(draw(st.lists(consequences, max_size=3))),
        waiver=draw(st.one_of(st.none(), waivers)),
    )


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """A comparison with any words in it."""
    return Comparison(
        old=draw(WORDS),
        new=draw(WORDS),
        targets=TARGETS,
        findings=ordered(draw(st.lists(findings(), max_size=4))),
        remarks=tuple(draw(st.lists(WORDS, max_size=2))),
        app=draw(WORDS),
    )


# --- all ---


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_an_output(format: str) -> None:
    """Each format prints the findings, and the reasons where nothing could be compared, each in its own way."""
    printed = write(ORDERS, format)
    assert "Shipments" in printed
    assert printed.endswith("\n")
    assert "here is no revision" in write(FAILED, format)
    assert len({write(ORDERS, one) for one in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_not_compared_never_looks_clean(format: str) -> None:
    """A failure and a comparison in part are told from a comparison without findings."""
    clean = {"text": "nothing changes", "markdown": "✅", "json": '"compared": true', "sarif": '"executionSuccessful": true'}[format]
    assert clean in write(EMPTY, format)
    assert clean not in write(FAILED, format)
    part = write(IN_PART, format)
    assert "a type that ifc does not know" in part
    if format in ("text", "markdown"):
        assert clean not in part


# --- text ---


def test_text_counts_first_and_orders_by_risk() -> None:
    """The first lines count each class that there is; the findings follow, the worst first."""
    printed = text.write(ORDERS)
    head = (
        "`orders`: 2 data loss, 1 wider permissions, 1 exposure, 1 contract or downtime, 3 behaviour, 3 cosmetic, 1 accepted in the source"
    )
    assert shown(printed).startswith(head)
    codes = re.findall(r"^R\d", printed, re.MULTILINE)
    assert codes == ["R0", "R0", "R2", "R3", "R4", "R6", "R6", "R6", "R7"]


def test_text_of_a_finding() -> None:
    """A finding has its class and title, both places, what was and is, the effect, the help, and a row for each target."""
    assert (
        text.write(of(WIDER)).split("\n\n", 1)[1]
        == """\
R2 wider permissions: function `report` may now write table `Orders`
  --> app.ifc:24 (before: app.ifc:23)
   |
   | reads Orders → reads Orders; writes Orders
   | + dynamodb:BatchWriteItem, DeleteItem, PutItem and UpdateItem on Orders
   = it could put, change and delete every item
   = CloudFormation: reportRole (AWS::IAM::Role) is updated in Policies
   = Terraform: aws_iam_role_policy.report is updated in policy
"""
    )


def test_text_of_what_does_not_fit_into_a_row() -> None:
    """What was and what is stand under each other where they are long or of several lines, with the help below."""
    printed = text.write(of(PUBLIC))
    assert "   | - DELETE /orders/{id} -> cancel { authorizer Staff }\n   | + DELETE /orders/{id} -> cancel\n" in printed
    assert "   = help: write `{ authorizer Staff }` behind the route again\n" in printed
    many = text.write(of(evolve(WIDER, before="\n".join(f"line {n}" for n in range(30)))))
    assert "- line 7\n" in many
    assert "line 8" not in many
    assert "- … 22 more lines" in many


def test_text_of_what_is_gone_or_new() -> None:
    """A finding that stands in one version only has one place, and says so for the old one."""
    assert "  --> app.ifc:9 (before)\n" in text.write(of(evolve(BUCKET, new=None)))
    assert "  --> app.ifc:9\n" in text.write(of(evolve(BUCKET, old=None)))
    assert "-->" not in text.write(of(evolve(BUCKET, old=None, new=None)))


def test_text_collapses_what_follows() -> None:
    """One row a target: the worst in words, others that go by name, the rest counted; all of it when asked for."""
    printed = shown(text.write(of(QUEUE)))
    assert (
        "CloudFormation: Shipments (AWS::SQS::Queue) is replaced because of FifoQueue; "
        "also replaced: ShipmentsPolicy and ShipmentsToShip; and 2 derived changes" in printed
    )
    assert "Terraform: aws_sqs_queue.shipments is replaced because of fifo_queue and name;" in printed
    assert "shipRole" not in printed
    everything = shown(text.write(of(QUEUE), verbose=True))
    assert everything.count("= CloudFormation: ") == 5
    assert "CloudFormation: shipRole (AWS::IAM::Role) is updated in Policies" in everything


@pytest.mark.parametrize(
    ("consequence", "words"),
    [
        (cfn("T", "AWS::X::Y", DELETED), "T (AWS::X::Y) is deleted"),
        (cfn("T", "AWS::X::Y", DELETED, kept=True), "T (AWS::X::Y) is no longer managed; the old one is left behind"),
        (cfn("T", "AWS::X::Y", REPLACED, because=("A",), kept=True), "T (AWS::X::Y) is replaced because of A; the old one is left behind"),
        (cfn("T", "AWS::X::Y", CREATED), "T (AWS::X::Y) is created"),
        (cfn("T", "AWS::X::Y", UPDATED, *"ABCDEF"), "T (AWS::X::Y) is updated in A, B, C and 3 more"),
        (terraform("aws_x.t", DELETED, remark="the plan fails"), "aws_x.t is deleted; the plan fails"),
    ],
)
def test_words_for_what_becomes_of_a_resource(consequence: Consequence, words: str) -> None:
    """Each thing that a target can do has its words."""
    assert f": {words} " in shown(text.write(of(evolve(WIDER, consequences=(consequence,)))))


def test_text_puts_the_cosmetic_into_one_line() -> None:
    """What changes nothing that runs is counted by its sort; all of it is listed when asked for."""
    printed = text.write(ORDERS)
    assert "R7 cosmetic: 3 changes (1 description, 2 tags)\n" in printed
    assert "`Q1`" not in printed
    assert "R7 cosmetic: tags of queue `Q1`\n" in text.write(of(cosmetic(1)))
    assert text.write(ORDERS, verbose=True).count("R7 cosmetic: ") == 3


def test_text_shows_waivers() -> None:
    """What the source accepts is listed with the reason; a waiver whose day has passed is told with the finding, which counts."""
    printed = text.write(of(ACCEPTED))
    assert "`orders`: 1 accepted in the source\n" in printed
    reason = "until 2027-01-31, app.ifc:19: the shop's search looks at all orders until its own index is there"
    assert reason in shown(printed)
    expired = text.write(of(EXPIRED))
    assert "`orders`: 1 wider permissions\n" in expired
    assert "= no longer accepted since 2027-01-31: the shop's search" in expired


def test_text_of_nothing() -> None:
    """Nothing changes is said where all could be compared, and only there."""
    assert text.write(EMPTY).startswith("`orders`: nothing changes\n")
    assert text.write(IN_PART).startswith("`orders`: no change was found, but not everything could be compared\n")
    assert text.write(evolve(EMPTY, app="")).startswith("`app.ifc`: nothing changes")
    assert text.write(FAILED) == "error: `orders` could not be compared\n   = there is no revision `main`\n"


def test_colour_takes_the_place_of_backticks() -> None:
    """With colour, names stand out without backticks; without, there is no escape sequence; the words are the same."""
    plain, coloured = text.write(ORDERS), text.write(ORDERS, colour=True)
    assert "\x1b" not in plain
    assert "`" not in coloured
    assert "\x1b[1;31mR0 data loss\x1b[0m" in coloured
    assert "\x1b[1;36mShipments\x1b[0m" in coloured
    assert ESCAPES.sub("", coloured) == plain.replace("`", "")


@given(comparisons(), st.integers(30, 120), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_nothing_breaks_a_terminal(comparison: Comparison, width: int, colour: bool, verbose: bool) -> None:
    """Whatever names there are: no line is wider than the terminal, and no character moves a cursor or turns a line around."""
    printed = text.write(comparison, colour=colour, width=width, verbose=verbose)
    assert printed.count("\x1b[") == (2 * printed.count("\x1b[0m") if colour else 0)
    for line in ESCAPES.sub("", printed).split("\n"):
        assert cells(line) <= width
        assert line.replace("\u200e", "").isprintable()


def test_right_to_left_names_end_where_they_end() -> None:
    """Behind a name that runs from right to left a mark turns the line back; overrides are taken out."""
    assert visible("אבג: 12") == "אבג\u200e: 12"
    assert visible("a\u202eb\x1b[2J") == "a\ufffdb\ufffd[2J"


def test_long_names_are_cut_in_the_middle() -> None:
    """A very long name keeps its beginning and its end."""
    printed = text.write(of(evolve(WIDER, title=f"function `begin{'x' * 400}end` may now write")))
    assert re.search(r"`beginx+…x+end`", printed)
    assert len(printed) < 1_000


# --- Markdown ---


def test_markdown_has_the_counts_and_what_is_bad_in_sight() -> None:
    """Headline counts; R0 to R5 stand in sight, R6 and R7 are folded, accepted findings are in sight with their reason."""
    printed = markdown.write(ORDERS)
    head = "🔴 **2** data loss · 🟠 **1** wider permissions · 🟠 **1** exposure · 🟡 **1** contract or downtime · 🔵 **3** behaviour"
    assert head in printed
    open_part, *folded = printed.split("<details>")
    for finding in (QUEUE, BUCKET, WIDER, PUBLIC, NARROWED, ACCEPTED):
        assert markdown.prose(finding.title)[1:] in open_part
    assert "Accepted until 2027-01-31 (`app.ifc:19`): the shop's search" in open_part
    assert [part.count("\n| ") - 1 for part in folded] == [3, 3]
    assert "| `30s` | `5m` | `app.ifc:22` |" in folded[0]


def test_markdown_marks_its_comment() -> None:
    """The first line is hidden, names the app, and is another one for another app or label, however they are called."""
    assert markdown.write(ORDERS).startswith("<!-- ifc-diff: orders -->\n### ifc diff: `orders`\n")
    assert markdown.marker("a/app.ifc", "prod") == "<!-- ifc-diff: a/app.ifc prod -->"
    for key in ("--><b>", "a--b", "\n", "->", "é" * 1_000):
        line = markdown.marker(key)
        assert re.fullmatch(r"<!-- ifc-diff: [\w%./ -]+ -->", line)
        assert "--" not in line[4:-3]
        assert len(line) < 3_000
    assert markdown.marker("x" * 900 + "1") != markdown.marker("x" * 900 + "2")
    assert markdown.write(FAILED, key="a.ifc", label="prod").startswith("<!-- ifc-diff: a.ifc prod -->\n### ifc diff: `orders`, `prod`\n")


def test_markdown_of_an_expired_waiver() -> None:
    """A finding that is no longer accepted is a finding as any other, with what was said of it."""
    printed = markdown.write(of(EXPIRED))
    assert "🟠 **1** wider permissions\n" in printed
    assert "- **No longer accepted** since 2027-01-31: the shop's search" in printed


def many(counts: dict[Risk, int], length: int = 1) -> Comparison:
    """A comparison with so many findings of each class."""
    return of(
        *(
            evolve(WIDER, risk=risk, subject=f"{risk.code}/{n:05}", title=f"number `{risk.code}-{n:05}`", effect="e" * length)
            for risk, count in counts.items()
            for n in range(count)
        )
    )


@pytest.mark.parametrize("length", [1, 400])
@pytest.mark.parametrize(
    "counts",
    [
        {Risk.DATA: 3, Risk.BEHAVIOUR: 20, Risk.COSMETIC: 3_000},
        {Risk.DATA: 3, Risk.CONTRACT: 10, Risk.BEHAVIOUR: 900, Risk.COSMETIC: 3},
        {Risk.WIDER: 2_000, Risk.EXPOSED: 2},
    ],
)
def test_markdown_is_cut_from_the_least_and_says_so(counts: dict[Risk, int], length: int) -> None:
    """A comment stays under GitHub's limit: what is left out is the least bad, and is counted by class, with the command that shows it."""
    comparison = many(counts, length)
    printed = markdown.write(comparison, command="ifc diff a b", blobs="https://example.com/" + "x" * 60)
    assert len(printed) < 60_000
    line = next(line for line in printed.split("\n") if line.startswith("✂️"))
    assert line.endswith("`ifc diff a b` shows all.")
    left_out = {code: int(count) for count, code in re.findall(r"(\d+) [a-z ]+ \((R\d)\)", line)}
    there = [f for f in comparison.findings if f.title.split("`")[1] in printed]
    for risk, count in counts.items():
        assert sum(f.risk == risk for f in there) + left_out.get(risk.code, 0) == count
    assert len(there) == sum(counts.values()) - sum(left_out.values())
    assert list(comparison.findings[: len(there)]) == there
    assert len(printed) > 40_000, "more would have had room"


def test_characters_that_a_host_counts_twice() -> None:
    """The limit holds for units of UTF-16 too."""
    findings = (evolve(WIDER, subject=f"{n}", title="😀" * 100, effect="😀" * 200) for n in range(200))
    printed = markdown.write(of(*findings))
    assert "✂️" in printed
    assert 50_000 < len(printed.encode("utf-16-le")) // 2 < 60_000


def test_markdown_of_one_that_fits_leaves_nothing_out() -> None:
    """Nothing is said of a cut where there is none."""
    assert "✂️" not in markdown.write(ORDERS)


@pytest.mark.parametrize("character", ["$", "😀"])
def test_markdown_of_huge_texts_fits(character: str) -> None:
    """One finding, remark or reason can't fill the comment, even with characters that take many when they are escaped or counted."""
    huge = character * 50_000
    fields = {"title": huge, "effect": huge, "before": huge, "after": "\n".join([huge] * 50), "help": huge, "details": (huge,) * 50}
    for comparison in (of(evolve(QUEUE, **fields)), evolve(IN_PART, remarks=(huge,) * 60, old=huge, app=huge)):
        assert markdown.size(markdown.write(comparison, command=huge, key=huge, label=huge)) < 60_000
    assert markdown.size(markdown.write(evolve(FAILED, reasons=(huge,) * 60))) < 60_000
    assert "- … and 480 more remarks\n" in markdown.write(evolve(IN_PART, remarks=("one",) * 500))


@pytest.mark.parametrize(
    ("given", "escaped"),
    [
        ("ask @ann, see #12", "ask @&#8203;ann, see #&#8203;12"),
        ("o/r#3 GH-4 !5", "o/r#&#8203;3 GH-&#8203;4 !&#8203;5"),
        ("<img src=x> </details>", "&lt;img src=x&gt; &lt;/details&gt;"),
        ("[a](http://b) ![c](d)", "\\[&#8203;a\\](http:&#8203;//b) !\\[&#8203;c\\](d)"),
        ("*a* _b_ ~c~ |", "\\*a\\* \\_b\\_ \\~&#8203;c\\~ \\|"),
        ("www.e.com :x: $a$", "www&#8203;.e.com :&#8203;x: <span>$</span>a<span>$</span>"),
        ("a `b*` c", "a `b*` c"),
        ("a ` b", "a \\` b"),
        ("a\n- b", "a - b"),
    ],
)
def test_text_of_others_is_escaped(given: str, escaped: str) -> None:
    """Whatever a host would make of a text, it stays a text."""
    assert markdown.prose(given) == escaped


@pytest.mark.parametrize(
    ("given", "span"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("``x", "``` ``x ```"), ("", '<code>""</code>'), (" a\nb ", "`a b`")],
)
def test_code_is_longer_than_its_backticks(given: str, span: str) -> None:
    """A code span ends where it should, whatever is in it."""
    assert markdown.code(given) == span


def test_fences_are_longer_than_those_within() -> None:
    """What was and what is stays in its block even where it holds one."""
    printed = markdown.write(of(evolve(WIDER, before="```\n</details>", after="x")))
    assert "````diff\n- ```\n- </details>\n+ x\n" in printed


def test_what_has_bars_is_no_row() -> None:
    """A bar would end a cell of a table, so what has one stands by itself."""
    printed = markdown.write(of(evolve(SETTINGS[0], before="a | b"), SETTINGS[1]))
    assert "`a | b` → `5m`" in printed
    assert printed.count("\n| ") == 2


def test_a_finding_without_a_title_has_its_subject() -> None:
    """Something stands between the asterisks always."""
    assert "**`queue/Shipments`**: the messages in it are lost" in markdown.write(of(evolve(QUEUE, title=" ")))
    assert "- R2 `function/getOrder/permissions/Orders`. Accepted" in markdown.write(of(evolve(ACCEPTED, title="")))


def test_places_are_links_where_a_host_has_them() -> None:
    """A place of the new side leads to its line; paths that leave the repository, or that are none, do not."""
    address = "https://example.com/o/r/blob/abc"
    assert f"[`app.ifc:15`]({address}/app.ifc#L15)" in markdown.write(of(PUBLIC), blobs=address)
    odd = Source("a dir/b).ifc", "x")
    assert f"({address}/a%20dir/b%29.ifc#L1)" in markdown.write(of(evolve(PUBLIC, new=Span(odd, 0, 1))), blobs=address)
    for path in ("../app.ifc", "/etc/app.ifc", "main:app.ifc"):
        assert address not in markdown.write(of(evolve(PUBLIC, new=Span(Source(path, "x"), 0, 1))), blobs=address)


class Page(HTMLParser):
    """What a page has: its tags, and the text that is not code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"} & {*self.open}:
            self.words.append(data)


@pytest.fixture(scope="module")
def rendered() -> Callable[[str], Page]:
    """Makes the page that GitHub's parser makes of Markdown; its filter of HTML is left out, so what breaks out is seen."""
    require(None if find_spec("cmarkgfm") else "cmarkgfm is not installed")
    import cmarkgfm
    from cmarkgfm.cmark import Options

    return lambda text: Page(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))


@given(comparisons(), WORDS)
@settings(max_examples=80, deadline=None)
def test_nothing_breaks_out_of_a_comment(rendered: Callable[[str], Page], comparison: Comparison, label: str) -> None:
    """GitHub's own parser finds the headings, tables and folds that are ours, no link or picture, and nothing to link in the text."""
    printed = markdown.write(comparison, label=label)
    page = rendered(printed)
    counting = [f for f in comparison.findings if f.counts]
    classes = {f.risk for f in counting}
    accepted = {f.risk > Risk.COST for f in comparison.findings if not f.counts}
    assert not page.open
    ours = {"h3", "h4", "p", "strong", "code", "pre", "ul", "li", "br", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
    assert {*page.tags} <= ours | {"sub", "span"}
    assert page.tags.count("h3") == 1
    assert page.tags.count("h4") == sum(risk <= Risk.COST for risk in classes) + (False in accepted)
    assert page.tags.count("details") == sum(risk > Risk.COST for risk in classes) + (True in accepted)
    assert page.tags.count("td") % 4 == 0
    for words in page.words:
        assert not re.search(r"[@#!~%&][\w\"]|:\w|://|(?<![^\W_])(www\.|GH-\d)|\[\w", words), words
    for line in printed.split("\n"):
        assert line.replace("\u200e", "").isprintable()


# --- JSON ---


SCHEMA = json.loads((ROOT / "ifc" / "data" / "diff-1.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("outcome", [ORDERS, EMPTY, IN_PART, FAILED, of(EXPIRED)])
def test_json_is_as_its_schema_says(outcome: Comparison | NotCompared) -> None:
    """The schema holds, and knows every field that is written."""
    Draft202012Validator.check_schema(SCHEMA)
    printed = json.loads(as_json.write(outcome))
    Draft202012Validator(SCHEMA).validate(printed)
    assert {*printed} <= {*SCHEMA["properties"]}
    for finding in printed.get("findings", ()):
        assert {*finding} == {*SCHEMA["$defs"]["finding"]["properties"]}
        for consequence in finding["consequences"]:
            assert {*consequence} == {*SCHEMA["$defs"]["consequence"]["properties"]}
        if finding["waiver"]:
            assert {*finding["waiver"]} == {*SCHEMA["$defs"]["waiver"]["properties"]}


@pytest.mark.parametrize(
    "change", [{"compared": False}, {"reasons": ["x"]}, {"schema": "ifc-diff/2"}, {"counts": {"R9": 1}}, {"findings": [{}]}]
)
def test_the_schema_refuses_what_is_not_a_comparison(change: dict[str, Any]) -> None:
    """A comparison that could not be made can't have findings, nor one that was made reasons."""
    assert not Draft202012Validator(SCHEMA).is_valid({**json.loads(as_json.write(EMPTY)), **change})


def test_json_has_everything() -> None:
    """Each field of a finding is there, with places from 1 and the end exclusive."""
    found = {f["title"]: f for f in json.loads(as_json.write(ORDERS))["findings"]}
    queue = found["queue `Shipments` is replaced"]
    assert queue["id"] == QUEUE.id
    assert (queue["risk"], queue["class"], queue["rule"], queue["subject"]) == ("R0", "data loss", "replaced", "queue/Shipments")
    assert queue["new"] == {"path": "app.ifc", "line": 7, "column": 1, "endLine": 7, "endColumn": 47}
    assert [c["resource"] for c in queue["consequences"]] == [c.resource for c in QUEUE.consequences]
    assert queue["consequences"][0]["because"] == ["FifoQueue"]
    accepted = found["function `getOrder` may now scan table `Orders`"]
    assert accepted["counts"] is False
    assert accepted["waiver"]["until"] == "2027-01-31"


def test_json_is_the_same_for_any_order() -> None:
    """Findings are sorted, so the order in which they were found does not show."""
    assert as_json.write(evolve(ORDERS, findings=tuple(reversed(FINDINGS)))) == as_json.write(ORDERS)


def test_json_shows_every_character() -> None:
    """What does not show is escaped; letters of any script are not."""
    printed = as_json.write(of(evolve(WIDER, title="é 漢 \u202e \x1b \ud800 \U000e0001")))
    assert "é 漢 \\u202e \\u001b \\ud800 \\udb40\\udc01" in printed
    assert json.loads(printed)["findings"][0]["title"] == "é 漢 \u202e \x1b \ud800 \U000e0001"


@given(comparisons())
@settings(max_examples=50, deadline=None)
def test_json_is_read_back(comparison: Comparison) -> None:
    """What was written can be read, and is then the same in every format."""
    again = as_json.read(as_json.write(comparison))
    for format in FORMATS:
        assert write(again, format) == write(comparison, format)
    assert as_json.write(as_json.read(as_json.write(FAILED))) == as_json.write(FAILED)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["schema"], "ifc-diff/2", "its `schema` is not `ifc-diff/1`"),
        (["compared"], "yes", "`compared` of the comparison is not true or false"),
        (["app"], None, "`app` of the comparison is not a text"),
        (["findings"], {}, "`findings` of the comparison is not a list"),
        (["remarks"], [1], "`remarks` of the comparison is not a list of texts"),
        (["findings", 0, "risk"], "R8", "`risk` of `findings[0]` is no class of risk"),
        (["findings", 0, "title"], 1, "`title` of `findings[0]` is not a text"),
        (["findings", 0, "new", "line"], 0, "`line` of `new` of `findings[0]` is not a number from 1"),
        (["findings", 0, "new", "line"], 10**12, "`line` of `new` of `findings[0]` is not a number from 1"),
        (["findings", 0, "consequences", 0], [], "`consequences[0]` is not an object"),
        (["findings", 0, "waiver"], {"reason": "", "until": None, "expired": False}, "`place` of `waiver` of `findings[0]` is missing"),
    ],
)
def test_json_of_others_is_read_with_care(path: list[str | int], value: Any, message: str) -> None:
    """What is not as it should be is refused by name."""
    found = json.loads(as_json.write(ORDERS))
    inner = found
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(as_json.Unreadable, match=re.escape(message)):
        as_json.read(json.dumps(found))


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "[" * 100_000, "1", '{"schema": "ifc-diff/1"}'])
def test_what_is_no_comparison_is_not_read(text: str) -> None:
    """Anything else is refused, never a crash."""
    with pytest.raises(as_json.Unreadable):
        as_json.read(text)


# --- SARIF ---


def run_of(outcome: Comparison | NotCompared) -> dict[str, Any]:
    """The one run of the SARIF log."""
    log = json.loads(sarif.write(outcome))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    found: dict[str, Any] = run
    return found


def test_sarif_levels() -> None:
    """R0 to R3 are errors, R4 and R5 warnings, R6 notes, R7 none; each result names a rule that is there."""
    run = run_of(of(*(evolve(WIDER, risk=risk, rule=f"rule-{risk.code}", subject=risk.code) for risk in Risk)))
    assert [r["level"] for r in run["results"]] == ["error"] * 4 + ["warning"] * 2 + ["note", "none"]
    assert [r["kind"] for r in run["results"]] == ["fail"] * 7 + ["informational"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert [r["defaultConfiguration"]["level"] for r in rules] == ["error"] * 4 + ["warning"] * 2 + ["note"] * 2
    assert len({rule["fullDescription"]["text"] for rule in rules}) == 8


def test_a_rule_has_the_level_of_its_worst_finding() -> None:
    """One sort of change can be of several classes."""
    run = run_of(of(evolve(WIDER, risk=Risk.BEHAVIOUR, subject="a"), evolve(WIDER, risk=Risk.DATA, subject="b")))
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"]["level"] == "error"
    assert [r["level"] for r in run["results"]] == ["error", "note"]


def test_sarif_of_a_finding() -> None:
    """A result has its place in the new source as a relative address, the old one beside it, and the finding's id as its fingerprint."""
    (result,) = run_of(of(WIDER))["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "app.ifc", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 24, "startColumn": 56, "endLine": 24, "endColumn": 78},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "function/report/permissions/Orders"}]
    assert result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 23
    assert set(result["partialFingerprints"].values()) == {WIDER.id}
    assert result["message"]["text"].startswith(
        "Function `report` may now write table `Orders`. It could put, change and delete every item."
    )
    assert "CloudFormation: reportRole (AWS::IAM::Role) is updated in Policies." in result["message"]["text"]
    assert "suppressions" not in result


def test_sarif_has_a_place_for_everything() -> None:
    """A finding of the old source stands there; one without a place stands at the beginning of the file; odd paths are addresses still."""
    run = run_of(of(WIDER, evolve(PUBLIC, new=None), cosmetic(1)))
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places] == [("app.ifc", 24), ("app.ifc", 15), ("app.ifc", 1)]
    for path, address in (("a b\\c.ifc", "a%20b/c.ifc"), ("./x.ifc", "x.ifc"), ("c:x.ifc", "c%3Ax.ifc"), ("/é.ifc", "file:///%C3%A9.ifc")):
        (result,) = run_of(of(evolve(WIDER, new=Span(Source(path, "x"), 0, 1))))["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == address


def test_sarif_suppresses_what_is_accepted() -> None:
    """A waiver is a suppression in the source with its reason, and none where its day has passed."""
    (result,) = run_of(of(ACCEPTED))["results"]
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("inSource", "accepted")
    assert suppression["justification"] == "the shop's search looks at all orders until its own index is there"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 19
    assert "suppressions" not in run_of(of(EXPIRED))["results"][0]


def test_sarif_of_what_was_not_compared() -> None:
    """A failure has no results at all, not even none; remarks are notifications."""
    run = run_of(FAILED)
    assert "results" not in run
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"
    part = run_of(IN_PART)
    assert part["results"] == []
    assert part["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "`Legacy`: a type that ifc does not know"


def test_sarif_tells_apps_apart() -> None:
    """Each app, and each label, is a category of its own."""
    ids = {sarif.run(ORDERS, key, label)["automationDetails"]["id"] for key in ("", "a/app.ifc", "b/app.ifc") for label in ("", "prod")}
    assert len(ids) == 6
    assert "ifc-diff/a-app.ifc/prod/" in ids


def test_sarif_messages_hold_no_links() -> None:
    """Brackets are escaped: SARIF takes them for links."""
    (result,) = run_of(of(evolve(WIDER, title="[x](http://e.com) \x1b")))["results"]
    assert result["message"]["text"].startswith("\\[x\\](http://e.com) \ufffd.")


def test_settings_are_notes() -> None:
    """What the samples call behaviour is so in each output."""
    assert [r["level"] for r in run_of(of(*SETTINGS))["results"]] == ["note"] * 3
    assert new("timeout").line == 22
