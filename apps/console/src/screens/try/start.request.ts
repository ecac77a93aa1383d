import type { MethodParams, StartParams } from '@assent/contract';

/** What `tree/score` is asked for these params; null: no action is written yet, or the server builds the tree with a model. */
export function previewOf(value: unknown): MethodParams<'tree/score'> | null {
  if (typeof value !== 'object' || value === null) return null;
  // Not checked here: the server says what is wrong, with a pointer.
  const { actions, beliefs, trace, params } = value as Partial<StartParams>;
  if (actions === undefined || (Array.isArray(actions) && actions.length === 0)) return null;
  const weights = params === undefined ? {} : { params };
  if (beliefs !== undefined) return { actions, beliefs, ...weights };
  return trace === undefined ? null : { actions, trace, ...weights };
}

/** The request of the playground as a program. The key is read from the environment. */
export function typeScriptOf(url: string, params: unknown): string {
  return `import { AssentClient } from '@assent/client';

const client = new AssentClient({ url: ${JSON.stringify(url)}, key: process.env.KEY });
const run = await client.start(
${indent(JSON.stringify(params, null, 2))},
  { idempotencyKey: crypto.randomUUID() },
);
for await (const frame of run.frames()) console.log(frame.seq, frame.type);
`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

/** 128 random bits. `crypto.randomUUID` needs a secure context, which plain HTTP from another device is not. */
export function newIdempotencyKey(random: (bytes: Uint8Array) => Uint8Array): string {
  return Array.from(random(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
