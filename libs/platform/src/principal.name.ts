const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@:/|+=-]{0,127}$/u;
/** Prefixes of actors of the server itself, e.g. `policy:docs.allow` for a change that a rule approved. */
const RESERVED = /^(?:policy|system|clock|server)(?::|$)/;
/** Actors that are not the subject of a credential: webhooks and keys by their id, and `npm run keys`. */
const RESERVED_SUBJECT = /^(?:(?:webhook|key):|operator(?:[:/]|$))/;

export const PRINCIPAL_NAME_RULE =
  'a name has 1 to 128 letters, digits, spaces or . _ @ : / | + = -, begins with a letter or digit, and not with "policy:" or "system:"';
export const SUBJECT_NAME_RULE = `${PRINCIPAL_NAME_RULE}; a subject does not begin with "webhook:" or "key:" either, and is not "operator"`;

/** Whether a tenant, subject or role may have this name: it is written to logs, audit rows and frames unchanged. */
export function isPrincipalName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(foldName(name));
}

/** Whether a credential may have a subject of this name. */
export function isSubjectName(name: string): boolean {
  return isPrincipalName(name) && !RESERVED_SUBJECT.test(foldName(name));
}

/**
 * Whether two names belong to one person: the same name to a human reader (ignoring case, width, composition and
 * spaces), or one is a sub-identity of the other (`ann/ci` of `ann`), which the other can create.
 */
export function isSamePerson(one: string, other: string): boolean {
  const [a, b] = [foldName(one), foldName(other)];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** NFKC, full case folding through upper case, and single spaces between words. For comparison only. */
function foldName(name: string): string {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([:/]) ?/g, '$1')
    .trim();
}
