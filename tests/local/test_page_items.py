"""What tables and buckets hold: as the run answers from its real stores, and as the page shows it."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ifc.local import items
from ifc.local.items import Items, text_of, written
from ifc.local.stores.client import Stores
from ifc.local.stores.items import typed
from tests.local.page.apps import example

if TYPE_CHECKING:
    from tests.local.page.browser import Opened, Page
    from tests.local.page.run import Gateway

pytest_plugins = ["tests.local.page.browser"]

BIG = 12345678901234567890123456789012345678


# --- the answers ---


class Held:
    """Tables and buckets in moto, in their own process."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="ifc-"))
        self.stores = self.do(Stores.start(self.folder, self.folder / "objects", lambda _: None))
        self.do(self.stores.create(description))
        self.items = Items(self.stores, description)

    def do(self, work: Any) -> Any:
        """What a coroutine gives."""
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    def put(self, table: str, **item: Any) -> None:
        """Puts an item, of plain values or of DynamoDB's."""
        known = {
            name: value if isinstance(value, dict) and set(value) & {"SS", "NS", "B", "BS"} else typed(value)
            for name, value in item.items()
        }
        assert self.do(self.stores.put_item(table, known)).status == 200

    def object(self, bucket: str, key: str, content: bytes) -> None:
        """Puts an object."""
        assert self.do(self.stores.put_object(bucket, key, content)).status == 200

    def rows(self, sort: str, name: str, begin: int = 0, most: int = 50, part: str = "") -> Any:
        """The answer about a table or a bucket."""
        return self.do(self.items.rows(sort, name, begin, most, part))

    def close(self) -> None:
        """Ends the process."""
        self.do(self.stores.stop())
        self.loop.close()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    """The tables and the bucket of an example, with a table of two keys beside them."""
    description = example("orders")
    entry = description["tables"]["Orders"]
    description["tables"]["Lines"] = {
        **entry,
        "name": "lines",
        "arn": entry["arn"] + "2",
        "key": [["order", "S"], ["number", "N"]],
        "indexes": [],
    }
    made = Held(description)
    yield made
    made.close()


def test_items_by_their_keys(held: Held) -> None:
    """In order of keys, some at a time; the answer says where to go on, and how many there are."""
    for number in range(7):
        held.put("Lines", note="n", order=f"o{number % 2}", number=number * 10)
    first = held.rows("tables", "Lines", most=3)
    keys = [row["key"] for row in first["rows"]]
    assert (first["key"], first["count"], first["looked"], first["next"]) == (["order", "number"], 7, 3, 3)
    rest = held.rows("tables", "Lines", begin=first["next"])
    assert (rest["count"], rest["looked"], rest["next"]) == (7, 7, None)
    keys += [row["key"] for row in rest["rows"]]
    assert sorted(keys) == sorted(f"o{number % 2}  {number * 10}" for number in range(7))
    assert json.loads(first["rows"][0]["value"])["note"] == "n"
    assert list(json.loads(first["rows"][0]["value"]))[:2] == ["order", "number"]
    assert held.rows("tables", "Lines", begin=100) == {
        "name": "Lines",
        "key": ["order", "number"],
        "rows": [],
        "count": 7,
        "looked": 7,
        "next": None,
    }


def test_a_part_of_a_key(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows whose key has it, in capitals or not, wherever they stand; one answer looks through no more than so many."""
    monkeypatch.setattr(items, "AT_ONCE", 4)
    for number in range(30):
        held.object("Reports", f"{'AB'[number % 2]}/{number:02}.txt", b"x")
    found = held.rows("buckets", "Reports", part="b/1", most=3)
    assert [row["key"] for row in found["rows"]] == ["B/11.txt", "B/13.txt", "B/15.txt"]
    assert (found["count"], found["next"]) == (30, found["looked"])
    more = held.rows("buckets", "Reports", begin=found["next"], part="b/1", most=3)
    assert [row["key"] for row in more["rows"]] == ["B/17.txt", "B/19.txt"]
    assert more["next"] is None
    assert held.rows("buckets", "Reports", part="nothing")["rows"] == []
    monkeypatch.setattr(items, "LOOKED_AT", 10)
    some = held.rows("buckets", "Reports", part="b/1")
    assert some["rows"] == []
    assert 10 <= some["looked"] == some["next"] < 30
    assert [row["key"] for row in held.rows("buckets", "Reports", begin=some["next"], part="b/0")["rows"]][:1] == ["B/01.txt"]


def test_numbers_keep_their_digits_and_sets_are_no_json(held: Held) -> None:
    """A number of 38 digits is one in the answer; what JSON has no word for stands as DynamoDB writes it, and can't be put as it stands."""
    held.put("Orders", id="plain", total=BIG, ok=True, none=None, deep={"a": [1, "ä"]})
    held.put("Orders", id="sets", tags={"SS": ["a", "b"]}, raw={"B": "AAE="})
    rows = {row["key"]: row for row in held.rows("tables", "Orders")["rows"]}
    assert rows["plain"]["value"] == f'{{"id": "plain", "total": {BIG}, "ok": true, "none": null, "deep": {{"a": [1, "ä"]}}}}'
    assert rows["plain"]["plain"] is True
    assert json.loads(rows["sets"]["value"]) == {"id": "sets", "tags": {"SS": ["a", "b"]}, "raw": {"B": "AAE="}}
    assert rows["sets"]["plain"] is False
    assert written({"L": [{"N": "-0.5"}, {"M": {}}, {"L": []}, {"S": 'a"b'}]}) == '[-0.5, {}, [], "a\\"b"]'


def test_what_is_in_an_object(held: Held) -> None:
    """Its text, of a long one the beginning; none of what is no text; nothing of what is not there."""
    long = "ä" * items.LONGEST
    for key, content in {"a b/ü?#.txt": b"text\n", "empty": b"", "image": b"\x89PNG\r\n\x1a\n\0", "long": long.encode()}.items():
        held.object("Reports", key, content)

    def content(key: str) -> Any:
        return held.do(held.items.content("Reports", key))

    assert content("a b/ü?#.txt") == {"text": "text\n", "cut": False}
    assert content("empty") == {"text": "", "cut": False}
    assert content("image") == {"text": None, "cut": False}
    assert content("long") == {"text": long[: items.LONGEST // 2], "cut": True}
    assert content("nothing") is None
    assert text_of(b"a\xff") is None
    assert text_of(b"GIF\0") is None
    assert text_of(b"\x1b[1m\tbold\r\n") == "\x1b[1m\tbold\r\n"
    assert text_of("aä".encode()[:-1]) == "a"


# --- on the page ---


def rows(page: Page) -> list[str]:
    """The keys that the panel shows."""
    found: list[str] = page.run("return [...document.querySelectorAll('#panel .held')].map(e => e.textContent)")
    return found


def test_the_items_of_a_table(opened: Opened) -> None:
    """The first are shown, more when asked for, and those with a part of a key; one opens, and is put again with what was changed."""

    def before(gateway: Gateway) -> None:
        for number in range(120):
            gateway.run.item("Orders", {"id": f"o{number:03}", "total": BIG, "who": "ann"})

    page = opened("#is/Orders", first=before)
    page.one("#tab-holds").click()
    page.wait(lambda: rows(page) == [f"o{n:03}" for n in range(50)])
    page.says("#panel .body", "The first 50 of 120 items")
    assert page.text("#panel summary .gist").endswith('"who":"ann"}')
    assert '"id"' not in page.text("#panel summary .gist")
    page.button("More").click()
    page.wait(lambda: len(rows(page)) == 100)
    page.button("More").click()
    page.wait(lambda: rows(page) == [f"o{n:03}" for n in range(120)])
    page.says("#panel .body", "120 items")
    assert not page.one("#panel .acts:last-child button").is_displayed()
    page.one("#panel input").send_keys("11")
    page.wait(lambda: rows(page) == ["o011", *(f"o{n}" for n in range(110, 120))])
    page.says("#panel .body", "11 of 120 items with this in the key")
    page.all("#panel summary")[2].click()
    page.says("#panel .detail pre", f'"total": {BIG}')
    page.gateway.run.item("Orders", {"id": "o1111"})
    page.button("Refresh (it has changed)").click()
    page.wait(lambda: rows(page)[-1] == "o1111")
    page.all("#panel summary")[2].click()
    page.button("Edit and put …").click()
    area = page.one("#value")
    assert area.get_attribute("value") == f'{{\n  "id": "o111",\n  "total": {BIG},\n  "who": "ann"\n}}'
    page.button("Put").click()
    page.says(".answer", '"changes": 1')
    assert page.gateway.run.done == [("put", {"name": "Orders", "value": {"id": "o111", "total": BIG, "who": "ann"}})]


def test_what_a_table_holds_changes(opened: Opened) -> None:
    """New items appear by themselves where nobody reads; an empty table says that it is empty; what was typed stays when the app is saved."""
    page = opened("#is/Orders/holds")
    page.says("#panel", "No item is here.")
    page.gateway.run.item("Orders", {"id": "a"})
    page.wait(lambda: rows(page) == ["a"])
    page.says("#panel .body", "1 item")
    page.gateway.run.item("Orders", {"id": "b"})
    page.wait(lambda: rows(page) == ["a", "b"])
    page.one("#panel input").send_keys("B")
    page.wait(lambda: rows(page) == ["b"])
    description = json.loads(json.dumps(page.gateway.run.description))
    description["functions"]["later"] = {**description["functions"]["bill"], "arn": "arn:aws:lambda:::function:later", "name": "later"}
    page.gateway.run.description = description
    page.one(page.box("later"))
    page.wait(lambda: page.run("return document.activeElement.value") == "B")
    page.wait(lambda: rows(page) == ["b"])


def test_an_answer_that_another_has_overtaken(opened: Opened) -> None:
    """Rows of a filter that is another by now are not shown, however late they come."""
    page = opened("#is/Orders/holds", first=lambda g: [g.run.item("Orders", {"id": f"o{n}"}) for n in (1, 2, 11)])
    page.wait(lambda: len(rows(page)) == 3)
    page.run(
        "const fetched = window.fetch; window.late = []; window.come = 0; window.fetch = async (path, ...rest) => {"
        "  const answer = await fetched(path, ...rest);"
        "  if (!path.endsWith('key=1')) return answer;"
        "  const found = await answer.json();"
        "  await new Promise(go => late.push(go));"
        "  return {ok: true, json: async () => { come += 1; return found; }}; }"
    )
    page.one("#panel input").send_keys("1")
    page.wait(lambda: page.run("return late.length") == 1)
    page.one("#panel input").send_keys("1")
    page.wait(lambda: rows(page) == ["o11"])
    page.run("late[0]()")
    page.wait(lambda: page.run("return come") == 1)
    assert rows(page) == ["o11"]
    assert page.text("#panel .body > p") == "1 of 3 items with this in the key"


def test_sets_can_not_be_edited(opened: Opened) -> None:
    """What JSON has no word for would be put as something else."""

    def before(gateway: Gateway) -> None:
        gateway.run.stores.items["Orders"] = [{"id": {"S": "s"}, "tags": {"SS": ["a"]}}]

    page = opened("#is/Orders/holds", first=before)
    page.wait(lambda: rows(page) == ["s"])
    page.one("#panel summary").click()
    page.says("#panel .detail", "Sets and binary values stand as DynamoDB writes them.")
    assert not page.all("#panel .detail button")


def test_the_objects_of_a_bucket(opened: Opened) -> None:
    """By their keys, with their sizes; one opens with what is in it, as far as that is text."""

    def before(gateway: Gateway) -> None:
        for key, content in {"2026/a b.json": b'{"total": 7}', "image": b"\x89PNG\0", "big": b"x" * 1_200_000, "<b>": b"<i>1</i>"}.items():
            gateway.run.object("Reports", key, content)

    page = opened("#is/Reports/holds", first=before)
    page.wait(lambda: rows(page) == ["2026/a b.json", "<b>", "big", "image"])
    page.says("#panel .body", "4 objects")
    sizes = page.run("return [...document.querySelectorAll('#panel summary .quiet')].map(e => e.textContent)")
    assert sizes == ["12 B", "8 B", "1.2 MB", "5 B"]
    page.all("#panel summary")[0].click()
    page.says("#panel .detail pre", '{\n  "total": 7\n}')
    page.says("#panel .detail", "12 bytes")
    page.all("#panel summary")[3].click()
    page.wait(lambda: "It is no text." in page.all("#panel .detail")[3].text)
    page.all("#panel summary")[1].click()
    page.wait(lambda: page.all("#panel .detail")[1].find_elements("css selector", "pre"))
    assert page.all("#panel .detail")[1].find_element("css selector", "pre").text == "<i>1</i>"
    page.meant = ("status of 404",)
    del page.gateway.run.stores.objects["Reports"]["big"]
    page.all("#panel summary")[2].click()
    page.wait(lambda: "Reports has no object big" in page.all("#panel .detail")[2].text)
