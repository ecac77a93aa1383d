import type { ActionInput, Tree } from '@assent/contract';
import fc from 'fast-check';
import { completeActions, plan } from '@assent/planner';
import { FLAKY_TEST, TIMEOUTS, UNHEDGED, type TraceFixture } from './testing/traces';
import { composeFromTrace } from './lexical.composer';
import { plainly, readPlainly, type Plainly } from './testing/plainly';
import { LexicalComposer } from './lexical.module';

const COMPOSER = new LexicalComposer();

const patch: ActionInput = { id: 'patch', kind: 'tool', tool: 'file.write', args: { path: 'config/app.yaml' } };
const restart: ActionInput = { id: 'restart', kind: 'tool', tool: 'service.restart', args: { service: 'resolver' } };

const read = (trace: string | readonly string[], actions: readonly ActionInput[] = [patch, restart]) =>
  readPlainly(trace, actions);

async function treeOf({ trace, actions }: TraceFixture) {
  return plan({ treeId: 'tree_1', goal: 'Find out what is wrong', trace, actions }, COMPOSER);
}

const summary = ({ assumptions, associations }: Tree) => plainly(assumptions, associations);

describe('one statement', () => {
  it.each<[string, Plainly[]]>([
    [
      'The pool is probably too small. Restarting the resolver helps.',
      [['the pool is too small', 0.7, ['true: restart']]],
    ],
    ['If the port is wrong, patching config/app.yaml would fix it.', [['the port is wrong', 0.5, ['true: patch']]]],
    ['Patching app.yaml would fix it if the port is wrong.', [['the port is wrong', 0.5, ['true: patch']]]],
    ['Unless the port is right, patch config/app.yaml.', [['the port is right', 0.2, ['false: patch']]]],
    ['Assuming the port is wrong, I patch app.yaml.', [['the port is wrong', 0.75, ['true: patch']]]],
    [
      'If the cache is stale, restart the resolver; otherwise patch config/app.yaml.',
      [['the cache is stale', 0.5, ['true: restart', 'false: patch']]],
    ],
    ['It might be that lookups fail. If so, restart the resolver. ', [['lookups fail', 0.4, ['true: restart']]]],
    [
      'There is little chance that lookups fail. If so, restart the resolver.',
      [['lookups fail', 0.1, ['true: restart']]],
    ],
    [
      'There is little chance that lookups fail. If so, restart the resolver. Otherwise, patch config/app.yaml.',
      [['lookups fail', 0.1, ['true: restart', 'false: patch']]],
    ],
    [
      'It is unlikely that the disk is full; otherwise restart the resolver.',
      [['the disk is full', 0.2, ['true: restart']]],
    ],
    ['The disk is probably not full; otherwise restart the resolver.', [['the disk is full', 0.25, ['true: restart']]]],
    ['The disk is probably full; otherwise restart the resolver.', [['the disk is full', 0.7, ['false: restart']]]],
    [
      'The disk is unlikely to be full, so restarting the resolver is next.',
      [['the disk is full', 0.2, ['false: restart']]],
    ],
    [
      "I don't think the port is wrong. In case it is, patch config/app.yaml.",
      [['the port is wrong', 0.25, ['true: patch']]],
    ],
    [
      'The disk is probably not full. Otherwise restart the resolver. Let me patch config/app.yaml.',
      [['the disk is full', 0.25, ['true: restart', 'false: patch']]],
    ],
    [
      'It is not very likely that lookups fail. Should they, restart the resolver; else patch config/app.yaml.',
      [['lookups fail', 0.2, ['true: restart', 'false: patch']]],
    ],
    [
      "Chances are slim that the port is wrong. If it's the port, patch config/app.yaml; if it isn't, restart the resolver.",
      [['the port is wrong', 0.1, ['true: patch', 'false: restart']]],
    ],
    [
      'It is unlikely that lookups fail; otherwise the alert would have fired. Restart the resolver.',
      [['lookups fail', 0.2, ['false: restart']]],
    ],
    [
      "It doesn't look like the port is wrong. If it were, patching config/app.yaml would have helped. Restart the resolver.",
      [['the port is wrong', 0.25, ['false: restart']]],
    ],
    ['My bet: the port is wrong. Patch config/app.yaml.', [['the port is wrong', 0.75, ['true: patch']]]],
    ["Patch config/app.yaml; I'd expect about 250 ms.", [['about 250 ms', 0.75, ['true: patch']]]],
    ["If I'm not mistaken, lookups fail. Restart the resolver.", [['lookups fail', 0.75, ['true: restart']]]],
    ["We can't rule out that lookups fail, so restart the resolver.", [['lookups fail', 0.4, ['true: restart']]]],
    ['20% that lookups fail. If so, restart the resolver.', [['lookups fail', 0.2, ['true: restart']]]],
    ['The probability is low that lookups fail. If so, patch app.yaml.', [['lookups fail', 0.2, ['true: patch']]]],
    [
      'The resolver is perhaps stale. Let me look at config/app.yaml first.',
      [['the resolver is stale', 0.4, ['true: patch']]],
    ],
    [
      'The resolver is perhaps stale. The dump of config/app.yaml would show that.',
      [['the resolver is stale', 0.4, ['true: patch']]],
    ],
    ["I wouldn't bet on the port. Let me restart the resolver.", [['the port', 0.25, ['false: restart']]]],
    [
      'I doubt that the disk is full. The port is perhaps wrong, so patch config/app.yaml.',
      [
        ['the disk is full', 0.2, []],
        ['the port is wrong', 0.4, ['true: patch']],
      ],
    ],
    [
      "It can't be the disk. So it must be the port. Patch config/app.yaml.",
      [
        ['it is the disk', 0.05, []],
        ['it is the port', 0.95, ['true: patch']],
      ],
    ],
    [
      'The certificate has probably expired. Renew it in config/app.yaml, then restart the resolver.',
      [['the certificate has expired', 0.7, ['true: patch']]],
    ],
    [
      'If the cache is stale, the resolver will refuse to start. Rebuild it from config/app.yaml.',
      [['the cache is stale', 0.5, ['true: patch']]],
    ],
    ["I don't think restarting the resolver helps.", [['restarting the resolver helps', 0.25, ['true: restart']]]],
    ['If lookups work, restarting the resolver is pointless.', [['lookups work', 0.5, ['false: restart']]]],
    ['If lookups do not fail, patch config/app.yaml.', [['lookups do fail', 0.5, ['false: patch']]]],
    [
      'I should restart the resolver since lookups are probably failing.',
      [['lookups are failing', 0.7, ['true: restart']]],
    ],
    ["Let's patch config/app.yaml.", []],
    ['I am about 80% sure that lookups fail, so restart the resolver.', [['lookups fail', 0.8, ['true: restart']]]],
    ['There is a 15 percent chance that the disk is full.', [['the disk is full', 0.15, []]]],
    ['The disk may be full.', [['the disk is full', 0.4, []]]],
    ["The disk may be full, but I can't be sure.", [['the disk is full', 0.4, []]]],
    ["I can't be sure that the disk is full.", [['the disk is full', 0.5, []]]],
    ['Let me check if the port is open, then we will see.', []],
  ])('%s', async (text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('every phrase carries the source of its number', async () => {
    const { assumptions } = await composeFromTrace('The pool is highly likely too small.', completeActions([patch]));
    expect(assumptions[0]?.evidence).toEqual([
      '"highly likely": 0.9, "highly likely", median of the Fagen-Ulmschneider survey',
    ]);
  });

  it.each([
    ['There is little chance that lookups fail.', 'lookups fail', 0.1],
    ["I don't think it's the database.", "it's the database", 0.25],
    ['I doubt whether the cache was never warm.', 'the cache was never warm', 0.2],
    ['I would not bet on a stale lock in `var/lock`.', 'a stale lock in `var/lock`', 0.25],
    ['I suspect that the port is not open.', 'the port is not open', 0.75],
    ["I'm not sure whether the port is open.", 'the port is open', 0.5],
    ['My bet: the port is not open.', 'the port is not open', 0.75],
    ['I suspect a stale lock.', 'I suspect a stale lock', 0.75],
    ['It seems that the port is open.', 'It seems that the port is open', 0.7],
    ['The disk is probably not full.', 'The disk is probably not full', 0.75],
    ['This is unlikely to be the kernel.', 'This is unlikely to be the kernel', 0.8],
    ['The pool is probably too small.', 'The pool is probably too small', 0.7],
    ['It grows, and the pool is presumably too small.', 'the pool is presumably too small', 0.75],
    ['It grows, which suggests that the pool is too small.', 'the pool is too small', 0.7],
    ['It grows, which strongly suggests the pool is too small.', 'the pool is too small', 0.7],
  ])('"%s" is shown as "%s", with the probability of these words', async (trace, text, p) => {
    const { assumptions } = await composeFromTrace(trace, completeActions([patch]));
    expect(assumptions).toHaveLength(1);
    expect(assumptions[0]?.text).toBe(text);
    expect(assumptions[0]?.p).toBeCloseTo(p, 9);
  });

  it('of two hedges on one statement the less sure one counts', async () => {
    expect(await read('I think the pool might be too small, so patch app.yaml.')).toEqual([
      ['the pool is too small', 0.4, ['true: patch']],
    ]);
  });

  it('what is said twice is one assumption with both sources', async () => {
    const trace = ['The pool is probably too small.', 'Hm. The pool is very likely too small'];
    const { assumptions } = await composeFromTrace(trace, completeActions([patch]));
    expect(assumptions).toHaveLength(1);
    expect(assumptions[0]?.p).toBeCloseTo(0.7843, 4);
    expect(assumptions[0]?.sources).toEqual([
      { traceId: 't1', span: [0, 30] },
      { traceId: 't2', span: [4, 37] },
    ]);
  });

  it('a clause that fits two actions alike speaks for neither', async () => {
    const twin = { ...patch, id: 'twin' };
    expect(await read('If the port is wrong, patch config/app.yaml.', [patch, twin])).toEqual([
      ['the port is wrong', 0.5, []],
    ]);
  });
});

describe('long reasoning', () => {
  it('weighs a misconfigured service as a careful reader would', async () => {
    const { tree, composer, degraded, warnings } = await treeOf(TIMEOUTS);
    expect(summary(tree)).toEqual([
      ['dns resolution is failing', 0.29, ['true: resolver']],
      ['it is the database', 0.25, []],
      ['the connection pool is too small', 0.784, ['true: pool']],
      ['the operator is gone', 0.2, ['true: redis']],
      ['the timeout is set in seconds rather than milliseconds', 0.5, ['true: patch']],
    ]);
    expect({ composer, degraded }).toEqual({ composer: 'lexical', degraded: false });
    expect(warnings).toEqual([
      '1 of the statements found in the trace name no action and carry no weight.',
      'ask is taken to ask about a5, whose words it shares.',
    ]);
    expect(tree.mode).toBe('expected');
    expect(tree.rankings.expected.map(({ actionId }) => actionId).slice(0, 3)).toEqual(['ask', 'pool', 'patch']);
  });

  it('follows reasoning that ends in a decision', async () => {
    const { tree } = await treeOf(FLAKY_TEST);
    expect(summary(tree)).toEqual([
      ['freeze the clock is the right action', 0.75, ['true: freeze']],
      ['retry the spec is the right action', 0.4, ['true: retry']],
      ['the clock is the culprit', 0.75, ['false: retry', 'true: freeze']],
      ['the migration order matters', 0.1, ['true: rename']],
    ]);
    expect(tree.chosen.actionId).toBe('freeze');
  });

  it('takes the action named last where nothing is hedged, and says so', async () => {
    const { tree, degraded, warnings } = await treeOf(UNHEDGED);
    expect(tree.chosen.actionId).toBe('docker');
    expect(degraded).toBe(true);
    expect(warnings).toEqual([
      'No statement of the trace could be linked to an action; docker is taken because it is named last.',
    ]);
    expect(tree.assumptions).toMatchObject([{ id: 'a1', p: 0.5, text: 'file.write Dockerfile is the right action' }]);
    expect(tree.assumptions[0]?.sources).toContain('composer');
  });

  it('takes the cheapest action where the trace names none, and says so', async () => {
    const actions = [patch, { ...restart, effort: 0.5 }];
    const { tree, degraded, warnings } = await plan(
      { treeId: 't', goal: 'g', trace: 'Hm, let us see. 42.', actions },
      COMPOSER,
    );
    expect(tree.chosen.actionId).toBe('restart');
    expect(degraded).toBe(true);
    expect(warnings).toEqual([
      'Nothing in the trace speaks for any of the actions; the cheapest is taken. Name them, or send beliefs.',
    ]);
  });

  it('points at the words in the trace as they were written', async () => {
    const { tree } = await treeOf(TIMEOUTS);
    const quotes = tree.assumptions.flatMap(({ sources }) =>
      sources.flatMap((source) =>
        typeof source === 'string' ? [] : [TIMEOUTS.trace[Number(source.traceId.slice(1)) - 1]?.slice(...source.span)],
      ),
    );
    expect(quotes).toEqual([
      'It might also be that DNS resolution is failing',
      'DNS resolution is unlikely to be failing',
      "I don't think it's the database",
      'The connection pool is probably too small',
      'The connection pool is very likely too small',
      'Unless the operator is gone',
      'If the timeout is set in seconds rather than milliseconds',
    ]);
  });
});

describe('any text', () => {
  const words = fc.constantFrom(
    'if',
    'unless',
    'the pool',
    'is',
    'probably',
    'not',
    'might',
    'be',
    'restart',
    'resolver',
    'app.yaml',
    'otherwise',
    ',',
    '.',
    '\n',
    '\n- ',
    'so',
    'because',
    "isn't",
    '…',
    '`',
    '½',
    '🙂',
  );

  it('makes beliefs that a tree can be made of, the same ones each time', () =>
    fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 60 }), async (drawn) => {
        const request = { treeId: 't', goal: 'g', trace: `x ${drawn.join(' ')}`, actions: [patch, restart] };
        const first = await plan(request, COMPOSER);
        expect(JSON.stringify(await plan(request, COMPOSER))).toBe(JSON.stringify(first));
        for (const { p, sources } of first.tree.assumptions) {
          expect(p).toBeGreaterThan(0);
          expect(p).toBeLessThan(1);
          for (const source of sources) {
            if (typeof source !== 'string') expect(request.trace.slice(...source.span).trim()).not.toBe('');
          }
        }
      }),
    ));

  it('weighs at most sixty-four statements, the latest that matter', async () => {
    const trace = Array.from(
      { length: 70 },
      (_, index) => `Cause ${index} is probably at work, so patch config/app.yaml.`,
    ).join(' ');
    const { assumptions, associations, warnings } = await composeFromTrace(trace, completeActions([patch, restart]));
    expect([assumptions.length, associations.length]).toEqual([64, 64]);
    expect(assumptions.some(({ text }) => text.startsWith('Cause 69 '))).toBe(true);
    expect(assumptions.some(({ text }) => text.startsWith('Cause 0 '))).toBe(false);
    expect(warnings).toEqual(['The trace makes 70 statements; the last 64 that matter were weighed.']);
  });
});
