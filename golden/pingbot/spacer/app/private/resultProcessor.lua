return require("worker").stub("resultProcessor")
