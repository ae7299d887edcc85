return require("worker").stub("record")
