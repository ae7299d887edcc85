-- Written by ifc compile: method, path, function.
return {
  {"POST", "/orders", "placeOrder"},
  {"GET", "/orders/:id", "getOrder"},
}
