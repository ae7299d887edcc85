return require("worker").stub("begin")
