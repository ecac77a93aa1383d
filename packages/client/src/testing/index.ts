import type { ApprovalEvent, Frame, MethodName, MethodParams, MethodResult } from '@assent/contract';
import { AssentClient, type UnknownFrame } from '../index';

/** Results of a test double for the methods that a test needs. `undefined`: not found. */
export type Answers = {
  readonly [M in MethodName]?: (params: MethodParams<M>) => MethodResult<M> | undefined;
};

/** A call that a test double received. */
export interface RecordedCall {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Entry = Frame | UnknownFrame | ApprovalEvent;
type Stream = ReadableStreamDefaultController<Uint8Array>;

interface Recording {
  readonly entries: Entry[];
  readonly streams: Map<Stream, readonly string[]>;
}

const TERMINAL = ['run.completed', 'run.failed', 'run.cancelled'];
const STREAM = /\/(?:runs\/([^/]+)\/frames|approvals\/events)$/;
const APPROVAL = /\/approvals\/([^/]+)(?:\/(approve|reject))?$/;
const PAGE = 200;
const INBOX = 'approvals';

/**
 * An in-memory server: replays recorded frames with the real protocol, in streams and in pages, and returns the results
 * that the test defines. Pass `fetch` to a client, or take `client()`.
 */
export class ReplayServer {
  readonly url = 'http://assent.test';
  /** Every call in order; streams are not among them. */
  readonly calls: RecordedCall[] = [];
  /** Streams that were opened so far. */
  opened = 0;
  /** Whether the server is offline: every request then fails as if there were no network. */
  isAway = false;
  private readonly recordings = new Map<string, Recording>();
  private readonly encoder = new TextEncoder();

  /** @param answers by method; `stream` and `approval/events` return what was played */
  constructor(private readonly answers: Answers = {}) {}

  client(): AssentClient {
    return new AssentClient({ url: this.url, credential: 'test', fetch: this.fetch });
  }

  /** Adds frames to their runs, and events to the inbox. Open streams get them at once. */
  play(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      const recording = this.recordingOf('clientTraceId' in entry ? entry.runId : INBOX);
      recording.entries.push(entry);
      for (const [stream, types] of recording.streams) {
        if (isWanted(entry, types)) this.send(recording, stream, entry);
      }
    }
  }

  /** Cuts the connections of all open streams. */
  cut(): void {
    for (const { streams } of this.recordings.values()) {
      for (const stream of streams.keys()) stream.error(new TypeError('The connection was cut.'));
      streams.clear();
    }
  }

  /** Streams that are open now. */
  get open(): number {
    return [...this.recordings.values()].reduce((sum, { streams }) => sum + streams.size, 0);
  }

  readonly fetch: typeof fetch = async (input, init) => {
    if (this.isAway) throw new TypeError('fetch failed');
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const stream = STREAM.exec(pathname);
    if (stream) return this.stream(this.recordingOf(stream[1] ?? INBOX), request);
    const [, approvalId, decision] = APPROVAL.exec(pathname) ?? [];
    if (approvalId !== undefined) return this.approval(request, approvalId, decision);
    const { id, method, params } = (await request.json()) as RecordedCall & { readonly id: number };
    const result = this.resultOf(method, params);
    const data = { type: 'urn:assent:error:not-found', retryable: false, requestId: 'replay' };
    const error = { code: -32001, message: `The double has no answer to ${method}.`, data };
    return Response.json({ jsonrpc: '2.0', id, ...(result === undefined ? { error } : { result }) });
  };

  private async approval(request: Request, approvalId: string, decision: string | undefined): Promise<Response> {
    const hash = (request.headers.get('if-match') ?? '').replaceAll('"', '');
    const said = decision === undefined ? {} : { ...((await request.json()) as object), decision, hash };
    const method = decision === undefined ? 'approval/get' : 'approval/decide';
    const result = this.resultOf(method, { approvalId, ...said });
    if (result !== undefined) return Response.json(result);
    const problem = { type: 'urn:assent:error:not-found', title: 'Not found', status: 404, requestId: 'replay' };
    return Response.json(problem, { status: 404, headers: { 'content-type': 'application/problem+json' } });
  }

  private resultOf(method: string, params: RecordedCall['params']): unknown {
    this.calls.push({ method, params });
    const answer = this.answers[method as MethodName] as ((params: unknown) => unknown) | undefined;
    if (answer) return answer(params);
    if (method !== 'stream' && method !== 'approval/events') return undefined;
    const { runId = INBOX, after = 0, limit = PAGE, types = [] } = params as Partial<MethodParams<'stream'>>;
    const { entries } = this.recordingOf(runId);
    const page = entries.filter((entry) => entry.seq > after && isWanted(entry, types)).slice(0, limit);
    const tail = entries.at(-1)?.seq ?? 0;
    const cursor = page.length < limit ? tail : (page.at(-1)?.seq ?? after);
    if (method === 'approval/events') return { events: page, cursor, tail };
    const isOver = entries.some(({ type }) => TERMINAL.includes(type));
    return { frames: page, cursor, tail, done: isOver && cursor === tail };
  }

  private stream(recording: Recording, { url, signal }: Request): Response {
    const { searchParams } = new URL(url);
    const after = Number(searchParams.get('after'));
    const types = searchParams.get('types')?.split(',') ?? [];
    this.opened += 1;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        stream.enqueue(this.encoder.encode('retry: 1\n\n'));
        signal.addEventListener('abort', () => {
          if (recording.streams.delete(stream)) stream.error(signal.reason);
        });
        recording.streams.set(stream, types);
        for (const entry of recording.entries) {
          if (entry.seq > after && isWanted(entry, types)) this.send(recording, stream, entry);
        }
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  private send({ streams }: Recording, stream: Stream, entry: Entry): void {
    if (!streams.has(stream)) return;
    stream.enqueue(this.encoder.encode(`id: ${entry.seq}\ndata: ${JSON.stringify(entry)}\n\n`));
    if (!TERMINAL.includes(entry.type)) return;
    streams.delete(stream);
    stream.close();
  }

  private recordingOf(name: string): Recording {
    const known = this.recordings.get(name) ?? { entries: [], streams: new Map<Stream, readonly string[]>() };
    this.recordings.set(name, known);
    return known;
  }
}

function isWanted({ type }: Entry, types: readonly string[]): boolean {
  return types.length === 0 || types.includes(type);
}
