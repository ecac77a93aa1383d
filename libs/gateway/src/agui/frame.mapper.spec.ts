import { FRAME_BODIES, type FrameType } from '@assent/contract';
import type { AgUiEvent } from './ag-ui.event';
import { NO_MAPPING, mapFrame, opening, type AnyFrame, type Mapping } from './frame.mapper';
import { stateOf } from './state.delta';

const IDS = { threadId: 't', runId: 'r' };
const RUN_ID = '01890000-0000-7000-8000-000000000001';

/** Frames of one run, numbered. */
function framesOf(...given: readonly (readonly [type: string, step: number, body: object])[]): AnyFrame[] {
  return given.map(([type, step, body], index) => ({
    runId: RUN_ID,
    seq: index + 1,
    at: '2026-01-01T00:00:00.000Z',
    type,
    step,
    clientTraceId: null,
    ...body,
  }));
}

function mapped(frames: readonly AnyFrame[]): { mapping: Mapping; events: AgUiEvent[] } {
  let mapping = NO_MAPPING;
  const events: AgUiEvent[] = [];
  for (const frame of frames) {
    const next = mapFrame(mapping, frame, IDS);
    mapping = next.mapping;
    events.push(...next.events);
  }
  return { mapping, events };
}

const STARTED = ['run.started', 1, { goal: 'g', workspace: 'w', requester: 'ann' }] as const;
const typesOf = (events: readonly AgUiEvent[]): string[] => events.map(({ type }) => type);

describe('the events of frames', () => {
  it.each(Object.keys(FRAME_BODIES) as FrameType[])(
    'of type %s say only its end when the run was forgotten',
    (type) => {
      const [started] = framesOf(STARTED);
      const erased = {
        runId: RUN_ID,
        seq: 2,
        at: '2026-01-01T00:00:00.000Z',
        type,
        step: 1,
        clientTraceId: null,
        erased: true,
      };
      const { events } = mapped([...(started ? [started] : []), erased as AnyFrame]);
      const ends = events.filter(({ type: each }) => each === 'RUN_FINISHED' || each === 'RUN_ERROR');
      expect(ends.length).toBe(['run.completed', 'run.failed', 'run.cancelled'].includes(type) ? 1 : 0);
    },
  );

  it('of a type of a newer server are a custom event', () => {
    const { events } = mapped(framesOf(STARTED, ['a.later.type', 1, { text: 'x' }]));
    expect(events.at(-1)).toMatchObject({ type: 'CUSTOM', name: 'assent.a.later.type', value: { text: 'x' } });
  });

  it('close what a repeated attempt of the model leaves open, and begin another message', () => {
    const delta = (text: string, attempt: number) =>
      ['trace.delta', 1, { text, channel: 'reasoning', attempt }] as const;
    const { events } = mapped(
      framesOf(STARTED, delta('one', 1), delta('', 1), delta('two', 2), ['trace.completed', 1, {}]),
    );
    expect(typesOf(events).filter((type) => type.startsWith('REASONING'))).toEqual([
      'REASONING_START',
      'REASONING_MESSAGE_START',
      'REASONING_MESSAGE_CONTENT',
      'REASONING_MESSAGE_END',
      'REASONING_END',
      'REASONING_START',
      'REASONING_MESSAGE_START',
      'REASONING_MESSAGE_CONTENT',
      'REASONING_MESSAGE_END',
      'REASONING_END',
    ]);
    const ids = events.flatMap((event) => (event.type === 'REASONING_START' ? [event.messageId] : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('close everything before a run fails', () => {
    const { events } = mapped(
      framesOf(
        STARTED,
        ['trace.delta', 1, { text: 'so', channel: 'text', attempt: 1 }],
        ['run.failed', 1, { error: { reason: 'model_failed', message: 'no' } }],
      ),
    );
    expect(typesOf(events).slice(-4)).toEqual(['STATE_DELTA', 'TEXT_MESSAGE_END', 'STEP_FINISHED', 'RUN_ERROR']);
  });

  it('show a search as one activity', () => {
    const searchId = RUN_ID;
    const { events, mapping } = mapped(
      framesOf(
        STARTED,
        ['search.started', 1, { searchId, seed: 1, rules: {}, budget: { tokens: 5 } }],
        [
          'search.expanded',
          1,
          { searchId, version: 1, nodeId: 'n', parentId: null, duplicate: false, summary: 'Plan 0' },
        ],
        ['search.completed', 1, { searchId, version: 2, end: 'iterations', reason: null, bestId: 'n', used: {} }],
      ),
    );
    const activities = events.flatMap((event) => ('activityType' in event ? [[event.type, event.messageId]] : []));
    expect(activities).toEqual([
      ['ACTIVITY_SNAPSHOT', `${RUN_ID}:2:search`],
      ['ACTIVITY_DELTA', `${RUN_ID}:2:search`],
      ['ACTIVITY_DELTA', `${RUN_ID}:2:search`],
    ]);
    expect(mapping.search).toBeNull();
  });

  it('open again what is open, in the response that continues a run', () => {
    const { mapping } = mapped(framesOf(STARTED, ['trace.delta', 1, { text: 'so', channel: 'reasoning', attempt: 1 }]));
    expect(typesOf(opening(mapping, IDS))).toEqual([
      'RUN_STARTED',
      'STATE_SNAPSHOT',
      'STEP_STARTED',
      'REASONING_START',
      'REASONING_MESSAGE_START',
    ]);
  });

  it('escape the ids of assumptions in the paths of the state', () => {
    const added = ['assumption.added', 1, { assumptionId: 'a/b~c', text: 'x', p: 0.5 }] as const;
    const { events, mapping } = mapped(framesOf(STARTED, added));
    expect(events.at(-1)).toMatchObject({ delta: [{ op: 'add', path: '/assent/assumptions/a~1b~0c' }] });
    expect(Object.keys(stateOf(mapping.view, mapping.patches).assumptions)).toEqual(['a/b~c']);
  });
});
