"""Answers to the forms that browsers post (S3 API reference, POST Object): moto says only that it has the object."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from ifc.local.forms import Form
from ifc.local.stores.emulator import Answer

STATUSES = ("200", "201", "204")  # that `success_action_status` may be; for another one it is 204


def tidied(form: Form, body: bytes) -> bytes:
    """A body without a status that there is not, of which moto makes an answer."""
    if form.fields.get("success_action_status", "204") in STATUSES:
        return body
    return body[: form.begin].replace(b'"success_action_status"', b'"x-ignore-status"') + body[form.begin :]


def answered(answer: Answer, form: Form, bucket: str, host: str, backend: Any) -> Answer:
    """The answer to a form that moto has taken, as S3 gives it; other answers as they are."""
    if answer.status >= 300 and answer.status != 303:
        return answer
    version = backend.get_object(bucket, form.key)
    where = f"http://{host}/{bucket}/{quote(form.key)}"
    headers = {name: value for name, value in answer.headers if name.lower() not in ("content-length", "content-type")}
    headers |= {"ETag": version.etag, "Location": where}
    if version.version_id != "null":
        headers["x-amz-version-id"] = version.version_id
    if answer.status == 303:
        headers["Location"] = f"{dict(answer.headers)['Location']}&etag={quote(version.etag)}"
    if answer.status != 201:
        return Answer(answer.status, list(headers.items()), b"")
    parts = {"Location": where, "Bucket": bucket, "Key": form.key, "ETag": version.etag}
    text = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{text}</PostResponse>'.encode()
    return Answer(201, [*headers.items(), ("Content-Type", "application/xml")], body)
