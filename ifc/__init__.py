"""ifc: an Infrastructure-from-Code compiler."""

__version__ = "0.1.0"
