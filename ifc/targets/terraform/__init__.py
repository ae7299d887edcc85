"""Terraform: the plan as a folder in JSON configuration syntax, one file a kind of resource.

values → blocks → order → folder, and findings about the whole; hcl, re2 and arguments know Terraform's own texts.
"""

from ifc.targets.terraform.folder import Backend, Printer, printed, render

__all__ = ["Backend", "Printer", "printed", "render"]
