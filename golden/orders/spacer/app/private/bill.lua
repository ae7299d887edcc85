return require("worker").stub("bill")
