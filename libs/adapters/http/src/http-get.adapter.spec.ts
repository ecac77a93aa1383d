import { schemaCheck } from '@assent/tools';
import { useHttpStage } from './testing/http-stage';

describe('http.get', () => {
  const stage = useHttpStage();
  const run = (args: { url: string; method?: string; headers?: Record<string, string> }, settings = {}) =>
    stage.current.tools(settings).get.run(args, stage.current.context());

  it('answers status, harmless headers and the body', async () => {
    stage.current.answer = (response) =>
      response.writeHead(404, { 'content-type': 'text/plain', 'set-cookie': 'session=1', date: 'now' }).end('grüße');
    expect(await run({ url: `${stage.current.origin}/a?b=c#fragment` })).toEqual({
      status: 404,
      headers: { 'content-type': 'text/plain', date: 'now' },
      body: 'grüße',
      bytes: 7,
      truncated: false,
    });
    expect(stage.current.seen).toMatchObject([{ method: 'GET', url: '/a?b=c', body: '' }]);
  });

  it('shows no part of a secret that the cut of a header goes through', async () => {
    const link = `<https://other.example/${'x'.repeat(960)}> ghp_${'Ab1'.repeat(30)}`;
    stage.current.answer = (response) => response.writeHead(200, { link }).end();
    const { headers } = await run({ url: stage.current.origin });
    expect(headers).toMatchObject({ link: expect.stringMatching(/> \[reda/) as string });
  });

  it('shows no part of a secret that the cut of a long body goes through', async () => {
    const secret = `ghp_${'Ab1'.repeat(30)}`;
    const body = `${'x'.repeat(95)} ${secret}`;
    for (const rest of ['', '\n', ` ${'y'.repeat(50_000)}`, secret.repeat(2_000)]) {
      stage.current.answer = (response) => response.end(body + rest);
      const output = await run({ url: stage.current.origin }, { maxResponseBytes: 100 });
      expect(output).toMatchObject({ body: `${'x'.repeat(95)} [red`, bytes: 100, truncated: true });
    }
  });

  it('asks with HEAD', async () => {
    stage.current.answer = (response) => response.writeHead(200, { etag: '"1"' }).end();
    expect(await run({ url: stage.current.origin, method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(stage.current.seen).toMatchObject([{ method: 'HEAD' }]);
  });

  it('cuts a long body between characters and says so', async () => {
    stage.current.answer = (response) => response.end('aé'.repeat(1_000));
    expect(await run({ url: stage.current.origin }, { maxResponseBytes: 5 })).toMatchObject({
      body: 'aéa',
      bytes: 5,
      truncated: true,
    });
  });

  it.each([
    ['latin1', 'text/html; charset=iso-8859-1', Buffer.from('gr\xfc\xdfe', 'latin1'), 'grüße'],
    ['a quoted name', 'text/plain;charset="Windows-1252"', Buffer.from([0x80]), '€'],
    ['Japanese', 'text/plain; charset=shift_jis', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), '日本'],
    ['UTF-16 by its mark', 'text/plain; charset=utf-16', Buffer.from([0xfe, 0xff, 0x00, 0x61]), 'a'],
    ['a mark against the header', 'text/plain; charset=latin1', Buffer.from('\ufeffü'), 'ü'],
    ['an unknown name', 'text/plain; charset=klingon', Buffer.from('ü'), 'ü'],
    ['a name that is wrong', 'text/plain; charset=utf-16le', Buffer.from('odd'), 'odd'],
  ])('reads a body by its declared charset: %s', async (_, type, bytes, body) => {
    stage.current.answer = (response) => response.writeHead(200, { 'content-type': type }).end(bytes);
    expect(await run({ url: stage.current.origin })).toMatchObject({ body, bytes: bytes.length });
  });

  it('leaves out a body that is no text', async () => {
    stage.current.answer = (response) => response.end(Buffer.from([0xff, 0xfe, 0x00]));
    const output = await run({ url: stage.current.origin });
    expect(output).toMatchObject({ binary: true, bytes: 3 });
    expect(output).not.toHaveProperty('body');
  });

  it('answers a redirect and does not follow it', async () => {
    stage.current.answer = (response) => response.writeHead(301, { location: '/elsewhere' }).end();
    expect(await run({ url: stage.current.origin })).toMatchObject({
      status: 301,
      headers: { location: '/elsewhere' },
    });
    expect(stage.current.seen).toHaveLength(1);
  });

  it('adds the configured headers, with the values of secrets, to requests of that origin only', async () => {
    const headers = {
      [stage.current.origin]: { authorization: { secret: 'API_TOKEN', prefix: 'Bearer ' }, 'x-team': 'blue' },
      'http://127.0.0.1:1': { 'x-other': { secret: 'API_TOKEN' } },
    };
    await run({ url: stage.current.origin, headers: { accept: 'text/plain' } }, { headers });
    expect(stage.current.seen[0]?.headers).toMatchObject({
      accept: 'text/plain',
      authorization: 'Bearer s3cret-value',
      'x-team': 'blue',
      'user-agent': 'assent',
    });
    expect(stage.current.seen[0]?.headers).not.toHaveProperty('x-other');
  });

  it.each(['host', 'authorization', 'cookie', 'content-length', 'transfer-encoding', 'x-forwarded-for', 'x-own'])(
    'does not let the caller set %s',
    async (name) => {
      const headers = { [stage.current.origin]: { 'x-own': 'configured' } };
      await expect(run({ url: stage.current.origin, headers: { [name]: 'x' } }, { headers })).rejects.toMatchObject({
        reason: 'invalid',
        details: { pointer: `/args/headers/${name}` },
      });
      expect(stage.current.seen).toEqual([]);
    },
  );

  it.each([
    ['a host that is not listed', 'https://example.org/'],
    ['a listed name as a prefix', 'https://127.0.0.1.example.org/'],
    ['another loopback address', 'http://127.0.0.2/'],
  ])('refuses %s', async (_, url) => {
    await expect(run({ url })).rejects.toMatchObject({ reason: 'forbidden', details: { pointer: '/args/url' } });
  });

  it('refuses a private address although its host is listed', async () => {
    const { get } = stage.current.tools({ hosts: ['127.0.0.1', 'localhost'] }, '');
    for (const host of ['127.0.0.1', '2130706433', 'localhost']) {
      const url = stage.current.origin.replace('127.0.0.1', host);
      await expect(get.run({ url }, stage.current.context())).rejects.toMatchObject({ reason: 'forbidden' });
    }
    expect(stage.current.seen).toEqual([]);
  });

  it('names a secret that is not set, and sends nothing', async () => {
    const headers = { [stage.current.origin]: { 'x-key': { secret: 'MISSING' } } };
    await expect(run({ url: stage.current.origin }, { headers })).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('MISSING'),
    });
    stage.current.secrets.set('MISSING', 'line\r\nx-injected: 1');
    await expect(run({ url: stage.current.origin }, { headers })).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.not.stringContaining('injected'),
    });
    expect(stage.current.seen).toEqual([]);
  });

  it.each([
    [{ url: 'https://example.org', headers: { 'X-Upper': 'a' } }],
    [{ url: 'https://example.org', headers: { 'x-a': 'a\r\nb: c' } }],
    [{ url: 'https://example.org', headers: { 'x-a': 'ä' } }],
    [{ url: 'https://example.org', headers: { 'x a': 'b' } }],
    [{ url: 'https://example.org', method: 'POST' }],
    [{ url: 'https://example.org', body: 'x' }],
    [{ url: '' }],
    [{}],
  ])('has a strict schema that refuses %j', (args) => {
    const { get } = stage.current.tools();
    expect(schemaCheck(get.inputSchema)(args)).toMatchObject({ ok: false });
  });
});
