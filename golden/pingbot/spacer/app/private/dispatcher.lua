return require("worker").stub("dispatcher")
