import { createHash } from 'node:crypto';

/** Clients cut or refuse longer names. */
const NAME_MAX_CHARS = 64;
const HASH_CHARS = 8;
const LOCAL = /^mcp\.([^.]+)\.(.+)$/;
/** Servers whose names a tool of another server could continue: `a` with `b__c`, and `a__b` with `c`. */
const AMBIGUOUS_SERVER = /^mcp\.[^.]*(?:__[^.]*|_)\./;

/** Tools of the gateway itself. */
export const RESULT_TOOL = 'assent__result';
export const PENDING_TOOL = 'assent__pending';

/**
 * Public names of tools: `<server>__<tool>`, cut with a hash at 64 characters. A name that a tool of another server
 * could also have gets the hash too, even if there is no such tool, so that a name never passes from one tool to
 * another.
 * @param names `mcp.<server>.<tool>`, which contains only letters, digits, `_` and `-`
 * @returns the internal names by public name
 */
export function gatewayNames(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>([
    [RESULT_TOOL, RESULT_TOOL],
    [PENDING_TOOL, PENDING_TOOL],
  ]);
  const isHashed = (name: string, whole: string) => AMBIGUOUS_SERVER.test(name) || whole.length > NAME_MAX_CHARS;
  const wholes = [...names].sort().map((name) => [name, name.replace(LOCAL, '$1__$2')] as const);
  for (const [name, whole] of wholes) if (isHashed(name, whole)) taken.set(hashed(whole, name), name);
  for (const [name, whole] of wholes)
    if (!isHashed(name, whole)) taken.set(taken.has(whole) ? hashed(whole, name) : whole, name);
  taken.delete(RESULT_TOOL);
  taken.delete(PENDING_TOOL);
  return taken;
}

function hashed(whole: string, name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_CHARS);
  return `${whole.slice(0, NAME_MAX_CHARS - HASH_CHARS - 1)}_${hash}`;
}
