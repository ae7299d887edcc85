return require("worker").stub("shrink")
