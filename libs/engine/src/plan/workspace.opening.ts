import { AssentError, type JsonObject } from '@assent/contract';
import type { Opening } from '@assent/planner';
import type { StepContext } from '../step/step.context';
import { fairShare } from './reads.text';

const LISTING_MAX_ENTRIES = 200;
/** Maximum entries read from two levels, to show some of each folder. */
const WALKED_MAX_ENTRIES = 1_000;
/** Instruction files. The first readable one is shown. */
const INSTRUCTION_FILES = ['AGENTS.md', 'CLAUDE.md'] as const;
/** Maximum bytes shown of the instruction file. */
const INSTRUCTIONS_MAX_BYTES = 16_384;
/** Maximum lines of the read, more than the bytes can hold. */
const INSTRUCTIONS_MAX_LINES = 10_000;

type Read = (tool: string, args: JsonObject) => Promise<JsonObject | null>;

/**
 * The beginning of a run's conversation: the date and an overview of the workspace. Omits a part that the policy does not
 * allow without approval, or that cannot be read.
 * @param maxBytes maximum size of the instructions, for models with a small window
 */
export async function openingOf(context: StepContext, maxBytes: number): Promise<Opening> {
  const read = await readsOf(context);
  const listing = await listingOf(read);
  const instructions = await instructionsOf(read, Math.min(INSTRUCTIONS_MAX_BYTES, maxBytes));
  return {
    date: new Date(context.now()).toISOString().slice(0, 'YYYY-MM-DD'.length),
    workspace: context.run.workspace,
    ...(listing === null ? {} : { listing }),
    ...(instructions === null ? {} : { instructions }),
  };
}

/** Reads like the model's own calls: through the guard, as tainted calls, redacted. */
async function readsOf(context: StepContext): Promise<Read> {
  const { run, signal } = context;
  const { policy } = await context.params();
  const tools = await context.tools();
  const decide = await tools.decider(context.caller(true), run.id, policy);
  return async (tool, args) => {
    const call = { tool, args, workspace: run.workspace };
    try {
      return decide(call).verdict === 'allow' ? await tools.run(call, context.callOptions(true)) : null;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof AssentError) return null;
      throw thrown;
    }
  };
}

async function instructionsOf(read: Read, maxBytes: number): Promise<NonNullable<Opening['instructions']> | null> {
  for (const path of INSTRUCTION_FILES) {
    const output = await read('file.read', { path, limit: INSTRUCTIONS_MAX_LINES });
    const content = output?.['content'];
    if (typeof content !== 'string' || content.trim() === '') continue;
    const text = firstLines(content, maxBytes);
    const isCut = text.length < content.length || output?.['truncated'] === true;
    return { path, text: isCut ? `${text}\n[cut: there is more in ${path}]` : text };
  }
  return null;
}

/** As many whole lines as fit into the bytes. Cuts the first line if it alone is too long. */
function firstLines(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // A character split by the cut becomes U+FFFD.
  const start = bytes
    .subarray(0, maxBytes)
    .toString()
    .replace(/\uFFFD$/u, '');
  const end = start.lastIndexOf('\n');
  return end > 0 ? start.slice(0, end) : start;
}

interface Entry {
  readonly path: string;
  readonly kind: string;
}

/**
 * The first level and, as far as space permits, a fair share of each of its folders. One entry per line, folders with a
 * trailing "/".
 */
async function listingOf(read: Read): Promise<string | null> {
  const top = await read('file.list', { depth: 1, limit: LISTING_MAX_ENTRIES });
  if (!top) return null;
  const tree = await read('file.list', { depth: 2, limit: WALKED_MAX_ENTRIES });
  const first = entriesOf(top);
  const below = entriesOf(tree).filter(({ path }) => path.includes('/'));
  const folders = first.map((entry) => ({
    entry,
    children: below.filter(({ path }) => path.startsWith(`${entry.path}/`)),
  }));
  const counts = folders.map(({ children }) => children.length);
  const share = fairShare(counts, Math.max(0, LISTING_MAX_ENTRIES - first.length));
  const lines = folders.flatMap(({ entry, children }) => [
    lineOf(entry),
    ...children.slice(0, share).map(lineOf),
    ...(children.length > share ? [`${entry.path}/ [cut: ${children.length - share} more]`] : []),
  ]);
  const isCut = top['truncated'] === true || tree?.['truncated'] === true;
  const listed = lines.length === 0 ? ['(no files)'] : lines;
  return [...listed, ...(isCut ? ['[cut: there are more, see file.list]'] : [])].join('\n');
}

function entriesOf(output: JsonObject | null): readonly Entry[] {
  const entries = output?.['entries'];
  return Array.isArray(entries) ? (entries as Entry[]) : [];
}

function lineOf({ path, kind }: Entry): string {
  return kind === 'directory' ? `${path}/` : path;
}
