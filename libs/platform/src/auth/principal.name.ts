const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@:/|+=-]{0,127}$/u;
/** The server signs with these itself, e.g. `policy:docs.allow` for what a rule has approved. */
const RESERVED = /^(?:policy|system|clock|server)(?::|$)/i;

export const PRINCIPAL_NAME_RULE =
  'a name has 1 to 128 letters, digits, spaces or . _ @ : / | + = -, begins with a letter or digit, and not with "policy:" or "system:"';

/** Whether a tenant, subject or role may be called so: it goes into logs, audit rows and frames as it is. */
export function isPrincipalName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(name);
}
