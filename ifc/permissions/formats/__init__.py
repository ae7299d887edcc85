"""How permissions are shown: a module for each format, with `matrix` for an app and `subject` for one declaration."""
