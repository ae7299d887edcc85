exports.handler = async () => require("../common.cjs").handler();
