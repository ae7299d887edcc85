-- Written by ifc compile: method, path, function.
return {
}
