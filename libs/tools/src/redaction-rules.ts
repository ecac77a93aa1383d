/** How the rest of a secret is passed over, once its beginning was recognised. */
export type Rest =
  /** All of it was in the beginning. */
  | { readonly kind: 'none' }
  /** Up to the first of these characters, however far that is. */
  | { readonly kind: 'run'; readonly stop: RegExp }
  /** Up to the quote, past escaped characters. */
  | { readonly kind: 'string'; readonly stop: RegExp }
  /** Up to and with the end mark, but no further than `mostChars`: a beginning without an end takes no whole document along. */
  | { readonly kind: 'block'; readonly end: RegExp; readonly mostChars: number };

/** `start` has no capturing group and looks at no more than START_MAX_CHARS characters, whatever follows. */
export interface RedactionRule {
  readonly start: string;
  /** What `start` matches is not secret itself: it says what follows. */
  readonly keep: boolean;
  readonly rest: Rest;
}

/** Longest text that a start (with what it looks ahead to) or an end mark depends on, in characters. */
export const START_MAX_CHARS = 1_024;
/** An RSA key of 16,384 bits takes 12,700 characters. */
const BLOCK_MAX_CHARS = 16_384;

const NONE: Rest = { kind: 'none' };
const WORD_BEFORE = '(?<![A-Za-z0-9_])';
/** A secret that is named in the place of its value, as effects do. */
const UNLESS_NAMED = '(?!(?:[A-Za-z]{1,16} )?<secret [A-Z][A-Z0-9_]{0,127}>)';
const TOKEN_REST = run('[^A-Za-z0-9_.+/=-]');
const LINE_REST = run('["\'\\r\\n\\\\]');

/** Ends of names whose values are secret; separators may be left out. */
const SECRET_NAME_END = [
  'pass(?:word|wd|phrase)',
  'secret(?:[-_]?(?:access)?[-_]?key)?',
  '(?:api|access|private|signing|encryption)[-_]?key',
  '(?:auth|access|refresh|id|session|bearer|api|secret|bot|github|gitlab|slack|npm)[-_]?token',
  'credentials?',
].join('|');
const SECRET_NAME = 'token|pwd|(?:proxy-)?authorization|(?:set-)?cookie';
const SECRET_KEY = new RegExp(`(?:${SECRET_NAME_END})$|^(?:${SECRET_NAME})$`, 'i');

/** Whether the value of a property or header of this name is secret, whatever it is. */
export function isSecretName(name: string): boolean {
  return SECRET_KEY.test(name);
}

const KEY_IN_TEXT = `(?:[A-Za-z0-9_. -]{0,64}?(?:${anyCase(SECRET_NAME_END)})|${anyCase(SECRET_NAME)})`;
const GAP = '[ \\t\\r\\n]{0,8}';

const KEYED: readonly RedactionRule[] = [
  follows(`"${KEY_IN_TEXT}"${GAP}:${GAP}"(?=[^"])`, string('"')),
  follows(`'${KEY_IN_TEXT}'${GAP}:${GAP}'(?=[^'])`, string("'")),
  // JSON inside of a JSON string.
  follows(`\\\\{1,3}"${KEY_IN_TEXT}\\\\{1,3}"${GAP}:${GAP}\\\\{1,3}"(?=[^"\\\\])`, LINE_REST),
  follows(
    `${WORD_BEFORE}(?:${anyCase('(?:proxy-)?authorization')}|${anyCase('(?:set-)?cookie')})[ \\t]{0,8}:[ \\t]{0,8}(?=[^\\s"'\\\\])${UNLESS_NAMED}`,
    LINE_REST,
  ),
  ...["'", '"'].map((quote) => follows(`${assigned()}${quote}(?=[^${quote}])`, run(`[${quote}\\r\\n]`))),
  follows(`${assigned()}(?=[^\\s"'])`, run('[\\s"\'\\\\]')),
  follows(
    `[?&;](?:${anyCase('(?:access|auth|refresh|id)?_?token|api_?key|client_secret|secret|signature|sig|key')}|X-Amz-Signature)=(?=[^\\s&#"'])`,
    run('[\\s&#"\'<>\\\\]'),
  ),
];

const TOKENS: readonly RedactionRule[] = [
  'gh[pousr]_[A-Za-z0-9]{20}',
  'github_pat_[A-Za-z0-9_]{20}',
  'glpat-[A-Za-z0-9_-]{16}',
  'npm_[A-Za-z0-9]{20}',
  'pypi-[A-Za-z0-9_-]{16}',
  'hf_[A-Za-z0-9]{20}',
  'xox[abeoprs]-[A-Za-z0-9-]{8}',
  'xapp-[0-9]-[A-Za-z0-9-]{8}',
  'sk-(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{16}',
  '[prs]k_(?:live|test)_[A-Za-z0-9]{8}',
  'whsec_[A-Za-z0-9+/=]{8}',
  'AIza[A-Za-z0-9_-]{30}',
  'ya29\\.[A-Za-z0-9_-]{16}',
  'SG\\.[A-Za-z0-9_-]{16}',
  'aak_[a-z]{1,16}_[A-Za-z0-9_-]{16}',
  // A JSON web token: its first part is the base64 of a JSON object.
  'eyJ[A-Za-z0-9_-]{10,600}\\.[A-Za-z0-9_-]{4}',
].map((start) => ({ start: WORD_BEFORE + start, keep: false, rest: TOKEN_REST }));

/** What secrets look like, whoever they belong to. Of two that begin at one place, the first one holds. */
export const PATTERN_RULES: readonly RedactionRule[] = [
  {
    start: '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----',
    keep: false,
    rest: { kind: 'block', end: /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g, mostChars: BLOCK_MAX_CHARS },
  },
  ...KEYED,
  // A word after "bearer" or "basic" is a credential when it has a digit, and mostly prose otherwise.
  follows(
    `${WORD_BEFORE}${anyCase('(?:bearer|basic)')}[ \\t]{1,4}(?=[A-Za-z0-9._~+/=-]{8})(?=[A-Za-z._~+/=-]{0,63}[0-9])`,
    run('[^A-Za-z0-9._~+/=-]'),
  ),
  ...TOKENS,
  { start: `${WORD_BEFORE}(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA)[A-Z0-9]{16}(?![A-Za-z0-9])`, keep: false, rest: NONE },
  follows('hooks\\.slack\\.com/(?:services|workflows)/(?=[A-Za-z0-9])', run('[^A-Za-z0-9_/-]')),
  // The password of a URL.
  follows(`://[^\\s/?#:@"'<>\\\\]{0,128}:(?=[^\\s/?#@"'<>\\\\]{1,256}@)`, run('[\\s/?#@"\'<>\\\\]')),
];

/** Values to hide wherever they stand, longest first. */
export function literalRules(values: readonly string[]): RedactionRule[] {
  return values
    .toSorted((a, b) => b.length - a.length)
    .map((value) => ({ start: value.replaceAll(/[^A-Za-z0-9]/g, escapedUnit), keep: false, rest: NONE }));
}

function follows(start: string, rest: Rest): RedactionRule {
  return { start, keep: true, rest };
}

function run(stop: string): Rest {
  return { kind: 'run', stop: new RegExp(stop, 'g') };
}

function string(quote: string): Rest {
  return { kind: 'string', stop: new RegExp(`[${quote}\\\\\\r\\n]`, 'g') };
}

/** `NAME=`, as in the environment and in connection strings. */
function assigned(): string {
  return `(?:PASSWORD|PASSWD|SECRET|TOKEN|(?:API_?|ACCESS_?|PRIVATE_?|SECRET_?)KEY|${WORD_BEFORE}(?:[Pp]assword|passwd|pwd))=`;
}

/** Letters of a pattern in either case; the rest of the pattern must not be about letters. */
function anyCase(pattern: string): string {
  return pattern.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function escapedUnit(text: string): string {
  const hex = 16;
  const digits = 4;
  return `\\u${text.charCodeAt(0).toString(hex).padStart(digits, '0')}`;
}
