const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** An id that is none cannot exist; the database would only fail on its type. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}
