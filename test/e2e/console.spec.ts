import { readdirSync, readFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { Stage, type Replica } from '../support/stage';

const BUILT = join(__dirname, '../../dist/console');
const POLICY = [
  "base-uri 'none'",
  "connect-src 'self'",
  "default-src 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "require-trusted-types-for 'script'",
  "script-src 'self'",
  "style-src 'self'",
  'trusted-types assent-worker',
];

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe('the console as it is served', () => {
  let stage: Stage;
  let server: Replica;
  const script = readdirSync(join(BUILT, 'assets')).find((name) => name.endsWith('.js')) ?? '';
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.process.url}${path}`, { headers, redirect: 'manual' });

  /** The path as it is written, and the bytes as they come. */
  const raw = (path: string, headers: Record<string, string> = {}): Promise<Raw> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.process.url);
      request({ hostname, port, path, headers }, (response) => {
        const { statusCode: status = 0, headers } = response;
        buffer(response).then((body) => resolve({ status, headers, body }), reject);
      })
        .on('error', reject)
        .end();
    });

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  it('is where / leads', async () => {
    const answer = await get('/');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/ui/']);
  });

  it.each(['/ui', '/ui/', '/ui/runs/0199c1a2-4b3c-7d21-8e5f-6a7b8c9d0e01?at=3', '/ui/no/such/page'])(
    'answers %s with the shell, without a key',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-cache',
      ]);
      expect(await answer.text()).toBe(readFileSync(join(BUILT, 'index.html'), 'utf8'));
    },
  );

  it('keeps assets for a year, and sends each as it was compressed by the build', async () => {
    const source = readFileSync(join(BUILT, 'assets', script), 'utf8');
    for (const [encoding, decode] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
      ['identity', (body: Buffer) => body],
    ] as const) {
      const { headers, body } = await raw(`/ui/assets/${script}`, { 'accept-encoding': encoding });
      expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['content-type']).toMatch(/^(?:text|application)\/javascript\b/);
      expect(decode(body).toString()).toBe(source);
    }
  });

  it('answers an unknown asset with 404, never with the shell', async () => {
    const answer = await get('/ui/assets/gone-12345678.js');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining('/ui/assets/gone-12345678.js') as unknown,
    });
  });

  it.each(['/ui/assets/../../../package.json', '/ui/assets/%2e%2e/index.html', '/ui/assets/..%2f..%2fpackage.json'])(
    'serves nothing but the build: %s',
    async (path) => {
      const { status, body } = await raw(path);
      expect([400, 403, 404]).toContain(status);
      expect(body.toString()).not.toContain('"dependencies"');
    },
  );

  it('lets the page load from this server alone, with Trusted Types, in no frame', async () => {
    for (const path of ['/ui/', `/ui/assets/${script}`]) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')?.split('; ').sort()).toEqual(POLICY);
      expect(
        [
          'x-frame-options',
          'x-content-type-options',
          'referrer-policy',
          'cross-origin-opener-policy',
          'cross-origin-resource-policy',
        ].map((name) => headers.get(name)),
      ).toEqual(['DENY', 'nosniff', 'no-referrer', 'same-origin', 'same-origin']);
      expect(headers.get('permissions-policy')).toMatch(/\bcamera=\(\)/);
    }
  });

  it('has no script, style or handler in its HTML', async () => {
    expect(await (await get('/ui/')).text()).not.toMatch(
      /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i,
    );
  });

  it('is refused under a name that the server does not have', async () => {
    const { status } = await raw('/ui/', { host: 'evil.example' });
    expect(status).toBe(403);
  });

  it('is gone with CONSOLE=off, and / says what the server offers', async () => {
    const off = await stage.start({ CONSOLE: 'off' });
    const status = async (path: string): Promise<number> => (await fetch(`${off.process.url}${path}`)).status;
    expect([await status('/ui/'), await status(`/ui/assets/${script}`), await status('/')]).toEqual([404, 404, 200]);
  });
});
