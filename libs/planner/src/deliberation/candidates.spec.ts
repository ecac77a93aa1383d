import fc from 'fast-check';
import { MAX_CANDIDATES, NOT_YET, askingOf, readCandidates, withoutAction } from './candidates';
import { Fence } from './fence';
import { OWN_WITH_DECIDE, offerFunctions } from './offered.functions';
import { proposalSummary, proposalText } from './proposal.text';
import type { ToolOffer } from './step-request';

function tool(name: string, effect: ToolOffer['effect'] = 'write'): ToolOffer {
  const requiresApproval = effect !== 'read';
  return { name, description: `Does ${name}`, effect, effort: 2, inputSchema: { type: 'object' }, requiresApproval };
}

const allowed = () => null;
const call = (name: string, args: unknown, problem: string | null = null) => ({ id: 'call_1', name, args, problem });

describe('functions', () => {
  it('have names that every endpoint takes, no two the same, and lead back to their tools', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 100 }), { maxLength: 12 });
    fc.assert(
      fc.property(names, (tools) => {
        const { functions, toolOf } = offerFunctions(['a.b', 'a_b', 'finish', ...tools].map((name) => tool(name)));
        expect(new Set(functions.map(({ name }) => name)).size).toBe(functions.length);
        for (const { name } of functions) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        const back = functions.flatMap(({ name }) => toolOf(name)?.name ?? []);
        expect(new Set(back)).toEqual(new Set(['a.b', 'a_b', 'finish', ...tools]));
      }),
    );
  });
});

describe('candidates', () => {
  const offered = offerFunctions([tool('file.write'), tool('mail.send', 'external')]);
  const facts = { offered, refusal: allowed, history: [] };

  it('are what was called, each once, in the order of the calls', () => {
    const { actions, dropped } = readCandidates(
      [
        call('file_write', { path: 'a', content: '1' }),
        call('mail_send', { to: 'x' }),
        call('file_write', { content: '1', path: 'a' }),
        call('ask_person', { question: 'Is it so?' }),
        call('ask_person', { question: 'is it so?' }),
        call('finish', { summary: 'Done.' }),
        call('finish', { summary: 'Done again.' }),
      ],
      facts,
    );
    expect(dropped).toEqual([]);
    expect(actions).toMatchObject([
      { id: 'a1', kind: 'tool', tool: 'file.write', args: { path: 'a', content: '1' }, effort: 2, irreversible: false },
      { id: 'a2', kind: 'tool', tool: 'mail.send', irreversible: true },
      { id: 'a3', kind: 'ask', question: 'Is it so?', messageLength: 9 },
      { id: 'a4', kind: 'finish', label: 'Done.' },
    ]);
  });

  it.each([
    [call('file_write', '{"path"', 'its arguments are not valid JSON'), 'The arguments are not valid JSON.'],
    [call('file_write', [1]), 'The arguments are not a JSON object.'],
    [call('rm', {}, 'it was not offered'), 'There is no such function.'],
    [call('ask_person', { question: ' ' }), 'The question is empty.'],
  ])('that cannot be used are dropped with the reason: %j', (proposed, reason) => {
    expect(readCandidates([proposed], facts)).toEqual({
      actions: [],
      dropped: [`${proposed.name}: ${reason}`],
      calls: [{ id: 'call_1', name: proposed.name, actionId: null, problem: reason }],
      reads: null,
    });
  });

  it('that the caller refuses are dropped with its words', () => {
    const { dropped } = readCandidates([call('file.write', {})], {
      ...facts,
      refusal: (name) => `${name} is not for you.`,
    });
    expect(dropped).toEqual(['file.write: file.write is not for you.']);
  });

  it('are at most as many as people look at', () => {
    const calls = Array.from({ length: 20 }, (_, index) => call('file_write', { path: String(index) }));
    const { actions, dropped } = readCandidates(calls, facts);
    expect(actions.map(({ id }) => id)).toEqual(Array.from({ length: MAX_CANDIDATES }, (_, index) => `a${index + 1}`));
    expect(dropped).toEqual(['20 actions were proposed; the first 16 are weighed.']);
  });

  it('end the run without reaching the goal when the model wrote only text', () => {
    const finish = { reached: false, reason: 'no_action' };
    expect(withoutAction('All is well.')).toMatchObject([{ id: 'a1', kind: 'finish', label: 'All is well.', finish }]);
    expect(withoutAction(' ')).toMatchObject([{ label: 'finish', finish }]);
  });

  it.each([
    [{ reached: true }, { reached: true }],
    [{ reached: 'True', remaining: ' ' }, { reached: true }],
    [
      { reached: false, remaining: 'The tests.' },
      { reached: false, remaining: 'The tests.' },
    ],
    [{ reached: 'false' }, { reached: false }],
    [{}, { reached: null }],
    [{ reached: 1 }, { reached: null }],
    [{ reached: 'yes' }, { reached: null }],
    [{ reached: true, reason: 'no_action' }, { reached: true }],
  ])('that finish the run say whether the goal is reached: %j', (args, finish) => {
    const { actions } = readCandidates([call('finish', { summary: 'Done.', ...args })], facts);
    expect(actions).toMatchObject([{ kind: 'finish', label: 'Done.', finish }]);
  });

  it.each([
    'functions.file_write',
    'function:file_write',
    'tools.file.write',
    'default_api.file_write',
    ' file_write:0',
  ])('are understood under the name %j', (name) => {
    expect(readCandidates([call(name, { path: 'a' })], facts).actions).toMatchObject([{ tool: 'file.write' }]);
  });

  it('keep a name that is offered as it is', () => {
    const named = offerFunctions([tool('functions.a'), tool('a')]);
    const read = readCandidates([call('functions.a', {})], { ...facts, offered: named });
    expect(read.actions).toMatchObject([{ tool: 'functions.a' }]);
  });

  it('lead back from every call, the same ones to the same action', () => {
    const calls = ['1', '2', '1'].map((path, index) => ({ ...call('file_write', { path }), id: `call_${index + 1}` }));
    expect(readCandidates([...calls, { ...call('rm', {}), id: 'call_4' }], facts).calls).toEqual([
      { id: 'call_1', name: 'file_write', actionId: 'a1', problem: null },
      { id: 'call_2', name: 'file_write', actionId: 'a2', problem: null },
      { id: 'call_3', name: 'file_write', actionId: 'a1', problem: null },
      { id: 'call_4', name: 'rm', actionId: null, problem: 'There is no such function.' },
    ]);
  });
});

describe('the text of an action', () => {
  const keyAt = (chars: number) => `${'x '.repeat(chars / 2 - 5)}sk-live-0123456789abcdefghijklmnop and more`;

  it('quotes no part of a key where it is cut, which redaction would not recognize', () => {
    const asked = askingOf({ question: keyAt(2_000), options: ['yes', keyAt(2_000)] });
    const labels = [...withoutAction(keyAt(2_000)).map(({ label }) => label), JSON.stringify(asked)];
    for (const label of labels) expect([label.includes('x x'), label.includes('sk-live')]).toEqual([true, false]);
  });

  it('is short in the summary of a plan, again without a part of a key', () => {
    const actions = withoutAction('Stop').map((action) => ({ ...action, label: keyAt(120) }));
    const summary = proposalSummary({ trace: '', actions, degraded: false, warnings: [] });
    expect([summary.includes('x x'), summary.includes('sk-live')]).toEqual([true, false]);
  });

  it('keeps the end of a long reasoning without a part of a key', () => {
    const trace = `sk-live-0123456789abcdefghijklmnop ${'x '.repeat(11_990)}`;
    const text = proposalText({ trace, actions: withoutAction('Stop'), degraded: false, warnings: [] });
    expect([text.includes('x x'), text.includes('nop')]).toEqual([true, false]);
  });
});

describe('the reads of a turn', () => {
  const offered = offerFunctions([tool('file.read', 'read'), tool('file.list', 'read'), tool('file.write')]);
  const facts = { offered, refusal: allowed, history: [] };
  const named = (...proposed: readonly (readonly [name: string, args: unknown])[]) =>
    proposed.map(([name, args], index) => ({ ...call(name, args), id: `call_${index + 1}` }));
  const idsOf = (calls: ReturnType<typeof named>) =>
    readCandidates(calls, facts).reads?.calls.map(({ actionId, problem, note }) => actionId ?? note ?? problem);

  it('are all that were called, the same ones once, in the order of the calls', () => {
    const calls = named(['file_read', { path: 'b' }], ['file_list', { path: '.' }], ['file_read', { path: 'b' }]);
    expect(readCandidates(calls, facts).reads?.reads).toEqual([
      { actionId: 'a1', tool: 'file.read', args: { path: 'b' } },
      { actionId: 'a2', tool: 'file.list', args: { path: '.' } },
    ]);
    expect(idsOf(calls)).toEqual(['a1', 'a2', 'a1']);
  });

  it('come first: calls that change, ask or end something are called again later', () => {
    const calls = named(
      ['file_write', { path: 'a', content: '1' }],
      ['file_read', { path: 'a' }],
      ['ask_person', { question: 'Is it so?' }],
      ['finish', { summary: 'Done.' }],
      ['decide', { why: 'It depends.' }],
    );
    expect(idsOf(calls)).toEqual([NOT_YET, 'a1', NOT_YET, NOT_YET, 'There is no such function.']);
    const withDecide = offerFunctions([tool('file.read', 'read'), tool('file.write')], OWN_WITH_DECIDE);
    const read = readCandidates(calls, { ...facts, offered: withDecide }).reads?.calls;
    expect(read?.at(-1)).toEqual({ id: 'call_5', name: 'decide', actionId: null, problem: null, note: NOT_YET });
  });

  it('are made beside calls that cannot be made, whose reasons are kept', () => {
    const refusal = (_: string, args: { path?: unknown }) => (args.path === 'secret' ? 'It is protected.' : null);
    const calls = named(
      ['file_read', { path: 'secret' }],
      ['rm', {}],
      ['file_read', 'x'],
      ['file_read', { path: 'a' }],
    );
    const { reads } = readCandidates(calls, { ...facts, refusal });
    expect(reads?.reads).toMatchObject([{ actionId: 'a1', args: { path: 'a' } }]);
    expect(reads?.calls.map(({ problem }) => problem)).toEqual([
      'It is protected.',
      'There is no such function.',
      'The arguments are not valid JSON.',
      null,
    ]);
  });

  it('are not limited as candidates are', () => {
    const paths = Array.from({ length: 40 }, (_, index) => String(index));
    const { reads } = readCandidates(named(...paths.map((path) => ['file_read', { path }] as const)), facts);
    expect(reads?.reads.map(({ args }) => args['path'])).toEqual(paths);
    expect(reads?.calls.every(({ problem }) => problem === null)).toBe(true);
  });

  it('are null in a turn that decides', () => {
    expect(readCandidates(named(['file_write', { path: 'a' }], ['finish', {}]), facts).reads).toBeNull();
  });
});

describe('a fence', () => {
  it('is closed once, regardless of its content', () => {
    const fence = new Fence('tree_1');
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constant(fence.tag), fc.constant(`</${fence.tag}>`))), (pieces) => {
        const text = fence.around('note', pieces.join(''));
        expect(text.split(fence.tag)).toHaveLength(3);
        expect(text.endsWith(`\n</${fence.tag}>`)).toBe(true);
      }),
    );
  });

  it('is another one for every tree', () => {
    expect(new Fence('tree_1').tag).not.toBe(new Fence('tree_2').tag);
  });
});
