from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_file_of_prices_that_is_a_list_is_not_told_to_have_sources(tmp_path: Path) -> None:
    """The help for a file of prices names no section of a traffic file."""
    prices = tmp_path / "prices.yaml"
    prices.write_text("- 1\n")
    ran = subprocess.run(
        [sys.executable, "-m", "ifc", "cost", "examples/orders/app.ifc", "--prices", str(prices)], capture_output=True, text=True
    )
    assert ran.returncode == 1
    assert "IFC585" in ran.stderr
    assert "sources" not in ran.stderr
