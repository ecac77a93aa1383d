import pino from 'pino';
import type { CredentialWatch } from '@assent/identity';
import type { Config, Sweeper } from '@assent/platform';
import type { RunNotifier } from '@assent/runs';
import type { RpcDispatcher } from '../../rpc/rpc.dispatcher';
import type { EventCallback } from './event.callback';
import { EventSender } from './event.sender';
import type { EventSubscriptionRepository, FollowedEvents } from './event-subscription.repository';

/** A sender whose polls find subscriptions to the given events, and nothing to deliver. */
async function senderOf(followed: FollowedEvents) {
  let wakes = 0;
  let poll = (): Promise<unknown> => Promise.resolve();
  let approved = (): void => undefined;
  let changed = (_: readonly string[]): void => undefined;
  const sweeper = {
    steps: ({ name, step }: Parameters<Sweeper['steps']>[0]) => {
      if (name === 'event_subscriptions') poll = step;
      return { wake: () => (wakes += 1) };
    },
  };
  const notifier = {
    onApproval: (listener: typeof approved) => (approved = listener),
    onChange: (listener: typeof changed) => (changed = listener),
  };
  const sender = new EventSender(
    { followed: () => followed, claim: () => [] } as unknown as EventSubscriptionRepository,
    {} as unknown as EventCallback,
    {} as unknown as CredentialWatch,
    {} as unknown as RpcDispatcher,
    notifier as unknown as RunNotifier,
    {} as unknown as Config,
    sweeper as unknown as Sweeper,
    pino({ level: 'silent' }),
  );
  sender.onApplicationBootstrap();
  await poll();
  return {
    wakesAfter: (cause: 'approval' | readonly string[]): number => {
      wakes = 0;
      if (cause === 'approval') approved();
      else changed(cause);
      return wakes;
    },
  };
}

describe('the sender of events wakes', () => {
  it('for the runs that subscriptions follow, and for no other change', async () => {
    const { wakesAfter } = await senderOf({ ofApprovals: false, runIds: new Set(['followed']) });
    expect([wakesAfter(['other', 'followed']), wakesAfter(['other']), wakesAfter('approval')]).toEqual([1, 0, 0]);
  });

  it('for changed approvals when a subscription follows them, and for no run', async () => {
    const { wakesAfter } = await senderOf({ ofApprovals: true, runIds: new Set() });
    expect([wakesAfter('approval'), wakesAfter(['other'])]).toEqual([1, 0]);
  });
});
