const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An address with anything else in the place of an id is simply not found; the database would call it an error. */
export const isUuid = (value: string): boolean => UUID.test(value);
