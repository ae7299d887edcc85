"""Back to what was there before, and from one stage to the next, by the real commands."""

from __future__ import annotations

from tests.e2e.conftest import Deploying
from tests.e2e.deploying import RUNTIME, Deployer
from tests.e2e.stack import until

APP = f'app NAME\n{RUNTIME}\nqueue Jobs {{ retention 4d }}\nfunction work "work.run" {{ sends Jobs; memory 256MB }}\n'


def code(version: int) -> str:
    """A handler that says which one it is."""
    return f"def run(event, context):\n    return {version}\n"


def retention(app: Deployer, stack: str) -> str:
    """How many seconds the stack's queue keeps a message."""
    sqs = app.emulator.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=app.ids(stack)["Jobs"], AttributeNames=["MessageRetentionPeriod"])
    return str(found["Attributes"]["MessageRetentionPeriod"])


def test_rollback(deploying: Deploying) -> None:
    """The deployment before the last one is deployed again, template, values and code; once more goes one further; a later one is no detour."""
    app = deploying("back", APP.replace("NAME", "back"), work=code(1))
    assert app.run("deploy", "--yes").code == 0
    nothing = app.run("rollback", "--yes")
    assert nothing.code == 1
    assert "`back-dev` was deployed once, so there is nothing to go back to; nothing was changed" in nothing.err
    for version in (2, 3):
        app.write(APP.replace("NAME", "back").replace("256MB", f"{version * 256}MB"), work=code(version))
        assert app.run("deploy", "--yes").code == 0
    assert app.invoke("back-dev", "work") == 3

    app.write("app back\nqueue Broken { nonsense 1 }\n")  # in an emergency the source need not be in order
    declined = app.ask("rollback", typed="n\n")
    assert declined.code == 2, declined
    back = app.run("rollback", "--yes")
    assert back.code == 0, back
    assert "back to deployment 2 of 20" in back.out
    assert "`memory` of function `work` changes" in back.out
    assert "768 MB → 512 MB" in back.out.replace("768MB → 512MB", "768 MB → 512 MB")
    assert "new code: work" in back.out
    until(lambda: app.invoke("back-dev", "work") == 2, "the code before runs")
    assert app.run("rollback", "--yes").code == 0
    until(lambda: app.invoke("back-dev", "work") == 1, "the code before that runs")
    no_more = app.run("rollback", "--yes")
    assert (no_more.code, "`back-dev` is back at deployment 1, the first on record" in no_more.err) == (1, True), no_more
    onward = app.run("rollback", "--yes", "--to", "3")
    assert onward.code == 0, onward
    until(lambda: app.invoke("back-dev", "work") == 3, "the code of the third deployment runs")
    assert [record["restores"] for record in app.records("back-dev")] == [0, 0, 0, 2, 1, 3]
    unknown = app.run("rollback", "--yes", "--to", "17")
    assert unknown.code == 2
    assert "there is no deployment 17 of `back-dev` to go back to; there is 1, 2, 3, 4, 5, 6" in unknown.err


def test_nothing_behind_a_destruction(deploying: Deploying) -> None:
    """What was deployed before a stack was destroyed is nothing to go back to."""
    app = deploying("anew", APP.replace("NAME", "anew"), work=code(1))
    assert app.run("deploy", "--yes").code == 0
    assert app.run("destroy", "--yes").code == 0
    assert "`anew-dev` is not deployed" in app.run("rollback", "--yes").err
    app.write(APP.replace("NAME", "anew"), work=code(2))
    assert app.run("deploy", "--yes").code == 0
    assert "was deployed once" in app.run("rollback", "--yes").err


def test_promote(deploying: Deploying) -> None:
    """A stage gets the very archives that another one runs, with its own settings, whatever the code beside the source is by now."""
    source = APP.replace("NAME", "ladder") + "stage test {}\nstage prod { Jobs { retention 2d } }\n"
    app = deploying("ladder", source, "test", "prod", work=code(1))
    early = app.run("promote", "--from", "test", "--to", "prod", "--yes")
    assert early.code == 1
    assert "`ladder-test` is not deployed, so there is no code of it to promote" in early.err
    assert app.run("deploy", "--stage", "test", "--yes").code == 0
    app.write(source, work=code(2))
    promoted = app.run("promote", "--from", "test", "--to", "prod", "--yes")
    assert promoted.code == 0, promoted
    assert app.invoke("ladder-prod", "work") == 1
    assert retention(app, "ladder-prod") == "172800"
    assert app.records("ladder-prod")[0]["promotes"] == "test"
    assert "code of the stage test" in app.run("status", "--stage", "prod", "--no-drift").out

    app.write(source + 'function more "work.run"\n', work=code(2))
    more = app.run("promote", "--from", "test", "--to", "prod", "--yes")
    assert more.code == 1
    assert "`ladder-test` does not run `more`, which the source has; deploy it to `test` first; nothing was changed" in more.err
    assert app.run("promote", "--from", "test", "--to", "test", "--yes").code == 2


def test_promote_to_another_region(deploying: Deploying) -> None:
    """A stage in another region gets copies of the archives in that region's bucket; one of another account is refused."""
    source = APP.replace("NAME", "wide") + 'stage test {}\nstage prod { region "eu-west-1" }\nstage far { account "123456789012" }\n'
    app = deploying("wide", source, "test", work=code(1))
    assert app.run("deploy", "--stage", "test", "--yes").code == 0
    promoted = app.run("promote", "--from", "test", "--to", "prod", "--yes")
    assert promoted.code == 0, promoted
    assert "wide-prod in account 000000000000, eu-west-1" in promoted.out
    assert "copied" in promoted.out
    far = app.run("promote", "--from", "far", "--to", "test", "--yes")
    assert far.code == 3, far
    assert "the stage `far` is deployed to the account `123456789012`" in far.err
    assert app.run("destroy", "--stage", "prod", "--yes").code == 0


def test_status(deploying: Deploying) -> None:
    """What is deployed is compared with the source: code function by function, the rest by our review."""
    app = deploying("look", APP.replace("NAME", "look"), work=code(1))
    assert app.run("status").out.endswith("not deployed\n")
    assert app.run("deploy", "--yes").code == 0
    same = app.run("status")
    assert same.code == 0, same
    assert "last deployment: 1, 20" in same.out
    assert "as in the source" in same.out
    assert "what is deployed is what the source says, code aside" in same.out
    assert "not known: AWS refuses `DetectStackDrift`" in same.out  # which the emulator does not have
    app.write(APP.replace("NAME", "look").replace("4d", "5d"), work=code(2))
    other = app.run("status", "--no-drift")
    assert "the source has " in other.out
    assert "`retention` of queue `Jobs` changes" in other.out
    app.write("app look\nqueue Broken { nonsense 1 }\n")
    broken = app.run("status", "--no-drift")
    assert broken.code == 0, broken
    assert "the source does not compile, so what is deployed can't be compared with it" in broken.out
