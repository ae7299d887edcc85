exports.open = async () => {};
