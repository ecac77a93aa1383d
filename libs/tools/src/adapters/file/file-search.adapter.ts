import { setImmediate } from 'node:timers/promises';
import { Type, type Static } from '@sinclair/typebox';
import { closed, type JsonObject } from '@assent/contract';
import { splitLines } from '../../text-lines';
import { WorkspaceDirectory, reachWorkspace } from '../../workspace-directory';
import { decodeText, readSnapshot } from '../../workspace-file';
import type { ReadAdapter, ToolContext } from '../tool-adapter.port';
import { FILE_DEADLINE_MS, GlobArgument, readGlob } from './file-arguments';
import { WALK_ENTRIES_MAX, passOver, walkFiles, type WalkBudget, type WalkedFile } from './file-walk';

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;
/** Bytes read by one call: about a second of work. */
const SEARCH_MAX_BYTES = 67_108_864;
/** Characters of a line that are shown, from shortly before the match. */
const LINE_SHOWN_CHARS = 300;
const BEFORE_MATCH_CHARS = 80;

const Arguments = closed({
  query: Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[^\\r\\n]+$',
    description: 'Plain text inside one line; upper and lower case differ',
  }),
  glob: Type.Optional(GlobArgument),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LIMIT_MAX, description: `Most matching lines; default ${LIMIT_DEFAULT}` }),
  ),
});

/** Lines that contain a text. */
export const fileSearch: ReadAdapter = {
  name: 'file.search',
  description:
    'Finds the lines that contain a plain text (no pattern) in the text files of the workspace, or in those whose path matches "glob". ' +
    'Passes over binary files, files over 1 MiB, symbolic links and .git. "truncated" says that the search ended early.',
  effect: 'read',
  inputSchema: Arguments,
  effort: 2,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async run(
    { query, glob = '**', limit = LIMIT_DEFAULT }: Static<typeof Arguments>,
    context: ToolContext,
  ): Promise<JsonObject> {
    const wanted = readGlob(glob);
    await reachWorkspace(context.workspace.root);
    const root = WorkspaceDirectory.openRoot(context.workspace.root);
    const budget: WalkBudget = { entries: WALK_ENTRIES_MAX, truncated: false };
    let bytesLeft = SEARCH_MAX_BYTES;
    const matches: { path: string; line: number; text: string }[] = [];
    try {
      for await (const file of walkFiles(root, budget, context.signal)) {
        if (!wanted(file.path) || !context.shows(file.path)) continue;
        // Reading is synchronous: between two files everybody else has a turn.
        await setImmediate();
        const text = readText(file);
        bytesLeft -= Buffer.byteLength(text);
        if (bytesLeft < 0) return { matches, truncated: true };
        for (const match of matchingLines(text, query)) {
          if (matches.length === limit) return { matches, truncated: true };
          matches.push({ path: file.path, ...match });
        }
      }
      return { matches, truncated: budget.truncated };
    } finally {
      root.close();
    }
  },
};

/** Empty for a file that is no text, or is gone meanwhile. */
function readText({ directory, name, path }: WalkedFile): string {
  const text = passOver(() => {
    const file = readSnapshot(directory, name);
    return file && decodeText(file.bytes, path);
  });
  return text ?? '';
}

function* matchingLines(text: string, query: string): Generator<{ line: number; text: string }> {
  if (!text.includes(query)) return;
  for (const [index, line] of splitLines(text).entries()) {
    const at = line.indexOf(query);
    if (at >= 0) yield { line: index + 1, text: excerpt(line.trimEnd(), at) };
  }
}

function excerpt(line: string, at: number): string {
  const from = line.length <= LINE_SHOWN_CHARS ? 0 : Math.max(0, at - BEFORE_MATCH_CHARS);
  return line.slice(from, from + LINE_SHOWN_CHARS).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
