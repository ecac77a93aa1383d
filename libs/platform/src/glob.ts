/** Maximum length of a pattern, in characters; a path of the workspace may be four times as long. */
export const GLOB_MAX_CHARS = 256;
/** Maximum number of alternatives from all braces of a pattern; each is matched separately. */
const ALTERNATIVES_MAX = 64;

/**
 * Character classes, extended globs, negation and escapes are unsupported: a pattern with them is refused, never half
 * understood.
 */
const UNSUPPORTED = /[[\]()!\\]/;
const BRACES = /\{([^{}]*)\}/;
/** A character that UNSUPPORTED excludes from patterns. */
const STAR_IN_BRACES = ')';
const EVERY_BRACES = new RegExp(BRACES, 'g');

export type Glob = (text: string) => boolean;

/**
 * Compiles a glob: `*` and `?` stay inside a segment, `**` matches any number of segments, `{a,b}` matches one of its
 * parts. Dot files match like others. Runs in O(pattern x text): patterns come from models and callers, and the
 * backtracking regular expressions of picomatch and minimatch took 30 s for `*a*a*a*a*a*ab` against 200 characters.
 * @throws Error with a message that follows "the glob ..." if the pattern is invalid
 */
export function compileGlob(pattern: string): Glob {
  const problem = globProblem(pattern);
  if (problem) throw new Error(problem);
  const alternatives = expandBraces(pattern).map((text) => text.split('/').map((segment) => Array.from(segment)));
  return (text) => {
    const segments = text.split('/').map((segment) => Array.from(segment));
    return alternatives.some((alternative) => matchesStars(alternative, segments, isGlobstar, matchesSegment));
  };
}

function globProblem(pattern: string): string | null {
  if (pattern === '') return 'is empty';
  if (pattern.length > GLOB_MAX_CHARS) return `is longer than ${GLOB_MAX_CHARS} characters`;
  if (UNSUPPORTED.test(pattern)) return 'uses [ ] ( ) ! or \\, which are not supported: use *, **, ? and {a,b}';
  if (/[{}]/.test(pattern.replaceAll(EVERY_BRACES, ''))) return 'has braces that are nested or not closed';
  const parts = Array.from(pattern.matchAll(EVERY_BRACES), ([, inner = '']) => inner.split(',').length);
  if (parts.reduce((product, count) => product * count, 1) > ALTERNATIVES_MAX) {
    return `has braces with more than ${ALTERNATIVES_MAX} combinations`;
  }
  // A star from inside braces is kept distinct, so that {*,a}* does not become an unintended **.
  const marked = pattern.replaceAll(EVERY_BRACES, (braces) => braces.replaceAll('*', STAR_IN_BRACES));
  const segments = expandBraces(marked).flatMap((text) => text.split('/'));
  if (segments.some((segment) => /[*)]{2}/.test(segment) && segment !== '**')) {
    return 'has ** beside other characters: ** must stand alone between slashes';
  }
  return null;
}

function expandBraces(pattern: string): string[] {
  const found = BRACES.exec(pattern);
  if (!found) return [pattern];
  const [whole, inner = ''] = found;
  const before = pattern.slice(0, found.index);
  const after = pattern.slice(found.index + whole.length);
  return inner.split(',').flatMap((part) => expandBraces(`${before}${part}${after}`));
}

/**
 * Greedy matching with one retry point: only the last star may need to grow, so the work is at most pattern x items.
 */
export function matchesStars<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isStar: (part: P) => boolean,
  same: (part: P, item: T) => boolean,
): boolean {
  let next = 0;
  let retry: { afterStar: number; from: number } | undefined;
  let at = 0;
  for (let item = items[0]; at < items.length && item !== undefined; item = items[at]) {
    const part = pattern[next];
    if (part !== undefined && isStar(part)) {
      next += 1;
      retry = { afterStar: next, from: at };
    } else if (part !== undefined && same(part, item)) {
      next += 1;
      at += 1;
    } else if (retry) {
      retry.from += 1;
      at = retry.from;
      next = retry.afterStar;
    } else {
      return false;
    }
  }
  return pattern.slice(next).every(isStar);
}

function isGlobstar(segment: readonly string[]): boolean {
  return segment.length === 2 && segment[0] === '*' && segment[1] === '*';
}

function matchesSegment(pattern: readonly string[], segment: readonly string[]): boolean {
  return matchesStars(
    pattern,
    segment,
    (part) => part === '*',
    (part, char) => part === '?' || part === char,
  );
}
