"""The page of a run, in a real browser, against the real `Control` and a run that is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.local.page.apps import ORDERS, described

if TYPE_CHECKING:
    from tests.local.page.browser import Opened, Page
    from tests.local.page.run import Gateway

pytest_plugins = ["tests.local.page.browser"]

DEAD = "Shipments.dead-letter"
HOSTILE = '<img src=x onerror="window.hit=1;alert(1)"><script>window.hit=2</script>\'`${window.hit=3}`</span>'


def letters(gateway: Gateway) -> None:
    """Three dead letters."""
    for number in (1, 2, 3):
        gateway.run.letter(DEAD, json.dumps({"order": number, "total": 10**20 + number}), source="Shipments")


# --- the picture ---


def test_the_numbers_on_the_picture_change(opened: Opened) -> None:
    """Calls and what failed, depths, how far readers are behind, events, and dead letters in red, as the run tells them."""
    page = opened()
    run = page.gateway.run
    assert page.text(f"{page.box('placeOrder')} .tally") == ""
    run.calls["placeOrder"] = {"ok": 1200, "failed": 34}
    run.events.update(Orders=7, Public=12)
    run.hidden["Shipments"] = 2
    run.readers["Orders.stream -> bill"] = 5
    run.letter("Shipments", "{}")
    letters(page.gateway)
    page.says(page.box("placeOrder"), "1.2k")
    page.says(page.box("placeOrder"), "34 failed")
    page.says(page.box("Orders"), "7")
    page.says(page.box("Public"), "12")
    page.says(page.box("Shipments"), "1 waiting")
    page.says(page.box("Shipments"), "2 in flight")
    page.says(page.box(DEAD), "3 dead")
    page.says(page.line("Orders", "bill"), "5 behind")
    page.says("#alarm", "3 dead letters")
    assert page.one("#alarm").is_displayed()
    assert page.all(f"{page.box(DEAD)}.alarmed")
    assert not page.all(f"{page.box('placeOrder')}.alarmed")
    red = page.run("return getComputedStyle(document.querySelector(arguments[0])).fill", f"{page.box(DEAD)} .badge text")
    assert red == "rgb(179, 38, 30)"
    page.says("#panel", "1,200")
    run.readers.clear()
    run.held[DEAD] = []
    page.wait(lambda: not page.one("#alarm").is_displayed())
    page.wait(lambda: "behind" not in page.text(page.line("Orders", "bill")))
    assert "dead" not in page.text(f"{page.box(DEAD)} .badges")


def test_a_pulse_runs_along_the_line_of_an_event(opened: Opened) -> None:
    """The line that an event took is known: of a request by its route, of a table by its port, of a dead letter, in red."""
    page = opened(first=lambda g: g.printed("ship", "before"))
    page.wait(lambda: len(page.lines()) == 1)
    page.gateway.event("GET /orders/o%207?full=1", "getOrder", "200")
    page.gateway.event("Orders.stream", "bill", "ok")
    page.gateway.event("Shipments", DEAD, "dead letter", None)
    page.one(f"{page.line('Public GET /orders/{id}', 'getOrder')} .comet")
    page.one(f"{page.line('Public', 'Public GET /orders/{id}')} .comet")
    page.one(f"{page.line('Orders', 'bill')} .comet:not(.bad)")
    page.one(f"{page.line('Shipments', DEAD)} .comet.bad")
    assert len(page.all(".comet")) == 4
    assert page.all(f"{page.box('getOrder')} .halo")
    page.gateway.run.row("OrderPlaced", "k", "{}")  # nobody tells of it in a line
    page.one(f"{page.box('OrderPlaced')} .halo")


def test_a_box_opens_and_keys_lead_from_one_to_the_next(opened: Opened) -> None:
    """A click opens a box and shows its lines alone; arrow keys follow lines, Enter opens, Escape closes."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    page = opened(first=lambda g: (g.event("Shipments", "ship", "ok"), g.event("Orders.stream", "bill", "ok")))
    page.wait(lambda: len(page.lines()) == 2)
    page.one(page.box("Shipments")).click()
    page.says("#panel h2", "Shipments")
    page.says("#panel", "OrderPlaced")
    assert page.lines() == ["Shipments → ship | ok | 4.0 ms"]
    assert page.all(f"{page.box('Shipments')}.chosen")
    page.run("document.querySelector(arguments[0]).focus()", page.box("Shipments"))

    def press(key: str) -> None:
        ActionChains(page.browser).send_keys(key).perform()

    press(Keys.ARROW_RIGHT)
    press(Keys.ARROW_LEFT)
    press(Keys.ARROW_LEFT)
    assert page.run("return document.activeElement.dataset.name") == "OrderPlaced"
    press(Keys.ENTER)
    page.says("#panel h2", "OrderPlaced")
    press(Keys.ESCAPE)
    page.wait(lambda: not page.all(".chosen"))
    page.wait(lambda: len(page.lines()) == 2)
    page.one("#find").send_keys("bil")
    page.wait(lambda: page.all("#picture.hushed"))
    assert [b.get_attribute("data-name") for b in page.all("#picture .near")] == ["bill"]
    page.one("#find").send_keys(Keys.ENTER)
    page.says("#panel h2", "bill")


def test_arrow_keys_go_along_the_tabs(opened: Opened) -> None:
    """The next tab opens and has the focus, though its bar is a new one; after the last comes the first."""
    from selenium.webdriver.common.keys import Keys

    page = opened("#is/Orders")
    page.one("#tab-about").send_keys(Keys.ARROW_LEFT)
    page.wait(lambda: page.run("return document.activeElement.id") == "tab-do")
    assert page.run("return location.hash") == "#is/Orders/do"
    page.one("#tab-do").send_keys(Keys.ARROW_RIGHT)
    page.wait(lambda: page.run("return document.activeElement.id") == "tab-about")
    page.go("#letters")
    page.one("#tab-letters").send_keys(Keys.ARROW_LEFT)
    page.wait(lambda: page.run("return document.activeElement.id") == "tab-app")


def test_an_app_that_changes_is_drawn_anew(opened: Opened) -> None:
    """When the app is taken over with another function, its picture has that."""
    page = opened()
    description = json.loads(json.dumps(page.gateway.run.description))
    description["functions"]["later"] = {**description["functions"]["bill"], "arn": "arn:aws:lambda:::function:later", "name": "later"}
    page.gateway.run.description = description
    page.one(page.box("later"))
    page.says("#panel", "later")


def test_three_hundred_boxes(opened: Opened) -> None:
    """A big app is drawn whole, and what is in it can be found."""
    description = described(ORDERS)
    for number in range(100):
        for sort, name in (("functions", "ship"), ("queues", "Shipments"), ("tables", "Orders")):
            entry = description[sort][name]
            description[sort][f"{name}{number}"] = {**entry, "arn": f"{entry['arn']}{number}", "deadLetter": None, "permissions": []}
        wire = next(w for w in description["wires"] if w["to"] == "ship")
        description["wires"].append({**wire, "from": f"Shipments{number}", "to": f"ship{number}"})
    page = opened(description=description)
    assert len(page.all("#picture .box")) == 315
    for number in range(100):
        page.gateway.event(f"Shipments{number}", f"ship{number}", "ok")
    page.wait(lambda: len(page.lines()) == 100)
    page.one("#find").send_keys("ship77\ue007")
    page.says("#panel h2", "ship77")
    seen = page.run(
        "const [a, b] = [document.querySelector(arguments[0]), document.querySelector('#picture')].map(e => e.getBoundingClientRect());"
        "return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom",
        page.box("ship77"),
    )
    assert seen
    page.wait(lambda: page.lines() == ["Shipments77 → ship77 | ok | 4.0 ms"])


# --- the log ---


def test_lines_come_and_can_be_sifted(opened: Opened) -> None:
    """Lines from before and as they come, what functions print, by outcome and by text."""

    def before(gateway: Gateway) -> None:
        gateway.event("POST /orders", "placeOrder", "201", 0.012)
        gateway.printed("ship", "parcel 7 leaves")

    page = opened(first=before)
    page.wait(lambda: page.lines() == ["POST /orders → placeOrder | 201 | 12 ms", "ship | parcel 7 leaves"])
    page.gateway.event("Shipments", "ship", "failed", 1.2345, "ValueError: no address; again in 2 s")
    page.gateway.event("ship", "arn:aws:sns:ap-northeast-1:000000000000:orders-dev-OrderPlaced", "refused", None, "sns:Publish")
    failed = "Shipments → ship | failed | 1235 ms | ValueError: no address; again in 2 s"
    page.wait(lambda: page.lines()[2:] == [failed, "ship → OrderPlaced | refused | sns:Publish"])

    def which(value: str) -> None:
        page.run("document.querySelector(`input[name=which][value=${arguments[0]}]`).click()", value)

    which("problems")
    assert page.lines() == [failed, "ship → OrderPlaced | refused | sns:Publish"]
    which("printed")
    assert page.lines() == ["ship | parcel 7 leaves"]
    which("events")
    assert len(page.lines()) == 3
    page.one("#sift").send_keys("NO ADDRESS")
    page.wait(lambda: page.lines() == [failed])
    page.gateway.event("Shipments", "ship", "failed", 0.5, "another")
    page.gateway.event("Shipments", "ship", "failed", 0.5, "no address either")
    page.wait(lambda: page.lines()[1:] == ["Shipments → ship | failed | 500 ms | no address either"])


def test_a_line_opens_and_the_log_pauses(opened: Opened) -> None:
    """Whoever opens a line is not pushed away; what came meanwhile is counted, and there when they go on."""
    from selenium.webdriver.common.keys import Keys

    page = opened(first=lambda g: [g.event("Shipments", "ship", "failed", 0.25, json.dumps({"why": n})) for n in range(3)])
    page.wait(lambda: len(page.lines()) == 3)
    page.all("#log .entry")[2].click()
    page.says("#log .detail", "250 ms")
    assert page.text("#log .detail .key-of") == '"why"'
    page.gateway.event("Shipments", "ship", "ok")
    page.says("#pause", "Resume (1 new)")
    assert len(page.lines()) == 3
    page.all("#log .entry")[2].send_keys(Keys.ARROW_UP, Keys.ENTER)
    page.wait(lambda: len(page.all("#log .detail")) == 2)
    page.one("#pause").click()
    page.wait(lambda: len(page.lines()) == 4)
    assert page.text("#pause") == "Pause"
    page.one("#pause").click()
    page.gateway.event("Shipments", "ship", "ok")
    page.says("#pause", "Resume (1 new)")
    assert len(page.lines()) == 4


def test_the_log_stays_small(opened: Opened) -> None:
    """However many lines come, the document holds the newest five hundred, and shows the last."""
    page = opened(first=lambda g: [g.printed("ship", f"line {n}") for n in range(10)])
    page.wait(lambda: page.lines()[-1:] == ["ship | line 9"])
    for number in range(10, 1500):
        page.gateway.printed("ship", f"line {number}")
    page.wait(lambda: page.lines()[-1] == "ship | line 1499")
    assert page.lines()[0] == "ship | line 1000"
    assert len(page.lines()) == 500
    assert page.run("const log = document.querySelector('#log'); return log.scrollHeight - log.scrollTop - log.clientHeight < 2")
    page.run("document.querySelector('#log').scrollTop = 0")
    page.wait(lambda: page.one("#pause").get_attribute("aria-pressed") == "true")
    page.gateway.printed("ship", "line 1500")
    page.says("#pause", "(1 new)")
    assert page.lines()[0] == "ship | line 1000"


# --- what sources and queues hold ---


def test_the_history_of_a_source(opened: Opened) -> None:
    """Rows page by page, newest first; one opens, and is replayed from, when that is meant."""

    def before(gateway: Gateway) -> None:
        for number in range(1, 120):
            gateway.run.row("Orders", f"o{number}", json.dumps({"number": number, "total": 10**20}))

    page = opened("#is/Orders/history", first=before)

    def offsets() -> list[str]:
        found: list[str] = page.run("return [...document.querySelectorAll('#panel summary .number')].map(e => e.textContent)")
        return found

    page.wait(lambda: offsets() == [str(n) for n in range(119, 69, -1)])
    page.all("#panel summary")[0].click()
    page.gateway.run.row("Orders", "o120", "{}")  # what is read stays
    page.button("Newest (there is more)").click()
    page.wait(lambda: offsets() == [str(n) for n in range(120, 70, -1)])
    page.button("Older ›").click()
    page.wait(lambda: offsets() == [str(n) for n in range(70, 20, -1)])
    page.button("Older ›").click()
    page.wait(lambda: offsets() == [str(n) for n in range(20, 0, -1)])
    assert not page.button("Older ›").is_enabled()
    page.button("‹ Newer").click()
    page.wait(lambda: offsets()[0] == "70")
    page.all("#panel summary")[1].click()
    page.says("#panel pre", '{\n  "number": 69,\n  "total": 100000000000000000000\n}')
    page.gateway.run.row("Orders", "o121", "{}")
    page.button("Newest (there is more)")
    assert offsets()[0] == "70"
    page.button("Replay from here …").click()
    page.says("#confirm", "from offset 69")
    page.says("#confirm", "bill")
    page.button("Cancel").click()
    page.wait(lambda: not page.one("#confirm").is_displayed())
    page.button("Replay from here …").click()
    page.button("Replay", "#confirm button").click()
    page.says("#toasts", "3 events are delivered again")
    assert page.gateway.run.done == [("replay", {"name": "Orders", "from": 69})]
    page.button("Newest (there is more)").click()
    page.wait(lambda: offsets()[0] == "121")


def test_dead_letters(opened: Opened) -> None:
    """One opens; one, some or all go back to where they failed; what is purged was asked about."""
    page = opened("#letters", first=letters)
    done = page.gateway.run.done
    page.wait(lambda: len(page.all("#panel summary")) == 3)
    page.all("#panel summary")[1].click()
    page.says("#panel .detail pre", '"total": 100000000000000000002')
    page.wait(lambda: "Shipments" in page.all("#panel .detail dl")[-1].text)
    assert "5 times" in page.all("#panel .detail dl")[-1].text
    page.button("Redrive this one").click()
    page.says("#toasts", "1 message goes back to Shipments")
    page.wait(lambda: len(page.all("#panel summary")) == 2)
    page.all("#panel summary input")[1].click()
    page.button("Redrive 1").click()
    page.wait(lambda: len(page.all("#panel summary")) == 1)
    assert done == [("redrive", {"name": DEAD, "offsets": [2]}), ("redrive", {"name": DEAD, "offsets": [3]})]
    letters(page.gateway)
    page.wait(lambda: len(page.all("#panel summary")) == 4)
    page.button("Redrive all").click()
    page.says("#panel", "No message is here.")
    assert done[2:] == [("redrive", {"name": DEAD, "offsets": None})]
    letters(page.gateway)
    page.wait(lambda: len(page.all("#panel summary")) == 3)
    page.button("Purge …").click()
    page.button("Cancel").click()
    page.wait(lambda: not page.one("#confirm").is_displayed())
    page.button("Purge …").click()
    page.says("#confirm", f"3 messages of {DEAD}")
    page.button("Purge", "#confirm button").click()
    page.says("#panel", "No message is here.")
    assert done[3:] == [("purge", {"name": DEAD})]


# --- doing ---


def write(page: Page, text: str) -> None:
    """Writes a text into the editor."""
    area = page.one("#value")
    area.clear()
    area.send_keys(text)


def test_sending(opened: Opened) -> None:
    """What is no JSON is told and not sent; what is goes as it is written, and the answer is shown; a refusal too."""
    page = opened("#is/Shipments/do")
    done = page.gateway.run.done
    write(page, '{"id": 1,}')
    page.says("#judged", "No JSON")
    page.button("Send").click()
    assert page.one("#value").get_attribute("aria-invalid") == "true"
    assert page.text(".answer") == ""
    write(page, '{"id": 12345678901234567890}')
    page.wait(lambda: page.text("#judged") == "")
    page.button("Send").click()
    page.says(".answer", "id-of-it")
    assert done == [("send", {"name": "Shipments", "value": {"id": 12345678901234567890}})]
    page.button("Format").click()
    assert page.run("return document.querySelector('#value').value") == '{\n  "id": 12345678901234567890\n}'
    page.go("#do/Orders")
    page.wait(lambda: page.run("return document.querySelector('#whom')?.value") == "Orders")
    page.meant = ("status of 400",)
    write(page, '"no item"')
    page.button("Put").click()
    page.says(".answer", "an item of Orders is an object")
    page.go("#is/Reports/do")
    page.wait(lambda: page.all("#panel input[required]"))
    write(page, '{"a": 1}')
    page.one("#panel input[required]").send_keys("2026/x.json")
    page.button("Put").click()
    page.says(".answer", '"changes": 1')
    assert done[-1] == ("put", {"name": "Reports", "key": "2026/x.json", "value": {"a": 1}})
    page.go("#do/OrderPlaced")
    page.wait(lambda: page.run("return document.querySelector('#whom')?.value") == "OrderPlaced")
    page.button("Publish").click()
    page.says(".answer", "id-of-it")
    assert done[-1] == ("publish", {"name": "OrderPlaced", "value": {}})


def test_calling(opened: Opened) -> None:
    """A function's answer is shown, and its failure as one."""
    page = opened("#is/placeOrder/do")
    page.gateway.run.answer = {"answer": {"statusCode": 201}, "error": None}
    page.button("Call").click()
    page.says(".answer .good", "Answer")
    page.says(".answer pre", '"statusCode": 201')
    page.gateway.run.answer = {"answer": {"errorMessage": "boom"}, "error": "Unhandled"}
    page.button("Call").click()
    page.says(".answer .bad", "Failed: Unhandled")
    page.says(".answer pre", "boom")
    assert [act for act, _ in page.gateway.run.done] == ["call", "call"]


def test_routes_schedules_and_what_is_absent(opened: Opened) -> None:
    """A route opens or is tried, a schedule says when it runs and starts now, and what is not as in the cloud is told."""
    description = described(ORDERS)
    description["absent"] = ["`memory` of `report` is not in force here"]
    description["apis"]["Public"]["routes"].append(
        {"method": "GET", "path": "/health", "function": "getOrder", "guard": {"scheme": "none"}}
    )
    page = opened(description=description)
    links = {a.text: a.get_attribute("href") for a in page.all("#panel .route-row > a")}
    assert links["/health ↗"] == f"http://127.0.0.1:{page.gateway.port}/health"
    assert links["/orders/{id}"].endswith(f"/_ifc/#is/{'Public%20GET%20%2Forders%2F%7Bid%7D'}/do")
    page.says("#panel", "memory of report is not in force here")
    page.says("#panel", "next in 59 min")
    page.button("Start now").click()
    page.says("#toasts", "is started")
    assert page.gateway.run.done == [("fire", {"name": "Every1hToReport"})]
    page.go(links["/orders/{id}"].partition("#")[2])
    page.wait(lambda: len(page.all("#panel input[required]")) == 1)
    page.one("#panel input[required]").send_keys("a b/../c")
    page.button("Send").click()
    page.says(".answer .good", "200 OK")
    page.go("#is/Public%20POST%20%2Forders/do")
    page.wait(lambda: page.text("#panel h2") == "POST /orders")
    write(page, '{"id": 7}')
    page.button("Send").click()
    page.says(".answer .good", "201")
    assert page.gateway.asked == ["GET /orders/a%20b%2F..%2Fc ", 'POST /orders {"id": 7}']


def test_a_schedule_has_one_name(opened: Opened) -> None:
    """On the picture, in the panel, in the log and in what is said of it: the words of the app's source."""
    page = opened(first=lambda g: g.event("Every1hToReport", "report", "ok"))
    page.wait(lambda: page.lines() == ["every 1h → report | ok | 4.0 ms"])
    page.gateway.event("Every1hToReport", DEAD, "given up", None)
    page.wait(lambda: page.lines()[1:] == [f"every 1h → {DEAD} | given up"])
    page.all("#log .entry")[0].click()
    page.says("#log .detail", "every 1h")
    page.button("Show every 1h").click()
    page.says("#panel h2", "every 1h")
    page.says("#only", "every 1h")
    page.wait(lambda: len(page.lines()) == 2)
    page.one("#sift").send_keys("every 1h")
    assert len(page.lines()) == 2
    page.button("Start now").click()
    page.says("#toasts", "every 1h is started")
    assert page.one(page.box("Every1hToReport")).get_attribute("aria-label") == "schedule every 1h"
    for where in ("#", "#do/Every1hToReport", "#is/report"):
        page.go(where)
        page.says("#panel", "every 1h")
        said = page.run("return [document.body.textContent, ...[...document.querySelectorAll('*')].map(e => e.ariaLabel)].join()")
        assert "Every1h" not in said
        assert "rate(" not in said


def test_fields_keep_what_is_written_when_the_app_is_saved(opened: Opened) -> None:
    """The panel is made anew then: with what stands in each field, and the caret where it was; the same of a form that is opened again."""
    page = opened("#is/Public%20GET%20%2Forders%2F%7Bid%7D/do")
    names = ["id", "Query"]
    fields = {name: page.one(f"#panel label:nth-of-type({at}) input") for at, name in enumerate(names, 1)}
    fields["id"].send_keys("o7")
    fields["Query"].send_keys("full=1&since=3")
    page.run("(window.old = arguments[0]).setSelectionRange(4, 6)", fields["Query"])
    written = "return [...document.querySelectorAll('#panel input')].map(e => e.value)"
    assert page.run(written) == ["o7", "full=1&since=3"]

    def save(name: str) -> None:
        description = json.loads(json.dumps(page.gateway.run.description))
        description["functions"][name] = {**description["functions"]["bill"], "arn": f"arn:aws:lambda:::function:{name}", "name": name}
        page.gateway.run.description = description
        page.one(page.box(name))

    save("later")
    assert page.run("return !document.contains(window.old)")
    assert page.run(written) == ["o7", "full=1&since=3"]
    assert page.run("const e = document.activeElement; return [e.value, e.selectionStart, e.selectionEnd]") == ["full=1&since=3", 4, 6]
    page.one("#panel input[required]").send_keys("/8")
    page.button("Send").click()
    page.says(".answer", "200")
    assert page.gateway.asked == ["GET /orders/o7%2F8?full=1&since=3 "]
    page.go("#is/Reports/do")
    page.wait(lambda: page.text("#panel h2") == "Reports")
    page.one("#panel input[required]").send_keys("a.txt")
    write(page, '{"a": 1}')
    save("latest")
    assert page.run(written) == ["a.txt"]
    assert page.run("return document.activeElement.value") == '{"a": 1}'
    page.go("#is/Public%20GET%20%2Forders%2F%7Bid%7D/do")
    page.wait(lambda: page.run(written) == ["o7/8", "full=1&since=3"])


# --- what must not happen ---


def test_hostile_texts_are_only_text(opened: Opened) -> None:
    """Names, lines, messages, rows and answers that are markup are shown as they are: nothing runs, nothing is fetched."""
    description = described(ORDERS)
    description["app"] = HOSTILE
    description["absent"] = [HOSTILE]
    description["functions"][HOSTILE] = {**description["functions"].pop("ship"), "language": HOSTILE}
    for wire in description["wires"]:
        wire["to"] = HOSTILE if wire["to"] == "ship" else wire["to"]
    description["apis"]["Public"]["routes"].append(
        {"method": "GET", "path": f"/{HOSTILE}", "function": HOSTILE, "guard": {"scheme": "none"}}
    )
    description["schedules"]["Every1hToReport"]["written"] = HOSTILE
    # Names that every object has.
    description["queues"]["constructor"] = {**description["queues"]["Shipments"], "arn": "a", "deadLetter": None}

    def before(gateway: Gateway) -> None:
        gateway.run.letter(DEAD, HOSTILE, attributes={HOSTILE: {"StringValue": HOSTILE}}, source=HOSTILE)
        gateway.run.row("Orders", HOSTILE, json.dumps({HOSTILE: HOSTILE}))
        gateway.run.answer = {"answer": HOSTILE, "error": HOSTILE}
        gateway.event("Shipments", HOSTILE, HOSTILE, None, HOSTILE)
        gateway.printed(HOSTILE, HOSTILE)

    page = opened(description=description, first=before)
    assert page.text("#app") == HOSTILE
    assert page.all(page.box("constructor"))
    page.wait(lambda: page.lines() == [f"Shipments → {HOSTILE} | {HOSTILE} | {HOSTILE}", f"{HOSTILE} | {HOSTILE}"])
    page.all("#log .entry")[0].click()
    page.says("#log .detail", HOSTILE)
    page.says("#panel", HOSTILE.replace("`", ""))
    page.go("#letters")
    page.wait(lambda: page.all("#panel summary"))[0].click()
    page.says("#panel .detail", HOSTILE)
    page.go("#is/Orders/history")
    page.wait(lambda: page.all("#panel summary .number"))[0].click()
    page.says("#panel .detail", HOSTILE)
    page.run("location.hash = `#is/${encodeURIComponent(arguments[0])}/do`", HOSTILE)
    page.says("#panel h2", "<img")
    page.button("Call").click()
    page.says(".answer .bad", f"Failed: {HOSTILE}")
    page.go("#%E0%A4%A")  # no address
    page.says("#panel", "Functions")
    assert page.run("return [window.hit, document.images.length, document.scripts.length]") == [None, 0, 1]


def test_the_page_is_one_script_and_no_markup_from_elsewhere(opened: Opened) -> None:
    """What is written in the page itself can't run under its policy, and its files are only these."""
    page = opened()
    assert page.run("return [...document.scripts].map(s => [s.type, s.getAttribute('src'), s.textContent])") == [["module", "app.js", ""]]
    blocked = page.run(
        "return new Promise(done => { addEventListener('securitypolicyviolation', e => done(e.violatedDirective), {once: true});"
        "const script = document.createElement('script'); script.textContent = 'window.hit = 1'; document.body.append(script); })"
    )
    assert blocked.startswith("script-src")
    assert page.run("return window.hit") is None
    page.meant = ("Content Security Policy",)


# --- a run ends, another begins ---


def test_the_page_goes_on_with_the_next_run(opened: Opened) -> None:
    """It says that nothing runs, and by itself shows the next run: its lines, its numbers, and where it began."""
    page = opened(first=lambda g: g.event("Shipments", "ship", "ok"))
    page.meant = ("Failed to load resource: net::ERR_",)
    page.wait(lambda: len(page.lines()) == 1)
    page.gateway.stop()
    page.says("#state", "not running")
    page.gateway.event("Shipments", "ship", "failed")  # nginx alone was away
    page.gateway.start()
    page.wait(lambda: page.lines()[1:] == ["Shipments → ship | failed | 4.0 ms"])
    page.gateway.event("Shipments", "ship", "ok")
    page.wait(lambda: page.lines()[2:] == ["Shipments → ship | ok | 4.0 ms"])
    page.gateway.stop()
    page.says("#state", "not running")
    assert page.one("#away").is_displayed()
    page.go("#is/placeOrder/do")
    page.button("Call").click()
    page.says(".answer .bad", "Not done")
    from tests.local.page.run import FakeRun

    page.gateway.run = FakeRun(page.gateway.run.description)
    page.gateway.run.calls["bill"] = {"ok": 41}
    page.gateway.event("Orders.stream", "bill", "ok")
    page.gateway.start()
    page.says("#state", "running for")
    assert not page.one("#away").is_displayed()
    page.go("#")
    page.wait(lambda: page.lines()[3:] == ["A new run of orders begins", "Orders.stream → bill | ok | 4.0 ms"])
    page.says(page.box("bill"), "41")
    page.gateway.event("Orders.stream", "bill", "ok")
    page.wait(lambda: len(page.lines()) == 6)


def test_lines_that_came_while_nobody_looked(opened: Opened) -> None:
    """A tab that is not seen hears nothing; when it is seen again the newest lines are there, and how many are not is told."""
    page = opened(first=lambda g: g.event("Shipments", "ship", "ok"))
    page.wait(lambda: len(page.lines()) == 1)
    see = (
        "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.run(see, True)
    for number in range(2600):
        page.gateway.printed("ship", f"line {number}")
    page.wait(lambda: page.gateway.run.console.lines[-1].number == 2601)
    page.run(see, False)
    page.wait(lambda: len(page.lines()) == 500)
    told = "2,600 lines came while this page was not looked at; the first 600 are not shown"
    assert page.lines()[-2:] == ["ship | line 2599", told]
    page.run(see, True)
    page.gateway.printed("ship", "one more")
    page.run(see, False)
    page.wait(lambda: page.lines()[-1] == "ship | one more")
    assert page.lines()[-3:-1] == ["ship | line 2599", told]


def test_a_picture_that_does_not_come(opened: Opened) -> None:
    """What is told is what happened, in the page's words and not the browser's; when the run can tell again, the picture is there."""
    page = opened()
    page.meant = ("status of 500", "net::ERR_")
    ask = page.gateway.run.picture
    page.run(
        "window.fetched = window.fetch; window.fetch = (path, ...rest) => path.endsWith('graph') ? Promise.reject(new TypeError('Failed to fetch')) : fetched(path, ...rest)"
    )
    description = json.loads(json.dumps(page.gateway.run.description))
    description["functions"]["later"] = {**description["functions"]["bill"], "arn": "arn:aws:lambda:::function:later", "name": "later"}
    page.gateway.run.description = description
    page.wait(lambda: page.text("#blank") == "The run does not answer.")
    page.run("window.fetch = window.fetched")
    page.one(page.box("later"))

    def broken() -> str:
        raise OSError("the disk is full")

    page.gateway.run.picture = broken  # type: ignore[method-assign]  # as when it can't be drawn
    del description["functions"]["later"]
    page.wait(lambda: page.text("#blank") == "the disk is full")
    page.gateway.run.picture = ask  # type: ignore[method-assign]
    page.wait(lambda: not page.all(page.box("later")))


def test_light_and_dark(opened: Opened) -> None:
    """The page is as its reader's other pages are, the picture with it."""
    page = opened()
    look = (
        "return ['body', '#picture .name', '#picture .large'].map(css => getComputedStyle(document.querySelector(css)))"
        ".map((style, at) => at ? style.fill : style.backgroundColor)"
    )
    assert page.run(look) == ["rgb(252, 252, 253)", "rgb(29, 36, 48)", "rgb(29, 36, 48)"]
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        assert page.run(look) == ["rgb(20, 23, 29)", "rgb(238, 241, 246)", "rgb(238, 241, 246)"]
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
