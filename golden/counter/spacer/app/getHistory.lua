return require("worker").stub("getHistory")
