"""The host of Python functions, and its workers; nothing of `ifc` but this folder, and nothing but the standard library, is needed."""
