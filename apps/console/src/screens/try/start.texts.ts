/** The request of the playground as commands for a terminal and a program. The key is never part of it. */

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
