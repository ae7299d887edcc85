exports.open = async () => ({ statusCode: 201 });
const close = async () => ({ statusCode: 204 });
