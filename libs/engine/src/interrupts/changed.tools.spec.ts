import { ChangedTools } from './changed.tools';

describe('pending calls of changed tools', () => {
  it('are voided although one of them cannot be read', async () => {
    const pending = ['unreadable', 'other'].map((id) => ({
      id,
      tenantId: 'tenant',
      diffId: id,
      step: 1,
      tool: 'mcp.a.b',
    }));
    const voided = new Promise((resolve) => {
      const changed = new ChangedTools(
        {
          onChange: () => undefined,
          isOutdated: (content: string) => {
            if (content === 'unreadable') throw new Error('the stored content has another hash');
            return true;
          },
        } as never,
        { pendingOfGateway: () => Promise.resolve(pending) } as never,
        { find: (_: string, id: string) => Promise.resolve({ content: id, hash: '' }) } as never,
        {
          void: ({ id }: { id: string }) => {
            resolve(id);
            return Promise.resolve(null);
          },
        } as never,
        {
          warn: (fields: object) => {
            if (!('approvalId' in fields)) resolve('nothing: the check ended');
          },
        } as never,
      );
      changed.onApplicationBootstrap();
    });
    expect(await voided).toBe('other');
  });
});
