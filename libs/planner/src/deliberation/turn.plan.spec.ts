import type { PlanStep } from '@assent/contract';
import { completeActions, type KnownAction } from '../params';
import { planAfter, planSoFar, plannedLines } from './turn.plan';
import type { PastTurn } from './model.turn';
import type { PastStep } from './step-request';

const write = (path: string): KnownAction => ({ id: path, kind: 'tool', tool: 'file.write', args: { path } });
const after = (plan: readonly PlanStep[], step: number, first: KnownAction, ...planned: KnownAction[]) =>
  completeActions([first]).flatMap((chosen) => [...planAfter(plan, { step, chosen, planned, callId: `call-${step}` })]);
const states = (plan: readonly PlanStep[]) => plan.map(({ id, state }) => `${id} ${state}`);

describe('the plan of a run', () => {
  const three = after([], 2, write('a'), write('b'), write('c'));
  const made = (plan: readonly PlanStep[], kind: string) =>
    planSoFar(
      [{ step: 2, plan } as unknown as PastTurn, { step: 3 } as PastTurn],
      [{ step: 2, outcome: `{"kind":"result","result":{"kind":"${kind}"}}` } as PastStep],
    );

  it('is what a turn calls, the first of it current', () => {
    expect(three).toEqual([
      { id: '2.1', tool: 'file.write', summary: 'file.write a', state: 'current', callId: 'call-2' },
      { id: '2.2', tool: 'file.write', summary: 'file.write b', state: 'planned', callId: null },
      { id: '2.3', tool: 'file.write', summary: 'file.write c', state: 'planned', callId: null },
    ]);
    expect(plannedLines(three)).toBe('- file.write b\n- file.write c');
    expect(after([], 2, write('a'))).toEqual([]);
  });

  it('counts a step that was made as done, another one as dropped', () => {
    expect(states(made(three, 'applied'))).toEqual(['2.1 done', '2.2 planned', '2.3 planned']);
    expect(states(made(three, 'rejected'))).toEqual(['2.1 dropped', '2.2 planned', '2.3 planned']);
    expect(planSoFar([{ step: 1 } as PastTurn], [])).toEqual([]);
  });

  it('goes on with the step that is called again, also with one that was dropped', () => {
    const done = made(three, 'applied');
    const next = after(done, 4, { ...write('b'), args: { path: 'b', content: 'changed' } });
    expect(states(next)).toEqual(['2.1 done', '2.2 current', '2.3 planned']);
    expect(next[1]?.callId).toBe('call-4');
    expect(states(after(made(three, 'rejected'), 4, write('a')))).toEqual([
      '2.1 current',
      '2.2 planned',
      '2.3 planned',
    ]);
  });

  it('has one id for each step, also where two steps are named alike', () => {
    const twice = after([], 2, write('a'), write('a'), write('b'));
    const again = after(made(twice, 'rejected'), 4, write('a'), write('a'));
    expect(states(again)).toEqual(['2.3 dropped', '2.1 current', '2.2 planned']);
  });

  it('keeps the rest planned when something else comes between', () => {
    const done = made(three, 'applied');
    expect(after(done, 4, write('z'))).toEqual(done);
    expect(after(done, 4, { id: 'q', kind: 'ask', question: 'Which?' })).toEqual(done);
  });

  it('is replaced by another sequence, and dropped by the end of the run', () => {
    const done = made(three, 'applied');
    expect(states(after(done, 4, write('c'), write('d')))).toEqual([
      '2.1 done',
      '2.2 dropped',
      '2.3 current',
      '4.2 planned',
    ]);
    expect(states(after(done, 4, { id: 'f', kind: 'finish' }))).toEqual(['2.1 done', '2.2 dropped', '2.3 dropped']);
    const over = done.map((each) => ({ ...each, state: 'done' as const }));
    expect(states(after(over, 9, write('e'), write('f')))).toEqual(['9.1 current', '9.2 planned']);
  });
});
