"""REST APIs: paths and their wildcards, other origins, bodies that a schema refuses, and the API's own URL."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.conftest import Deploy
from tests.e2e.stack import ask

APP = """
app apis

api Public {
  protocol rest
  logs
  throttle rate 50 burst 25
  cors { origins "https://a.example"; headers "x-mine" }
  GET    /                  -> seen
  POST   /orders            -> seen { schema file "order.json" }
  GET    /orders/{id}       -> seen
  DELETE /orders/{id}       -> seen
  GET    /orders/{id}/lines -> seen
  ANY    /files/{path+}     -> seen
  GET    /secret            -> seen { authorizer iam }
}

function seen  "see.route"
function knows "see.environment" { calls Public; env { URL Public.url } }
"""

SCHEMA = {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}}


def test_rest_api(deployed: Deploy, tmp_path: Path) -> None:
    """Each route reaches the function with its parameters, and what is not a route, or not a fit body, doesn't."""
    folder = tmp_path / "apis"
    folder.mkdir()
    (folder / "order.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    stack = deployed(APP, "apis")

    def seen(method: str, path: str, body: object = None) -> object:
        answer = stack.ask("Public", method, path, body)
        return [answer.json["resource"], answer.json["parameters"]] if answer.status == 200 else answer.status

    assert seen("GET", "/") == ["/", None]
    assert seen("GET", "/orders/7") == ["/orders/{id}", {"id": "7"}]
    assert seen("DELETE", "/orders/7") == ["/orders/{id}", {"id": "7"}]
    assert seen("GET", "/orders/7/lines") == ["/orders/{id}/lines", {"id": "7"}]
    assert seen("PATCH", "/files/a/b/c.txt") == ["/files/{path+}", {"path": "a/b/c.txt"}]
    assert seen("PUT", "/orders/7") in (403, 404)
    assert seen("GET", "/else") in (403, 404)
    assert seen("POST", "/orders", {"total": 5}) == ["/orders", None]
    assert seen("POST", "/orders", {"total": "much"}) == 400

    answer = stack.ask("Public", "OPTIONS", "/orders/7", None, {"Origin": "https://a.example", "Access-Control-Request-Method": "DELETE"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["access-control-allow-headers"] == "x-mine"
    assert {"GET", "DELETE"} <= set(answer.headers["access-control-allow-methods"].replace(" ", "").split(","))

    urls = stack.invoke("knows", ["URL", "PUBLIC_API_URL"])
    assert urls["URL"] == urls["PUBLIC_API_URL"]
    # LocalStack puts its own address in the place of AWS's; not every machine knows the names under `localhost`.
    url = urlsplit(urls["URL"])
    answer = ask(f"{stack.emulator.endpoint}{url.path.rstrip('/')}/orders/8", headers={"Host": url.netloc})
    assert answer.json["parameters"] == {"id": "8"}
