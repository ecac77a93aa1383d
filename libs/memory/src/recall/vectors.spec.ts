import { createTestDatabase } from '@assent/test-support/postgres';
import { FamilyRepository, noteFamily } from '../families/family.repository';
import { EmbeddingEndpoint, vectorOf } from '../testing/embedding-endpoint';
import { MemoryStage } from '../testing/memory-stage';
import { EmbeddingJob } from './embedding.job';
import { Ranking } from './ranking';

const POISON = 'poison';

describe('recall with vectors', () => {
  let endpoint: EmbeddingEndpoint;
  let stage: MemoryStage;
  let broken = false;
  const inputs: string[][] = [];
  const asked: { authorization: string | undefined; model: string }[] = [];

  beforeAll(async () => {
    endpoint = await EmbeddingEndpoint.open();
    endpoint.answer = ({ input, model }, { headers }) => {
      inputs.push([...input]);
      if (input.some((text) => text.includes(POISON))) return null;
      asked.push({ authorization: headers.authorization, model });
      return input.map((text) => (broken ? ['x'] : vectorOf(text)));
    };
    stage = await MemoryStage.open(createTestDatabase, {
      ...endpoint.env,
      EMBEDDING_API_KEY: 'key',
      MEMORY_MIN_SIM: '1',
    });
    await stage.learn('vectors', 'robot', 'Every boat needs an anchor in the harbour');
    await stage.learn('vectors', 'robot', 'Every train needs a signal in the harbour');
    await stage.get(EmbeddingJob).sweep.pass();
  });
  afterAll(async () => {
    await stage.close();
    await endpoint.close();
  });

  const find = (goal: string) =>
    stage.get(Ranking).find({ tenantId: 'vectors', agent: 'robot' }, goal, { status: 'active', timeoutMs: 10_000 });

  it('unites goals of one meaning into a family, and those that the endpoint cannot compare into none', async () => {
    const families = stage.get(FamilyRepository);
    const familyOf = async (tenantId: string, goal: string) => {
      const family = await families.of(tenantId, goal);
      await stage.commit(tenantId, 'robot', [noteFamily(family)]);
      return family.family;
    };
    const boat = await familyOf('families', 'Moor the boat of order 4711');
    const train = await familyOf('families', 'Couple these train wagons');
    expect(train).not.toBe(boat);
    expect(await familyOf('families', 'Anchor that ship (berth 9) before noon')).toBe(boat);
    expect(await familyOf('families', 'Shunt some rail freight')).toBe(train);
    expect(await familyOf('elsewhere', 'Anchor that ship (berth 9) before noon')).not.toBe(boat);
    expect(await familyOf('families', `Sink any ship by ${POISON}`)).not.toBe(boat);
  });

  it('prefers the same meaning among fragments that share a word, and reports the similarity', async () => {
    const { fragments, degraded } = await find('Moor the ship in the harbour');
    expect(degraded).toEqual([]);
    expect(fragments.map(({ text }) => text)).toEqual(['Every boat needs an anchor in the harbour']);
    expect(fragments[0]?.scores.vector).toMatchObject({ place: 1 });
    expect(fragments[0]?.similarity).toBeGreaterThan(0.99);
    expect(asked[0]).toEqual({ authorization: 'Bearer key', model: 'toy' });
  });

  it('computes every vector it can, although more texts than a batch are refused, and leaves those alone', async () => {
    await stage.learn('poisoned', 'robot', 'Every boat needs an anchor');
    for (let count = 0; count < 40; count += 1) {
      await stage.learn('poisoned', 'robot', `${POISON} of kind ${count}${'abcdefghij'[count % 10]}`);
    }
    await stage.get(EmbeddingJob).sweep.pass();
    const made = await stage.raw<{ text: string }>(
      `select text from memory_embeddings join memory_fragments on id = fragment_id where memory_fragments.tenant_id = 'poisoned'`,
      [],
    );
    expect(made).toEqual([{ text: 'Every boat needs an anchor' }]);
    const count = inputs.length;
    await stage.get(EmbeddingJob).sweep.pass();
    expect(inputs).toHaveLength(count);
  });

  it('retries an unavailable endpoint only after pauses', async () => {
    broken = true;
    await stage.learn('vectors', 'robot', 'Every bridge needs a light');
    const before = inputs.length;
    await stage.get(EmbeddingJob).sweep.pass();
    expect(inputs.slice(before).map(({ length }) => length)).toEqual([1, 1]);
    await stage.get(EmbeddingJob).sweep.pass();
    expect(inputs).toHaveLength(before + 2);
    broken = false;
  });

  it('continues by words if the endpoint returns nothing usable, and says so', async () => {
    broken = true;
    const { fragments, degraded } = await find('Every boat needs an anchor in the harbour');
    expect(degraded).toEqual([expect.stringContaining('vector')]);
    expect(fragments.map(({ text }) => text)).toEqual(['Every boat needs an anchor in the harbour']);
  });
});
