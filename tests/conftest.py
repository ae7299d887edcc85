"""What holds for all tests."""

from __future__ import annotations

import signal

# Whoever runs the tests in the background of a shell lets them ignore Ctrl-C, and so would the commands that they run and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
