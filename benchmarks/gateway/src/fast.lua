return function(args) return {hello = "world"} end
