return require("worker").stub("place")
