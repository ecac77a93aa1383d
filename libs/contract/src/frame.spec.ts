import { Ajv } from 'ajv';
import * as formats from 'ajv-formats';
import { FRAME_BODIES, FRAME_TYPES, FrameSchema, TERMINAL_FRAME_TYPES, frame } from './frame';

const ajv = formats.default(new Ajv({ strict: true, allowUnionTypes: true }));
const HEAD = {
  runId: '01890000-0000-7000-8000-000000000001',
  seq: 1,
  at: '2026-01-01T00:00:00.000Z',
  type: 'run.completed',
  step: 1,
  clientTraceId: null,
};

describe('frames', () => {
  it.each(FRAME_TYPES)('%s has a body schema that validators accept', (type) => {
    expect(() => ajv.compile(FRAME_BODIES[type])).not.toThrow();
  });

  it.each(FRAME_TYPES)('the body of %s has no field of the head, which it would overwrite', (type) => {
    const fields = Object.keys(FRAME_BODIES[type].properties);
    expect(fields.filter((name) => Object.hasOwn(FrameSchema.properties, name))).toEqual([]);
  });

  it('end a run with one of three types', () => {
    expect([...TERMINAL_FRAME_TYPES].toSorted()).toEqual(['run.cancelled', 'run.completed', 'run.failed']);
    expect([...TERMINAL_FRAME_TYPES].filter((type) => !FRAME_TYPES.some((known) => known === type))).toEqual([]);
  });

  it('are made with type, step and body', () => {
    expect(frame('approval.expired', 2, { approvalId: HEAD.runId })).toEqual({
      type: 'approval.expired',
      step: 2,
      body: { approvalId: HEAD.runId },
    });
  });

  describe('on the wire', () => {
    const isFrame = ajv.compile(FrameSchema);

    it.each([
      ['without a body', HEAD],
      ['with a body', { ...HEAD, result: { state: 'done' } }],
      ['of a later version', { ...HEAD, type: 'a.later.type' }],
      ['in a trace', { ...HEAD, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
      ['of a run that was forgotten', { ...HEAD, erased: true }],
    ])('are valid %s', (_, value) => {
      expect(isFrame(value)).toBe(true);
    });

    it.each([
      ['seq 0', { ...HEAD, seq: 0 }],
      ['a seq that is not an integer', { ...HEAD, seq: 1.5 }],
      ['an id that is not a UUID', { ...HEAD, runId: 'run' }],
      ['no time', { ...HEAD, at: undefined }],
      ['erased: false', { ...HEAD, erased: false }],
    ])('are not valid with %s', (_, value) => {
      expect(isFrame(value)).toBe(false);
    });
  });
});
