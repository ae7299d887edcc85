return require("worker").stub("placeOrder")
