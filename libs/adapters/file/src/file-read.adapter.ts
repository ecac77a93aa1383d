import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import {
  decodeText,
  PathArgument,
  quotePath,
  type ReadAdapter,
  type ToolContext,
  readFileAt,
  shownLines,
} from '@assent/tools';
import { FILE_DEADLINE_MS } from './file-arguments';

const LINES_MAX = 10_000;
const LINES_DEFAULT = 2_000;
/** Maximum characters of one result, set by what a model and a frame can take. */
const ANSWER_MAX_CHARS = 200_000;

const Arguments = closed({
  path: PathArgument,
  offset: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'First line, from 1; default 1',
      examples: [411],
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LINES_MAX,
      description: `Most lines; default ${LINES_DEFAULT}`,
      examples: [200],
    }),
  ),
});

/** `file.read`: reads a text file or a range of its lines. */
export const fileRead: ReadAdapter = {
  name: 'file.read',
  description:
    'Reads a UTF-8 text file of at most 1 MiB, by lines, exactly as it is on disk. "nextOffset" is the line to go on from, null at the end; ' +
    '"truncated" says that the lines given are not all, or that a very long line was cut.',
  effect: 'read',
  inputSchema: Arguments,
  effort: 1,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async run(
    { path, offset = 1, limit = LINES_DEFAULT }: Static<typeof Arguments>,
    context: ToolContext,
  ): Promise<JsonObject> {
    const file = await readFileAt(context.workspace.root, path);
    if (!file) {
      throw new AssentError('not_found', `There is no file ${quotePath(path)} in the workspace. Look with file.list.`, {
        pointer: '/args/path',
      });
    }
    const lines = shownLines(decodeText(file.bytes, path), context);
    const { content, taken, cut } = take(lines.slice(offset - 1, offset - 1 + limit));
    const next = offset + taken;
    const nextOffset = next <= lines.length ? next : null;
    return {
      path,
      hash: file.hash,
      offset,
      content,
      totalLines: lines.length,
      nextOffset,
      truncated: nextOffset !== null || cut,
    };
  },
};

/** Takes as many whole lines as fit into one result. Cuts the first line between characters if it alone is too long. */
function take(lines: readonly string[]): { content: string; taken: number; cut: boolean } {
  let content = '';
  let taken = 0;
  for (const line of lines) {
    if (content.length + line.length > ANSWER_MAX_CHARS) break;
    content += line;
    taken += 1;
  }
  const [first] = lines;
  if (taken > 0 || first === undefined) return { content, taken, cut: false };
  return { content: first.slice(0, ANSWER_MAX_CHARS).replace(/[\ud800-\udbff]$/, ''), taken: 1, cut: true };
}
