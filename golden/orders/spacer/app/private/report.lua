return require("worker").stub("report")
