return require("worker").stub("slackNotifier")
