import { AssentError, type JsonObject } from '@assent/contract';
import type { Opening } from '@assent/planner';
import type { StepContext } from '../step/step.context';

const LISTING_DEPTH = 2;
const LISTING_MAX_ENTRIES = 200;
/** The first of these that can be read is shown. */
const INSTRUCTION_FILES = ['AGENTS.md', 'CLAUDE.md'] as const;
/** What is shown of it, in bytes. */
const INSTRUCTIONS_MAX_BYTES = 16_384;
/** Lines that one read returns at most: more than the bytes hold. */
const INSTRUCTIONS_MAX_LINES = 10_000;

type Read = (tool: string, args: JsonObject) => Promise<JsonObject | null>;

/**
 * What the conversation of a run begins with: the date and what the workspace shows of itself. A part that the policy does
 * not let the run read at once, or that cannot be read, is left out.
 * @param maxBytes of the instructions, for models with a small window
 */
export async function openingOf(context: StepContext, maxBytes: number): Promise<Opening> {
  const read = await readsOf(context);
  const listing = listingText(await read('file.list', { depth: LISTING_DEPTH, limit: LISTING_MAX_ENTRIES }));
  const instructions = await instructionsOf(read, Math.min(INSTRUCTIONS_MAX_BYTES, maxBytes));
  return {
    date: new Date(context.now()).toISOString().slice(0, 'YYYY-MM-DD'.length),
    workspace: context.run.workspace,
    ...(listing === null ? {} : { listing }),
    ...(instructions === null ? {} : { instructions }),
  };
}

/** Reads as the model's own calls would: through the guard, as tainted calls, redacted. */
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

/** As many whole lines as the bytes hold; a first line that is longer is cut. */
function firstLines(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // A character that the cut goes through becomes U+FFFD.
  const start = bytes
    .subarray(0, maxBytes)
    .toString()
    .replace(/\uFFFD$/u, '');
  const end = start.lastIndexOf('\n');
  return end > 0 ? start.slice(0, end) : start;
}

/** One entry a line, folders with "/" at the end. */
function listingText(output: JsonObject | null): string | null {
  const entries = output?.['entries'];
  if (!Array.isArray(entries)) return null;
  const lines = (entries as { path: string; kind: string }[]).map(({ path, kind }) =>
    kind === 'directory' ? `${path}/` : path,
  );
  if (lines.length === 0) return '(no files)';
  const cut = output?.['truncated'] === true ? ['[cut: there are more, see file.list]'] : [];
  return [...lines, ...cut].join('\n');
}
