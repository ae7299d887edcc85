return require("worker").stub("getOrder")
