return require("worker").stub("status")
