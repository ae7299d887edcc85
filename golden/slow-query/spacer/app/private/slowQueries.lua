return require("worker").stub("slowQueries")
