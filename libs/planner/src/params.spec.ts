import type { ActionInput, Effect } from '@assent/contract';
import { completeActions, completeParams } from './params';

const effects: Readonly<Record<string, Effect>> = { look: 'read', edit: 'write', send: 'external' };
const effortOf = (action: Partial<ActionInput>) =>
  completeActions([{ id: 'a', kind: 'tool', ...action }], (tool) => effects[tool])[0]?.effort;

describe('defaults', () => {
  it.each<[string, Partial<ActionInput>, number]>([
    ['a read', { tool: 'look' }, 1],
    ['a write', { tool: 'edit' }, 5],
    ['an external effect', { tool: 'send' }, 10],
    ['a write that cannot be undone', { tool: 'edit', irreversible: true }, 15],
    ['an external effect that cannot be undone', { tool: 'send', irreversible: true }, 20],
    ['a tool that is not known here', { tool: 'other' }, 10],
    ['an action that states its effort', { tool: 'send', irreversible: true, effort: 0 }, 0],
    ['a question', { kind: 'ask', question: 'Which?' }, 0],
  ])('count %s by its effect', (_, action, effort) => {
    expect(effortOf(action)).toBe(effort);
  });

  it('name a call by its first short argument of one line', () => {
    const args = { content: 'x'.repeat(100_000), lines: 'a\nb', path: 'src/a.ts' };
    const [labelled, bare] = completeActions([
      { id: 'a', kind: 'tool', tool: 'edit', args },
      { id: 'b', kind: 'tool', tool: 'edit', args: { content: args.content } },
    ]);
    expect([labelled?.label, bare?.label]).toEqual(['edit src/a.ts', 'edit']);
  });

  it('are fixed scales and the net value of asking', () => {
    const filled = { depth: 3, alpha: 1, beta: 1, lambda: 1, effortScale: 60, messageScale: 600, ranking: 'value' };
    expect(completeParams({}, true)).toEqual({ ...filled, mode: 'expected', asking: 'net' });
    expect(completeParams({ asking: 'evsi' }, false)).toEqual({ ...filled, mode: 'aggregate' });
  });
});
