import type { Frame } from '@assent/contract';
import { frameLine } from './frame.line';

const FIRST_AT = '2026-03-09T08:00:00.000Z';
const head = { runId: 'r', step: 1, clientTraceId: null, seq: 7, at: '2026-03-09T08:00:00.042Z' };

function line(frame: object, columns = 120): string {
  return frameLine({ ...head, ...frame } as Frame, FIRST_AT, columns);
}

describe('a frame in one line', () => {
  it('has seq, time since the first frame, type and what it says', () => {
    expect(line({ type: 'assumption.added', assumptionId: 'a1', p: 0.2, text: 'Northpay\nis slow' })).toBe(
      '  7   +42 ms  assumption.added    a1, p 0.20: Northpay is slow',
    );
  });

  it('reads a scored path like a sentence', () => {
    const path = [
      { assumptionId: 'a6', value: false },
      { assumptionId: 'a2', value: true },
    ];
    expect(
      line({ type: 'path.scored', treeId: 't', leafId: 'l', path, actionId: 'retry', L: 0.1, G: 1, C: 0, U: 0.1 }),
    ).toContain('not a6, a2 -> retry, U 0.10');
  });

  it('says what a change does to the form of a file', () => {
    const changes = [{ kind: 'line_ends', before: 'crlf', after: 'lf' }];
    const file = { path: 'a.ini', kind: 'modify', baseHash: 'b', resultHash: 'r', added: 2, removed: 2, changes };
    expect(line({ type: 'diff.created', hash: 'sha256:0', files: [file] })).toContain(
      'a.ini +2 -2 (line_ends crlf -> lf)',
    );
  });

  it('fits into the width of the terminal', () => {
    expect(line({ type: 'trace.delta', text: 'word '.repeat(100) }, 80).length).toBeLessThanOrEqual(80);
  });

  it('of a run that was forgotten has its place and type, and says that it is erased', () => {
    expect(line({ type: 'assumption.added', erased: true })).toBe(
      '  7   +42 ms  assumption.added    erased: the run was forgotten',
    );
  });

  it('shows a type that it does not know by its name', () => {
    expect(line({ type: 'moon.risen', phase: 'full' })).toBe('  7   +42 ms  moon.risen');
    expect(line({ type: 'constructor' })).toBe('  7   +42 ms  constructor');
  });
});
