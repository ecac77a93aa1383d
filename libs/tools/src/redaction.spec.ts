import fc from 'fast-check';
import type { JsonObject } from '@assent/contract';
import { PATTERN_RULES } from './redaction-rules';
import { Redactor } from './redaction';
import { compileRules } from './redaction.stream';

const KNOWN = ['hunter2!', 'postgres://orders:s3cr%40t@db.internal/orders', 'line one\nline "two"', 'a+b/c=d&e f'];
const redactor = new Redactor();
for (const value of KNOWN) redactor.know(value);

const digits = '0123456789';
const alphanumeric = `${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`;
const chars = (alphabet: string, minLength: number, maxLength = minLength) =>
  fc
    .array(
      fc.nat(alphabet.length - 1).map((index) => alphabet.charAt(index)),
      { minLength, maxLength },
    )
    .map((list) => list.join(''));
const KEY_BODY = chars(`${alphanumeric}+/`, 40, 400);

/** Each kind of secret: the text around it, and the part that must be hidden. */
const planted = fc.oneof(
  fc.constantFrom(...KNOWN).map((secret) => ({ text: secret, secret })),
  fc
    .constantFrom(...KNOWN)
    .map((secret) => ({ text: JSON.stringify(secret), secret: JSON.stringify(secret).slice(1, -1) })),
  fc
    .constantFrom(...KNOWN)
    .map((value) => encodeURIComponent(value))
    .map((secret) => ({ text: `?q=${secret}`, secret })),
  fc
    .constantFrom(...KNOWN)
    .map((value) => Buffer.from(value).toString('base64'))
    .map((secret) => ({ text: secret, secret })),
  fc.constant({ text: 'its password is s3cr@t.', secret: 's3cr@t' }),
  KEY_BODY.map((secret) => ({
    text: `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
    secret,
  })),
  KEY_BODY.map((secret) => ({ text: `-----BEGIN PRIVATE KEY-----\\n${secret}`, secret })),
  chars(alphanumeric, 12, 3_000).map((secret) => ({ text: `Authorization: Bearer 0${secret}`, secret })),
  chars(alphanumeric, 12, 3_000).map((secret) => ({ text: `curl -H 'bearer 9${secret}' x`, secret })),
  chars(alphanumeric, 8, 40).map((secret) => ({ text: `set-cookie: sid=${secret}; HttpOnly`, secret })),
  chars(alphanumeric, 4, 400).map((secret) => ({ text: `{"dbPassword" : "${secret}\\" x"}`, secret })),
  chars(alphanumeric, 4, 400).map((secret) => ({ text: `{'api_key': '${secret}'}`, secret })),
  chars(alphanumeric, 4, 400).map((secret) => ({ text: `"{\\"client_secret\\":\\"${secret}\\"}"`, secret })),
  chars(alphanumeric, 8, 400).map((secret) => ({ text: `export GITHUB_TOKEN=${secret} x`, secret })),
  chars(alphanumeric, 8, 400).map((secret) => ({ text: `DB_PASSWORD="${secret} ${secret}"`, secret })),
  chars(alphanumeric, 8, 400).map((secret) => ({ text: `host=db password=${secret} port=1`, secret })),
  chars(alphanumeric, 8, 400).map((secret) => ({ text: `https://x.example/a?b=1&access_token=${secret}&c=2`, secret })),
  fc
    .tuple(
      fc.constantFrom('api_key', 'db.password', 'user[pwd]', 'X-TOKEN', 'session_token'),
      chars(alphanumeric, 8, 400),
    )
    .map(([name, tail]) => ({ text: `GET /a?b=1&${name}=0${tail}&c=2`, secret: tail })),
  chars(alphanumeric, 1, 200).map((secret) => ({ text: `postgres://app:pw-${secret}@db/x`, secret: `pw-${secret}` })),
  chars(alphanumeric, 16)
    .map((tail) => `AKIA${tail.toUpperCase()}`)
    .map((secret) => ({ text: secret, secret })),
  chars(alphanumeric, 36, 255)
    .map((tail) => `ghp_${tail}`)
    .map((secret) => ({ text: `(${secret})`, secret })),
  chars(alphanumeric, 24, 60)
    .map((tail) => `xoxb-${tail}`)
    .map((secret) => ({ text: secret, secret })),
  fc
    .tuple(chars(alphanumeric, 12, 300), chars(alphanumeric, 10, 3_000), chars(alphanumeric, 43))
    .map((parts) => `eyJ${parts.join('.')}`)
    .map((secret) => ({ text: `jwt ${secret}`, secret })),
);
/** Characters that the searches of a redaction pass over together. */
function searchedChars(text: string): number {
  let chars = 0;
  const exec = RegExp.prototype.exec;
  const spy = jest.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, searched) {
    const from = this.lastIndex;
    const found = exec.call(this, searched);
    chars += (found ? found.index + found[0].length : searched.length) - from;
    return found;
  });
  redactor.text(text);
  spy.mockRestore();
  return chars;
}
/** Prose and fragments of secrets in any order. */
const noise = fc.array(
  fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      '"password":',
      '"password":"',
      "'token':'",
      'DB_PASSWORD="',
      '?b=1&api_key=0123456',
      '?PASSWORD=',
      '&',
      '-----BEGIN PRIVATE KEY-----',
      'Bearer ',
      '://',
      ':',
      '@',
      '"',
      "'",
      '\\',
      '\n',
      'eyJ',
      'ghp_',
      '-----BEGIN ',
      '=',
    ),
  ),
  { maxLength: 30 },
);
/** The line breaks keep the plant from joining a longer word or the rest of another secret. */
const texts = fc.tuple(noise, fc.array(fc.tuple(planted, noise), { maxLength: 4 })).map(([first, rest]) => ({
  text: [first.join(''), ...rest.map(([{ text }, after]) => `\n${text}\n${after.join('')}`)].join(''),
  secrets: rest.map(([{ secret }]) => secret),
}));

function inPieces(text: string, cuts: readonly number[]): string {
  const stream = redactor.stream();
  const places = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
  const pieces = [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length));
  return pieces.map((piece) => stream.push(piece)).join('') + stream.end();
}

describe('Redactor', () => {
  it('leaves no planted secret of any kind, at any position and in any surroundings', () => {
    fc.assert(
      fc.property(texts, ({ text, secrets }) => {
        const redacted = redactor.text(text);
        // A short secret may occur in the noise by chance, or in another secret that is redacted and so hidden anyway.
        expect(secrets.filter((secret) => secret.length >= 6 && redacted.includes(secret))).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });

  const unclosed = fc.constantFrom(
    '"password":"abc',
    '"password":"abc\\',
    "'token':'abc\\",
    '\\"secret\\":\\"abc',
    'DB_PASSWORD="abc',
    "API_KEY='abc",
    'Authorization: abc',
    'x=1&access_token=abc',
    'https://user:abc',
    '-----BEGIN PRIVATE KEY-----',
  );

  it('leaves no planted secret behind a value whose quote is never closed', () => {
    fc.assert(
      fc.property(
        unclosed,
        fc.constantFrom(' ', '\n', '\\\n', ', ', '; ', ' \\'),
        planted,
        (open, gap, { text, secret }) => {
          fc.pre(secret.length >= 6);
          expect(redactor.text(`${open}${gap}${text}`)).not.toContain(secret);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it.each([
    // Found by the property above: the escaped line end hid the beginning of the assignment.
    ['\naHVudGVyMiE=\n"password":"\\\nDB_PASSWORD="00000000 00000000"\n', '00000000'],
    ['"password":"abc DB_PASSWORD="first second"', 'second'],
    ['"password":"token":"second"', 'second'],
    ['"password":"-----BEGIN PRIVATE KEY-----\nMIIBsecond\n-----END PRIVATE KEY-----', 'second'],
    ['{"a":"{\\"password\\":\\"O\'second\\"}"}', 'second'],
    ['key aak_0123456789abcdef0123456789abcdef_second-0123456789', 'second'],
  ])('hides the second secret of %j', (text, secret) => {
    expect(redactor.text(text)).not.toContain(secret);
  });

  const secretName = fc.constantFrom(
    'password',
    'db_password',
    'PASSWORD',
    'dbPassword',
    'api_key',
    'clientSecret',
    'token',
  );
  const linePrefix = fc.constantFrom('', '+', '-', ' ', '+  ', '> ', '+export ', '- const ', '+    - ');
  const assignment = fc.constantFrom('=', ' = ', ' := ', ' == ', ': ', ': string = ', ' => ');
  const opening = fc.constantFrom(['"', '"'], ["'", "'"], ['`', '`'], ['\\"', '\\"'], ['', '']);

  it('leaves no value of a telling name in code, configuration or the lines of a diff', () => {
    fc.assert(
      fc.property(
        secretName,
        linePrefix,
        assignment,
        opening,
        chars(alphanumeric, 6, 60),
        (name, prefix, sign, [open, close], value) => {
          fc.pre(open !== '' || [': ', '=', ' = '].includes(sign));
          const secret = `${value}7`;
          expect(redactor.text(`@@ -1 +1 @@\n${prefix}${name}${sign}${open}${secret}${close}\n after`)).not.toContain(
            secret,
          );
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it.each([
    ['+password = "hunter2hunter2"', '+password = "[redacted]"'],
    ['-  password: hunter2hunter2', '-  password: [redacted]'],
    ["+  apiKey: 'a1b2c3d4',", "+  apiKey: '[redacted]',"],
    ['+api_key=a1b2c3d4', '+api_key=[redacted]'],
    ['+secret = "correct horse battery"', '+secret = "[redacted]"'],
    ['+char password[] = "hunter2";', '+char password[] = "[redacted]";'],
    ['{"patch":"+password = \\"hunter2\\"\\n"}', '{"patch":"+password = \\"[redacted]\\"\\n"}'],
  ])('hides the value in %s', (text, redacted) => {
    expect(redactor.text(text)).toBe(redacted);
  });

  it.each([
    ['https://x.example/a?api_key=k-0123456789abcdef&page=2', 'https://x.example/a?api_key=[redacted]&page=2'],
    ['user=ann&password=hunter22&remember=1', 'user=ann&password=[redacted]&remember=1'],
    ['{"body":"user=ann&DB_PASSWORD=p4ss&a=b"}', '{"body":"user=ann&DB_PASSWORD=[redacted]&a=b"}'],
    [
      'jdbc:postgresql://h/db?user=a&password=abc1def&ssl=true',
      'jdbc:postgresql://h/db?user=a&password=[redacted]&ssl=true',
    ],
    ['?X-Amz-Credential=a1%2Fb&X-Amz-Signature=c2&x=1', '?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&x=1'],
    ['?user[password]=abc#top', '?user[password]=[redacted]#top'],
    ['?PASSWORD=&page=2', '?PASSWORD=&page=2'],
    ['?token=<secret API_TOKEN>&page=2', '?token=<secret API_TOKEN>&page=2'],
    ['?page_token=abc&keyboard=1', '?page_token=abc&keyboard=1'],
  ])('hides a parameter up to the next one: %s', (text, redacted) => {
    expect(redactor.text(text)).toBe(redacted);
  });

  it.each([
    ['DB_PASSWORD=p4ss&word=1;2,3 next', 'DB_PASSWORD=[redacted] next'],
    ['password=p4ss&word=1 next', 'password=[redacted] next'],
    ['Server=db;Password=p4ss;word,1 next', 'Server=db;Password=[redacted] next'],
    ['Cookie: sid=abc; theme=dark, token=1', 'Cookie: [redacted]'],
    ['?token=abc;def,1&page=2', '?token=[redacted]&page=2'],
    ['x=1 &password= hunter22&x next', 'x=1 &password= [redacted] next'],
  ])('hides what may be a part of the value as well: %s', (text, redacted) => {
    expect(redactor.text(text)).toBe(redacted);
  });

  it('gives the same text however it is cut into pieces', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 40 }), ({ text }, cuts) => {
        expect(inPieces(text, cuts)).toBe(redactor.text(text));
      }),
      { numRuns: 1_500 },
    );
  });

  it('gives the same text one character at a time, through a secret longer than all it holds back', () => {
    const text = `before ghp_${'x9'.repeat(4_000)} between "token": "${'a\\"b'.repeat(2_000)}" after hunter2!`;
    const stream = redactor.stream();
    const redacted = Array.from(text, (char) => stream.push(char)).join('') + stream.end();
    expect(redacted).toBe('before [redacted] between "token": "[redacted]" after [redacted]');
    expect(redactor.text(text)).toBe(redacted);
  });

  it.each([
    'The bearer of this letter is a basic human being, whose token of gratitude is a cookie.',
    'const password = await ask(); if (token === undefined) throw new Error("no secret");',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '0197a0c4-7e1b-7c39-8a51-3d2f6a1b2c3d https://example.org:8080/a?page=2#top user@example.org',
    '{"nextPageToken": 3, "tokens": 1200, "secretary": "Ann", "keyboard": "qwertz"}',
    'select * from orders where total > 1000 -- postgres://localhost/orders',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'password: string; const token = tokens[0]; secret = sha256(key1); password = config.s3.password; token: "Token is required"',
    '+  password = "${DB_PASSWORD}"; const secret = process.env.S3_SECRET; if (token == null) return; api_key = key2;',
    'risk-assessment-and-mitigation ask-me-anything-again task-force-one-two-three',
  ])('leaves other text alone: %s', (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  it('says where something was, and what kind of thing', () => {
    expect(redactor.text('GET /?api_key=abcdef HTTP/1.1\nAuthorization: Basic dXNlcjpwYXNz\nHost: a')).toBe(
      'GET /?api_key=[redacted] HTTP/1.1\nAuthorization: [redacted]\nHost: a',
    );
    expect(redactor.text('authorization: Bearer <secret API_TOKEN>\nx-a: b')).toBe(
      'authorization: Bearer <secret API_TOKEN>\nx-a: b',
    );
    expect(redactor.text('authorization: <secret api>')).toBe('authorization: [redacted]');
    expect(redactor.text('postgres://app:pw@db/x')).toBe('postgres://app:[redacted]@db/x');
  });

  it('hides values under secret names in JSON, and everything below them', () => {
    const value = {
      'X-Api-Key': 'abc',
      Cookie: ['a=1', 'b=2'],
      auth_token: 12345,
      password: null,
      hasPassword: true,
      secret: { name: 'x', parts: [1, ''], on: true },
      nested: [{ Authorization: 'Digest x' }],
      note: 'pw is hunter2!',
    };
    expect(redactor.object(value)).toEqual({
      'X-Api-Key': '[redacted]',
      Cookie: ['[redacted]', '[redacted]'],
      auth_token: '[redacted]',
      password: null,
      hasPassword: true,
      secret: { name: '[redacted]', parts: ['[redacted]', ''], on: true },
      nested: [{ Authorization: '[redacted]' }],
      note: 'pw is [redacted]',
    });
  });

  it('returns every JSON value without secrets unchanged, including names like __proto__', () => {
    const plain = fc.dictionary(
      fc.constantFrom('a', 'b', '__proto__', 'constructor', 'length'),
      fc.jsonValue({ maxDepth: 4 }),
    );
    const empty = new Redactor();
    const odd = /[:=]|eyJ/;
    fc.assert(
      fc.property(plain, (value) => {
        const text = JSON.stringify(value);
        fc.pre(!odd.test(text.replaceAll(/"[^"]*":/g, '')));
        expect(JSON.stringify(empty.object(JSON.parse(text) as JsonObject))).toBe(text);
      }),
    );
  });

  it('drops endlessly nested values', () => {
    const bomb = JSON.parse(
      `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"password":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
    ) as JsonObject;
    const text = JSON.stringify(redactor.object(bomb));
    expect(text.length).toBeLessThan(2_000);
    expect(text.split('[deeper than 128 levels]')).toHaveLength(3);
  });

  it('hides a value once it is known, including numbers, and detects whether a text contains one', () => {
    const fresh = new Redactor();
    expect(fresh.text('pin 48151623')).toBe('pin 48151623');
    fresh.know('48151623');
    expect(fresh.text('pin 48151623')).toBe('pin [redacted]');
    expect(fresh.object({ pin: 48151623 })).toEqual({ pin: '[redacted]' });
    expect([fresh.containsKnown('x48151623x'), fresh.containsKnown('x4815162x')]).toEqual([true, false]);
  });

  it('does not hide values that are too short to be unique', () => {
    const fresh = new Redactor();
    for (const value of ['', 'a', 'abc']) fresh.know(value);
    expect(fresh.text('abc a')).toBe('abc a');
  });

  it('takes a beginning without an end along only so far', () => {
    const text = `-----BEGIN PRIVATE KEY-----${'x '.repeat(20_000)}the end`;
    const redacted = redactor.text(text);
    expect(redacted.endsWith('the end')).toBe(true);
    expect(redacted).toHaveLength('[redacted]'.length + text.length - '-----BEGIN PRIVATE KEY-----'.length - 16_384);
  });

  it('stays linear on input that is made to slow a search down', () => {
    const pieces = [
      '"',
      '"a',
      '://',
      '://a',
      '://a:b',
      'eyJ',
      'eyJ-',
      'bearer ',
      'bearer a',
      '-----BEGIN ',
      '-----BEGIN PRIVATE KEY-----',
      '\\"',
      'password',
      '"password',
      '"password": "',
      'a ',
      '=',
      'TOKEN=',
      'password = ',
      'password: a',
      'token a.',
      'ghp_',
      'sk-a',
      '?key',
      '?a',
      '&password=a',
      '?-',
      'hunter2',
      "'token':'",
    ];
    const text = (piece: string, chars: number) => piece.repeat(Math.ceil(chars / piece.length));
    for (const piece of pieces) {
      const few = searchedChars(text(piece, 15_000));
      expect({ piece, factor: searchedChars(text(piece, 150_000)) / few }).toEqual({
        piece,
        factor: expect.closeTo(10, 0),
      });
    }
  });

  it('keeps every line break on request, for any split of the text', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIE\nMIIF\n-----END PRIVATE KEY-----';
    const part = fc.constantFrom(
      key,
      '"password":\n "hunter22"',
      'known\nvalue',
      ' ghp_aaaaaaaaaaaaaaaaaaaaaaaa',
      'a',
      '\n',
      '"',
      '\\\n',
    );
    const redactor = new Redactor();
    redactor.know('known\nvalue');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 6 }), (parts, cuts) => {
        const text = parts.join('');
        const whole = redactor.stream(true);
        const shown = whole.push(text) + whole.end();
        expect(shown.split('\n')).toHaveLength(text.split('\n').length);
        const plain = redactor.text(text);
        const words = ['MIIE', 'MIIF', 'hunter22', 'value', 'aaaaaaaa'];
        expect(words.filter((word) => shown.includes(word) && !plain.includes(word))).toEqual([]);
        const stream = redactor.stream(true);
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
        expect(pieces.map((piece) => stream.push(piece)).join('') + stream.end()).toBe(shown);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same starts of the same rules whether rules share a lead or not', () => {
    const shared = compileRules(PATTERN_RULES).starts;
    const separate = compileRules(PATTERN_RULES.map((rule) => ({ ...rule, lead: '' }))).starts;
    const name = fc.constantFrom(
      'pass',
      'word',
      'secret',
      'access',
      'key',
      'api',
      '_',
      '-',
      'token',
      'credential',
      's',
      'PWD',
    );
    const sign = fc.constantFrom(
      ' ',
      ': ',
      ' = ',
      ':=',
      '=>',
      '[]',
      ': string',
      '"',
      "'",
      '`',
      '\\"',
      'r"',
      '${',
      'a b',
      '1x',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(name, name, sign, sign, fc.string({ maxLength: 3 })), { maxLength: 30 }),
        (parts) => {
          const text = parts.join('');
          const found = (starts: RegExp) =>
            Array.from(text.matchAll(starts), (match) => {
              const groups: readonly (string | undefined)[] = match.slice(1);
              return { at: match.index, start: match[0], rule: groups.findIndex((group) => group !== undefined) };
            });
          expect(found(shared)).toEqual(found(separate));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
