"""Tests of `ifc build`."""
