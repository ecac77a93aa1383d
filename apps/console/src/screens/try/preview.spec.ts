import { previewOf } from './preview';

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
