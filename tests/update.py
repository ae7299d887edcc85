"""Rewrites the agreed files from what the compiler says now: `python -m tests.update`, then read the diff."""

from __future__ import annotations

import contextlib
import os

from tests import test_apps, test_bad, test_corpus, test_docs, test_golden, test_same_meaning, test_support
from tests.agreed import ROOT, write
from tests.judges import test_checkov
from tests.review import test_docs as test_review_docs
from tests.review import test_findings


def main() -> None:
    """Updates every agreed file, and says which changed."""
    with contextlib.chdir(ROOT):
        modules = (
            test_golden,
            test_apps,
            test_corpus,
            test_bad,
            test_docs,
            test_same_meaning,
            test_support,
            test_checkov,
            test_review_docs,
            test_findings,
        )
        for module in modules:
            for path, text in module.everything():
                write(path, text)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
