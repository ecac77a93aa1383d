import { connect } from 'node:net';
import { scaled } from '../support/limits';
import { Stage, type Replica } from '../support/stage';

/** Far below the time that the longest limit takes without a check every second. */
const WITHIN_MS = 45_000;
const DRIP_MS = 250;
const REQUESTS = 1_001;

describe('a client that holds its connection', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  /** Sends the lines, then byte after byte for as long as the connection is open. @returns all that the server has said */
  const drip = (lines: readonly string[], byte: string): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(server.process.url);
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), hostname, () => {
        socket.write(lines.join('\r\n'));
      });
      const dripping = setInterval(() => socket.write(byte), DRIP_MS);
      socket.on('data', (chunk) => chunks.push(chunk));
      // The server closes while bytes are under way.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(dripping);
        resolve(Buffer.concat(chunks).toString('latin1'));
      });
    });

  it(
    'answers 408 to a client that drips its headers or its body, and closes the connection',
    async () => {
      const { host } = new URL(server.process.url);
      const head = ['POST /rpc HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${server.developer.key}`];
      const body = ['Content-Type: application/json', 'Content-Length: 100000', '', '{'];
      const answers = await Promise.all([
        drip([...head, 'X-Slow: '], 'x'),
        drip([...head, ...body], ' '),
        drip([...head, 'Content-Type: application/json', 'Transfer-Encoding: chunked', '', '1\r\n{\r\n'], '1\r\n \r\n'),
      ]);
      for (const answer of answers) {
        expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
        expect(answer).toMatch(/^content-type: application\/problem\+json; charset=utf-8\r$/m);
      }
    },
    scaled(WITHIN_MS),
  );

  it('tells a client to close its connection after 1,000 requests, and serves no more on it', async () => {
    const { hostname, host, port } = new URL(server.process.url);
    const answers = await new Promise<string>((resolve, reject) => {
      let said = '';
      const socket = connect(Number(port), hostname, () => {
        socket.write(`GET /livez HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(REQUESTS));
      });
      socket.on('data', (chunk) => {
        said += chunk.toString('latin1');
        if (said.match(/^HTTP\/1\.1 /gm)?.length === REQUESTS) socket.end();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        resolve(said);
      });
    });
    expect(answers.match(/^HTTP\/1\.1 200 /gm)).toHaveLength(REQUESTS - 1);
    const [last = '', beyond = ''] = answers.split(/^(?=HTTP\/1\.1 )/m).slice(-2);
    expect(last).toMatch(/^HTTP\/1\.1 200 [^]*^connection: close\r$/im);
    expect(beyond).toMatch(/^HTTP\/1\.1 503 /);
  });
});
