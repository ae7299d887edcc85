"""A headless Chromium in which the page is looked at, and what every look at it must hold: no complaint, no dialog, no other host."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import pytest

from tests.local.page.apps import ORDERS, described
from tests.presence import require

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from tests.local.page.run import Gateway

T = TypeVar("T")
PATIENCE = 20  # seconds, for a machine that is busy
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,1000",
)


def absent() -> str | None:
    """What the tests of the page lack."""
    modules = [name for name in ("selenium", "aiohttp") if importlib.util.find_spec(name) is None]
    if modules:
        return f"{' and '.join(modules)} not installed: pip install -e .[dev,local]"
    programs = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if programs:
        return f"{' and '.join(programs)} not installed: apt-get install -y --no-install-recommends chromium chromium-driver"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why no page was looked at, also where pytest isn't asked for the reasons of skips."""
    skipped = [
        r for r in terminalreporter.stats.get("skipped", []) if r.nodeid.startswith(("tests/local/test_page", "tests/test_graph_page"))
    ]
    if skipped and (why := absent()):
        terminalreporter.write_line(f"\n{len(skipped)} tests of the page were skipped: {why}", yellow=True)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """The browser; where there is none the tests are skipped with the reason, but on CI (`CI=true`) they fail."""
    require(absent())
    browser = _started(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.quit()


def _started(profile: Path) -> Chrome:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.set_capability("unhandledPromptBehavior", "ignore")  # a dialog makes the next command fail
    return Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))


Opened = Callable[..., "Page"]


@pytest.fixture
def opened(chromium: Chrome) -> Iterator[Opened]:
    """Opens the page of an app, the orders app if none is given; `first` is done to its run before."""
    from tests.local.page.run import FakeRun, Gateway

    pages: list[Page] = []

    def opening(where: str = "", description: dict[str, Any] | None = None, first: Callable[[Gateway], object] | None = None) -> Page:
        gateway = Gateway(FakeRun(description or described(ORDERS)))
        pages.append(Page(chromium, gateway))
        if first is not None:
            first(gateway)
        return pages[-1].open(where)

    yield opening
    for page in pages:
        try:
            page.close()
        finally:
            page.gateway.close()


class Page:
    """The page of a gateway in the browser."""

    def __init__(self, browser: Chrome, gateway: Gateway) -> None:
        self.browser, self.gateway = browser, gateway
        self.meant: tuple[str, ...] = ()  # what the browser may complain of

    def open(self, where: str = "") -> Page:
        """Opens it, and waits for the picture."""
        self._heard()  # what belongs to the page before
        self.browser.get(self.gateway.address + where)
        self.wait(lambda: self.all("#picture .box") and self.text("#app") == self.gateway.run.description["app"])
        return self

    def size(self, width: int, height: int) -> None:
        """Gives the window another size, until the page is closed."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def go(self, where: str) -> None:
        """Goes to another place of it, as a link does."""
        self.run("location.hash = arguments[0]", where)

    def run(self, script: str, *given: Any) -> Any:
        """What a script gives."""
        return self.browser.execute_script(script, *given)

    def wait(self, look: Callable[[], T]) -> T:
        """The first thing that is not false."""
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.browser, PATIENCE, 0.05, [StaleElementReferenceException]).until(lambda _: look())

    def all(self, css: str) -> list[WebElement]:
        """The elements of a selector."""
        return self.browser.find_elements("css selector", css)

    def one(self, css: str) -> WebElement:
        """The first element of a selector, once it is there."""
        return self.wait(lambda: self.all(css))[0]

    def text(self, css: str) -> str:
        """All text of the first element of a selector, seen or not."""
        found = self.run("return document.querySelector(arguments[0])?.textContent ?? ''", css)
        assert isinstance(found, str)
        return found

    def says(self, css: str, text: str) -> None:
        """Waits for a text somewhere in an element."""
        self.wait(lambda: text in self.text(css))

    def button(self, text: str, css: str = "button, a.button") -> WebElement:
        """The button that is called so."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].find(b => b.textContent.trim() === arguments[1] && b.checkVisibility())"
        )
        found: WebElement = self.wait(lambda: self.run(script, css, text))
        return found

    def box(self, name: str) -> str:
        """The selector of a box of the picture."""
        return f"#picture .box[data-name={json.dumps(name)}]"

    def line(self, source: str, target: str) -> str:
        """The selector of a line of the picture."""
        return f"#picture .line[data-from={json.dumps(source)}][data-to={json.dumps(target)}]"

    def lines(self) -> list[str]:
        """The lines of the log, without their times."""
        found = self.run(
            "return [...document.querySelectorAll('#log li')].map(li => [...(li.querySelector('.entry') ?? li).childNodes]"
            ".filter(e => e.localName !== 'time').map(e => e.textContent).filter(t => t).join(' | '))"
        )
        assert isinstance(found, list)
        return found

    def close(self) -> None:
        """Ends, and fails where the browser had something to complain of, or asked another host."""
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        heard, hosts = self._heard()
        assert not [text for text in heard if not any(meant in text for meant in self.meant)]
        assert hosts <= {f"127.0.0.1:{self.gateway.port}"}, hosts

    def _heard(self) -> tuple[list[str], set[str]]:
        """What the browser complained of, and the hosts that it asked, since it was listened to before."""
        self.browser.get("about:blank")
        heard = [e["message"] for e in self.browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
        return heard, asked(self.browser.get_log("performance"))


def asked(entries: list[dict[str, Any]]) -> set[str]:
    """The hosts to which the browser has sent something."""
    messages = [json.loads(entry["message"])["message"] for entry in entries]
    addresses = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return {urlsplit(a).netloc for a in addresses if urlsplit(a).scheme not in ("data", "about", "chrome")}
