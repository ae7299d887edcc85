-- Written by ifc compile: method, path, function.
return {
  {"GET", "/hello/:name", "greet"},
}
