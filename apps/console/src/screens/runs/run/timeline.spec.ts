import { framesOf } from './testing/frames';
import { timelineOf, type StepTimeline } from './timeline';

const START = Date.UTC(2026, 2, 2);
const shown = (steps: readonly StepTimeline[]) =>
  steps.map(({ step, spans }) => [
    step,
    ...spans.map(({ phase, waitsFor, startMs, endMs }) => [phase, waitsFor, startMs - START, endMs - START]),
  ]);

describe('timelineOf', () => {
  it('counts the time before a frame for its phase, and time without work as waiting', () => {
    const frames = framesOf([
      { type: 'run.started', ms: 0 },
      { type: 'tree.built', ms: 200 },
      { type: 'path.chosen', ms: 200 },
      { type: 'tool.proposed', ms: 210 },
      { type: 'diff.created', ms: 260 },
      { type: 'approval.requested', ms: 270 },
      { type: 'run.waiting', for: 'approval', ms: 270 },
      { type: 'approval.voted', ms: 5_000 },
      { type: 'approval.decided', ms: 60_000 },
      { type: 'run.resumed', ms: 60_000 },
      { type: 'tool.started', ms: 60_010 },
      { type: 'diff.applied', ms: 60_100 },
      { type: 'tool.completed', ms: 60_110 },
      { type: 'run.completed', ms: 60_120 },
    ]);
    const [step] = timelineOf(frames);
    expect(shown(timelineOf(frames))).toEqual([
      [
        1,
        ['plan', null, 0, 200],
        ['act', null, 200, 260],
        ['approve', null, 260, 270],
        ['approve', 'approval', 270, 60_000],
        ['apply', null, 60_000, 60_120],
      ],
    ]);
    expect(step).toMatchObject({ workMs: 390, waitMs: 59_730, isOpen: false });
  });

  it('begins with the plan in every step, and leaves the newest one open', () => {
    const frames = framesOf([
      { type: 'run.started', ms: 0 },
      { type: 'tool.proposed', ms: 10 },
      { type: 'step+1', ms: 40 },
      { type: 'run.waiting', for: 'input', ms: 50 },
    ]);
    expect(shown(timelineOf(frames))).toEqual([
      [1, ['plan', null, 0, 0], ['act', null, 0, 10]],
      [2, ['plan', null, 10, 50]],
    ]);
    expect(timelineOf(frames).map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it('counts nothing after the end: an outcome may be recorded days later', () => {
    const frames = framesOf([
      { type: 'run.started', ms: 0 },
      { type: 'run.cancelled', ms: 100 },
      { type: 'memory.recorded', ms: 900_000 },
    ]);
    expect(timelineOf(frames)[0]).toMatchObject({ workMs: 100, waitMs: 0 });
  });

  it('survives frames without a body', () => {
    const frames = framesOf([
      { type: 'run.waiting', erased: true, ms: 0 },
      { type: 'run.completed', erased: true },
    ]);
    expect(timelineOf(frames)).toHaveLength(1);
  });
});
