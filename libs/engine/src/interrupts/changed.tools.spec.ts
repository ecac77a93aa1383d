import { ChangedTools } from './changed.tools';

describe('pending calls of changed tools', () => {
  it('are voided at the start: one that cannot be read and one of a tool of other replicas are not', async () => {
    const tools = { unreadable: 'mcp.a.b', elsewhere: 'mcp.c.d', other: 'mcp.a.b' };
    const pending = Object.entries(tools).map(([id, tool]) => ({ id, tenantId: 'tenant', diffId: id, step: 1, tool }));
    const voided = new Promise((resolve) => {
      const changed = new ChangedTools(
        {
          onChange: () => undefined,
          foreignNames: () => ['mcp.a.b'],
          isOutdated: (content: string) => {
            if (content === 'unreadable') throw new Error('the stored content has another hash');
            return true;
          },
        } as never,
        {
          pendingOfGateway: (names: readonly string[]) =>
            Promise.resolve(pending.filter(({ tool }) => names.includes(tool))),
        } as never,
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
