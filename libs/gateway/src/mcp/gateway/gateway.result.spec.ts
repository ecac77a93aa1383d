import type { Frame, FrameType } from '@assent/contract';
import { isFinal, outcomeOf, toResult, type ResultMeta } from './gateway.result';

const frame = (type: FrameType, body: object = {}): Frame => ({ type, seq: 1, ...body }) as unknown as Frame;
const asked = frame('approval.requested', { approvalId: 'a1', expiresAt: 'then' });
const failed = (reason: string, result?: object) =>
  frame('run.failed', { error: { reason, message: 'Why.' }, ...(result && { result }) });
const output = (body: object) => frame('tool.output', { output: body });
const applied = frame('run.completed', { result: { kind: 'applied' } });

const META: ResultMeta = { callId: 'c1', isReplayed: false, revisedArgs: null, hasOutputSchema: false };
const resultOf = (frames: Frame[], meta: Partial<ResultMeta> = {}) =>
  toResult(outcomeOf(frames), { ...META, ...meta }, frames);

describe('the outcome of a gateway call', () => {
  it.each<[string, Frame[], object]>([
    ['waits for a person', [asked], { state: 'pending', approvalId: 'a1', expiresAt: 'then' }],
    [
      'is denied',
      [frame('tool.guarded', { verdict: 'deny', rule: 'r', reason: 'No.' }), failed('forbidden')],
      { state: 'denied', rule: 'r', reason: 'No.' },
    ],
    [
      'is rejected',
      [
        asked,
        frame('approval.decided', { decision: 'reject', actor: 'ann', comment: 'Why?' }),
        frame('run.completed', { result: { kind: 'rejected' } }),
      ],
      { state: 'rejected', approvalId: 'a1', by: 'ann', comment: 'Why?' },
    ],
    ['expires', [asked, frame('approval.expired'), failed('gone')], { state: 'expired', approvalId: 'a1' }],
    ['is voided', [asked, frame('approval.voided'), failed('stale')], { state: 'voided', approvalId: 'a1' }],
    ['is cancelled', [asked, frame('run.cancelled', { actor: 'ann' })], { state: 'cancelled', approvalId: 'a1' }],
    ['is unknown', [asked, frame('approval.voided'), failed('outcome_unknown')], { state: 'unknown' }],
    ['fails and may succeed later', [failed('timeout')], { state: 'failed', retryable: true }],
    ['fails for good', [failed('invalid')], { state: 'failed', retryable: false }],
    [
      'waits for its server',
      [frame('run.retrying', { error: { message: 'The server cannot be reached.' } })],
      { state: 'failed', retryable: true, isOver: false },
    ],
    [
      'is made after its server could not be reached',
      [frame('run.retrying', { error: { message: 'The server cannot be reached.' } }), frame('tool.started')],
      { state: 'pending' },
    ],
  ])('%s', (_, frames, expected) => {
    expect(outcomeOf(frames)).toMatchObject(expected);
  });

  it('is final when no equal call can get another result of it', () => {
    expect(isFinal(outcomeOf([asked]))).toBe(false);
    expect(isFinal(outcomeOf([frame('run.retrying', { error: { message: 'The server cannot be reached.' } })]))).toBe(
      false,
    );
    expect(isFinal(outcomeOf([failed('timeout')]))).toBe(true);
  });
});

describe('the result for the client', () => {
  it('has our facts in the text as in the structured content', () => {
    const result = resultOf([asked]);
    expect(result.isError).toBe(false);
    expect(result.structuredContent).toEqual({
      state: 'pending',
      callId: 'c1',
      approvalId: 'a1',
      expiresAt: 'then',
      next: 'Call assent__result with this callId; do not repeat the call.',
    });
    expect(JSON.parse((result.content[0] as { text: string }).text)).toEqual(result.structuredContent);
  });

  it('has no structured content of ours beside an output schema', () => {
    const result = resultOf([failed('timeout')], { hasOutputSchema: true });
    expect(result).toMatchObject({ isError: true, content: [{ type: 'text' }] });
    expect(result.structuredContent).toBeUndefined();
  });

  it('is that of the upstream server', () => {
    const picture = { type: 'image', data: 'AA==', mimeType: 'image/png' };
    const said = output({ text: 'a', content: [{ type: 'text', text: 'a' }, picture], structured: { n: 1 } });
    const result = resultOf([asked, frame('approval.decided', { decision: 'approve', actor: 'ann' }), said, applied]);
    expect(result.content).toEqual([{ type: 'text', text: 'a' }, picture]);
    expect(result.structuredContent).toEqual({ n: 1 });
    expect(result._meta).toEqual({ 'assent/callId': 'c1', 'assent/runId': 'c1', 'assent/approvedBy': 'ann' });
  });

  it('passes an error of the upstream server through', () => {
    const said = output({ text: 'no', isError: true });
    const result = resultOf([said, failed('effect_failed', { kind: 'applied' })]);
    expect(result).toMatchObject({ isError: true, content: [{ type: 'text', text: 'no' }] });
  });

  it('names the arguments that a reviewer changed', () => {
    const result = resultOf([output({ text: 'ok' }), applied], { revisedArgs: { n: 2 } });
    expect(result.content[0]).toEqual({ type: 'text', text: 'A reviewer changed the arguments: {"n":2}' });
    expect(result._meta).toMatchObject({ 'assent/revised': true });
  });

  it('says what was cut, and what was left out', () => {
    const cut = resultOf([output({ truncated: true, notice: 'Cut.', beginning: 'abc' }), applied]);
    expect(cut.content.map((item) => (item as { text: string }).text)).toEqual(['Cut.', 'abc']);
    const omitted = resultOf([output({ text: '', omitted: ['audio'] }), applied]);
    expect(omitted.content).toEqual([{ type: 'text', text: '[left out: audio]' }]);
  });
});
