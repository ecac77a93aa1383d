import { previewOf, newIdempotencyKey, typeScriptOf } from './start.request';

describe('the preview of a run', () => {
  it('scores the beliefs, or else the reasoning', () => {
    const actions = [{ id: 'finish', kind: 'finish' }];
    expect(previewOf({ goal: 'x', actions, beliefs: { assumptions: [] }, trace: 't', params: { depth: 2 } })).toEqual({
      actions,
      beliefs: { assumptions: [] },
      params: { depth: 2 },
    });
    expect(previewOf({ goal: 'x', actions, trace: 't' })).toEqual({ actions, trace: 't' });
  });

  it('is left out where a model plans', () => {
    expect(previewOf({ goal: 'x' })).toBeNull();
    expect(previewOf(null)).toBeNull();
  });

  it('waits for the first action', () => {
    expect(previewOf({ goal: '', actions: [], beliefs: { assumptions: [] } })).toBeNull();
  });
});

describe('the request as a program', () => {
  it('holds the params and names the key by its variable', () => {
    const text = typeScriptOf('http://127.0.0.1:8080', { goal: 'Look' });
    expect(text).toContain('process.env.KEY');
    expect(text).toContain('"goal": "Look"');
  });
});

describe('an idempotency key', () => {
  it('has 128 random bits as hexadecimal digits', () => {
    const key = newIdempotencyKey((bytes) => bytes.fill(10));
    expect(key).toBe('0a'.repeat(16));
  });
});
