return require("worker").stub("pack")
