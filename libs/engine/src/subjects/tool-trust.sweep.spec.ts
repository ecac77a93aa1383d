import type { ApprovalRepository, SubjectApprovals } from '@assent/approvals';
import type { Config, Sweeper } from '@assent/platform';
import type { ToolTrust } from '@assent/tools';
import { ToolTrustSweep } from './tool-trust.sweep';

const TOOL = { id: 'calc/add', hash: 'h', definition: {}, trustedHash: null, trustedDefinition: null };

describe('the requests of trust in tools', () => {
  it('do not ask again for a tool that is rejected while it is looked at', async () => {
    let state: 'pending' | 'rejected' = 'pending';
    const requested: unknown[] = [];
    /** The decision of a reviewer comes right after the first read, whichever it is. */
    const read = (wanted: typeof state): Promise<boolean> => {
      const found = state === wanted;
      state = 'rejected';
      return Promise.resolve(found);
    };
    const asking = {
      isPending: () => read('pending'),
      isRejected: () => read('rejected'),
      withdraw: () => Promise.resolve(false),
      request: (request: unknown) => Promise.resolve(requested.push(request)),
    };
    let sweep: Parameters<Sweeper['items']>[0] | undefined;
    new ToolTrustSweep(
      { untrusted: () => Promise.resolve([TOOL]) } as unknown as ToolTrust,
      asking as unknown as SubjectApprovals,
      { list: () => Promise.resolve([]) } as unknown as ApprovalRepository,
      { env: { TOOL_TRUST_APPROVALS: 'on' }, trustTenants: ['default'] } as unknown as Config,
      { items: (given: typeof sweep) => (sweep = given) } as unknown as Sweeper,
    );
    await sweep?.prepare?.();
    const items = (await sweep?.find(1, [])) ?? [];
    expect(items).toHaveLength(1);
    for (const item of items) await sweep?.handle(item);
    expect(requested).toEqual([]);
  });
});
