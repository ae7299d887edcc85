"""The page of `ifc graph` in a real browser: what it shows of a thing, its ways, its addresses, its keys, and that it asks nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ifc.pictures import html
from tests.test_graph import SHOP, drawn
from tests.test_pictures import HOSTILE, alike, audited, hostile, many

if TYPE_CHECKING:
    import networkx
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytest_plugins = ["tests.local.page.browser"]


class Page:
    """The page of a graph in the browser, as a file."""

    def __init__(self, browser: Chrome, file: Path) -> None:
        self.browser, self.file = browser, file
        browser.get("about:blank")
        for log in ("browser", "performance"):  # what belongs to the page before
            browser.get_log(log)

    def open(self, where: str = "") -> Page:
        """Opens it anew at an address."""
        self.browser.get("about:blank")
        self.browser.get(self.file.as_uri() + where)
        return self

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.browser).send_keys(*keys).perform()

    def go(self, where: str) -> None:
        """Goes to another place of it, as a link does."""
        self.run("location.hash = arguments[0]", where)

    def run(self, script: str, *given: Any) -> Any:
        """What a script gives."""
        return self.browser.execute_script(script, *given)

    def wait(self, look: Callable[[], Any]) -> Any:
        """The first thing that is not false."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.browser, 20, 0.05).until(lambda _: look())

    def all(self, css: str) -> list[WebElement]:
        """The elements of a selector."""
        return self.browser.find_elements("css selector", css)

    def text(self, css: str) -> str:
        """All text of the first element of a selector."""
        return str(self.run("return document.querySelector(arguments[0])?.textContent ?? ''", css))

    def says(self, css: str, text: str) -> None:
        """Waits for a text somewhere in an element."""
        self.wait(lambda: text in self.text(css))

    def click(self, script: str) -> None:
        """Clicks at the place that a script gives."""
        x, y = self.run(script)
        for kind in ("mousePressed", "mouseReleased"):
            mouse = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
            self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", mouse)

    def names(self, css: str) -> list[str]:
        """The names of the boxes of a selector, sorted."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].filter(e => e.id[0] === 'b').map(e => boxes[e.id.slice(1)].name).sort()"
        )
        found: list[str] = self.run(script, css)
        return found

    def id(self, name: str) -> str:
        """The selector of a box."""
        return f"#b{self.run('return boxes.findIndex(b => b.name === arguments[0])', name)}"

    def hash(self) -> str:
        """The address's fragment."""
        return str(self.run("return location.hash"))

    def items(self, title: str) -> list[str]:
        """The rows of a section of the panel."""
        script = (
            "const h = [...panel.querySelectorAll('h3')].find(h => h.firstChild.textContent === arguments[0]);"
            "return h ? [...h.nextElementSibling.children].map(li => li.textContent) : null"
        )
        found: list[str] = self.run(script, title)
        return found


Opened = Callable[..., Page]


@pytest.fixture
def opened(chromium: Chrome, tmp_path: Path) -> Iterator[Opened]:
    """Opens the page of a graph, the shop's if none is given; fails where the browser complained, or asked another host."""

    def opening(where: str = "", made: networkx.MultiDiGraph | None = None) -> Page:
        file = tmp_path / "graph.html"
        file.write_text(html.render(drawn(SHOP) if made is None else made, "shop"), encoding="utf-8")
        return Page(chromium, file).open(where)

    yield opening
    from tests.local.page.browser import asked

    chromium.get("about:blank")
    assert not [e["message"] for e in chromium.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
    assert asked(chromium.get_log("performance")) <= {""}


# --- ways ---


def test_a_route_lights_its_way(opened: Opened) -> None:
    """From a route on, what it sets off is lit, through events and what functions do; what a filter rules out, or is beside it, is not."""
    page = opened("#Web%20POST%20%2Forders")
    assert page.text("#panel h2") == "Web POST /orders"
    sets_off = ["Dead", "Orders", "Placed", "Web POST /orders", "Work", "bill", "clean", "late", "place"]
    assert page.names(".down") == sets_off
    assert page.names(".up") == ["Web"]
    assert page.names(".near") == ["Late"]  # it watches the queue on the way
    assert page.items("Set off by") == ["Webapi"]
    rows = page.items("Sets off")
    assert rows == [
        "place",
        "Ordersputs",
        'billstream where eventName == "INSERT"',
        "Placedpublishes",
        "Deaddead-letter",
        "Work",
        "cleandead-letter",
        "late",
    ]
    page.go("#place")
    page.says("#panel h2", "place")
    assert page.items("Sets off")[0] == "Ordersputs"
    assert page.wait(lambda: page.run("return getComputedStyle(document.querySelector(arguments[0])).opacity", page.id("Ops")) == "0.13")
    assert page.run("return getComputedStyle(document.querySelector(arguments[0])).opacity", page.id("bill")) == "1"


def test_what_is_set_off_stands_below_what_sets_it_off(opened: Opened) -> None:
    """A function that only a later write can start stands below that write, not below the first one to the same table."""
    page = opened(
        "#Web%20POST%20%2Forders",
        drawn(SHOP.replace("Work.dead-letter -> clean", "").replace('function late  "s.a"', 'function late  "s.a" { deletes Orders }')),
    )
    rows = page.items("Sets off")
    at = rows.index('cleanstream where eventName == "REMOVE"')
    assert rows[at - 2 : at] == ["late", "Ordersdeletes"]


def test_where_events_begin(opened: Opened) -> None:
    """The list of beginnings has routes, schedules and sources, with how much each sets off, and leads to them."""
    page = opened()
    page.press("r")
    assert page.text("#panel h2") == "Where events begin"
    assert page.items("route") == ["Web DEFAULTsets off 1 thing", "Web POST /orderssets off 8 things"]
    assert page.items("schedule") == ["every 1hsets off 6 things"]
    assert page.items("alarm") == ["Latesets off 2 things"]
    assert page.items("function") is None
    page.run("[...panel.querySelectorAll('li button')].find(b => b.textContent === 'every 1h').click()")
    page.says("#panel h2", "every 1h")
    assert page.names(".chosen") == ["every 1h"]


def test_filters_are_respected_upwards(opened: Opened) -> None:
    """A function that waits for a REMOVE is not set off by a route that only puts, but by what writes."""
    source = SHOP
    for one, other in {
        "Work.dead-letter -> clean": "",
        "every 1h -> clean": "every 1h -> late",
        'function late  "s.a"': 'function late  "s.a" { deletes Orders }',
        "{ writes Orders }": "",
        "Placed -> Work { dead-letter Dead }": "",
        "; publishes Placed": "",
        "{ sends Work }": "",
    }.items():
        assert one in source
        source = source.replace(one, other)
    page = opened("#clean", drawn(source))
    assert page.items("Set off by") == ["Workqueue", "every 1hschedule"]
    page.go("#bill")
    page.says("#panel h2", "bill")
    assert page.items("Set off by") == ["Web POST /ordersroute"]


def test_an_arrow_can_be_chosen(opened: Opened) -> None:
    """A click on a line shows what passes it, its settings and its way; the address names it, and leads back to it. A click close to it will do."""
    page = opened("#Orders/bill")
    assert page.text("#panel h2") == "Orders → bill"
    assert page.items("Settings") == ["batch", "7"]
    assert page.names(".up") == ["Orders", "Placed", "Web", "Web POST /orders", "every 1h", "place"]
    page.run("fit(0)")
    page.click(
        "const line = lines.find(l => l.arrows[0].from.name === 'place' && l.arrows[0].to.name === 'Placed').mark.querySelector('.run');"
        "const p = line.getPointAtLength(4), m = line.getScreenCTM(); return [p.x * m.a + m.e, p.y * m.d + m.f + 3]"
    )
    page.says("#panel h2", "place → Placed")
    assert page.hash() == "#place/Placed/permission"
    page.go("#Work/Late/watched")
    page.says("#panel h2", "Work → Late")
    assert "oldest > 20m" in page.text("#panel")


# --- findings and costs ---


def test_findings_lead_to_their_places(opened: Opened) -> None:
    """The list holds every finding; a click lights all its places, and another goes on to one of them."""
    page = opened()
    page.all("#findings")[0].click()
    assert page.text("#panel h2") == "What was found"
    assert [text[:6] for text in page.items("Findings")] == ["IFC509", "IFC520", "IFC551", "IFC520"]
    page.run("[...panel.querySelectorAll('.finding')].find(one => one.textContent.includes('IFC551')).querySelector('button').click()")
    page.says("#panel h2", "IFC551")
    assert page.names(".down") == ["Orders", "Work", "bill", "clean"]
    assert page.run("return document.querySelectorAll('.line.down').length") == 4
    assert page.hash() == "#!3"
    for words in ("app.ifc:18", "events may go round", "let a filter rule out"):
        assert words in page.text("#panel")
    page.run("[...panel.querySelectorAll('.finding button')].find(b => b.textContent === 'bill → Work').click()")
    page.says("#panel h2", "bill → Work")
    assert len(page.items("Findings")) == 1
    page.go("#bill")
    page.says("#panel h2", "bill")
    assert "IFC551" in page.text("#panel")


def test_costs_are_told_with_their_parts(opened: Opened) -> None:
    """A node's cost is in the panel, with the parts that it is the sum of; one without has none."""
    page = opened("#f", audited())
    assert page.items("Cost") == ["requests", "$2.40", "compute", "$10.00"]
    assert "$3.00 a month" in " ".join(page.items("Outgoing"))
    page.go("#T")
    page.says("#panel h2", "T")
    assert page.items("Cost") is None


# --- addresses, keys, finding ---


def test_addresses_and_keys(opened: Opened) -> None:
    """Arrow keys go along the lines, Enter opens and the address follows, Escape closes; one Tab reaches the picture."""
    from selenium.webdriver.common.keys import Keys

    page = opened("#place")
    assert page.run("return document.activeElement.id") == page.id("place")[1:]
    assert page.all("#picture [tabindex='0']")[0].get_attribute("id") == page.id("place")[1:]
    assert len(page.all("#picture [tabindex='0']")) == 1
    page.press(Keys.ARROW_LEFT, Keys.ENTER)
    page.says("#panel h2", "Web POST /orders")
    assert page.hash() == "#Web%20POST%20%2Forders"
    assert page.all(".chosen[aria-pressed='true']")
    page.press(Keys.ESCAPE)
    assert page.hash() == ""
    assert not page.all(".chosen, .down, .up, #panel:not([hidden])")
    page.open("#POST%20/orders")  # a route's own words will do where there is one such route
    assert page.text("#panel h2") == "Web POST /orders"
    for nothing in ("#nobody", "#%E0%A4%A", "#!9", "#a/b"):
        page.open(nothing)
        assert not page.all("#panel:not([hidden])")
    page.press("?")
    assert page.text("#panel h2") == "Keys"


def test_finding(opened: Opened) -> None:
    """What is typed is looked for in names, kinds and codes; Enter goes from one to the next, and opens the only one."""
    from selenium.webdriver.common.keys import Keys

    page = opened()
    page.press("/", "queue")
    assert page.names(".near") == ["Dead", "Work"]
    assert page.text("#found") == "2 of 16"
    page.run("search.value = 'ifc551'; search.dispatchEvent(new Event('input'))")
    assert page.names(".near") == ["Orders", "Work", "bill", "clean"]
    page.run("search.value = 'queue'; search.dispatchEvent(new Event('input'))")
    page.press(Keys.ENTER)
    assert page.text("#found").startswith("1 of 2: ")
    page.press(" wo", Keys.ENTER)
    page.says("#panel h2", "Work")


def test_the_rest_can_be_hidden(opened: Opened) -> None:
    """`h` hides what is not on the way, `z` brings the way into view, `p` takes permissions away; `0` shows everything."""
    page = opened("#Web%20DEFAULT")
    page.press("h")
    assert page.run("return getComputedStyle(document.querySelector(arguments[0])).display", page.id("Orders")) == "inline"  # it is read
    assert page.run("return getComputedStyle(document.querySelector(arguments[0])).display", page.id("Ops")) == "none"
    page.press("z")
    assert page.run("return view.scale") > page.run("fit(0); return view.scale")
    page.press("p")
    assert page.run("return [...document.querySelectorAll('#picture .grant')].every(g => getComputedStyle(g).display === 'none')")


def test_shared_labels_and_lanes_are_shown_for_the_chosen(opened: Opened) -> None:
    """A line that shares its label and its lane with others has both to itself once it is chosen."""
    page = opened("", alike(9))
    seen = "return [...document.querySelectorAll('.label.rest')].filter(e => getComputedStyle(e).visibility === 'visible').length"
    assert page.run(seen) == 0
    hidden = page.run("return lines.find(l => l.mark.querySelector('.label.rest')).arrows[0].from.name")
    page.go(f"#{hidden}")
    page.says("#panel h2", hidden)
    assert page.run(seen) == 1


def test_it_is_seen_whole_and_printed_whole(opened: Opened) -> None:
    """A small app is seen whole, also with the panel open; a print shows the whole picture, whatever was seen."""
    page = opened()
    seen = (
        "const s = picture.getBoundingClientRect();"
        "return boxes.every(b => { const r = b.mark.getBoundingClientRect(); return r.left >= s.left && r.right <= s.right; })"
    )
    assert page.run(seen)
    page.all(page.id("Placed"))[0].click()
    page.wait(lambda: page.run(seen))
    page.run("zoom(3); dispatchEvent(new Event('beforeprint'))")
    assert page.run(seen)
    page.run("dispatchEvent(new Event('afterprint'))")
    assert not page.run(seen)


def test_names_that_would_break_out(opened: Opened) -> None:
    """Names, labels, findings and costs of any letters stay text, in the picture, the panel and the address."""
    page = opened("", hostile())
    for name in HOSTILE:
        box = page.run("return boxes.find(b => b.text.includes(arguments[0].toLowerCase()))?.number ?? -1", name.replace("\ud800", ""))
        if box < 0:
            continue
        page.run("choose(boxes[arguments[0]], true)", box)
        shown = page.run("return boxes[arguments[0]].name", box)
        assert page.text("#panel h2") == shown
        assert not page.run("return panel.querySelector('script, img, iframe, a')")
        address = page.hash()
        page.run("choose(null)")
        if shown.strip():
            page.go(address)
            page.wait(lambda shown=shown: page.text("#panel h2") == shown)
    assert not page.run("return window.hit")


def test_large_apps_stay_usable(opened: Opened) -> None:
    """Of a large app a readable part is seen at first, with a map of the whole; an address brings its box into view."""
    page = opened("", many(300))
    assert page.run("return view.scale") == pytest.approx(0.42)
    assert page.all("#map")[0].is_displayed()
    last = page.run("return boxes.reduce((a, b) => b.at[1] > a.at[1] ? b : a).name")
    page.go("#" + page.run("return encodeURIComponent(arguments[0])", last))
    page.says("#panel h2", last)
    inside: dict[str, Any] = page.run(
        "const r = document.querySelector(arguments[0]).getBoundingClientRect(), s = picture.getBoundingClientRect();"
        "return r.left >= s.left && r.right <= s.right && r.top >= s.top && r.bottom <= s.bottom",
        page.id(last),
    )
    assert inside
    assert json.loads(page.run("return document.getElementById('model').textContent"))["boxes"]
