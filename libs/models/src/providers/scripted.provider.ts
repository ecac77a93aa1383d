import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Type, type Static } from '@sinclair/typebox';
import { AssentError } from '@assent/contract';
import { compiled } from '@assent/platform';
import { ModelFailure, outcomeOfStatus } from './model.failure';
import { MODEL_PURPOSES, messageText, type ModelEvent, type ModelProvider, type ModelRequest } from './model.port';

const closed = { additionalProperties: false };

const ReplySchema = Type.Object(
  {
    purpose: Type.Optional(Type.Unsafe<(typeof MODEL_PURPOSES)[number]>({ type: 'string', enum: [...MODEL_PURPOSES] })),
    step: Type.Optional(Type.Integer({ minimum: 1 })),
    attempt: Type.Optional(Type.Integer({ minimum: 1 })),
    pattern: Type.Optional(Type.String({ minLength: 1 })),
    reasoning: Type.Optional(Type.String()),
    text: Type.Optional(Type.String()),
    calls: Type.Optional(
      Type.Array(
        Type.Object({ name: Type.String({ minLength: 1 }), args: Type.Record(Type.String(), Type.Unknown()) }, closed),
      ),
    ),
    json: Type.Optional(Type.Unknown()),
    status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
    usage: Type.Optional(
      Type.Object({ inputTokens: Type.Integer({ minimum: 0 }), outputTokens: Type.Integer({ minimum: 0 }) }, closed),
    ),
  },
  closed,
);
type Reply = Static<typeof ReplySchema>;

const ScriptSchema = Type.Object({ replies: Type.Array(ReplySchema, { minItems: 1 }) }, closed);

/**
 * A model that replays a file: for the demo, for tests, and for trying the server without a model.
 * ⏎ LLM_SCRIPT names a JSON file `{"replies": [...]}`. Every call gets the first reply that matches. The provider keeps
 * no state between calls, so that the same run takes the same course on every replica. A reply matches if all of its
 * conditions hold:
 * - `purpose`: `plan` | `compose` | `evaluate` | `judge` | `distil`; `step`: number of the step; `attempt`: 1, or 2 for
 * the retry;
 * - `pattern`: a regular expression found in the text of the messages.
 * The answer of a reply:
 * - `reasoning`, `text`: streamed word by word; `calls`: `[{name, args}]`, `name` is a tool (`file.write`),
 * `ask_person` or `finish`;
 * - `json`: the answer of `compose`, `evaluate`, `judge` and `distil`, instead of `text`;
 * - `usage`: `{inputTokens, outputTokens}`; without it the tokens are estimated;
 * - `status`: fails like an endpoint that answers with this HTTP status.
 */
export class ScriptedProvider implements ModelProvider {
  readonly name = 'scripted';
  readonly model = 'script';

  constructor(private readonly replies: readonly Reply[]) {}

  stream(request: ModelRequest): AsyncIterable<ModelEvent> {
    return this.answer(request);
  }

  structured(request: ModelRequest): AsyncIterable<ModelEvent> {
    return this.answer(request);
  }

  private async *answer(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { signal } = request;
    await nextTurn();
    signal.throwIfAborted();
    const reply = this.replies.find((candidate) => fits(candidate, request));
    if (!reply) throw new ModelFailure('rejected', `The script has no reply to ${describe(request)}.`);
    if (reply.status !== undefined) throw statusFailure(reply.status);
    request.onHeaders();
    for (const event of eventsOf(reply)) {
      await nextTurn();
      signal.throwIfAborted();
      yield event;
    }
  }
}

/** @throws AssentError invalid, naming LLM_SCRIPT, with a pointer to the faulty value in the file */
export function readScript(path: string): ScriptedProvider {
  const refuse = (pointer: string, problem: string, cause?: unknown) =>
    new AssentError(
      'invalid',
      `LLM_SCRIPT: ${problem}. Correct it and start again.`,
      { pointer },
      cause === undefined ? undefined : { cause },
    );
  let script: unknown;
  try {
    script = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw refuse('', 'the file cannot be read as JSON', cause);
  }
  const validate = compiled(ScriptSchema);
  if (!validate(script)) {
    const [error] = validate.errors ?? [];
    const pointer = error?.instancePath ?? '';
    throw refuse(
      pointer,
      `the file is not a script: ${pointer} ${error?.message ?? 'is not valid'}`.replace(':  ', ': it '),
    );
  }
  for (const [index, { pattern }] of script.replies.entries()) {
    try {
      if (pattern !== undefined) new RegExp(pattern);
    } catch (cause) {
      throw refuse(`/replies/${index}/pattern`, `a pattern is not a regular expression: ${pattern ?? ''}`, cause);
    }
  }
  return new ScriptedProvider(script.replies);
}

function fits({ purpose, step, attempt, pattern }: Reply, request: ModelRequest): boolean {
  return (
    (purpose ?? request.purpose) === request.purpose &&
    (step ?? request.step) === request.step &&
    (attempt ?? request.attempt) === request.attempt &&
    (pattern === undefined || new RegExp(pattern).test(request.messages.map(messageText).join('\n')))
  );
}

function eventsOf({ reasoning = '', text = '', calls = [], json, usage }: Reply): ModelEvent[] {
  const said = json === undefined ? text : JSON.stringify(json);
  return [
    ...chunksOf(reasoning).map((word) => ({ kind: 'reasoning' as const, text: word })),
    ...chunksOf(said).map((word) => ({ kind: 'text' as const, text: word })),
    ...calls.map(({ name, args }) => ({ kind: 'call' as const, name, args, problem: null })),
    { kind: 'end', reason: calls.length > 0 ? 'calls' : 'stop', usage: usage ?? null },
  ];
}

function chunksOf(text: string): string[] {
  return text.match(/\S+\s*|\s+/gu) ?? [];
}

function statusFailure(status: number): ModelFailure {
  return new ModelFailure(outcomeOfStatus(status), `The script answers ${status}.`, { status });
}

function describe({ purpose, step, attempt }: ModelRequest): string {
  return `${purpose}, step ${step}, attempt ${attempt}`;
}
