import { setImmediate } from 'node:timers/promises';
import { Type, type Static } from '@sinclair/typebox';
import { closed, type JsonObject } from '@assent/contract';
import {
  shownLines,
  IgnoreRules,
  WorkspaceDirectory,
  reachWorkspace,
  decodeText,
  readSnapshot,
  type ReadAdapter,
  type ToolContext,
  WALK_ENTRIES_MAX,
  nullIfRefused,
  walkFiles,
  type WalkBudget,
  type WalkedEntry,
} from '@assent/tools';
import { FILE_DEADLINE_MS, GlobArgument, IncludeIgnoredArgument, readGlob } from './file-arguments';

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;
/** Maximum bytes read by one call, about one second of work. */
const SEARCH_MAX_BYTES = 67_108_864;
/** Maximum characters shown of a matching line. The excerpt starts shortly before the match. */
const LINE_SHOWN_CHARS = 300;
const BEFORE_MATCH_CHARS = 80;
const CONTEXT_MAX = 20;
/** Maximum characters of one result, set by what a model and a frame can take. */
const ANSWER_MAX_CHARS = 400_000;

const Arguments = closed({
  query: Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[^\\r\\n]+$',
    description: 'Plain text inside one line; upper and lower case differ',
    examples: ['timeout ='],
  }),
  glob: Type.Optional(GlobArgument),
  context: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: CONTEXT_MAX,
      description: 'Lines to show before and after each match; default 0',
      examples: [2],
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMIT_MAX,
      description: `Most matching lines; default ${LIMIT_DEFAULT}`,
      examples: [20],
    }),
  ),
  includeIgnored: IncludeIgnoredArgument,
});

/** `file.search`: finds lines that contain a text. */
export const fileSearch: ReadAdapter = {
  name: 'file.search',
  description:
    'Finds the lines that contain a plain text (no pattern) in the text files of the workspace, or in those whose path matches "glob". ' +
    'With "context", each match has the lines "before" and "after" it. Passes over what .gitignore files leave out (unless "includeIgnored"), binary files, files over 1 MiB, ' +
    'symbolic links and .git; finds nothing in secrets. "truncated" says that the search ended early.',
  effect: 'read',
  inputSchema: Arguments,
  effort: 2,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async run(
    {
      query,
      glob = '**',
      context: around = 0,
      limit = LIMIT_DEFAULT,
      includeIgnored = false,
    }: Static<typeof Arguments>,
    context: ToolContext,
  ): Promise<JsonObject> {
    const wanted = readGlob(glob);
    await reachWorkspace(context.workspace.root);
    const root = WorkspaceDirectory.openRoot(context.workspace.root);
    const budget: WalkBudget = { entries: WALK_ENTRIES_MAX, truncated: false };
    const rules = includeIgnored ? null : IgnoreRules.NONE;
    let bytesLeft = SEARCH_MAX_BYTES;
    let charsLeft = ANSWER_MAX_CHARS;
    const matches: ({ path: string } & Match)[] = [];
    try {
      for await (const file of walkFiles(root, { budget, signal: context.signal, rules })) {
        if (!wanted(file.path) || !context.shows(file.path)) continue;
        // Reading is synchronous, so yield to the event loop between files.
        await setImmediate();
        const text = readText(file);
        bytesLeft -= Buffer.byteLength(text);
        if (bytesLeft < 0) return { matches, truncated: true };
        // Redact before matching, so that a search can neither show nor guess a secret.
        for (const match of text.includes(query) ? matchesIn(shownLines(text, context), query, around) : []) {
          charsLeft -= charsOf(match);
          if (matches.length === limit || charsLeft < 0) return { matches, truncated: true };
          matches.push({ path: file.path, ...match });
        }
      }
      return { matches, truncated: budget.truncated };
    } finally {
      root.close();
    }
  },
};

/** Returns an empty text for a file that is not text or no longer exists. */
function readText({ directory, name, path }: WalkedEntry): string {
  const text = nullIfRefused(() => {
    const file = readSnapshot(directory, name);
    return file && decodeText(file.bytes, path);
  });
  return text ?? '';
}

type Match = Readonly<{ line: number; text: string; before?: string[]; after?: string[] }>;

function* matchesIn(lines: readonly string[], query: string, around: number): Generator<Match> {
  const shown = (from: number, to: number) =>
    lines.slice(Math.max(0, from), to).map((line) => excerpt(line.trimEnd(), 0));
  for (const [index, line] of lines.entries()) {
    const at = line.indexOf(query);
    if (at < 0) continue;
    const match = { line: index + 1, text: excerpt(line.trimEnd(), at) };
    yield around === 0
      ? match
      : { ...match, before: shown(index - around, index), after: shown(index + 1, index + 1 + around) };
  }
}

function charsOf({ text, before = [], after = [] }: Match): number {
  return [text, ...before, ...after].reduce((sum, line) => sum + line.length, 0);
}

function excerpt(line: string, at: number): string {
  const from = line.length <= LINE_SHOWN_CHARS ? 0 : Math.max(0, at - BEFORE_MATCH_CHARS);
  return line.slice(from, from + LINE_SHOWN_CHARS).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
