"""The forms by which browsers post objects to S3."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ifc.records import record


@record
class Form:
    """A form: its fields by their names in lower case, and the file after them, which is the last that S3 reads."""

    fields: Mapping[str, str]
    filename: str = ""
    begin: int = 0  # of the file's content in the body
    size: int = 0  # bytes of the file

    @property
    def key(self) -> str:
        """The object's key (S3 user guide, Browser-based uploads using POST: `${filename}`)."""
        return self.fields.get("key", "").replace("${filename}", self.filename)


def read(kind: str, body: bytes) -> Form | None:
    """The form in a body of some Content-Type; None where it is none."""
    found = re.search(r'boundary="?([^";,]+)"?', kind)
    if not kind.lower().startswith("multipart/form-data") or not found:
        return None
    boundary, at = b"--" + found[1].encode("latin-1"), 0
    fields: dict[str, str] = {}
    while (start := body.find(boundary, at)) >= 0:
        head = body.find(b"\r\n\r\n", start)
        at = body.find(b"\r\n" + boundary, head)
        if head < 0:
            break
        disposition = body[start:head].decode("utf-8", "replace")
        name = re.search(r'name="([^"]*)"', disposition)
        if name and name[1].lower() == "file":
            file = re.search(r'filename="([^"]*)"', disposition)
            return Form(fields, file[1] if file else "", head + 4, (at if at >= 0 else len(body)) - head - 4)
        if at < 0:
            break
        if name:
            fields[name[1].lower()] = body[head + 4 : at].decode("utf-8", "replace")
    return Form(fields)
