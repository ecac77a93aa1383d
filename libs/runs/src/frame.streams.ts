import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AssentError, isTerminal } from '@assent/contract';
import { Config } from '@assent/platform';
import { FrameHub } from './frame.hub';
import { requireWithin } from './frame.pages';
import { FrameRepository, type FrameLog } from './frame.repository';
import { FrameStream, type StreamEncoding, type StreamOptions } from './frame.stream';
import type { RunHead } from './run.record';
import { StreamMetrics } from './stream.metrics';

/** Proxies cut idle connections after 30 to 60 s. */
const PING_MS = 15_000;

/** A log, and the hub that passes on its new lines. */
export interface FollowedLog {
  readonly hub: FrameHub;
  readonly frames: Pick<FrameLog, 'read'>;
}

/** Opens the event streams of this replica, keeps them alive and counts them. */
@Injectable()
export class FrameStreams implements OnModuleInit, OnApplicationShutdown {
  private readonly open = new Set<FrameStream>();
  /** Requests that are held open without a stream. */
  private held = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly hub: FrameHub,
    private readonly frames: FrameRepository,
    private readonly config: Config,
    readonly metrics: StreamMetrics,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      for (const stream of this.open) stream.ping();
    }, PING_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @throws AssentError invalid (cursor beyond the head), overloaded (too many streams) */
  stream(run: RunHead, after: number, types: ReadonlySet<string>, encoding: StreamEncoding): FrameStream {
    requireWithin(run.id, run.seq, after);
    const name = `run ${run.id}`;
    const options = { runId: run.id, name, after, types, head: run.seq, ended: isTerminal(run.state), encoding };
    return this.follow({ hub: this.hub, frames: this.frames }, options);
  }

  /** A stream of any log. @throws AssentError overloaded (too many streams) */
  follow(log: FollowedLog, options: Omit<StreamOptions, 'maxAgeMs' | 'onGap' | 'onCutOff'>): FrameStream {
    this.requireCapacity();
    const stream = new FrameStream(log.hub, log.frames, {
      ...options,
      maxAgeMs: this.config.env.STREAM_MAX_SECONDS * 1_000,
      onGap: () => {
        this.metrics.gaps.inc();
      },
      onCutOff: () => {
        this.metrics.cutOff.inc();
      },
    });
    this.open.add(stream);
    this.metrics.opened.inc();
    this.metrics.open.inc();
    stream.once('close', () => {
      this.open.delete(stream);
      this.metrics.open.dec();
    });
    return stream;
  }

  /**
   * Counts a request that is held open like a stream.
   * @returns a function that ends the count
   * @throws AssentError overloaded
   */
  hold(): () => void {
    this.requireCapacity();
    this.held += 1;
    this.metrics.open.inc();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.held -= 1;
      this.metrics.open.dec();
    };
  }

  /** @throws AssentError overloaded (too many streams) */
  requireCapacity(): void {
    const count = this.open.size + this.held;
    if (count < this.config.env.MAX_STREAMS) return;
    throw new AssentError('overloaded', `This replica serves ${count} streams already: try again in a moment.`);
  }
}
