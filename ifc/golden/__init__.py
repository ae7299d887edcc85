"""Golden files: what an app compiles to, kept beside the source, so that a review sees what a change does to it.

settings → members → cases → outputs → trees → differences, and writing; plugin offers the same to pytest.
"""
