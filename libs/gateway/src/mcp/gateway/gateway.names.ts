import { createHash } from 'node:crypto';

/** Clients cut or refuse longer names. */
const NAME_MAX_CHARS = 64;
const HASH_CHARS = 8;
const LOCAL = /^mcp\.([^.]+)\.(.+)$/;

/** Tools of the gateway itself. */
export const RESULT_TOOL = 'assent__result';
export const PENDING_TOOL = 'assent__pending';

/**
 * Names of tools outside: `<server>__<tool>`, cut with a hash at 64 characters. A name that is taken gets the hash as well.
 * @param names `mcp.<server>.<tool>`, which has no other characters than letters, digits, `_` and `-`
 * @returns the names here by the names outside
 */
export function gatewayNames(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>([
    [RESULT_TOOL, RESULT_TOOL],
    [PENDING_TOOL, PENDING_TOOL],
  ]);
  for (const name of [...names].sort()) {
    const whole = name.replace(LOCAL, '$1__$2');
    const isTaken = whole.length > NAME_MAX_CHARS || taken.has(whole);
    taken.set(isTaken ? hashed(whole, name) : whole, name);
  }
  taken.delete(RESULT_TOOL);
  taken.delete(PENDING_TOOL);
  return taken;
}

function hashed(whole: string, name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_CHARS);
  return `${whole.slice(0, NAME_MAX_CHARS - HASH_CHARS - 1)}_${hash}`;
}
