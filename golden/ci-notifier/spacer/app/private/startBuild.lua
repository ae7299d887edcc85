return require("worker").stub("startBuild")
