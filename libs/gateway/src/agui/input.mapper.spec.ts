import { TRACE_MAX_CHARS } from '@assent/contract';
import { readInput } from './input.mapper';

const inputOf = (earlier: string) => ({
  threadId: 't1',
  runId: 'r1',
  messages: [
    { id: 'm1', role: 'assistant', content: earlier },
    { id: 'm2', role: 'user', content: 'Go on' },
  ],
});

describe('the context of a run that a client of AG-UI starts', () => {
  it('is what was said before', () => {
    expect(readInput(inputOf('Done so far')).start().context).toBe('assistant: Done so far');
  });

  it('loses its beginning where it is too long, with whole characters left', () => {
    for (const earlier of ['😀'.repeat(TRACE_MAX_CHARS / 2), `${'😀'.repeat(TRACE_MAX_CHARS / 2)}!`]) {
      const { context = '' } = readInput(inputOf(earlier)).start();
      expect(context.startsWith('[The beginning was left out: it is too long.]\n😀')).toBe(true);
      expect([context.isWellFormed(), context.length <= TRACE_MAX_CHARS]).toEqual([true, true]);
    }
  });
});
