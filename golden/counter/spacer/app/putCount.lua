return require("worker").stub("putCount")
