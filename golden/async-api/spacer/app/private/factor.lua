return require("worker").stub("factor")
