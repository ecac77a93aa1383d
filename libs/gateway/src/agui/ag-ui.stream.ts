import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Message } from '@ag-ui/core';
import { isTerminal, type Principal } from '@assent/contract';
import { ApprovalService } from '@assent/approvals';
import {
  FrameStreams,
  RunRepository,
  type FrameStream,
  type RunHead,
  type RunRecord,
  type StreamEncoding,
} from '@assent/runs';
import { encode, ofFrame, type AgUiEvent } from './ag-ui.event';
import {
  NO_MAPPING,
  closing,
  finished,
  mapFrame,
  openCalls,
  opening,
  sentence,
  storedMapping,
  waitingActivity,
  type AgUiIds,
  type AnyFrame,
  type Mapping,
} from './frame.mapper';
import type { Wait } from './input.mapper';
import { Interrupts } from './interrupts';
import { KnownContent } from './known.content';
import { PATCH_MAX_BYTES } from './state.delta';
import { StoredViews } from './stored.view';

/** The part of a run that a client requests. */
export interface AgUiView {
  readonly ids: AgUiIds;
  /** null: it only watches. */
  readonly principal: Principal | null;
  readonly wait: Wait | null;
  /** seq of the last frame that the client has. */
  readonly after: number;
  /** The request that the client has answered. The client has the frames up to the `run.waiting` for it. */
  readonly answered: string | null;
  /** Requests that the client leaves to others. */
  readonly left: ReadonlySet<string>;
  /** Texts that the client already has. */
  readonly known: KnownContent;
  /** The messages of the client; null: it sent none. */
  readonly messages: readonly Message[] | null;
  /** Events before those of the run. */
  readonly first: readonly AgUiEvent[];
  /** false: the client continues after the events that it has. */
  readonly opens: boolean;
}

const PING = ': ping';
const GAP = '!';

/** Frames as lines, to be mapped; every other line is passed on. */
const LINES: StreamEncoding = {
  frame: (line) => `${line.json}\n`,
  ping: () => `${PING}\n`,
  gap: (earliest) => `${GAP}${earliest}\n`,
  end: () => '',
};

/** Serves runs as AG-UI events: the frames of a run, mapped one by one. */
@Injectable()
export class AgUiStreams {
  constructor(
    private readonly streams: FrameStreams,
    private readonly runs: RunRepository,
    private readonly approvals: ApprovalService,
    private readonly interrupts: Interrupts,
    private readonly stored: StoredViews,
  ) {}

  /** @throws AssentError invalid (cursor beyond the head), overloaded (too many streams) */
  open(run: RunHead, view: AgUiView): { readonly source: FrameStream; readonly body: Readable } {
    // The mapping is folded from the first frame on, so that it knows the calls and the open messages.
    const source = this.streams.stream(run, 0, new Set(), LINES);
    const response = new AgUiResponse(run, view, this.runs, this.approvals, this.interrupts, this.stored);
    const body = Readable.from(response.text(source), { objectMode: false });
    body.once('close', () => {
      source.destroy();
    });
    return { source, body };
  }
}

/** One response. It sends nothing before the first frame that the client lacks. */
class AgUiResponse {
  private mapping: Mapping = NO_MAPPING;
  private isOpen: boolean;
  private hasAnswered = false;
  private isEnded = false;
  /** The person at the client must act once all frames are mapped. */
  private isInterrupting = false;
  private head: number;

  constructor(
    private readonly run: RunHead,
    private readonly view: AgUiView,
    private readonly runs: RunRepository,
    private readonly approvals: ApprovalService,
    private readonly interrupts: Interrupts,
    private readonly stored: StoredViews,
  ) {
    this.head = run.seq;
    this.isOpen = view.after === 0 && view.answered === null;
  }

  async *text(source: FrameStream): AsyncGenerator<string> {
    if (this.view.first.length > 0) yield encode(ofFrame(this.view.first, 0, null), 0);
    for await (const chunk of source as AsyncIterable<Buffer | string>) {
      for (const line of chunk.toString().split('\n')) {
        if (line.startsWith('{')) yield await this.frame(JSON.parse(line) as AnyFrame);
        else if (line.startsWith(GAP)) yield await this.gap(Number(line.slice(GAP.length)));
        else if (line !== '') yield `${line}\n\n`;
        if (this.isEnded) return;
      }
    }
  }

  private async frame(frame: AnyFrame): Promise<string> {
    const { view } = this;
    // The snapshot after the gap already covers this frame.
    if (frame.seq <= this.mapping.view.seq) return '';
    if (frame.type === 'diff.created' && frame.erased !== true && 'diffId' in frame) await this.addPatch(frame.diffId);
    const { mapping, events } = mapFrame(this.mapping, frame, view.ids);
    this.mapping = mapping;
    const fresh = events.flatMap((event) => view.known.rest(event) ?? []);
    if (!this.isOpen) return this.isReached(frame) ? this.begin(frame) : '';
    this.isEnded = events.some(({ type }) => type === 'RUN_FINISHED' || type === 'RUN_ERROR');
    if (frame.type === 'run.waiting' || this.isInterrupting) fresh.push(...(await this.waiting(frame)));
    return encode(ofFrame(fresh, frame.seq, frame.at), frame.seq);
  }

  /** Whether this is the last frame that the client has. */
  private isReached(frame: AnyFrame): boolean {
    const { answered, after } = this.view;
    if (frame.seq < after) return false;
    this.hasAnswered ||= answered === null || (frame.type === 'run.waiting' && this.requestIds().includes(answered));
    return this.hasAnswered;
  }

  private async begin(frame: AnyFrame): Promise<string> {
    this.isOpen = true;
    const events = this.view.opens ? opening(this.mapping, this.view.ids) : [];
    const isAnswered = this.requestIds().some((id) => id === this.view.answered && !this.view.left.has(id));
    if (!isAnswered || this.mapping.view.waiting?.for === 'client_tool') events.push(...(await this.waiting(frame)));
    return encode(ofFrame(events, frame.seq, frame.at), frame.seq);
  }

  /** The end of the response if the client must act, otherwise the message that shows what the run waits for. */
  private async waiting({ seq }: Pick<AnyFrame, 'seq'>): Promise<AgUiEvent[]> {
    const { left, principal, wait, ids } = this.view;
    const isLeft = this.requestIds().some((id) => left.has(id));
    const waiting = await this.interrupts.of(this.mapping, principal, isLeft ? 'stream' : wait);
    this.isInterrupting = waiting?.kind === 'finish';
    if (waiting?.kind === 'watch') {
      const { waiting: activity, event } = waitingActivity(this.mapping, waiting.content);
      this.mapping = { ...this.mapping, waiting: activity };
      return [event];
    }
    if (!waiting || !(await this.isHead(seq))) return [];
    this.isEnded = true;
    return [...closing(this.mapping), finished(ids, { outcome: waiting.outcome })];
  }

  /** The requests that the run waits for. */
  private requestIds(): readonly string[] {
    const { requestId, requestIds } = this.mapping.view.waiting ?? {};
    return requestIds ?? (requestId === undefined ? [] : [requestId]);
  }

  /** Whether nothing was committed after the frame, so that the client sees the content that it decides on. */
  private async isHead(seq: number): Promise<boolean> {
    if (seq >= this.head) this.head = (await this.runs.findHead(this.run.tenantId, this.run.id))?.seq ?? seq;
    return seq >= this.head;
  }

  /** Adds the patch of a new diff to the mapping. The state shows the patch of the newest diff. */
  private async addPatch(diffId: string): Promise<void> {
    const patch = await this.approvals.patch(this.run.tenantId, diffId);
    const isShort = patch !== null && Buffer.byteLength(patch) <= PATCH_MAX_BYTES;
    this.mapping = { ...this.mapping, patches: new Map([[diffId, isShort ? patch : null]]) };
  }

  /** Frames of the run were deleted: sends the state rebuilt from its rows. */
  private async gap(earliest: number): Promise<string> {
    const { ids, messages, known } = this.view;
    const { run, view } = await this.stored.of(this.run);
    this.mapping = storedMapping(view);
    this.isOpen = true;
    if (view.diff) await this.addPatch(view.diff.diffId);
    const said: Message[] = isTerminal(run.state)
      ? [{ id: `${run.id}:${run.seq}:end`, role: 'assistant', content: view.result ? sentence(view, view.result) : '' }]
      : [];
    const events: AgUiEvent[] = [
      ...opening(this.mapping, ids),
      ...(messages ? [{ type: 'MESSAGES_SNAPSHOT' as const, messages: [...messages, ...said] }] : []),
      { type: 'CUSTOM', name: 'assent.gap', value: { earliest } },
      ...openCalls(this.mapping).flatMap((event) => known.rest(event) ?? []),
      ...(isTerminal(run.state) ? [endOf(run, ids)] : await this.waiting(view)),
    ];
    this.isEnded ||= isTerminal(run.state);
    return encode(ofFrame(events, run.seq, null), run.seq);
  }
}

function endOf({ state, error, result }: RunRecord, ids: AgUiIds): AgUiEvent {
  if (state === 'cancelled') return finished(ids, { outcome: { type: 'cancelled' } });
  if (state !== 'failed') return finished(ids, { outcome: { type: 'success' }, ...(result ? { result } : {}) });
  return { type: 'RUN_ERROR', message: error?.message ?? 'The run failed.', code: error?.reason ?? 'failed' };
}
