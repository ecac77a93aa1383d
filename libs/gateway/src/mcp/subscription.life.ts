import { Injectable } from '@nestjs/common';
import { FrameStreams } from '@assent/runs';
import { StreamAccess } from '../streams/stream.access';
import type { McpExchange } from './mcp.exchange';
import type { McpHandler } from './mcp.sdk';

export interface OpenSubscription {
  /** Aborted when the subscription is over. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/** Subscriptions count as open streams (MAX_STREAMS), and end with the request and the credential of their caller. */
@Injectable()
export class SubscriptionLife {
  constructor(
    private readonly streams: FrameStreams,
    private readonly access: StreamAccess,
  ) {}

  /** @param handler of the subscription; closed at its end @throws AssentError overloaded */
  begin({ context: { principal }, closed }: McpExchange, handler: McpHandler): OpenSubscription {
    const over = new AbortController();
    const { signal } = over;
    const stop = (): void => {
      over.abort();
    };
    signal.addEventListener('abort', this.streams.hold());
    void this.access
      .poll(principal, (ended) => firstAborted(ended, signal, closed))
      .catch(() => undefined)
      .finally(() => {
        stop();
        void handler.close();
      });
    return { signal, stop };
  }
}

function firstAborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const any = AbortSignal.any([...signals]);
    if (any.aborted) resolve();
    any.addEventListener('abort', () => {
      resolve();
    });
  });
}
