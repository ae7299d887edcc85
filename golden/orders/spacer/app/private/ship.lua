return require("worker").stub("ship")
