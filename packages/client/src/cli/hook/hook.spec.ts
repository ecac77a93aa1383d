import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runCli } from '../cli';

const MAIN = join(__dirname, '../main.ts');
const QUESTION = {
  session_id: 's1',
  hook_event_name: 'PermissionRequest',
  tool_name: 'Bash',
  tool_input: { command: 'make deploy' },
};
const ALLOWED = { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } } };

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('assent hook', () => {
  let server: Server;
  let url: string;
  let respond: RequestListener;
  let received: Received[];

  beforeEach(async () => {
    received = [];
    respond = (_, response) => void response.end(JSON.stringify(ALLOWED));
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { method, headers } = request;
        received.push({ method, url: request.url, headers, body });
        respond(request, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), 'close');
  });

  const assent = async (words: readonly string[], input: string | object = QUESTION, env: object = {}) => {
    const lines: string[] = [];
    const errors: string[] = [];
    const status = await runCli({
      argv: words,
      env: { ASSENT_URL: url, ASSENT_KEY: 'laptop', ...env },
      print: (line) => lines.push(line),
      printError: (line) => errors.push(line),
      ask: () => Promise.resolve(null),
      readInput: () => Promise.resolve(typeof input === 'string' ? input : JSON.stringify(input)),
      program: '/opt/assent/dist/esm/cli/main.js',
    });
    return { status, lines, errors };
  };
  const denied = (message: string) => ({
    hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny', message } },
  });
  const refuse = (status: number, type: string, body: string) => {
    respond = (_, response) => void response.writeHead(status, { 'content-type': type }).end(body);
  };

  it.each(['claude-code', 'codex'])('sends the question of %s as it is and prints the answer', async (agent) => {
    const input = JSON.stringify(QUESTION, null, 1);
    expect(await assent(['hook', agent], input)).toEqual({ status: 0, lines: [JSON.stringify(ALLOWED)], errors: [] });
    expect(received).toEqual([
      {
        method: 'POST',
        url: `/hooks/${agent}?hold=540&onTimeout=ask`,
        headers: expect.objectContaining({ authorization: 'Bearer laptop', 'content-type': 'application/json' }),
        body: input,
      },
    ]);
  });

  it('keeps a path of the address, and takes the hold and its end from the command line', async () => {
    await assent(['hook', 'codex', '--hold', '60', '--on-timeout', 'deny'], QUESTION, { ASSENT_URL: `${url}/assent` });
    expect(received[0]?.url).toBe('/assent/hooks/codex?hold=60&onTimeout=deny');
  });

  it('denies while the server cannot be reached, with the reason for the model and on stderr', async () => {
    await once(server.close(), 'close');
    const { status, lines, errors } = await assent(['hook', 'codex']);
    const reason = `Assent gave no decision: ${url} cannot be reached (ECONNREFUSED).`;
    expect({ status, errors }).toEqual({ status: 0, errors: [reason] });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([denied(`${reason} The call was not made.`)]);
  });

  it('leaves the question to the agent while the server cannot be reached, with --fail-open', async () => {
    await once(server.close(), 'close');
    const { status, lines, errors } = await assent(['hook', 'codex', '--fail-open']);
    expect([status, lines, errors.length]).toEqual([0, ['{}'], 1]);
  });

  it('denies a PreToolUse in the form of that event', async () => {
    await once(server.close(), 'close');
    const { lines } = await assent(['hook', 'claude-code'], { ...QUESTION, hook_event_name: 'PreToolUse' });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: 'deny',
        permissionDecisionReason: expect.stringContaining('cannot be reached'),
      },
    });
  });

  it('denies when the server goes away while it holds the question', async () => {
    respond = (request) => void request.socket.destroy();
    const { status, lines } = await assent(['hook', 'codex']);
    expect([status, lines[0]]).toEqual([0, expect.stringContaining('cannot be reached (ECONNRESET)')]);
  });

  it('denies on any response that is not a decision, with what the server says', async () => {
    refuse(403, 'application/problem+json', '{"title":"Forbidden","detail":"The key lacks permission:ask."}');
    expect((await assent(['hook', 'codex'])).lines[0]).toContain('HTTP 403: The key lacks permission:ask.');
    refuse(502, 'text/html', '<h1>Bad gateway</h1>');
    expect((await assent(['hook', 'codex'])).lines[0]).toContain('HTTP 502: there are no problem details');
    refuse(200, 'text/html', '<h1>Sign in</h1>');
    expect((await assent(['hook', 'codex'])).lines[0]).toContain('The response is not a JSON object');
    refuse(200, 'application/json', '"allow"');
    expect((await assent(['hook', 'codex'])).lines[0]).toContain('The response is not a JSON object');
  });

  it('denies without a key, and sends nothing', async () => {
    const { status, lines } = await assent(['hook', 'codex'], QUESTION, { ASSENT_KEY: '' });
    expect([status, lines[0], received]).toEqual([0, expect.stringContaining('There is no key: set ASSENT_KEY.'), []]);
  });

  it('sends what it cannot read to the server too, whose refusal is a denial', async () => {
    refuse(400, 'application/problem+json', '{"detail":"The body is not JSON."}');
    expect((await assent(['hook', 'codex'], 'no JSON')).lines[0]).toContain('HTTP 400: The body is not JSON.');
    expect(received[0]?.body).toBe('no JSON');
  });

  it('follows no redirect, so that the key goes nowhere else', async () => {
    respond = (_, response) => void response.writeHead(307, { location: `${url}/elsewhere` }).end('{}');
    expect((await assent(['hook', 'codex'])).lines[0]).toContain('HTTP 307');
    expect(received).toHaveLength(1);
  });

  it.each([
    [['hook'], 'Name the agent: assent hook claude-code|codex'],
    [['hook', 'opencode'], 'Name the agent: assent hook claude-code|codex'],
    [['hook', 'codex', '--hold', '0'], '--hold must be a whole number from 1 to 3600, not "0".'],
    [['hook', 'codex', '--hold', '3601'], '--hold must be a whole number from 1 to 3600, not "3601".'],
    [['hook', 'codex', '--on-timeout', 'allow'], '--on-timeout must be "ask" or "deny", not "allow".'],
    [['init', 'cursor'], 'Name the agent: assent init claude-code|codex|opencode'],
  ])('cannot use %j: exit status 2', async (words, message) => {
    const { status, lines, errors } = await assent(words);
    expect([status, lines, errors[0], received]).toEqual([2, [], message, []]);
  });

  it('is a program that reads stdin, prints one line and exits with 0', async () => {
    const env = { PATH: process.env['PATH'], ASSENT_URL: url, ASSENT_KEY: 'laptop' };
    const child = spawn(process.execPath, ['-r', '@swc-node/register', MAIN, 'hook', 'codex'], { env });
    child.stdin.end(JSON.stringify(QUESTION));
    const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect([output, errors, status]).toEqual([`${JSON.stringify(ALLOWED)}\n`, '', 0]);
    expect(received[0]?.body).toBe(JSON.stringify(QUESTION));
  });

  it('prints settings for each agent and where they belong', async () => {
    const printed = async (agent: string, ...words: string[]) => {
      const { status, lines, errors } = await assent(['init', agent, ...words], '', { ASSENT_KEY: '' });
      expect([status, errors]).toEqual([0, [expect.stringContaining('ASSENT_KEY')]]);
      return JSON.parse(lines.join('\n')) as unknown;
    };
    expect(await printed('claude-code')).toEqual({
      permissions: { defaultMode: 'default' },
      hooks: {
        PermissionRequest: [
          {
            matcher: '*',
            hooks: [
              {
                type: 'http',
                url: `${url}/hooks/claude-code?hold=540&onTimeout=ask`,
                timeout: 600,
                headers: { Authorization: 'Bearer $ASSENT_KEY' },
                allowedEnvVars: ['ASSENT_KEY'],
                onFailure: 'block',
              },
            ],
          },
        ],
      },
    });
    expect(await printed('codex', '--hold', '30')).toEqual({
      hooks: {
        PermissionRequest: [
          {
            matcher: '.*',
            hooks: [
              {
                type: 'command',
                command: 'node /opt/assent/dist/esm/cli/main.js hook codex --hold 30 --on-timeout ask',
                timeout: 90,
              },
            ],
          },
        ],
      },
    });
    expect(await printed('opencode')).toEqual({
      plugin: ['file:///opt/assent/dist/esm/opencode/plugin.js'],
      permission: { bash: 'ask', edit: 'ask', webfetch: 'ask' },
    });
    expect(received).toEqual([]);
  });
});
