import type {
  Approval,
  ApprovalState,
  Diff,
  FrameType,
  MethodName,
  MethodParams,
  MethodResult,
} from '@assent/contract';
import { AssentRpcError, type RpcErrorData } from './errors';
import { FrameFollower, type FramesOptions } from './frame.follower';
import {
  HttpTransport,
  unexpectedResponse,
  parseJson,
  problemOf,
  readJson,
  type TransportOptions,
} from './http.transport';
import type { FrameOf } from './run.view';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ApprovalFilter {
  readonly state?: ApprovalState;
  readonly runId?: string;
  readonly tool?: string;
  readonly cursor?: string;
  /** 1 to 100, default 20. */
  readonly limit?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it on for the next page; null at the end. */
  readonly cursor: string | null;
}

type RpcAnswer =
  { readonly result: unknown } | { readonly error: { code: number; message: string; data: RpcErrorData } };

/**
 * One principal's view of an Assent server: JSON-RPC, frame streams that resume, and REST for reviewers. Runs in Node
 * and in browsers. Every method rejects with AssentRpcError or AssentHttpError when the server says no, and with
 * fetch's own error when nobody answers.
 */
export class AssentClient {
  private readonly transport: HttpTransport;
  private calls = 0;

  constructor(options: TransportOptions) {
    this.transport = new HttpTransport(options);
  }

  /** Calls a method of the method table. @throws AssentRpcError, AssentHttpError */
  call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    { signal }: CallOptions = {},
  ): Promise<MethodResult<M>> {
    this.calls += 1;
    const body = { jsonrpc: '2.0', id: this.calls, method, params };
    return this.transport.exchange({ method: 'POST', path: 'rpc', body, signal }, async (response) => {
      // The envelope answers with 200, and with 400 when it could not be read; everything else is HTTP's own.
      if (response.status !== 200 && !isJson(response)) throw await problemOf(response);
      const answer = parseJson(await response.text(), response.status);
      if (!isFinalPage(answer)) throw unexpectedResponse(response.status, 'The answer is no JSON-RPC response.');
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
   * Answers a request of the server: a frame of type `request`, or an entry of `run/get`'s `pending`.
   * @param result for `approval/request`: {decision, hash, comment?}
   * @throws AssentHttpError 404 (unknown or foreign id), 409 (answered already), 410 (expired)
   */
  respond(requestId: string, result: unknown, { signal }: CallOptions = {}): Promise<void> {
    return this.post({ jsonrpc: '2.0', id: requestId, result }, signal);
  }

  /**
   * Frames of a run in order, each once, replayed after `after` and then live, over as many connections as it takes.
   * Ends after the terminal frame. Leaving the loop closes the connection and never touches the run.
   * @throws AssentGapError; AssentHttpError (unknown run, cursor beyond the head); AssentConnectionError when no server has answered for `reconnectTimeoutMs`; the signal's reason
   */
  frames<T extends FrameType = FrameType>(
    runId: string,
    options: FramesOptions<T> = {},
  ): AsyncGenerator<FrameOf<T>, void, undefined> {
    return new FrameFollower(this.transport, runId, options).follow();
  }

  /** Approves exactly the content with this hash. @throws AssentHttpError 403, 404, 409, 410, 412 */
  approve(approvalId: string, hash: string, comment?: string): Promise<Approval> {
    return this.decide('approve', approvalId, hash, comment);
  }

  /** Rejects exactly the content with this hash. @throws AssentHttpError 403, 404, 409, 410, 412 */
  reject(approvalId: string, hash: string, comment?: string): Promise<Approval> {
    return this.decide('reject', approvalId, hash, comment);
  }

  approval(approvalId: string): Promise<Approval> {
    return this.get(`approvals/${encodeURIComponent(approvalId)}`);
  }

  /** Oldest first. */
  approvals(filter: ApprovalFilter = {}): Promise<Page<Approval>> {
    return this.get('approvals', { ...filter });
  }

  /** What would be applied: files, hashes and the unified diff. */
  diff(approvalId: string): Promise<Diff> {
    return this.get(`approvals/${encodeURIComponent(approvalId)}/diff`);
  }

  private get<T>(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<T> {
    return this.transport.exchange(
      { method: 'GET', path, query, headers: { accept: 'application/json' } },
      readJson<T>,
    );
  }

  private post(body: unknown, signal: AbortSignal | undefined): Promise<void> {
    return this.transport.exchange({ method: 'POST', path: 'rpc', body, signal }, async (response) => {
      if (!response.ok) throw await problemOf(response);
      await response.body?.cancel();
    });
  }

  private decide(verb: 'approve' | 'reject', approvalId: string, hash: string, comment?: string): Promise<Approval> {
    const path = `approvals/${encodeURIComponent(approvalId)}/${verb}`;
    const body = comment === undefined ? {} : { comment };
    return this.transport.exchange(
      { method: 'POST', path, body, headers: { 'if-match': `"${hash}"` } },
      readJson<Approval>,
    );
  }
}

function isFinalPage(value: unknown): value is RpcAnswer {
  return typeof value === 'object' && value !== null && ('result' in value || 'error' in value);
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true;
}
