return require("worker").stub("greet")
