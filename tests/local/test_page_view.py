"""How much of the app the page shows, and how large: in windows that are wide or narrow, of apps that are small or big."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.page.apps import EXAMPLES, ORDERS, described, example

if TYPE_CHECKING:
    from tests.local.page.browser import Opened, Page

pytest_plugins = ["tests.local.page.browser"]

DEAD = "Shipments.dead-letter"
WINDOW = 1400, 857  # what a browser's window of 1400 × 1000 leaves for the page
SEEN = """
const stage = document.querySelector("#picture").getBoundingClientRect();
return [...document.querySelectorAll("#picture .box")].filter((box) => {
  const {left, right, top, bottom} = box.querySelector("rect:not(.halo)").getBoundingClientRect();
  return left >= stage.left && right <= stage.right && top >= stage.top && bottom <= stage.bottom - 40;
}).map((box) => box.dataset.name);
"""
# How high the letters of a box's name are, by what is shown of it.
LETTERS = """
return [...document.querySelectorAll("#picture .box")].map((box) => {
  const shown = [...box.querySelectorAll(".name, .large")].filter((text) => getComputedStyle(text).display !== "none");
  const scale = box.getScreenCTM().a, {fontSize} = getComputedStyle(shown[0]);
  const inside = box.querySelector("rect").getBBox().width - shown[0].getBBox().width;
  return [shown.length, parseFloat(fontSize) * scale, inside];
});
"""
HINTS = "return [...document.querySelectorAll('.beyond:not([hidden]) button')].map(b => b.textContent).sort()"


def many(count: int) -> dict[str, Any]:
    """The orders app with more functions, queues and tables."""
    description = described(ORDERS)
    for number in range(count):
        for sort, name in (("functions", "ship"), ("queues", "Shipments"), ("tables", "Orders")):
            entry = description[sort][name]
            description[sort][f"{name}{number}"] = {**entry, "arn": f"{entry['arn']}{number}", "deadLetter": None, "permissions": []}
        wire = next(w for w in description["wires"] if w["to"] == "ship")
        description["wires"].append({**wire, "from": f"Shipments{number}", "to": f"ship{number}"})
    return description


def scale(page: Page) -> float:
    """How large the picture is shown."""
    found: float = page.run("return document.querySelector('#picture > g').getCTM().a")
    return found


def labels(page: Page) -> bool:
    """Whether lines have labels that are shown."""
    script = "const label = document.querySelector('#picture .label'); return label !== null && getComputedStyle(label).display !== 'none'"
    found: bool = page.run(script)
    return found


@pytest.fixture
def sized(opened: Opened, chromium: Any) -> Opened:
    """Opens the page in a window of the usual size."""
    metrics = {"width": WINDOW[0], "height": WINDOW[1], "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return opened


# --- the first view ---


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_whole_app_is_seen_at_first(sized: Opened, name: str) -> None:
    """All boxes of every example are in view, above the tools, with names that can be read and have room in them; nothing more is told of."""
    page = sized(description=example(name))
    boxes = [box.get_attribute("data-name") for box in page.all("#picture .box")]
    assert page.run(SEEN) == boxes
    letters = page.run(LETTERS)
    assert [count for count, _, _ in letters] == [1] * len(boxes)
    assert min(size for _, size, _ in letters) >= 8.5
    assert min(inside for _, _, inside in letters) >= 6
    assert page.run(HINTS) == []
    page.one("#fit").click()
    assert page.run(SEEN) == boxes


def test_the_tools_cover_no_box(sized: Opened) -> None:
    """Also where the picture is as high as its window allows."""
    page = sized()
    page.size(1400, 620)
    page.wait(lambda: page.run("return innerHeight") == 620 and len(page.run(SEEN)) == 15)


def test_labels_where_there_is_room(sized: Opened) -> None:
    """A small app is drawn with its labels."""
    page = sized(description=example("thumbnails"))
    assert page.one("#labels").is_selected()
    assert labels(page)


def test_labels_when_they_are_asked_for(sized: Opened) -> None:
    """Where there is no room for them all, they are shown as large as can be read, around what is selected; and put away again."""
    page = sized(f"#is/{DEAD}", first=lambda g: g.run.letter(DEAD, "{}"))
    assert not page.one("#labels").is_selected()
    assert not labels(page)
    page.says(f"{page.box(DEAD)} .badges", "1 dead")
    page.one("#labels").click()
    assert labels(page)
    assert scale(page) >= 0.8
    assert page.all(f"{page.box(DEAD)}.chosen")
    assert DEAD in page.run(SEEN)
    assert "Public" not in page.run(SEEN)
    assert page.text(f"{page.box(DEAD)} .badges") == "1 dead"
    assert page.wait(lambda: page.run(HINTS))
    assert page.text(f"{page.line('Shipments', DEAD)} .label") == "failed 5 times"
    page.one("#labels").click()
    assert not labels(page)
    assert len(page.run(SEEN)) == 15
    page.wait(lambda: page.run(HINTS) == [])


def test_what_is_beyond_the_edges_is_told(sized: Opened) -> None:
    """Of a big app the beginning is shown, as large as can be read; buttons at the edges tell how much more there is, and lead there."""
    page = sized(description=many(100))
    assert min(size for _, size, _ in page.run(LETTERS)) >= 8
    assert "Public" in page.run(SEEN)
    [below, right] = page.wait(lambda: len(found := page.run(HINTS)) == 2 and sorted(found, key=lambda text: "→" in text))
    assert below.startswith("↓ ")
    assert below.endswith(" more")
    count = int(right.removesuffix(" more →"))
    assert 100 < count < 315
    seen = set(page.run(SEEN))
    page.button(right, ".beyond button").click()
    page.wait(lambda: any(text.startswith("← ") for text in page.run(HINTS)))
    assert "Public" not in page.run(SEEN)
    assert set(page.run(SEEN)) - seen
    for _ in range(20):
        found = page.run("return document.querySelector('.beyond.right:not([hidden]) button')?.textContent ?? ''")
        if not found:
            break
        page.button(found, ".beyond.right button").click()
        page.wait(
            lambda before=found: (
                page.run("return document.querySelector('.beyond.right button').textContent") != before
                or not page.all(".beyond.right:not([hidden])")
            )
        )
    assert not page.all(".beyond.right:not([hidden])")
    page.one("#fit").click()
    page.wait(lambda: page.run(HINTS) == [])
    assert len(page.run(SEEN)) == 315


def test_what_is_opened_is_not_in_the_fading(sized: Opened) -> None:
    """A box that the picture's edge fades, as there is more beyond it, comes a little nearer when it is opened."""
    page = sized(description=many(100))
    room = (
        "const stage = document.querySelector('#picture').getBoundingClientRect();"
        "return [...document.querySelectorAll('#picture .box')].map(box => [box.dataset.name, stage.right - box.getBoundingClientRect().right])"
    )
    page.wait(lambda: page.run(HINTS))
    name = next(name for name, right in page.run(room) if 0 < right < 50)
    page.go(f"#is/{name}")
    page.says("#panel h2", name)
    assert dict(page.run(room))[name] >= 60


# --- from far and near ---


def test_from_far_numbers_are_short_and_names_large(sized: Opened) -> None:
    """From far a box has its name, large, and its numbers without words; from near both as they are."""
    page = sized(description=example("event-orders"))
    assert scale(page) < 0.75
    run = page.gateway.run
    run.calls["place"] = {"ok": 1200, "failed": 34}
    run.letter("Packing", "{}")

    def shown(name: str) -> list[str]:
        texts: list[str] = page.run(
            "return [...document.querySelectorAll(`${arguments[0]} text`)].filter(t => t.getClientRects().length).map(t => t.textContent)",
            page.box(name),
        )
        return texts

    page.wait(lambda: shown("place") == ["place", "1.2k", "34"])
    page.wait(lambda: shown("Packing") == ["Packing", "1"])
    assert page.one(page.box("place")).get_attribute("aria-label") == "function place, 34 failed"
    while scale(page) < 0.75:
        page.one("#in").click()
    assert sorted(shown("place")) == ["1.2k", "34 failed", "function", "place"]
    assert sorted(shown("Packing")) == ["1 waiting", "Packing", "queue"]
    page.one("#fit").click()
    assert shown("place") == ["place", "1.2k", "34"]


def test_a_long_name_has_two_lines(sized: Opened) -> None:
    """From far, where it would be too small in one: broken where a word ends."""
    page = sized(description=example("event-orders"))
    lines = "return [...document.querySelectorAll(`${arguments[0]} .large tspan`)].map(t => t.textContent)"
    assert page.run(lines, page.box("Shop POST /orders")) == ["POST", "/orders"]
    assert page.run(lines, page.box("Reserving.dead-letter")) == ["Reserving", ".dead-letter"]
    assert page.run(lines, page.box("place")) == ["place"]


def test_how_far_behind_readers_are_has_room_between_columns(sized: Opened) -> None:
    """Without labels a line is short: the number stands on it alone, and its words are told beside."""
    page = sized()
    page.gateway.run.readers["Orders.stream -> bill"] = 5
    line = page.line("Orders", "bill")
    page.wait(lambda: page.text(f"{line} .badges") == "5")
    assert page.text(f"{line} title").endswith("\n5 behind")
    covered = page.run(
        "const [badge, ...boxes] = [...arguments].map(css => document.querySelector(css).getBoundingClientRect());"
        "return boxes.some(b => badge.left < b.right - 2 && badge.right > b.left + 2)",
        f"{line} .badges rect", f"{page.box('Orders')} > rect", f"{page.box('bill')} > rect",
    )  # fmt: skip
    assert not covered
    page.one("#labels").click()
    page.wait(lambda: page.text(f"{line} .badges") == "5 behind")
    page.gateway.run.readers.clear()
    page.wait(lambda: not page.all(f"{line} .badges"))
    assert "behind" not in page.text(f"{line} title")


# --- the view changes ---


def test_another_size_of_the_window(sized: Opened) -> None:
    """What nobody has moved is fitted into the window anew; what somebody has looks as it did."""
    page = sized()
    page.size(900, 800)
    page.one('input[name="view"][value="picture"]').find_element("xpath", "..").click()
    page.wait(lambda: len(page.run(SEEN)) == 15)
    page.size(*WINDOW)
    page.wait(lambda: len(page.run(SEEN)) == 15 and scale(page) > 0.85)
    page.one("#in").click()
    before = scale(page)
    page.size(1200, 800)
    page.wait(lambda: page.run("return innerWidth") == 1200)
    page.gateway.event("Shipments", "ship", "ok")
    page.wait(lambda: len(page.lines()) == 1)
    assert scale(page) == before


def test_an_app_that_is_saved_is_fitted_in_again(sized: Opened) -> None:
    """A taller app is seen whole at once; what is selected, found and looked at stays so."""
    page = sized("#is/Shipments")
    page.one("#find").send_keys("ship")
    page.wait(lambda: page.all("#picture .near"))
    page.gateway.run.description = many(1)
    page.one(page.box("ship0"))
    page.wait(lambda: len(page.run(SEEN)) == 18)
    assert page.all(f"{page.box('Shipments')}.chosen")
    assert len(page.all("#picture .near")) == 5
    page.one("#in").click()
    before = scale(page)
    page.gateway.run.description = many(2)
    page.one(page.box("ship1"))
    assert scale(page) == before
    assert not labels(page)


# --- the window scrolls nothing ---


@pytest.mark.parametrize("size", [WINDOW, (1400, 500), (880, 700), (500, 900)])
def test_only_panels_scroll(sized: Opened, size: tuple[int, int]) -> None:
    """However much the panel holds, the page itself is as high and as wide as its window."""
    page = sized(description=many(12), first=lambda g: [g.printed("ship", f"line {n}") for n in range(200)])
    page.size(*size)
    page.wait(lambda: page.run("return [innerWidth, innerHeight]") == list(size))
    for where in ("#", "#is/Orders", "#letters", "#do"):
        page.go(where)
        page.wait(lambda: page.text("#panel"))
        assert page.run("const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]") == list(size)
    page.go("#")
    page.says("#panel", "Functions")
    assert page.run("const e = document.querySelector('#panel'); return e.scrollHeight > e.clientHeight")


def test_a_narrow_window_has_one_view_at_a_time(sized: Opened) -> None:
    """The log at first, the picture or the details when they are asked for; whoever opens a box sees its details."""
    page = sized(first=lambda g: g.event("Shipments", "ship", "ok"))
    page.size(500, 900)
    views = {"picture": "#picture", "log": "#log", "panel": "#panel"}

    def shown() -> list[str]:
        return [name for name, css in views.items() if page.one(css).is_displayed()]

    def choose(view: str) -> None:
        page.one(f'input[name="view"][value="{view}"]').find_element("xpath", "..").click()

    page.wait(lambda: shown() == ["log"])
    assert page.lines() == ["Shipments → ship | ok | 4.0 ms"]
    choose("picture")
    assert shown() == ["picture"]
    assert page.one("#picture").size["height"] > 700
    assert "Public" in page.wait(lambda: page.run(SEEN))
    assert page.wait(lambda: page.run(HINTS))[0].endswith("more →")
    assert min(size for _, size, _ in page.run(LETTERS)) >= 8
    page.one(page.box("placeOrder")).click()
    page.wait(lambda: shown() == ["panel"])
    page.says("#panel h2", "placeOrder")
    choose("log")
    assert shown() == ["log"]
    page.go("#letters")
    page.wait(lambda: shown() == ["panel"])
    page.size(*WINDOW)
    page.wait(lambda: shown() == ["picture", "log", "panel"])
    assert not page.one("#views").is_displayed()
