import { compile, type Sql } from '@assent/platform';
import { named, otherSpellings, sharingWords, type Query, type SearchScope } from './candidate.sql';
import { literalOf, nearest } from './vector.repository';

const MEAN = `'); drop table runs; --`;
const ROBOT: SearchScope = { tenantId: 'tenant-1', agent: 'robot-1' };
const QUERY: Query = { text: MEAN, status: 'active', trigrams: true, spelt: [MEAN] };
const VECTOR = Float32Array.of(1, 0.5, -0.25);

const plain = (statement: Sql): string => compile(statement).text.replaceAll(/\s+/g, ' ');

describe('the statements of recall', () => {
  it.each<[string, (scope: SearchScope) => Sql]>([
    ['by words', (scope) => sharingWords(scope, QUERY)],
    ['by name', (scope) => named(scope, QUERY, [])],
    ['by meaning', (scope) => nearest(scope, 'toy', VECTOR)],
  ])('%s filter by tenant, agent and status, and take all values as parameters', (_, statement) => {
    const { text, values } = compile(statement(ROBOT));
    expect(values).toEqual(expect.arrayContaining(['tenant-1', 'robot-1']));
    expect(text).toMatch(/tenant_id = \$\d+/);
    expect(text).toMatch(/\(agent = \$\d+ or agent is null\)/);
    expect(text).toContain("status = 'active'");
    expect(text).not.toMatch(/tenant-1|robot-1|drop table|toy/);
    expect(compile(statement({ ...ROBOT, agent: null })).values).not.toContain('robot-1');
  });

  it('read words of the tenant only', () => {
    const { text, values } = compile(otherSpellings('tenant-1', MEAN));
    expect(text.match(/from memory_words where tenant_id = \$\d+/g)).toHaveLength(2);
    expect(values.filter((value) => value === 'tenant-1')).toHaveLength(2);
    expect(text).not.toContain('drop table');
  });

  it('use no function of pg_trgm without the extension', () => {
    expect(plain(sharingWords(ROBOT, { ...QUERY, trigrams: false }))).not.toMatch(/similarity\(| % /);
  });

  it('order by exactly the indexed expression', () => {
    expect(plain(nearest(ROBOT, 'toy', VECTOR))).toMatch(
      /where dimensions = 3 .* order by memory_vectors\.vector::vector\(3\) <=> \$\d+::vector\(3\) limit/,
    );
    expect(literalOf(VECTOR)).toBe('[1,0.5,-0.25]');
  });
});
