return require("worker").stub("reserve")
