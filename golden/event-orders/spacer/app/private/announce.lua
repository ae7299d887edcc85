return require("worker").stub("announce")
