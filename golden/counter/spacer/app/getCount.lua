return require("worker").stub("getCount")
