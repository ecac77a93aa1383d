import type { LogFrame } from './frame.log';

export interface FrameFilter {
  /** Empty: all. */
  readonly types: readonly string[];
  /** In the JSON of the frame; upper and lower case are the same. */
  readonly text: string;
}

/** The frames that a filter leaves, in order. */
export function filterFrames(frames: readonly LogFrame[], { types, text }: FrameFilter): readonly LogFrame[] {
  const wanted = new Set(types);
  const needle = text.trim().toLowerCase();
  if (wanted.size === 0 && needle === '') return frames;
  return frames.filter(
    (frame) =>
      (wanted.size === 0 || wanted.has(frame.type)) &&
      (needle === '' || JSON.stringify(frame).toLowerCase().includes(needle)),
  );
}

/** How many frames there are of each type, in the order in which the types appear. */
export function countTypes(frames: readonly LogFrame[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of frames) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

const HEAD = new Set(['runId', 'seq', 'at', 'type', 'step', 'clientTraceId', 'traceparent', 'erased']);
const SUMMARY_CHARS = 240;

/** What a frame says beside its head. */
export function bodyOf(frame: LogFrame): Record<string, unknown> {
  return Object.fromEntries(Object.entries(frame).filter(([name]) => !HEAD.has(name)));
}

/** The properties that say most in one line, by type; other types are shown as raw JSON. */
const TELLING: Readonly<Record<string, readonly string[]>> = {
  'run.started': ['goal'],
  'trace.delta': ['text'],
  'trace.completed': ['source', 'chars'],
  'memory.recalled': ['arm', 'durationMs'],
  'search.started': ['seed'],
  'search.expanded': ['summary'],
  'search.compared': ['scoreA', 'scoreB', 'critique'],
  'search.completed': ['end', 'reason'],
  'assumption.added': ['assumptionId', 'p', 'text'],
  'assumption.resolved': ['assumptionId', 'truth', 'source', 'actor'],
  'tree.built': ['composer', 'assumptions', 'leaves'],
  'path.scored': ['label', 'actionId', 'U'],
  'path.chosen': ['label', 'actionId', 'U', 'margin'],
  'tree.rescored': ['assumptionId', 'truth', 'before', 'after'],
  request: ['method', 'id'],
  'request.resolved': ['outcome', 'actor', 'id'],
  'tool.proposed': ['tool', 'label'],
  'tool.guarded': ['tool', 'verdict', 'rule'],
  'tool.started': ['tool'],
  'tool.output': ['tool', 'output'],
  'tool.completed': ['tool', 'durationMs'],
  'tool.failed': ['tool', 'error'],
  'diff.created': ['revision', 'hash'],
  'diff.applied': ['written', 'files'],
  'diff.stale': ['files'],
  'diff.rejected': ['actor'],
  'approval.requested': ['rule', 'expiresAt'],
  'approval.voted': ['decision', 'actor', 'comment'],
  'approval.revised': ['revision', 'author', 'comment'],
  'approval.escalated': ['rule', 'roles'],
  'approval.decided': ['decision', 'actor', 'comment'],
  'approval.voided': ['reason'],
  'budget.warning': ['budget', 'used', 'limit'],
  'run.waiting': ['for'],
  'run.resumed': ['reason'],
  'run.retrying': ['error', 'attempts'],
  'run.completed': ['result'],
  'run.failed': ['error'],
  'run.cancelled': ['actor', 'reason'],
  'memory.recorded': ['outcome', 'learnt'],
};

/** Properties that need no name before their value. */
const PLAIN = new Set(['text', 'label', 'tool', 'summary', 'critique', 'comment', 'method', 'outcome', 'decision']);

/** A frame in one line. */
export function summaryOf(frame: LogFrame): string {
  const body = bodyOf(frame);
  const telling = TELLING[frame.type];
  if (!telling) return Object.keys(body).length === 0 ? '' : cut(JSON.stringify(body));
  const said = telling.filter((name) => body[name] !== undefined && body[name] !== null);
  const [only] = said;
  if (said.length === 1 && only !== undefined && typeof body[only] === 'string') return cut(body[only]);
  return cut(said.map((name) => `${PLAIN.has(name) ? '' : `${name} `}${valueOf(body[name])}`).join(' · '));
}

function valueOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  return JSON.stringify(value);
}

function cut(text: string): string {
  return text.length > SUMMARY_CHARS ? `${text.slice(0, SUMMARY_CHARS)}…` : text;
}
