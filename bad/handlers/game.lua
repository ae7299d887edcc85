function run(event) return event end
