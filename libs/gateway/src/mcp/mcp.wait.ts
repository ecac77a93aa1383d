import { Injectable } from '@nestjs/common';
import { AssentError, TERMINAL_FRAME_TYPES, type Frame, type FrameType } from '@assent/contract';
import { ApprovalWaits } from '@assent/approvals';
import { FramePages, FrameStreams, runNotFound } from '@assent/runs';
import { StreamAccess } from '../streams/stream.access';
import type { McpExchange } from './mcp.exchange';
import type { McpRequestScope } from './mcp.sdk';

/** Interval of progress notifications, shorter than the idle limits of clients and proxies. */
const PROGRESS_MS = 15_000;
/** Time within which a call ends or asks a person. A shorter hold begins afterwards. */
const ASKED_WITHIN_MS = 10_000;
const PAGE = 500;
const MS_PER_SECOND = 1_000;

/** The frames that show the progress of a call. */
const FOLLOWED: ReadonlySet<string> = new Set<FrameType>([
  'tool.guarded',
  'tool.started',
  'tool.output',
  'approval.requested',
  'approval.revised',
  'approval.decided',
  'approval.expired',
  'approval.voided',
  'run.waiting',
  'run.resumed',
  'run.retrying',
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

/** Seconds that clients wait for a call, by name. Measured with their default settings. */
const HOLD_SECONDS: Readonly<Record<string, number>> = {
  'claude-code': 1_800,
  opencode: 1_800,
  'codex-mcp-client': 280,
  'gemini-cli-mcp-client': 280,
};
/** Clients that wait this long only while they receive progress. */
const NEEDS_PROGRESS: ReadonlySet<string> = new Set(['claude-code', 'opencode']);
/** Clients without a setting of their own end a call after 60 s. */
const DEFAULT_HOLD_SECONDS = 50;
const MAX_HOLD_SECONDS = 1_800;
const SECONDS = /^\d{1,4}$/;

/**
 * How long a call is held, in seconds.
 * @param given by the caller
 * @param settings of the operator, by client name and `default`
 */
export function holdSeconds(
  client: string,
  {
    hasProgress,
    given,
    settings,
  }: { hasProgress: boolean; given: number | null; settings: Readonly<Record<string, number>> },
): number {
  if (given !== null) return Math.min(given, MAX_HOLD_SECONDS);
  const isShort = NEEDS_PROGRESS.has(client) && !hasProgress;
  const usual = isShort ? undefined : (settings[client] ?? HOLD_SECONDS[client]);
  return Math.min(usual ?? settings['default'] ?? DEFAULT_HOLD_SECONDS, MAX_HOLD_SECONDS);
}

/** Reads `?hold=` of the URL of an endpoint; null: absent. @throws AssentError invalid */
export function readHold(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (SECONDS.test(value) && Number(value) <= MAX_HOLD_SECONDS) return Number(value);
  throw new AssentError('invalid', `hold must be a number of seconds up to ${MAX_HOLD_SECONDS}.`, { pointer: '/hold' });
}

/** Sends progress with a rising number, now and at an interval. */
export class McpProgress {
  private sent = 0;
  private message = '';
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly send: (progress: number, message: string) => void) {
    this.timer = setInterval(() => {
      if (this.message !== '') this.report();
    }, PROGRESS_MS);
  }

  /** Reports a state, unless it was the last one reported. */
  tell(message: string): void {
    if (message === this.message) return;
    this.message = message;
    this.report();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private report(): void {
    this.sent += 1;
    this.send(this.sent, this.message);
  }
}

/** Progress of a request; null: its client requested none. */
export function progressOf(mcp: McpRequestScope): McpProgress | null {
  const progressToken = mcp._meta?.progressToken;
  if (progressToken === undefined) return null;
  return new McpProgress((progress, message) => {
    // A disconnected client needs no progress.
    mcp
      .notify({ method: 'notifications/progress', params: { progressToken, progress, message } })
      .catch(() => undefined);
  });
}

export interface RunWaitLimits {
  readonly seconds: number;
  /** Called after each change of the run, with its frames so far. @returns true: stop waiting */
  readonly onFrames: (frames: readonly Frame[]) => boolean | Promise<boolean>;
}

/** Follows the runs behind MCP calls, at any replica, woken by the notification of new frames. */
@Injectable()
export class McpWaits {
  constructor(
    private readonly pages: FramePages,
    private readonly streams: FrameStreams,
    private readonly access: StreamAccess,
    private readonly approvals: ApprovalWaits,
  ) {}

  /**
   * Waits until the run ends, the time is over, the client disconnects, or this replica drains. The wait counts as an
   * open stream (MAX_STREAMS); the response begins once there is capacity for it.
   * @returns the frames so far
   * @throws AssentError not_found, gone (the frames were deleted), overloaded, unauthenticated (the credential ended)
   */
  async follow(runId: string, exchange: McpExchange, { seconds, onFrames }: RunWaitLimits): Promise<readonly Frame[]> {
    const { principal } = exchange.context;
    const askedBy = Date.now() + ASKED_WITHIN_MS;
    const deadline = Date.now() + seconds * MS_PER_SECOND;
    const frames: Frame[] = [];
    const release = this.streams.hold();
    exchange.open();
    try {
      return await this.access.poll(principal, async (ended) => {
        const signal = AbortSignal.any([exchange.signal, ended]);
        for (let after = 0; ;) {
          const isAsked = frames.some(({ type }) => type === 'approval.requested');
          const waitMs = Math.max(0, (isAsked ? deadline : Math.max(deadline, askedBy)) - Date.now());
          const page = await this.pages.page(principal.tenantId, runId, {
            after,
            types: FOLLOWED,
            limit: PAGE,
            waitMs,
            signal,
          });
          if (!page) throw runNotFound(runId);
          frames.push(...page.lines.map(({ json }) => JSON.parse(json) as Frame));
          after = page.cursor;
          if (frames.some(({ type }) => TERMINAL_FRAME_TYPES.has(type)) || page.done) return frames;
          // An empty page before the deadline means that this replica drains.
          if (signal.aborted || waitMs === 0 || page.lines.length === 0) return frames;
          if (await onFrames(frames)) return frames;
        }
      });
    } finally {
      release();
    }
  }

  /**
   * Waits until an approval without a run is no longer pending, the time is over, the client disconnects, or this replica
   * drains. The wait counts as an open stream.
   * @throws AssentError not_found, draining, overloaded, unauthenticated (the credential ended)
   */
  async decision(approvalId: string, exchange: McpExchange, seconds: number): Promise<void> {
    const { principal } = exchange.context;
    const { tenantId } = principal;
    this.approvals.requireCapacity();
    exchange.open();
    const withinMs = seconds * MS_PER_SECOND;
    await this.access.poll(
      principal,
      (ended) => {
        const signal = AbortSignal.any([exchange.signal, ended]);
        return this.approvals.wait({ tenantId, approvalId }, { withinMs, signal });
      },
      'approval:read',
    );
  }
}
