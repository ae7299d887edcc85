"""The processes that run functions. Each is one file that imports nothing of ifc: it may run under another interpreter."""
