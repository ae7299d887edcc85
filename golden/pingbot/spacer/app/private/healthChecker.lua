return require("worker").stub("healthChecker")
