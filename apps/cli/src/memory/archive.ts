import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AssentClient } from '@assent/client';
import { MAX_PLAN_OPS } from '@assent/contract';
import { newId } from '@assent/platform';
import type { MemoryCommand } from './args';
import { messageOf } from '../message';

const PAGE = 100;

/** Prints a line of progress for a person. */
export type Print = (line: string) => void;

export async function exportTo({ file, url, key }: MemoryCommand): Promise<void> {
  const lines = Readable.from(linesOf(new AssentClient({ url, key })));
  await (file === null ? pipeline(lines, process.stdout, { end: false }) : pipeline(lines, createWriteStream(file)));
}

async function* linesOf(client: AssentClient): AsyncGenerator<string> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await client.call('memory/export', { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const item of page.items) yield `${JSON.stringify(item)}\n`;
    ({ cursor } = page);
  }
}

/** @returns how many lines were refused @throws Error that says from where to continue */
export async function importFrom(command: MemoryCommand, print: Print): Promise<number> {
  const { file, url, key, from } = command;
  const client = new AssentClient({ url, key });
  const input = createInterface({ input: file === null ? process.stdin : createReadStream(file), crlfDelay: Infinity });
  let planId = command.plan ?? newId();
  let batch: Numbered[] = [];
  let number = 0;
  let refused = 0;
  for await (const text of input) {
    number += 1;
    if (number < from || text.trim() === '') continue;
    batch.push({ number, text });
    if (batch.length < MAX_PLAN_OPS) continue;
    refused += await importBatch(client, command, { planId, batch }, print);
    [planId, batch] = [newId(), []];
  }
  if (batch.length > 0) refused += await importBatch(client, command, { planId, batch }, print);
  return refused;
}

interface Numbered {
  readonly number: number;
  readonly text: string;
}

async function importBatch(
  client: AssentClient,
  { activate }: MemoryCommand,
  { planId, batch }: { readonly planId: string; readonly batch: readonly Numbered[] },
  print: Print,
): Promise<number> {
  const params = { planId, lines: batch.map(({ text }) => text), activate };
  const first = batch[0]?.number ?? 1;
  const { plan, refused } = await client.call('memory/import', params).catch((cause: unknown) => {
    const why = messageOf(cause);
    throw new Error(`${why}\nContinue with --from ${first} --plan ${planId}`, { cause });
  });
  for (const { line, reason } of refused) print(`line ${batch[line - 1]?.number ?? line}: ${reason}`);
  if (plan) print(`plan ${plan.planId}: ${plan.state}, ${batch.length - refused.length} lines from line ${first} on`);
  return refused.length;
}
