import { contrastOf, type PastRun } from './contrast';

const KEY = 'sk-live-0123456789abcdefghijklmnop';

const run = (outcome: string, action: string, goal: string): PastRun => ({
  runId: outcome,
  agent: 'default',
  goal,
  goalKey: 'key',
  outcome,
  score: null,
  ending: outcome,
  action,
  tool: null,
  path: [],
  createdAt: new Date(0),
});

describe('a lesson from runs with mixed outcomes', () => {
  it('quotes no part of a key, which redaction would not recognize', () => {
    const long = (chars: number) => `${'x '.repeat(chars / 2 - 5)}${KEY} and more`;
    const runs = [run('success', long(1_200), long(1_000)), run('failure', 'Nothing', long(1_000))];
    const lesson = JSON.stringify(contrastOf(runs));
    expect(lesson).toContain('Worked: x x');
    expect(lesson).not.toContain('sk-live');
  });
});
