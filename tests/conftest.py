"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# The machines that run this are shared: how long an example takes says nothing. And what fails once fails again.
settings.register_profile("ifc", deadline=None, derandomize=True, database=None)
settings.load_profile("ifc")

# Whoever runs the tests in the background of a shell, or by `nohup`, lets them ignore Ctrl-C or a closed terminal, and so would the commands
# that they run and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
