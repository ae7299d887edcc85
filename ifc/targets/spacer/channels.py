"""Queues, topics, buses and streams of the description: what messages go through."""

from __future__ import annotations

from typing import Any

from ifc.targets.spacer.names import dead, made_dead_letters
from ifc.targets.spacer.scene import Scene
from ifc.values import Attr


def queues(scene: Scene) -> dict[str, Any]:
    """The queues by name, those made for dead letters behind theirs."""
    found: dict[str, Any] = {}
    for queue in scene.app.of_kind("queue"):
        given: Any = queue
        letters = given.dead_letter
        made = made_dead_letters(queue)
        shared = {"fifo": given.fifo, "dedup": given.dedup or ("id" if given.fifo else None), "highThroughput": given.high_throughput}
        found[queue.name] = {
            **scene.named(queue),
            "url": url(scene, scene.attribute(queue, "name")),
            "topic": scene.topics[queue.name],
            **shared,
            "visibility": 30 if given.visibility is None else given.visibility,
            "retention": given.retention,
            "delay": given.delay or 0,
            "wait": given.wait or 0,
            "deadLetter": {"queue": dead(queue.name) if made else given.dead_queue, "after": letters.after} if letters else None,
        }
        if made:
            name = scene.here(Attr(f"{given.id}Dead", "name"))
            found[dead(queue.name)] = {
                "name": name,
                "arn": scene.here(Attr(f"{given.id}Dead", "arn")),
                "url": url(scene, name),
                "topic": scene.topics[dead(queue.name)],
                **shared,
                "visibility": given.dead_visibility or 30,
                "retention": letters.retention,
                "delay": 0,
                "wait": 0,
                "deadLetter": None,
            }
    return found


def url(scene: Scene, name: str) -> str:
    """The URL of a queue, on this machine even where the queue itself exists elsewhere."""
    from ifc.targets.spacer.values import ACCOUNT, ENDPOINT

    return f"{ENDPOINT}/{ACCOUNT}/{name}"


def topics(scene: Scene) -> dict[str, Any]:
    """The topics by name."""
    found: dict[str, Any] = {}
    for topic in scene.app.of_kind("topic"):
        given: Any = topic
        fifo = bool(given.fifo)
        found[topic.name] = {
            **scene.named(topic),
            "topic": scene.topics[topic.name],
            "fifo": fifo,
            "dedup": given.dedup or ("id" if fifo else None),
        }
    return found


def buses(scene: Scene) -> dict[str, Any]:
    """The buses by name; `aws` is the account's own."""
    found: dict[str, Any] = {}
    for bus in scene.app.of_kind("bus"):
        found[bus.name] = {**scene.named(bus), "topic": scene.topics[bus.name]}
    return found


def streams(scene: Scene) -> dict[str, Any]:
    """The streams by name; one whose shards the service chooses has one here."""
    found: dict[str, Any] = {}
    for stream in scene.app.of_kind("stream"):
        given: Any = stream
        shards = scene.value(given.shards)
        found[stream.name] = {
            **scene.named(stream),
            "topic": scene.topics[stream.name],
            "shards": shards if isinstance(shards, int) else 1,
            "retention": given.retention * 3600,
        }
    return found
