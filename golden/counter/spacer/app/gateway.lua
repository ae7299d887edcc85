-- Written by ifc compile: method, path, function.
return {
  {"GET", "/counts/:user", "getCount"},
  {"PUT", "/counts/:user", "putCount"},
  {"GET", "/counts/:user/history", "getHistory"},
}
