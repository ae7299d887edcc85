return require("worker").stub("archive")
