/**
 * Normalises chunks of POST /chat/completions: tool calls get an index and an id, arguments become text, usage becomes
 * numbers, `choices` becomes a list. Only call ids are made up.
 */
export class ChatRepair {
  private readonly calls: OpenCall[] = [];
  private isFinished = false;

  /** A chunk, or a complete response. */
  chunk(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { choices, usage, id, model } = body;
    return {
      id: nonEmpty(id),
      model: nonEmpty(model),
      choices: listOf(choices).map((choice) => this.choice(choice)),
      usage: usageOf(usage),
    };
  }

  /**
   * The chunk to append when the endpoint ends the stream without a finish reason, so that the answer counts as
   * complete; null: it has a finish reason.
   */
  ending(): Record<string, unknown> | null {
    if (this.isFinished) return null;
    return { choices: [{ index: 0, delta: {}, finish_reason: this.calls.length > 0 ? 'tool_calls' : 'stop' }] };
  }

  /** Set when a finish reason has arrived. */
  get finished(): boolean {
    return this.isFinished;
  }

  private choice(choice: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { finish_reason: reason, delta, message, ...rest } = choice;
    const said = isObject(delta) ? delta : isObject(message) ? message : {};
    const finish = typeof reason === 'string' && reason !== '' ? reason : null;
    if (finish !== null) this.isFinished = true;
    return { ...rest, delta: this.delta(said), finish_reason: finish };
  }

  private delta(delta: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { function_call: legacy, tool_calls: calls, reasoning, reasoning_content: thought, ...rest } = delta;
    const proposed = [...listOf(calls), ...(isObject(legacy) ? [{ index: 0, function: legacy }] : [])];
    const reasoned = textOf(thought) ?? textOf(reasoning);
    const named = proposed.flatMap((call) => this.call(call));
    return {
      ...rest,
      role: 'assistant',
      ...(reasoned === null ? {} : { reasoning_content: reasoned }),
      ...(named.length === 0 ? {} : { tool_calls: named }),
    };
  }

  /** The piece of a call as a list of one; empty if the piece says nothing. */
  private call(piece: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
    const { id, index, function: called, extra_content: extra, ...inline } = piece;
    const { name, arguments: args } = isObject(called) ? called : inline;
    const given = { index: countOf(index), id: nonEmpty(id), name: nonEmpty(name) };
    const text = args === undefined || args === null ? '' : typeof args === 'string' ? args : JSON.stringify(args);
    const open = this.openCall(given);
    open.args += text;
    const isFirst = open.name === null && given.name !== null;
    open.name ??= given.name;
    return [
      {
        index: open.index,
        id: open.id,
        type: 'function',
        function: { ...(isFirst ? { name: open.name } : {}), arguments: text },
        ...(isObject(extra) ? { extra_content: extra } : {}),
      },
    ];
  }

  /**
   * The call that a piece belongs to: by index, else by id, else the latest one. A different name starts a new call.
   */
  private openCall({ index, id, name }: GivenCall): OpenCall {
    const found =
      this.calls.findLast(
        (call) => (id !== null && call.givenId === id) || (index !== null && call.givenIndex === index),
      ) ?? (index === null && id === null ? this.calls.at(-1) : undefined);
    if (found && !this.begins(found, { index, id, name })) return found;
    const position = this.calls.length;
    const fresh: OpenCall = {
      index: position,
      givenIndex: index,
      givenId: id,
      id: id ?? `call_${position + 1}`,
      name: null,
      args: '',
    };
    this.calls.push(fresh);
    return fresh;
  }

  /** Endpoints that send the index 0, or no index, for every call start each further call with its name. */
  private begins(open: OpenCall, { id, name }: GivenCall): boolean {
    if (name === null || open.name === null) return false;
    if (id !== null && open.givenId !== null) return id !== open.givenId;
    return isWholeJson(open.args);
  }
}

interface GivenCall {
  readonly index: number | null;
  readonly id: string | null;
  readonly name: string | null;
}

interface OpenCall {
  readonly index: number;
  readonly givenIndex: number | null;
  readonly givenId: string | null;
  readonly id: string;
  name: string | null;
  args: string;
}

const USAGE_NAMES: Readonly<Record<string, readonly string[]>> = {
  prompt_tokens: ['prompt_tokens', 'input_tokens', 'prompt_eval_count'],
  completion_tokens: ['completion_tokens', 'output_tokens', 'eval_count'],
};

/** null unless all counts are present. */
function usageOf(usage: unknown): Record<string, unknown> | null {
  if (!isObject(usage)) return null;
  const counts = Object.entries(USAGE_NAMES).flatMap(([name, aliases]) => {
    const count = aliases.map((alias) => countOf(usage[alias])).find((found) => found !== null);
    return count === undefined ? [] : [[name, count] as const];
  });
  if (counts.length < Object.keys(USAGE_NAMES).length) return null;
  return {
    ...Object.fromEntries(counts),
    ...detailsOf('prompt_tokens_details', usage['prompt_tokens_details'], 'cached_tokens'),
    ...detailsOf('completion_tokens_details', usage['completion_tokens_details'], 'reasoning_tokens'),
  };
}

function detailsOf(name: string, details: unknown, member: string): Record<string, unknown> {
  const count = isObject(details) ? countOf(details[member]) : null;
  return count === null ? {} : { [name]: { [member]: count } };
}

/** A number, or its decimal text. */
function countOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : null;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  if (Array.isArray(value)) {
    const texts = value.map(textOf).filter((text) => text !== null);
    return texts.length === 0 ? null : texts.join('');
  }
  return isObject(value) ? textOf(value['text'] ?? value['content']) : null;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

function nonEmpty(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function isWholeJson(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    // Not whole yet.
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
