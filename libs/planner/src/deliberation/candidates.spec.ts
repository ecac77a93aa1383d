import fc from 'fast-check';
import { MAX_CANDIDATES, finishOnly, readCandidates } from './candidates';
import { Fence } from './fence';
import { offerFunctions } from './offered.functions';
import type { ToolOffer } from './step-request';

function tool(name: string, effect: ToolOffer['effect'] = 'write'): ToolOffer {
  return { name, description: `Does ${name}`, effect, effort: 2, inputSchema: { type: 'object' } };
}

const allowed = () => null;
const call = (name: string, args: unknown, problem: string | null = null) => ({ name, args, problem });

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
    [call('file_write', '{"path"', 'its arguments are no valid JSON'), 'The arguments are no valid JSON.'],
    [call('file_write', [1]), 'The arguments are no JSON object.'],
    [call('rm', {}, 'it was not offered'), 'There is no such function.'],
    [call('ask_person', { question: ' ' }), 'The question is empty.'],
  ])('that cannot be used are dropped with the reason: %j', (proposed, reason) => {
    expect(readCandidates([proposed], facts)).toEqual({
      actions: [],
      dropped: [`${proposed.name}: ${reason}`],
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

  it('are the end of the run where only words were said', () => {
    expect(finishOnly('All is well.')).toMatchObject([{ id: 'a1', kind: 'finish', label: 'All is well.' }]);
    expect(finishOnly(' ')).toMatchObject([{ label: 'finish' }]);
  });
});

describe('a fence', () => {
  it('is closed once, whatever stands inside', () => {
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
