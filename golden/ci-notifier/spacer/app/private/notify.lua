return require("worker").stub("notify")
