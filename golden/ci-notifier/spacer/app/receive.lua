return require("worker").stub("receive")
