/** True for "no such file or directory", also when a parent is missing. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, ['ENOENT', 'ENOTDIR']);
}

/** True when `error` is a system error with one of these codes. Not by class: a test runner has an Error of its own. */
export function hasCode(error: unknown, codes: readonly string[]): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && codes.includes(code);
}
