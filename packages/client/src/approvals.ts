import type { Approval, ApprovalEvent, Diff, MethodParams, MethodResult } from '@assent/contract';
import type { CallOptions, Caller } from './caller';
import { problemOf, readJson, type HttpTransport } from './http.transport';
import { LogFollower, type FollowOptions, type Log } from './log.follower';

export type ApprovalFilter = MethodParams<'approval/list'>;

/** Optional parts of a decision. */
export interface DecisionOptions extends CallOptions {
  readonly comment?: string;
  /** Approve only these hunks of the diff; `diff().hunks` numbers them. */
  readonly hunks?: readonly number[];
}

export type ApprovalRevision = Omit<MethodParams<'approval/revise'>, 'approvalId' | 'hash'>;

/** The inbox of reviewers. Each decision names the hash of the content that was shown. */
export class Approvals {
  constructor(
    private readonly client: Caller,
    private readonly transport: HttpTransport,
  ) {}

  /** A page, oldest first. */
  list(filter: ApprovalFilter = {}, options: CallOptions = {}): Promise<MethodResult<'approval/list'>> {
    return this.client.call('approval/list', filter, options);
  }

  get(approvalId: string, { signal }: CallOptions = {}): Promise<Approval> {
    return this.transport.exchange({ method: 'GET', path: pathOf(approvalId), signal }, readJson<Approval>);
  }

  /** The proposed change: files, hashes and the unified diff. If it is `truncated`, `patch` returns the whole diff. */
  diff(approvalId: string, options: CallOptions = {}): Promise<Diff> {
    return this.client.call('approval/diff/get', { approvalId }, options);
  }

  /** The complete content under decision as text: a unified diff, or the content of another subject. */
  patch(approvalId: string, { signal }: CallOptions = {}): Promise<string> {
    const headers = { accept: 'text/x-diff' };
    const path = `${pathOf(approvalId)}/diff`;
    return this.transport.exchange({ method: 'GET', path, headers, signal }, async (response) => {
      if (!response.ok) throw await problemOf(response);
      return response.text();
    });
  }

  /** Approves exactly the content with this hash. @throws AssentHttpError 403, 404, 409, 410, 412 */
  approve(approvalId: string, hash: string, options: DecisionOptions = {}): Promise<Approval> {
    return this.decideOne('approve', approvalId, hash, options);
  }

  /** Rejects exactly the content with this hash. @throws AssentHttpError 403, 404, 409, 410, 412 */
  reject(approvalId: string, hash: string, options: Omit<DecisionOptions, 'hunks'> = {}): Promise<Approval> {
    return this.decideOne('reject', approvalId, hash, options);
  }

  /** Changes the content under decision: creates a new revision with a hash of its own and no votes. */
  revise(approvalId: string, hash: string, revision: ApprovalRevision, options: CallOptions = {}): Promise<Approval> {
    return this.client.call('approval/revise', { ...revision, approvalId, hash }, options);
  }

  /** Several decisions, each on its own hash and answered on its own. */
  decide(
    decisions: MethodParams<'approval/decide_many'>['decisions'],
    options: CallOptions = {},
  ): Promise<MethodResult<'approval/decide_many'>['items']> {
    return this.client.call('approval/decide_many', { decisions }, options).then(({ items }) => items);
  }

  /**
   * The events of approvals in order, each once: first those after `after`, then live ones. Never ends by itself.
   * @throws AssentGapError; AssentHttpError; AssentConnectionError; the signal's reason
   */
  events(options: FollowOptions<ApprovalEvent['type']> = {}): AsyncGenerator<ApprovalEvent, void, undefined> {
    const log = eventLog('approvals/events', (after, types, signal) =>
      this.client.call('approval/events', { after, types: types as ApprovalEvent['type'][] }, { signal }),
    );
    return new LogFollower(this.transport, log, options).follow();
  }

  private decideOne(
    verb: 'approve' | 'reject',
    approvalId: string,
    hash: string,
    { comment, hunks, signal }: DecisionOptions,
  ): Promise<Approval> {
    return this.transport.exchange(
      {
        method: 'POST',
        path: `${pathOf(approvalId)}/${verb}`,
        body: { comment, hunks },
        headers: { 'if-match': `"${hash}"` },
        signal,
        // Repeating the same decision by the same principal on the same content returns the same response.
        isRepeatable: true,
      },
      readJson<Approval>,
    );
  }
}

function pathOf(approvalId: string): string {
  return `approvals/${encodeURIComponent(approvalId)}`;
}

interface EventPage {
  readonly events: readonly ApprovalEvent[];
  readonly cursor: number;
  readonly tail: number;
}

/** The approval events of a tenant, from one of the routes that stream them. */
export function eventLog(
  path: string,
  read: (after: number, types: readonly string[], signal: AbortSignal | undefined) => Promise<EventPage>,
  onHint?: (hint: unknown) => void,
): Log<ApprovalEvent> {
  return {
    runId: null,
    path,
    ticket: { stream: 'approvals' },
    terminal: [],
    onHint,
    page: async (after, types, _limit, signal) => {
      const { events, ...page } = await read(after, types, signal);
      return { ...page, entries: events, done: false };
    },
  };
}
