import { HttpAgent, type Message, type ResumeEntry, type Tool } from '@ag-ui/client';
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

  constructor(
    readonly caller: Caller,
    threadId: string,
    goal: string,
    initialMessages: Message[] = [{ id: 'goal', role: 'user', content: goal }],
  ) {
    const url = `${caller.url}/ag-ui`;
    this.agent = new HttpAgent({ url, headers: { ...caller.authorization }, threadId, initialMessages });
  }

  /** One request. @returns its events */
  async turn({ cutAfter = Infinity, ...parameters }: Turn): Promise<WireEvent[]> {
    const turn: WireEvent[] = [];
    const abortController = new AbortController();
    await this.agent.runAgent(
      { ...parameters, abortController },
      {
        onEvent: ({ event }) => {
          if (turn.length >= cutAfter) return { stopPropagation: true };
          turn.push(event);
          if (turn.length >= cutAfter) abortController.abort();
          return undefined;
        },
      },
    );
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
