exports.run = async () => null;
