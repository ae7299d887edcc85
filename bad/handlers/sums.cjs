export const total = async () => {};
