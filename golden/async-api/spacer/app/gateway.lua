-- Written by ifc compile: method, path, function.
return {
  {"POST", "/jobs", "submit"},
  {"GET", "/jobs/:id", "status"},
}
