import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase } from '../../../../test/support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { EmbeddingJob } from './embedding.job';
import { Ranking } from './ranking';

/** An embedding that knows two subjects and a bit of length, like any endpoint that answers over HTTP. */
const vectorOf = (text: string): number[] => [/boat|ship/i.test(text) ? 3 : 0, /train|rail/i.test(text) ? 3 : 0, 0.1];

describe('recall with vectors', () => {
  let endpoint: Server;
  let stage: MemoryStage;
  let broken = false;
  const asked: { authorization: string | undefined; model: string }[] = [];

  beforeAll(async () => {
    endpoint = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { input, model } = JSON.parse(Buffer.concat(chunks).toString()) as { input: string[]; model: string };
        asked.push({ authorization: request.headers.authorization, model });
        const data = input.map((text, index) => ({ index, embedding: broken ? ['x'] : vectorOf(text) }));
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: data.toReversed() }));
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const { port } = endpoint.address() as AddressInfo;
    stage = await MemoryStage.open(createTestDatabase, {
      ...{ EMBEDDING_BASE_URL: `http://127.0.0.1:${port}/v1`, EMBEDDING_MODEL: 'toy', EMBEDDING_API_KEY: 'key' },
      ...{ EMBEDDING_TIMEOUT_MS: '10000', MEMORY_MIN_SIM: '1' },
    });
    await stage.learn('vectors', 'robot', 'Every boat needs an anchor in the harbour');
    await stage.learn('vectors', 'robot', 'Every train needs a signal in the harbour');
    await stage.get(EmbeddingJob).run();
  });
  afterAll(async () => {
    await stage.close();
    await new Promise((resolve) => endpoint.close(resolve));
  });

  const find = (goal: string) =>
    stage.get(Ranking).find({ tenantId: 'vectors', agent: 'robot' }, goal, { status: 'active', timeoutMs: 10_000 });

  it('takes what means the same among what shares a word, and says how similar it is', async () => {
    const { fragments, degraded } = await find('Moor the ship in the harbour');
    expect(degraded).toEqual([]);
    expect(fragments.map(({ text }) => text)).toEqual(['Every boat needs an anchor in the harbour']);
    expect(fragments[0]?.scores.vector).toMatchObject({ place: 1 });
    expect(fragments[0]?.similarity).toBeGreaterThan(0.99);
    expect(asked[0]).toEqual({ authorization: 'Bearer key', model: 'toy' });
  });

  it('goes on by words when the endpoint gives nothing to work with, and says so', async () => {
    broken = true;
    const { fragments, degraded } = await find('Every boat needs an anchor in the harbour');
    expect(degraded).toEqual([expect.stringContaining('vector')]);
    expect(fragments.map(({ text }) => text)).toEqual(['Every boat needs an anchor in the harbour']);
  });
});
