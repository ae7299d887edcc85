"""The comments of one pull request of GitHub's, or of one merge request of GitLab's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import quote

import attrs

from ifc.review.pull.web import Refused, Web

PAGES = 100  # of 100 comments each


@attrs.frozen
class Comment:
    """A comment, and whether it is one that this token has written."""

    id: int
    body: str
    ours: bool


class Host(Protocol):
    """Where comments are."""

    def comments(self) -> Iterator[Comment]: ...
    def create(self, body: str) -> None: ...
    def edit(self, id: int, body: str) -> None: ...
    def delete(self, id: int) -> None: ...


class GitHub:
    """A pull request (GitHub docs, REST API endpoints for issue comments: those of a pull request are those of an issue)."""

    def __init__(self, address: str, token: str, repository: str, number: int) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        self.web, self.number = Web(address, headers), number
        self.repository = f"/repos/{quote(repository)}"
        self._login: str | None = None

    def pull_request(self) -> Any:
        """The pull request itself."""
        return self.web.call("GET", f"{self.repository}/pulls/{self.number}").data

    def comments(self) -> Iterator[Comment]:
        """All comments, the oldest first."""
        login = self.login()
        for found in _pages(self.web, f"{self.repository}/issues/{self.number}/comments?per_page=100"):
            user = found.get("user") or {}
            ours = user.get("login") == login if login else user.get("type") == "Bot"
            yield Comment(found["id"], found.get("body") or "", ours)

    def login(self) -> str:
        """Whose token it is; nothing where it is an app's, which GitHub does not say (so any app's comment with our mark is ours)."""
        if self._login is None:
            try:
                self._login = str(self.web.call("GET", "/user").data["login"])
            except Refused as refused:
                if refused.status != 403:
                    raise
                self._login = ""
        return self._login

    def create(self, body: str) -> None:
        """Writes a comment."""
        self.web.call("POST", f"{self.repository}/issues/{self.number}/comments", {"body": body})

    def edit(self, id: int, body: str) -> None:
        """Gives a comment another text."""
        self.web.call("PATCH", f"{self.repository}/issues/comments/{id}", {"body": body})

    def delete(self, id: int) -> None:
        """Removes a comment."""
        self.web.call("DELETE", f"{self.repository}/issues/comments/{id}")


class GitLab:
    """A merge request (GitLab docs, Notes API)."""

    def __init__(self, address: str, token: str, project: int, number: int) -> None:
        self.web = Web(address, {"PRIVATE-TOKEN": token})
        self.notes = f"/projects/{project}/merge_requests/{number}/notes"
        self._user: int | None = None

    def comments(self) -> Iterator[Comment]:
        """All comments, the oldest first."""
        if self._user is None:
            self._user = int(self.web.call("GET", "/user").data["id"])
        for found in _pages(self.web, f"{self.notes}?sort=asc&order_by=created_at&per_page=100"):
            ours = (found.get("author") or {}).get("id") == self._user and not found.get("system")
            yield Comment(found["id"], found.get("body") or "", ours)

    def create(self, body: str) -> None:
        """Writes a comment."""
        self.web.call("POST", self.notes, {"body": body})

    def edit(self, id: int, body: str) -> None:
        """Gives a comment another text."""
        self.web.call("PUT", f"{self.notes}/{id}", {"body": body})

    def delete(self, id: int) -> None:
        """Removes a comment."""
        self.web.call("DELETE", f"{self.notes}/{id}")


def _pages(web: Web, path: str) -> Iterator[Any]:
    """What all pages of a list hold; both hosts name the next page in the header `Link`."""
    for page in range(1, PAGES + 1):
        answer = web.call("GET", f"{path}&page={page}")
        if not isinstance(answer.data, list):
            raise Refused("the host does not answer with a list of comments", "check the address of the API")
        yield from answer.data
        if not answer.more:
            return
