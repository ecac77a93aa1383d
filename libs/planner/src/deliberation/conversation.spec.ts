import fc from 'fast-check';
import type { AnswerPart, ModelMessage } from '@assent/models';
import { newId } from '@assent/platform';
import { KEPT_RESULT_CHARS, spoken, turnMessages } from './conversation';
import type { ModelTurn, PastTurn } from './model.turn';
import { Fence } from './fence';
import { step } from '../testing/model.stage';
import type { PastStep } from './step-request';

const fence = new Fence('tree_1');

function call(id: string, name = 'file_read'): AnswerPart {
  return { kind: 'call', id, name, args: { path: id }, items: { openai: { itemId: id } } };
}

function turn(number: number, over: Partial<ModelTurn & { readonly chosen: string }> = {}): PastTurn {
  return {
    step: number,
    seed: 'tree_1',
    sent:
      number === 1
        ? [
            { role: 'system', content: 'S' },
            { role: 'user', content: 'Goal' },
          ]
        : [],
    answer: [{ kind: 'text', text: 'I read.' }, call(`c${number}`)],
    calls: [{ id: `c${number}`, name: 'file_read', actionId: 'a1', problem: null }],
    chosen: 'a1',
    elided: 0,
    ...over,
  };
}

function past(number: number, result: string): PastStep {
  return { step: number, action: { kind: 'tool', label: 'read' }, outcome: '{"kind":"result"}', result };
}

/** All turns of a run with results of these lengths, and the request of each step. */
function run(
  lengths: readonly number[],
  maxTokens: number,
): { requests: (readonly ModelMessage[])[]; elided: number[] } {
  const turns: PastTurn[] = [];
  const requests: (readonly ModelMessage[])[] = [];
  const elided: number[] = [];
  lengths.forEach((_, index) => {
    const number = index + 1;
    const history = lengths.slice(0, index).map((chars, before) => past(before + 1, 'x'.repeat(chars)));
    const { request } = step({ step: number, turns: [...turns], history, maxSteps: lengths.length });
    const added = number === 1 ? turn(1).sent : turnMessages(request, fence, `Step ${number}.`);
    const said = spoken(turns, added, maxTokens);
    requests.push(said.messages);
    elided.push(said.elided);
    // In the form read from the database.
    turns.push(JSON.parse(JSON.stringify(turn(number, { sent: added, elided: said.elided }))) as PastTurn);
  });
  return { requests, elided };
}

const bytes = (messages: readonly ModelMessage[]) => messages.map((message) => JSON.stringify(message));
const resultsIn = (messages: readonly ModelMessage[]) =>
  messages.flatMap((message) => (message.role === 'tool' ? message.results.map(({ text }) => text) : []));

describe('a conversation', () => {
  it('begins with the whole of the request before, byte for byte, unless results were left out for it', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 200, max: 6_000 }), (results, maxTokens) => {
        const { requests, elided } = run(results, maxTokens);
        requests.slice(1).forEach((messages, index) => {
          const before = bytes(requests[index] ?? []);
          if (elided[index + 1] === elided[index]) expect(bytes(messages).slice(0, before.length)).toEqual(before);
          else expect(messages.length).toBeGreaterThan(before.length);
        });
      }),
    );
  });

  it('leaves results out only when it is too long, from the oldest on, and never the last', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 200, max: 6_000 }), (results, maxTokens) => {
        const { requests, elided } = run(results, maxTokens);
        requests.forEach((messages, index) => {
          const shown = resultsIn(messages);
          const left = shown.map((text) => text.includes('[elided;'));
          const lengthOf = (chars = 0) => fence.around('result of file_read', 'x'.repeat(chars)).length;
          const isElided = (position: number) =>
            position < (elided[index] ?? 0) && lengthOf(results[position]) > KEPT_RESULT_CHARS;
          expect(left).toEqual(shown.map((_, position) => isElided(position)));
          if (shown.length > 0) expect(left.at(-1)).toBe(false);
          expect(elided[index]).toBeGreaterThanOrEqual(elided[index - 1] ?? 0);
        });
      }),
    );
  });

  it('stays whole within the window', () => {
    expect(run([4_000, 4_000, 4_000, 4_000], 1_000_000).elided).toEqual([0, 0, 0, 0]);
    const { elided } = run(
      Array.from({ length: 10 }, () => 4_000),
      4_000,
    );
    // Elides in large steps, so that the provider's cache is seldom invalidated.
    expect(new Set(elided).size).toBeLessThan(6);
    expect(elided.at(-1)).toBeGreaterThan(0);
  });

  it('answers every call of the last turn once, the chosen one with its outcome', () => {
    const last = turn(1, {
      answer: [call('c1'), call('c2', 'file_write'), call('c3'), call('c4', 'rm')],
      calls: [
        { id: 'c1', name: 'file_read', actionId: 'a1', problem: null },
        { id: 'c2', name: 'file_write', actionId: 'a2', problem: null },
        { id: 'c3', name: 'file_read', actionId: 'a1', problem: null },
        { id: 'c4', name: 'rm', actionId: null, problem: 'There is no such function.' },
      ],
    });
    const { request } = step({ step: 2, turns: [last], history: [past(1, 'timeout: 3')], maxSteps: 9 });
    expect(turnMessages(request, fence, 'Step 2 of 9.')).toEqual([
      {
        role: 'tool',
        results: [
          { id: 'c1', name: 'file_read', text: fence.around('result of file_read', 'timeout: 3') },
          { id: 'c2', name: 'file_write', text: 'Not carried out. Another of the proposals was chosen.' },
          { id: 'c3', name: 'file_read', text: 'The same as the call before.' },
          { id: 'c4', name: 'rm', text: 'Not carried out. There is no such function.' },
        ],
      },
      { role: 'user', content: 'Step 2 of 9.' },
    ]);
  });

  it('answers every read of a turn with its own result, and says why other calls were not made', () => {
    const notYet = 'Not made yet.';
    const ids = ['c1', 'c2', 'c3', 'c4', 'c5'];
    const reads = ['a1', 'a2'].map((actionId) => ({ actionId, tool: 'file.read', args: {} }));
    const calls = [
      { actionId: 'a1', problem: null },
      { actionId: null, problem: null, note: notYet },
      { actionId: 'a2', problem: null },
      { actionId: 'a1', problem: null },
      { actionId: null, problem: 'There is no such function.' },
    ].map((each, index) => ({ ...each, id: ids[index] ?? '', name: 'file_read' }));
    const last = turn(1, { answer: ids.map((id) => call(id)), calls });
    const came = { ...past(1, ''), reads: reads.map(({ actionId }) => ({ actionId, text: `text of ${actionId}` })) };
    const { request } = step({ step: 2, turns: [{ ...last, chosen: null, reads }], history: [came] });
    const [results] = turnMessages(request, fence, 'Step 2.');
    const texts = results?.role === 'tool' ? results.results.map(({ text }) => text) : [];
    expect(texts).toEqual([
      fence.around('result of file_read', 'text of a1'),
      notYet,
      fence.around('result of file_read', 'text of a2'),
      'The same as the call before.',
      'Not carried out. There is no such function.',
    ]);
  });

  it('says once which assumptions are settled, what was done without it, and to check a change', () => {
    const settled = { step: 1, assumptionId: 'x1', text: 'The timeout is set in app.yaml', p: 0.5, truth: true };
    const open = { step: 1, assumptionId: 'x2', text: 'It is used', p: 0.5, truth: null };
    const applied: PastStep = { ...past(1, 'done'), outcome: '{"kind":"result","result":{"kind":"applied"}}' };
    const asked: PastStep = { step: 2, action: { kind: 'ask', label: 'Is it so?' }, outcome: '{"answer":"yes"}' };
    const { request } = step({ step: 3, turns: [turn(1)], history: [applied, asked], assumptions: [settled, open] });
    const added = turnMessages(request, fence, 'Step 3.');
    const words = added.at(-1)?.role === 'user' ? JSON.stringify(added.at(-1)) : '';
    expect(words).toContain('[true] The timeout is set in app.yaml');
    expect(words).not.toContain('It is used');
    expect(words).toContain('Is it so?');
    expect(words).toContain('Verify it');
    const later = step({ step: 4, turns: [turn(1), turn(3, { sent: added })], assumptions: [settled] });
    expect(JSON.stringify(turnMessages(later.request, fence, 'Step 4.'))).not.toContain('app.yaml');
    const shorter = { ...settled, assumptionId: 'x3', text: 'The timeout is set' };
    const last = step({ step: 4, turns: [turn(1), turn(3, { sent: added })], assumptions: [settled, shorter] });
    expect(JSON.stringify(turnMessages(last.request, fence, 'Step 4.'))).toContain('[true] The timeout is set\\n');
  });

  it('names what was elided, and keeps what people said', () => {
    const lines = `app.py, lines 1-400 of 410, UTF-8\n${'x'.repeat(4_000)}`;
    const asked = turn(2, {
      answer: [call('c2', 'ask_person')],
      calls: [{ id: 'c2', name: 'ask_person', actionId: 'a1', problem: null }],
    });
    const answer = `ann answered:\n${'In milliseconds. '.repeat(40)}`;
    const history = [{ ...past(1, lines), review: 'ann rejected it. Comment:\nNot "today".' }, past(2, answer)];
    const second = step({ step: 2, turns: [turn(1)], history: history.slice(0, 1) });
    const turns = [turn(1), { ...asked, sent: turnMessages(second.request, fence, 'Step 2.') }, turn(3)];
    const third = step({ step: 3, turns: turns.slice(0, 2), history });
    turns[2] = turn(3, { sent: turnMessages(third.request, fence, 'Step 3.') });
    const last = step({ step: 4, turns, history: [...history, past(3, 'y'.repeat(4_000))] });
    const { messages, elided } = spoken(turns, turnMessages(last.request, fence, 'Step 4.'), 800);
    expect(elided).toBe(2);
    expect(resultsIn(messages)).toEqual([
      fence.around(
        'result of file_read',
        'app.py, lines 1-400 of 410, UTF-8\n[elided; call the function again if you need it]',
      ),
      fence.around('result of ask_person', answer),
      fence.around('result of file_read', 'y'.repeat(4_000)),
    ]);
    expect(messages.find(({ role }, index) => role === 'user' && index > 2)).toEqual({
      role: 'user',
      content: `The decision on step 1:\n${fence.around('decision on step 1', 'ann rejected it. Comment:\nNot "today".')}\n\nStep 2.`,
    });
  });

  it('answers a decision with the candidate that was chosen, and other calls with what became of them', () => {
    const last = turn(1, {
      answer: [call('c1', 'decide'), call('c2', 'file_write')],
      calls: [
        { id: 'c1', name: 'decide', actionId: null, problem: null, decides: true },
        { id: 'c2', name: 'file_write', actionId: null, problem: null, note: 'Planned.' },
      ],
      chosen: 'k2',
    });
    const said = (action: PastStep['action'], result: string) => {
      const history = [{ ...past(1, result), action }];
      return turnMessages(step({ step: 2, turns: [last], history }).request, fence, 'Step 2.');
    };
    const [results, rest] = said({ kind: 'tool', label: 'write' }, 'written');
    const head = 'Candidate k2 was chosen, the others were not carried out.';
    expect(results).toMatchObject({
      results: [{ text: `${head}\n${fence.around('result of candidate k2', 'written')}` }, { text: 'Planned.' }],
    });
    expect(JSON.stringify(rest)).not.toContain('written');
    // A person's answer is in a message that is never elided.
    const [plain, asked] = said({ kind: 'ask', label: 'Which?' }, 'ann answered:\nms');
    expect(plain).toMatchObject({ results: [{ text: head }, { text: 'Planned.' }] });
    expect(asked).toMatchObject({
      role: 'user',
      content: expect.stringContaining(fence.around('answer', 'ann answered:\nms')),
    });
  });

  it('carries nothing but JSON', () => {
    const once = turn(1, { seed: newId() });
    expect(JSON.parse(JSON.stringify(once))).toEqual(once);
  });
});
