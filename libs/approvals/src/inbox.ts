import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { Config, LOG, Sweeper, type Log } from '@assent/platform';
import { FrameHub, FrameStreams, type FrameLine, type FrameStream, type StreamEncoding } from '@assent/runs';
import { InboxHints } from './inbox.hints';
import { InboxRepository } from './inbox.repository';

export const INBOX_HUB = Symbol('hub of the inboxes');

/** Poll interval for changes by other replicas; inboxes without followers are not polled. */
const POLL_MS = 250;
/** Events of one page. */
export const INBOX_PAGE = 500;
const HOUSEKEEPING_MS = 60_000;
const TENANTS_AT_ONCE = 1_000;
const EVENTS_AT_ONCE = 1_000;

/** The approval events of a tenant as a resumable stream. */
@Injectable()
export class Inbox implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly events: InboxRepository,
    @Inject(INBOX_HUB) private readonly hub: FrameHub,
    private readonly streams: FrameStreams,
    { env: { FRAME_RETENTION_DAYS: days } }: Config,
    sweeper: Sweeper,
  ) {
    sweeper.steps({
      name: 'inbox_sequence',
      everyMs: HOUSEKEEPING_MS,
      // Events are numbered even if nobody follows the inbox.
      step: async () => {
        await events.sequenceAll(TENANTS_AT_ONCE);
        return false;
      },
    });
    sweeper.steps({
      name: 'inbox_events',
      everyMs: HOUSEKEEPING_MS,
      step: async () => (await events.purge(days, EVENTS_AT_ONCE)) === EVENTS_AT_ONCE,
    });
  }

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.hub.pollNow();
    }, POLL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @throws AssentError invalid (cursor beyond the head), overloaded */
  async stream(
    tenantId: string,
    after: number,
    types: ReadonlySet<string>,
    encoding: StreamEncoding,
  ): Promise<FrameStream> {
    const head = await this.events.head(tenantId);
    requireWithin(head, after);
    const log = { hub: this.hub, frames: this.events };
    return this.streams.follow(log, { runId: tenantId, name: 'approvals', after, types, head, ended: false, encoding });
  }

  /** seq of the newest event. */
  tail(tenantId: string): Promise<number> {
    return this.events.head(tenantId);
  }

  /** @throws AssentError invalid (cursor beyond the head), gone (events after the cursor were deleted) */
  async page(tenantId: string, after: number, limit: number): Promise<{ lines: FrameLine[]; tail: number }> {
    const tail = await this.events.head(tenantId);
    requireWithin(tail, after);
    const lines = await this.events.read(tenantId, after, limit);
    const earliest = lines[0]?.seq ?? (after < tail ? tail + 1 : after + 1);
    if (earliest === after + 1) return { lines, tail: Math.max(tail, lines.at(-1)?.seq ?? 0) };
    const lost = `Events ${after + 1} to ${earliest - 1} of this inbox were deleted by retention`;
    throw new AssentError('gone', `${lost}. Continue after ${earliest - 1}.`, { earliest });
  }
}

/** The hub and hints of the inboxes: the same classes as for frames of runs, keyed by tenant. */
export const INBOX_HUB_PROVIDER = {
  provide: INBOX_HUB,
  useFactory: (events: InboxRepository, hints: InboxHints, streams: FrameStreams, log: Log) =>
    new FrameHub(events, hints, streams.metrics, log),
  inject: [InboxRepository, InboxHints, FrameStreams, LOG],
};

function requireWithin(tail: number, after: number): void {
  if (after <= tail) return;
  throw new AssentError(
    'invalid',
    `This inbox has ${tail} events, so the cursor ${after} is beyond its head. Use a smaller cursor.`,
    {
      pointer: '/after',
      tail,
    },
  );
}
