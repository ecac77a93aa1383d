import { ClientOutputs } from '@assent/tools';
import { MemoryPlanView } from './memory-plan.subject';

describe('MemoryPlanView', () => {
  it.each([
    [3, 'Memory plan p1 on version 3'],
    [-1, 'Memory plan p1 on the newest version'],
  ])('names the version that a plan for %i is about', (baseVersion, head) => {
    const view = new MemoryPlanView(Object.create(ClientOutputs.prototype) as ClientOutputs);
    const content = { planId: 'p1', planHash: 'h', baseVersion, ops: [{ op: 'delete', fragmentId: 'f1' }] };
    const [first] = view.render(Buffer.from(JSON.stringify(content))).split('\n');
    expect(first).toBe(head);
  });
});
