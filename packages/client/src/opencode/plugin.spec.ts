import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventually } from '@assent/test-support/eventually';
import { Assent, type Send } from './plugin';

const QUESTION = {
  id: 'per_1',
  sessionID: 'ses_1',
  permission: 'bash',
  patterns: ['make deploy'],
  metadata: { command: 'make deploy' },
  tool: { messageID: 'msg_1', callID: 'call_1' },
};
const MESSAGE = { parts: [{ type: 'text' }, { callID: 'call_1', state: { input: { description: 'Deploys' } } }] };

interface Sent {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** One HTTP server as opencode and one as Assent; the plugin between them is real. */
describe('the plugin of opencode', () => {
  let opencode: Server;
  let assent: Server;
  let pending: object[];
  let replies: Sent[];
  let asked: Sent[];
  /** Answers of Assent in order; the last one stays. */
  let answers: RequestListener[];

  const listening = async (listener: (sent: Sent, ...io: Parameters<RequestListener>) => void) => {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const { authorization } = request.headers;
        const sent = {
          path: request.url ?? '',
          authorization,
          body: body === '' ? null : (JSON.parse(body) as unknown),
        };
        listener(sent, request, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (decision: string, message = ''): RequestListener => {
    return (_, response) => void response.end(JSON.stringify({ decision, message }));
  };

  beforeEach(async () => {
    [pending, replies, asked, answers] = [[], [], [], []];
    opencode = await listening((sent, request, response) => {
      if (request.method === 'POST') replies.push(sent);
      response.setHeader('content-type', 'application/json');
      const found = sent.path === '/permission' ? pending : MESSAGE;
      response.end(JSON.stringify(request.method === 'POST' ? true : found));
    });
    assent = await listening((sent, request, response) => {
      asked.push(sent);
      (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
    });
    process.env['ASSENT_URL'] = addressOf(assent);
    process.env['ASSENT_KEY'] = 'laptop';
  });
  afterEach(() => {
    for (const server of [opencode, assent]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const load = () => {
    const send =
      (method: string) =>
      async ({ url, path = {}, body, headers = {} }: Parameters<Send>[0]) => {
        const target = url.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? '');
        const sent = body ? JSON.stringify(body) : null;
        const response = await fetch(`${addressOf(opencode)}${target}`, { method, headers, body: sent });
        return { data: await response.json() };
      };
    return Assent({ directory: '/work', client: { _client: { get: send('GET'), post: send('POST') } } });
  };
  const ask = async () => {
    const plugin = await load();
    await plugin.event({ event: { type: 'permission.asked', properties: QUESTION } });
    return plugin;
  };
  const firstReply = () => eventually('a reply', () => replies[0]);

  it('puts the call with its arguments to Assent and allows it once', async () => {
    answers = [says('allow')];
    await ask();
    expect(await firstReply()).toMatchObject({ path: '/permission/per_1/reply', body: { reply: 'once' } });
    expect(asked).toEqual([
      {
        path: '/hooks/generic?hold=240',
        authorization: 'Bearer laptop',
        body: {
          agent: 'opencode',
          session: 'ses_1',
          tool: 'bash',
          input: { command: 'make deploy', description: 'Deploys' },
          cwd: '/work',
          toolUseId: 'call_1',
        },
      },
    ]);
  });

  it('rejects with the comment of the reviewer', async () => {
    answers = [says('deny', 'use the staging cluster')];
    await ask();
    expect(await firstReply()).toMatchObject({ body: { reply: 'reject', message: 'use the staging cluster' } });
  });

  it('asks again until somebody has decided, also after the server could not be reached', async () => {
    const unavailable: RequestListener = (_, response) => void response.writeHead(503).end();
    answers = [(request) => void request.socket.destroy(), unavailable, says('ask'), says('allow')];
    await ask();
    expect(await firstReply()).toMatchObject({ body: { reply: 'once' } });
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  }, 20_000);

  it('asks again after a restart about the questions that are still open', async () => {
    pending = [QUESTION];
    answers = [says('allow')];
    await load();
    expect(await firstReply()).toMatchObject({ path: '/permission/per_1/reply', body: { reply: 'once' } });
  });

  it('gives up a question that was answered at the terminal', async () => {
    const left = new Promise<void>((resolve) => {
      answers = [(_, response) => void response.once('close', resolve)];
    });
    const plugin = await ask();
    await eventually('the question at Assent', () => asked[0]);
    await plugin.event({ event: { type: 'permission.replied', properties: { requestID: 'per_1' } } });
    await left;
    expect(replies).toEqual([]);
  });

  it('leaves a question that Assent refuses to the person at the terminal, and says why', async () => {
    const refused = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    answers = [(_, response) => void response.writeHead(401).end('no such key')];
    await ask();
    await eventually('the report', () => refused.mock.calls.length > 0);
    expect(refused.mock.calls).toEqual([['Error: Assent answers HTTP 401: no such key']]);
    expect([asked.length, replies]).toEqual([1, []]);
    refused.mockRestore();
  });
});
