import { Type, type Static } from '@sinclair/typebox';
import { AssentError, IdempotencyKey, closed, isTerminal, nullable, type JsonObject } from '@assent/contract';
import { canonicalJson, contentHashOf } from '@assent/platform';
import { assentTool, type McpCall } from '../mcp.call';
import { WaitSeconds, WorkspaceName } from './tool.arguments';

const MAX_FILES = 32;
const MAX_BYTES = 1_048_576;
/** Maximum number of ended proposals with the same content that are skipped before a new one is refused. */
const MAX_EARLIER = 10;
const NO_NEWLINE = '\\ No newline at end of file';

const Input = closed({
  title: Type.String({ minLength: 1, maxLength: 500, description: 'What the change does, for the reviewer' }),
  workspace: Type.Optional(WorkspaceName),
  patch: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_BYTES,
      description: 'A unified diff as git writes it, or "*** Begin Patch". Read the files first',
    }),
  ),
  files: Type.Optional(
    Type.Array(
      closed({
        path: Type.String({ minLength: 1, maxLength: 1_024 }),
        content: nullable(Type.String({ maxLength: MAX_BYTES, description: 'The whole text; null deletes the file' })),
      }),
      {
        minItems: 1,
        maxItems: MAX_FILES,
        description: 'Instead of a patch: files to write or delete',
      },
    ),
  ),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 4_000, description: 'Why, for the reviewer' })),
  waitSeconds: Type.Optional(WaitSeconds),
});
type Proposal = Static<typeof Input>;

/** A run with one given action. Equal proposals share one run until it ends other than by a rejection. */
export const proposeChange = assentTool({
  name: 'propose_change',
  description:
    'Proposes a change of files in a workspace instead of writing them. A person decides; the change is applied once it is ' +
    'approved. Give either `patch` or `files`. Answers `pending` when the decision takes longer than the call: then call await_decision.',
  input: Input,
  scopes: ['run:write', 'run:read'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  alwaysLoad: true,
  call: async ({ waitSeconds, ...proposal }, call) => {
    return call.outcome(await startOrJoin(proposal, call), waitSeconds);
  },
});

async function startOrJoin(proposal: Omit<Proposal, 'waitSeconds'>, call: McpCall): Promise<string> {
  const { title, reason, workspace } = proposal;
  const { tool, args } = toolCallOf(proposal);
  const start = {
    goal: reason === undefined ? title : `${title}\n\n${reason}`,
    ...(workspace !== undefined && { workspace }),
    origin: 'model' as const,
    actions: [{ id: 'propose', kind: 'tool' as const, label: title, tool, args }],
    beliefs: { assumptions: [], gains: [{ actionId: 'propose', when: {}, gain: 1 }] },
  };
  const given = givenKey(call);
  let earlier: string | null = null;
  for (let attempt = 0; attempt <= MAX_EARLIER; attempt += 1) {
    const idempotencyKey: string = given ?? `mcp:${contentHashOf(canonicalJson({ start, earlier }))}`;
    const { runId, state } = await call.invoke('start', { ...start, idempotencyKey });
    if (given !== null || !isTerminal(state)) return runId;
    const { result } = await call.invoke('run/get', { runId });
    if (result?.kind === 'rejected') return runId;
    earlier = runId;
  }
  throw new AssentError(
    'conflict',
    `This change was proposed ${MAX_EARLIER} times within a day. Give it another title to propose it again.`,
  );
}

function givenKey({ request }: McpCall): string | null {
  const key: unknown = request.mcp._meta?.['assent/idempotencyKey'];
  if (key === undefined) return null;
  const { maxLength = 0, pattern = '' } = IdempotencyKey;
  if (typeof key === 'string' && key.length <= maxLength && new RegExp(pattern).test(key)) return key;
  throw new AssentError('invalid', `_meta["assent/idempotencyKey"] must be a text of 1 to ${maxLength} characters.`, {
    pointer: '/_meta/assent~1idempotencyKey',
  });
}

function toolCallOf({ patch, files }: Pick<Proposal, 'patch' | 'files'>): { tool: string; args: JsonObject } {
  if ((patch === undefined) === (files === undefined)) {
    throw new AssentError('invalid', 'The proposal needs either patch or files.', { pointer: '/patch' });
  }
  if (patch !== undefined) return { tool: 'file.patch_many', args: { patch } };
  const [first, ...others] = files ?? [];
  if (first && others.length === 0) {
    const { path, content } = first;
    return content === null ? { tool: 'file.delete', args: { path } } : { tool: 'file.write', args: { path, content } };
  }
  return { tool: 'file.patch_many', args: { patch: patchOf(files ?? []) } };
}

/** The whole texts as one patch, so that one approval covers all files. */
function patchOf(files: NonNullable<Proposal['files']>): string {
  const parts = files.map(({ path, content }, index) => {
    if (/[\r\n]/.test(path)) throw invalidFile(index, 'path', 'must be one line');
    if (content === null) return `*** Delete File: ${path}\n`;
    const lines = content.split('\n').map((line) => `+${line}\n`);
    const end = lines.pop() === '+\n' ? '' : `+${content.slice(content.lastIndexOf('\n') + 1)}\n${NO_NEWLINE}\n`;
    return `*** Write File: ${path}\n${lines.join('')}${end}`;
  });
  return `*** Begin Patch\n${parts.join('')}*** End Patch\n`;
}

function invalidFile(index: number, property: string, problem: string): AssentError {
  const pointer = `/files/${index}/${property}`;
  return new AssentError('invalid', `The proposal was refused: ${pointer} ${problem}.`, { pointer });
}
