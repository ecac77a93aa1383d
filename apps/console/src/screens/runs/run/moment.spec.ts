import { FrameLog } from './frame.log';
import { countIn, momentOf, pictureMs } from './moment';
import { framesOf } from './testing/frames';

function logOf(from = 0): FrameLog {
  const log = new FrameLog();
  log.append(
    framesOf([{ type: 'run.started' }, { type: 'trace.delta' }, { type: 'step+1' }, { type: 'trace.delta' }]).slice(
      from,
    ),
  );
  return log;
}

describe('momentOf', () => {
  it.each([
    [null, null, { seq: 4, isScrubbed: false }],
    [2, null, { seq: 2, isScrubbed: true }],
    [4, null, { seq: 4, isScrubbed: false }],
    [99, null, { seq: 4, isScrubbed: false }],
    [null, 1, { seq: 2, isScrubbed: true }],
    [null, 2, { seq: 4, isScrubbed: false }],
    [1, 2, { seq: 1, isScrubbed: true }],
  ])('of frame %p and step %p', (at, step, expected) => {
    expect(momentOf(logOf(), at, step)).toEqual(expected);
  });

  it('is not before the oldest frame that is left', () => {
    expect(momentOf(logOf(2), 1, null)).toEqual({ seq: 3, isScrubbed: true });
    expect(momentOf(logOf(2), null, 1)).toEqual({ seq: 4, isScrubbed: false });
  });
});

describe('countIn', () => {
  it('takes whole numbers only', () => {
    expect(['12', '0', '-1', '1.5', '1e3', '', null].map((text) => countIn(text))).toEqual([
      12,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('pictureMs', () => {
  it('skips long waits and stretches what came together', () => {
    expect(pictureMs('2026-03-02T08:00:00.000Z', '2026-03-02T09:00:00.000Z', 1)).toBe(1_000);
    expect(pictureMs('2026-03-02T08:00:00.000Z', '2026-03-02T08:00:00.000Z', 4)).toBe(20);
    expect(pictureMs('2026-03-02T08:00:00.000Z', '2026-03-02T08:00:00.500Z', 1)).toBe(500);
  });
});
