return require("worker").stub("stock")
