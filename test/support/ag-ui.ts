import { HttpAgent, type ResumeEntry, type Tool } from '@ag-ui/client';
import { EventSchema } from '@ag-ui/core/schemas';
import type { StartParams } from '@assent/contract';
import type { Caller } from './caller';

/** An event as it came, with any members. */
export interface WireEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Params of a run, as an AG-UI client sends them beside the protocol. */
export function assentProps(params: Partial<StartParams> = {}, more: object = {}): { assent: object } {
  const given = Object.entries(params).filter(([name]) => name !== 'goal');
  return { assent: { ...Object.fromEntries(given), ...more } };
}

export interface Turn {
  readonly runId?: string;
  readonly forwardedProps?: object;
  readonly resume?: ResumeEntry[];
  readonly tools?: Tool[];
  /** The connection is cut after this many events. */
  readonly cutAfter?: number;
}

/** An AG-UI client of a server: the real HttpAgent, which verifies the order of the events. */
export class AgUiClient {
  readonly agent: HttpAgent;
  readonly events: WireEvent[] = [];
  private cut: { readonly after: number; readonly reached: Promise<void> } | null = null;

  constructor(
    readonly caller: Caller,
    threadId: string,
    goal: string,
  ) {
    this.agent = new HttpAgent({
      url: `${caller.url}/ag-ui`,
      headers: { ...caller.authorization },
      threadId,
      initialMessages: [{ id: 'goal', role: 'user', content: goal }],
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        return this.cut ? brokenAfterEvents(response, this.cut.after, this.cut.reached) : response;
      },
    });
  }

  /** One request. @returns its events */
  async turn({ cutAfter, ...parameters }: Turn): Promise<WireEvent[]> {
    const turn: WireEvent[] = [];
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    this.cut = cutAfter === undefined ? null : { after: cutAfter, reached };
    await this.agent.runAgent(parameters, {
      onEvent: ({ event }) => {
        turn.push(event);
        if (turn.length === cutAfter) reach();
      },
    });
    this.events.push(...turn);
    return turn;
  }

  get state(): Readonly<Record<string, unknown>> {
    return (this.agent.state as { assent?: Readonly<Record<string, unknown>> }).assent ?? {};
  }
}

/** Events that are not exactly what the schemas of the protocol say. */
export function badEvents(events: readonly WireEvent[]): unknown[] {
  return events.flatMap((event) => {
    const parsed = EventSchema.safeParse(event);
    const read: unknown = parsed.success ? parsed.data : parsed.error.message;
    return JSON.stringify(sorted(read)) === JSON.stringify(sorted(event)) ? [] : [{ event, read }];
  });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

/** The types of events, without repeats next to each other. */
export function typesOf(events: readonly WireEvent[]): string[] {
  return events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
}

/** The response of a connection that breaks after so many events, as soon as the client has them. */
function brokenAfterEvents(response: Response, events: number, reached: Promise<void>): Response {
  let left = events;
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform: async (chunk, controller) => {
      for (const block of decoder.decode(chunk, { stream: true }).split(/(?<=\n\n)/)) {
        controller.enqueue(encoder.encode(block));
        if (block.includes('data: ')) left -= 1;
        if (left > 0) continue;
        await reached;
        // HttpAgent takes other errors for a fault of the application.
        controller.error(new DOMException('the connection broke', 'AbortError'));
        return;
      }
    },
  });
  return new Response(response.body?.pipeThrough(cut) ?? null, response);
}
