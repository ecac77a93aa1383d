import { setImmediate } from 'node:timers/promises';
import { McpSubscriptions } from './server/mcp.subscriptions';
import { SubscriptionLife } from './subscription.life';

/** A subscription of a client that leaves when `left` is aborted. */
function opened() {
  const left = new AbortController();
  const exchange = { context: { principal: { tenantId: 'tenant' } }, closed: left.signal };
  const handler = { close: () => Promise.resolve() };
  return { left, exchange: exchange as never, handler: handler as never, open: { streams: 0, lists: 0 } };
}

const lifeOf = (open: { streams: number }): SubscriptionLife =>
  new SubscriptionLife(
    {
      hold: () => {
        open.streams += 1;
        return () => (open.streams -= 1);
      },
    } as never,
    { poll: (_: unknown, wait: (ended: AbortSignal) => Promise<void>) => wait(new AbortController().signal) } as never,
  );

describe('a subscription', () => {
  it('ends when its client had left before it began', async () => {
    const { left, exchange, handler, open } = opened();
    left.abort();
    lifeOf(open).begin(exchange, handler);
    await setImmediate();
    expect(open.streams).toBe(0);
  });

  it('follows nothing more when its client leaves while the resources are read', async () => {
    const { left, exchange, handler, open } = opened();
    const subscriptions = new McpSubscriptions(
      {} as never,
      {
        follow: () => {
          open.lists += 1;
          return () => (open.lists -= 1);
        },
      } as never,
      {} as never,
      lifeOf(open),
      {
        call: async () => {
          left.abort();
          await setImmediate();
          return { runId: null, items: [] };
        },
      } as never,
    );
    const approval = 'assent://approvals/0190b3c4-0000-7000-8000-000000000001/diff';
    const notifications = { resourcesListChanged: true, resourceSubscriptions: [approval] };
    await subscriptions.follow({ params: { notifications } }, exchange, handler);
    expect(open).toEqual({ streams: 0, lists: 0 });
  });
});
