import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The command line is invalid. The message says what is wrong and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Options and positional arguments of a command line.
 * @throws UsageError on an unknown option, a missing value or an extra argument
 */
export function readOptions<T extends ParseArgsConfig>(argv: readonly string[], config: T) {
  try {
    return parseArgs({ ...config, args: [...argv] });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** An option that is a whole number of at least `min`. @throws UsageError */
export function wholeNumber(option: string, text: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  const end = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
  throw unusable(option, `a whole number from ${min}${end}`, text);
}

/** An option that is a number above 0, such as `0.5`. @throws UsageError */
export function positiveNumber(option: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (value > 0 && value <= max) return value;
  const end = max === Number.MAX_SAFE_INTEGER ? '' : ` up to ${max}`;
  throw unusable(option, `a positive number${end}`, text);
}

/** An option that is the address of a server. @throws UsageError */
export function serverAddress(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:\/\/[^/?#]/i.test(text)) return text;
  throw unusable(option, 'the address of a server, such as http://127.0.0.1:8080', text);
}

/** An option that has one of these values. @throws UsageError */
export function oneOf<T extends string>(option: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw unusable(option, values.map((value) => `"${value}"`).join(' or '), text);
}

function unusable(option: string, allowed: string, given: string): UsageError {
  return new UsageError(`${option} must be ${allowed}, not "${given}".`);
}
