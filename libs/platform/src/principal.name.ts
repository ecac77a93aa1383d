const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@:/|+=-]{0,127}$/u;
/** The server signs with these itself, e.g. `policy:docs.allow` for what a rule has approved. */
const RESERVED = /^(?:policy|system|clock|server)(?::|$)/;
/** Actors that are no subject of a credential: webhooks and keys by their id, and `npm run keys`. */
const RESERVED_SUBJECT = /^(?:(?:webhook|key):|operator(?:[:/]|$))/;

export const PRINCIPAL_NAME_RULE =
  'a name has 1 to 128 letters, digits, spaces or . _ @ : / | + = -, begins with a letter or digit, and not with "policy:" or "system:"';
export const SUBJECT_NAME_RULE = `${PRINCIPAL_NAME_RULE}; a subject does not begin with "webhook:" or "key:" either, and is not "operator"`;

/** Whether a tenant, subject or role may be called so: it is written to logs, audit rows and frames unchanged. */
export function isPrincipalName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(foldName(name));
}

/** Whether a credential may speak for a subject of this name. */
export function isSubjectName(name: string): boolean {
  return isPrincipalName(name) && !RESERVED_SUBJECT.test(foldName(name));
}

/**
 * Whether two names are those of one person: the same name to a human (case, width, composition and spaces do not tell
 * people apart), or one is a sub-identity of the other (`ann/ci` of `ann`), which the other can create.
 */
export function isSamePerson(one: string, other: string): boolean {
  const [a, b] = [foldName(one), foldName(other)];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** NFKC, full case folding by way of the upper case, and single spaces inside words only. For comparing only. */
function foldName(name: string): string {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([:/]) ?/g, '$1')
    .trim();
}
