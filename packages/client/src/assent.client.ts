import type {
  ApprovalEvent,
  FrameType,
  MethodName,
  MethodParams,
  MethodResult,
  PauseHint,
  RunHint,
} from '@assent/contract';
import { Approvals, eventLog } from './approvals';
import type { CallOptions, Caller } from './caller';
import { AssentRpcError, type RpcErrorData } from './errors';
import {
  HttpTransport,
  unexpectedResponse,
  parseJson,
  problemOf,
  type ClientOptions,
  type TransportRequest,
} from './http.transport';
import { LogFollower, type FollowOptions, type Log } from './log.follower';
import { Run, TERMINAL_TYPES, type RunSource } from './run';
import { RunStore } from './run.store';
import { VERSION, isNewer } from './version';
import type { FrameOf } from './run.view';

/** Methods that change nothing: recognized by their last word, and those about streams. */
const READS = /(?:^|\/)(?:get|list|count|search|check|score|export|head|events|calibration)$|^stream|^rpc\./;
/** Methods that change something and return the first result again when repeated. */
const IDEMPOTENT =
  /^(?:approval\/decide(?:_many)?|complete|diff\/revert|memory\/(?:import|plan\/apply)|pause\/(?:clear|set)|run\/cancel)$/;

export interface StartOptions extends CallOptions {
  /** For 24 h the same key with the same params returns the same run, so a start with a key can be repeated safely. */
  readonly idempotencyKey?: string;
}

/** Unstored messages of a tenant's stream, each sent once. */
export type TenantHint = RunHint | PauseHint;

export interface TenantOptions extends Omit<FollowOptions, 'types'> {
  /** Each needs its scope: `run:read`, `approval:read`. */
  readonly topics: readonly ('runs' | 'approvals')[];
  readonly onHint?: (hint: TenantHint) => void;
}

type RpcAnswer =
  { readonly result: unknown } | { readonly error: { code: number; message: string; data: RpcErrorData } };

/**
 * One principal's view of an Assent server: JSON-RPC, frame streams that resume, and REST for reviewers. Runs in Node
 * and in browsers. Every failure is an AssentError; an aborted signal is thrown as its own reason.
 */
export class AssentClient implements Caller, RunSource {
  readonly approvals: Approvals;
  readonly tools = {
    /** Tools with their input schema, effect and the verdict of the policy for this caller. */
    list: (options?: CallOptions) => this.call('tool/list', {}, options),
    /** The guard's decision on a call. Runs nothing. */
    check: (params: MethodParams<'tool/check'>, options?: CallOptions) => this.call('tool/check', params, options),
  };
  readonly memory = {
    search: (params: MethodParams<'memory/search'>, options?: CallOptions) =>
      this.call('memory/search', params, options),
  };
  private readonly transport: HttpTransport;
  /** One store per run, kept as long as it is referenced or followed. */
  private readonly stores = new Map<string, WeakRef<RunStore>>();
  private calls = 0;
  private version: Promise<void> | undefined;

  constructor(options: ClientOptions) {
    this.transport = new HttpTransport(options);
    this.approvals = new Approvals(this, this.transport);
  }

  /** Starts a run. @throws AssentRpcError, AssentHttpError, AssentConnectionError */
  async start(params: MethodParams<'start'>, { idempotencyKey, ...options }: StartOptions = {}): Promise<Run> {
    const named = idempotencyKey === undefined ? params : { ...params, idempotencyKey };
    const { runId } = await this.call('start', named, options);
    return this.run(runId);
  }

  /** A handle on a run that was started before. Sends no request. */
  run(runId: string): Run {
    return new Run(this, runId);
  }

  /** Calls a method of the method table. @throws AssentRpcError, AssentHttpError, AssentConnectionError */
  call<M extends MethodName>(method: M, params: MethodParams<M>, options: CallOptions = {}): Promise<MethodResult<M>> {
    this.calls += 1;
    const request: TransportRequest = {
      method: 'POST',
      path: 'rpc',
      body: { jsonrpc: '2.0', id: this.calls, method, params },
      signal: options.signal,
      isRepeatable: options.isRepeatable ?? isRepeatable(method, params),
    };
    return this.transport.exchange(request, async (response) => {
      // A JSON-RPC response has status 200, or 400 when the request could not be parsed; every other status is an HTTP
      // error.
      if (response.status !== 200 && !isJson(response)) throw await problemOf(response);
      const answer = parseJson(await response.text(), response.status);
      if (!isRpcAnswer(answer)) throw unexpectedResponse(response.status, 'The answer is no JSON-RPC response');
      if ('result' in answer) return answer.result as MethodResult<M>;
      const { code, message, data } = answer.error;
      throw new AssentRpcError(method, code, message, data);
    });
  }

  /** Sends a notification: resolves once the server has accepted it, regardless of the outcome. */
  notify<M extends MethodName>(method: M, params: MethodParams<M>, { signal }: CallOptions = {}): Promise<void> {
    return this.post({ jsonrpc: '2.0', method, params }, signal);
  }

  /**
   * Responds to a request of the server: a frame of type `request`, or an entry of `run/get`'s `pending`.
   * @param result for `approval/request`: {decision, hash, comment?}
   * @throws AssentHttpError 404 (unknown or foreign id), 409 (answered already), 410 (expired)
   */
  respond(requestId: string, result: unknown, { signal }: CallOptions = {}): Promise<void> {
    return this.post({ jsonrpc: '2.0', id: requestId, result }, signal);
  }

  /**
   * Frames of a run in order, each once, replayed after `after` and then live, over as many connections as it takes.
   * Ends after the terminal frame. Leaving the loop closes the connection and does not affect the run.
   * @throws AssentGapError; AssentHttpError (unknown run, cursor beyond the head); AssentConnectionError when no server
   * has responded for `reconnectTimeoutMs`; the signal's reason
   */
  frames<T extends FrameType = FrameType>(
    runId: string,
    options: FollowOptions<T> = {},
  ): AsyncGenerator<FrameOf<T>, void, undefined> {
    return this.follower(runId, options).follow();
  }

  /**
   * The same frames in arrays as they arrive: with `pages` up to 1,000 at once, then each as it comes. Faster for long
   * logs; an array may be empty.
   */
  batches(runId: string, options: FollowOptions = {}): AsyncGenerator<readonly FrameOf<FrameType>[], void, undefined> {
    return this.follower<FrameType>(runId, options as FollowOptions<FrameType>).batches();
  }

  private follower<T extends FrameType>(runId: string, options: FollowOptions<T>): LogFollower<FrameOf<T>> {
    const log: Log<FrameOf<T>> = {
      runId,
      path: `runs/${encodeURIComponent(runId)}/frames`,
      ticket: { runId },
      terminal: TERMINAL_TYPES,
      page: async (after, types, limit, signal) => {
        const params = { runId, after, types: types as FrameType[], limit };
        const { frames, ...page } = await this.call('stream', params, { signal });
        return { ...page, entries: frames as unknown as FrameOf<T>[] };
      },
    };
    return new LogFollower(this.transport, log, options);
  }

  /**
   * The events of the tenant over one connection: events of approvals in order, each once, and through `onHint` the
   * current state of runs and whether the tenant is paused. Hints are not stored: after `onConnection` says `live`,
   * read the list of runs. Never ends by itself.
   * @throws AssentGapError; AssentHttpError; AssentConnectionError; the signal's reason
   */
  events({ topics, onHint, ...options }: TenantOptions): AsyncGenerator<ApprovalEvent, void, undefined> {
    const log = eventLog(
      `events?topics=${topics.join(',')}`,
      (after, _types, signal) => this.call('event/list', { after, topics: [...topics] }, { signal }),
      onHint as ((hint: unknown) => void) | undefined,
    );
    return new LogFollower(this.transport, log, options).follow();
  }

  /**
   * Asks the server for its version, once.
   * @param warn called when it is newer than this client by more than a patch
   */
  checkVersion(warn: (warning: string) => void = console.warn): Promise<void> {
    return (this.version ??= this.call('server/info', {}, { isRepeatable: true }).then(({ version }) => {
      const text = `The server is Assent ${version}, this client is made for ${VERSION}: update it.`;
      if (isNewer(version, VERSION)) warn(text);
    }));
  }

  /** A one-use ticket for your own `EventSource`, valid for 60 seconds. */
  ticket(stream: MethodParams<'stream/ticket'>, options?: CallOptions): Promise<MethodResult<'stream/ticket'>> {
    return this.call('stream/ticket', stream, options);
  }

  /** Ends all pauses before a retry. Call it when the network is back, or when a person presses "Try now". */
  retryNow(): void {
    this.transport.pauses.endAll();
  }

  /** The shared store of a run. See Run.view. */
  storeOf(runId: string): RunStore {
    const shared = this.stores.get(runId)?.deref();
    if (shared) return shared;
    for (const [id, store] of this.stores) if (!store.deref()) this.stores.delete(id);
    const store = new RunStore((options) => this.batches(runId, options));
    this.stores.set(runId, new WeakRef(store));
    return store;
  }

  private post(body: unknown, signal: AbortSignal | undefined): Promise<void> {
    return this.transport.exchange({ method: 'POST', path: 'rpc', body, signal }, async (response) => {
      if (!response.ok) throw await problemOf(response);
      await response.body?.cancel();
    });
  }
}

function isRpcAnswer(value: unknown): value is RpcAnswer {
  return typeof value === 'object' && value !== null && ('result' in value || 'error' in value);
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true;
}

/**
 * Whether a call may be repeated when it is unknown if it was carried out: reads, decisions, and calls with an
 * idempotency key.
 */
export function isRepeatable(method: MethodName, params: object): boolean {
  return READS.test(method) || IDEMPOTENT.test(method) || 'idempotencyKey' in params;
}
