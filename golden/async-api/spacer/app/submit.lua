return require("worker").stub("submit")
