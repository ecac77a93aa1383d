/** How the rest of a secret is consumed after its start matched. */
export type Rest =
  /** The start covers the whole secret. */
  | { readonly kind: 'none' }
  /** Up to the first of these characters, at any distance. */
  | { readonly kind: 'run'; readonly stop: RegExp }
  /** Up to the closing quote, skipping escaped characters. */
  | { readonly kind: 'string'; readonly stop: RegExp }
  /** Up to and including the end mark, at most `maxChars`, so that a start without an end does not hide a whole document. */
  | { readonly kind: 'block'; readonly end: RegExp; readonly maxChars: number };

/** `start` has no capturing group and reads at most START_MAX_CHARS characters. */
export interface RedactionRule {
  readonly start: string;
  /**
   * What `start` begins with. Neighbours with the same lead share it in the search. At most one of the texts that a lead
   * matches at a position can be continued by `start`, so that sharing does not change which rule matches.
   */
  readonly lead?: string;
  /** The match of `start` is not secret itself, only the text after it. */
  readonly keep: boolean;
  readonly rest: Rest;
}

/** Maximum characters that a start (with its lookahead) or an end mark depends on. */
export const START_MAX_CHARS = 1_024;
/** Maximum characters that a start looks behind. */
export const LOOK_BEHIND_MAX_CHARS = 80;
/** Maximum characters of a block. An RSA key of 16,384 bits takes 12,700 characters. */
const BLOCK_MAX_CHARS = 16_384;

const NONE: Rest = { kind: 'none' };
const WORD_BEFORE = '(?<![A-Za-z0-9_])';
/** Excludes a secret that is referenced by name, as in effects. */
const UNLESS_NAMED = '(?!(?:[A-Za-z]{1,16} )?<secret [A-Z][A-Z0-9_]{0,127}>)';
const TOKEN_REST = run('[^A-Za-z0-9_.+/=-]');
const LINE_REST = run('["\'\\r\\n\\\\]');

/** Endings of names whose values are secret. Separators are optional. */
const SECRET_NAME_END = [
  'pass(?:word|wd|phrase)',
  'secret(?:[-_]?(?:access)?[-_]?key)?',
  '(?:api|access|private|signing|encryption)[-_]?key',
  '(?:auth|access|refresh|id|session|bearer|api|secret|bot|github|gitlab|slack|npm)[-_]?token',
  'credentials?',
].join('|');
const SECRET_NAME = 'token|pwd|(?:proxy-)?authorization|(?:set-)?cookie';
const SECRET_KEY = new RegExp(`(?:${SECRET_NAME_END})$|^(?:${SECRET_NAME})$`, 'i');

/** Whether every value of a property or header of this name is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_KEY.test(name);
}

const KEY_IN_TEXT = `(?:[A-Za-z0-9_. -]{0,64}?(?:${anyCase(SECRET_NAME_END)})|${anyCase(SECRET_NAME)})`;
const GAP = '[ \\t\\r\\n]{0,8}';

/** An unquoted secret name in code, configuration or diff lines. */
const BARE_NAME = `(?:${anyCase(SECRET_NAME_END)}|(?<![A-Za-z0-9])${anyCase('(?:token|pwd)')})`;
const BLANKS = '[ \\t]{0,8}';
/** `password: string = `, `char password[] = ` */
const TYPE = '(?:\\[\\]|[ \\t]{0,4}:?[ \\t]{1,4}[A-Za-z][A-Za-z.<>|[\\]]{0,32})?';
const SIGN = '(?:={1,3}|!==?|[:?]=|=>)';
const ASSIGNS = `${BARE_NAME}${TYPE}${BLANKS}${SIGN}${BLANKS}`;
/** Excludes template placeholders, whose value is defined elsewhere. */
const UNLESS_TEMPLATE = '(?!\\$\\{|\\{\\{)';
const BARE_VALUE = '[^\\s"\'`\\\\()[\\]{}<>,;]';
/** Excludes calls, element accesses, properties and variables of a program. */
const UNLESS_EXPRESSION = '(?![A-Za-z_$][A-Za-z0-9_$]{0,64}(?:[([,;)]|\\??\\.[A-Za-z_$]))';

/**
 * Query parameters, and parameters of a form body except the first. Only in these does `&` end a value. Elsewhere it may be part of
 * the value, as may `;` and `,` in connection strings and cookies, which are hidden up to the next blank.
 */
const PARAMETER_CHAR = '[A-Za-z0-9_.~%[\\]-]';
const SECRET_PARAMETER = [
  `${PARAMETER_CHAR}{0,128}?(?:${anyCase(SECRET_NAME_END)}|TOKEN)`,
  `(?:${PARAMETER_CHAR}{0,128}?[_.~%[\\]-])?${anyCase('pwd')}`,
  anyCase('(?:access|auth|refresh|id)?_?token|secret|signature|sig|key'),
  'X-Amz-Signature',
].join('|');
/** Excludes parameters after a name and `=`. The names matched here are shorter than in the parameter rules, so none is missed. */
const UNLESS_PARAMETER = `(?<![?&]${PARAMETER_CHAR}{0,64}=)`;
/** `user[password]=` */
const PARAMETER_SIGN = '(?:\\]|%5[Dd])?=';
const PARAMETER_REST = run('[\\s&#"\'\\\\]');

const BARE_QUOTED = [
  ...['"', "'", '`'].flatMap((quote) => [
    follows(`${ASSIGNS}[BFRUbfru@$]{0,2}${quote}(?=[^${quote}])${UNLESS_TEMPLATE}`, string(quote)),
    // Words alone are a label or a message.
    follows(`${BARE_NAME}${BLANKS}:${BLANKS}${quote}(?![A-Za-z .,!?]{0,256}${quote})${UNLESS_TEMPLATE}`, string(quote)),
  ]),
  // Inside a JSON string.
  follows(`${BARE_NAME}${TYPE}${BLANKS}(?::|${SIGN})${BLANKS}\\\\{1,3}["'](?=[^"'\\\\])`, run('["\'\\r\\n\\\\]')),
  // A name is followed by none of its own characters.
].map((rule) => ({ ...rule, lead: BARE_NAME }));
/** An unquoted value counts as a credential when it contains a digit; otherwise it is mostly prose or code. */
const BARE_UNQUOTED = follows(
  `${BARE_NAME}${BLANKS}[:=](?:${UNLESS_PARAMETER}|(?=[ \\t]))${BLANKS}${UNLESS_NAMED}${UNLESS_TEMPLATE}${UNLESS_EXPRESSION}(?=${BARE_VALUE}{6})(?=[^\\s"'\`\\\\()[\\]{}<>,;0-9]{0,63}[0-9])`,
  run('[\\s"\'`\\\\]'),
);

const KEYED: readonly RedactionRule[] = [
  follows(`"${KEY_IN_TEXT}"${GAP}:${GAP}"(?=[^"])`, string('"')),
  follows(`'${KEY_IN_TEXT}'${GAP}:${GAP}'(?=[^'])`, string("'")),
  // JSON inside a JSON string.
  follows(`\\\\{1,3}"${KEY_IN_TEXT}\\\\{1,3}"${GAP}:${GAP}\\\\{1,3}"(?=[^"\\\\])`, run('["\\r\\n\\\\]')),
  follows(
    `${WORD_BEFORE}(?:${anyCase('(?:proxy-)?authorization')}|${anyCase('(?:set-)?cookie')})[ \\t]{0,8}:[ \\t]{0,8}(?=[^\\s"'\\\\])${UNLESS_NAMED}`,
    LINE_REST,
  ),
  ...BARE_QUOTED,
  ...["'", '"'].map((quote) => follows(`${assigned()}${quote}(?=[^${quote}])`, run(`[${quote}\\r\\n]`))),
  follows(`${assigned()}${UNLESS_PARAMETER}(?=[^\\s"'])`, run('[\\s"\'\\\\]')),
  follows(`[?&;](?:${SECRET_PARAMETER})${PARAMETER_SIGN}${UNLESS_NAMED}(?=[^\\s&#"'])`, PARAMETER_REST),
  follows(
    `[?&](?:${PARAMETER_CHAR}{0,128}?[_.~%[\\]-])?${anyCase('token')}${PARAMETER_SIGN}(?=${BARE_VALUE}{6})(?=[^\\s&#"'0-9]{0,63}[0-9])`,
    PARAMETER_REST,
  ),
  BARE_UNQUOTED,
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
  'aak_(?:[a-z]{1,16}|[0-9a-f]{32})_[A-Za-z0-9_-]{16}',
  // A JSON web token: its first part is the base64 of a JSON object.
  'eyJ[A-Za-z0-9_-]{10,600}\\.[A-Za-z0-9_-]{4}',
].map((start) => ({ start: WORD_BEFORE + start, keep: false, rest: TOKEN_REST }));

/** Patterns of secrets of any origin. The first match wins at each position. */
export const PATTERN_RULES: readonly RedactionRule[] = [
  {
    start: '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----',
    keep: false,
    rest: { kind: 'block', end: /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g, maxChars: BLOCK_MAX_CHARS },
  },
  ...KEYED,
  // A word after "bearer" or "basic" counts as a credential when it contains a digit; otherwise it is mostly prose.
  follows(
    `${WORD_BEFORE}${anyCase('(?:bearer|basic)')}[ \\t]{1,4}(?=[A-Za-z0-9._~+/=-]{8})(?=[A-Za-z._~+/=-]{0,63}[0-9])`,
    run('[^A-Za-z0-9._~+/=-]'),
  ),
  ...TOKENS,
  { start: `${WORD_BEFORE}(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA)[A-Z0-9]{16}(?![A-Za-z0-9])`, keep: false, rest: NONE },
  follows('hooks\\.slack\\.com/(?:services|workflows)/(?=[A-Za-z0-9])', run('[^A-Za-z0-9_/-]')),
  // The password in a URL.
  follows(`://[^\\s/?#:@"'<>\\\\]{0,128}:(?=[^\\s/?#@"'<>\\\\]{1,256}@)`, run('[\\s/?#@"\'<>\\\\]')),
];

/** Rules for known values, hidden at every position, longest first. */
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

/** `NAME=`, as in environment variables and connection strings. */
function assigned(): string {
  return `(?:PASSWORD|PASSWD|SECRET|TOKEN|(?:API_?|ACCESS_?|PRIVATE_?|SECRET_?)KEY|(?<![A-Za-z0-9])(?:[Pp]assword|passwd|pwd))=`;
}

/** Makes the letters of a pattern case-insensitive. The pattern must contain no letters with a special meaning. */
function anyCase(pattern: string): string {
  return pattern.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function escapedUnit(text: string): string {
  const hex = 16;
  const digits = 4;
  return `\\u${text.charCodeAt(0).toString(hex).padStart(digits, '0')}`;
}
