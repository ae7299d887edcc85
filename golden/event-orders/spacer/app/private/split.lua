return require("worker").stub("split")
