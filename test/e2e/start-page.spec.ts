import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { framesUntil } from '../support/frames';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const ROOT = join(__dirname, '../..');
const AA_CONTRAST = 4.5;
const FOREGROUNDS = ['text', 'soft', 'link'];
const BACKGROUNDS = ['page', 'card', 'code'];

describe('GET / without the console', () => {
  let stage: Stage;
  let server: Replica;
  let page: Response;
  let html: string;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ CONSOLE: 'off' });
    page = await fetch(`${server.process.url}/`);
    html = await page.text();
  });
  afterAll(() => stage.close());

  it('is a page that needs no key', () => {
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(html).toContain('<h1>Assent</h1>');
  });

  it('may load nothing, and its one style is named by its hash', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.headers.get('content-security-policy')?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      `style-src 'sha256-${hash}'`,
    ]);
    expect(html).not.toMatch(/<script|<img|<form|<iframe|\ssrc=|\sstyle=|\son\w+=|url\(|@import|https:/);
  });

  it('says the same to everybody: nothing of the request, of a tenant, and no key', async () => {
    const key = server.developer.authorization;
    const headers = { ...key, 'x-request-id': 'reflected', 'x-forwarded-host': 'evil.example' };
    const answer = await fetch(`${server.process.url}/?q=%3Cscript%3E`, { headers });
    expect(await answer.text()).toBe(html);
    expect(html).not.toContain(DEVELOPER_KEY);
    expect(html).not.toContain(REVIEWER_KEY);
    expect(html).not.toMatch(/aak_|whsec_/);
  });

  it('links only to what answers without a key', async () => {
    const links = Array.from(html.matchAll(/href="([^"]+)"/g), ([, href]) => href ?? '');
    expect(links).toEqual(['/docs', '/openapi.json', '/readyz', '/livez', '/metrics']);
    for (const link of links) expect([link, (await fetch(`${server.process.url}${link}`)).status]).toEqual([link, 200]);
  });

  it('shows a command that starts a run, which then waits for a decision', async () => {
    const shown = /<pre[^>]*><code>([\s\S]*?)<\/code>/.exec(html)?.[1] ?? '';
    const command = shown
      .replace(/^URL=.*$/m, `URL=${server.process.url}`)
      .replace('$(npm run -s keys -- show developer)', DEVELOPER_KEY);
    expect(command).not.toMatch(/[&<>]|:8080|npm/);
    const { stdout } = await promisify(execFile)('bash', ['-ec', command], { cwd: ROOT });
    const { result } = JSON.parse(stdout) as { result: { runId: string } };
    await framesUntil(server.developer, result.runId, 'run.waiting');
    expect(await server.reviewer.call('approval/count', { state: 'pending' })).toMatchObject({ total: 1 });
  });

  it.each(['light', 'dark'])('has the contrast of WCAG AA in %s', (scheme) => {
    const [light = '', dark = ''] = Array.from(html.matchAll(/:root \{([^}]*)\}/g), ([, body]) => body ?? '');
    const colours = new Map(
      Array.from((scheme === 'dark' ? dark : light).matchAll(/--(\w+): #(\w{6});/g), ([, name = '', hex = '']) => [
        name,
        luminance(hex),
      ]),
    );
    const contrasts = FOREGROUNDS.flatMap((front) =>
      BACKGROUNDS.map((back) => ({ front, back, ratio: contrast(colours.get(front), colours.get(back)) })),
    );
    expect(contrasts.filter(({ ratio }) => !(ratio >= AA_CONTRAST))).toEqual([]);
  });
});

/** Relative luminance, as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((start) => {
    const channel = parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one = NaN, other = NaN): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
