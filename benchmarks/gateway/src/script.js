// A route without a call of an SDK.
exports.handler = async () => ({ hello: "world" });
