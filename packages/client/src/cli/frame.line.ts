import type { FileChange, Frame, FrameType } from '@assent/contract';
import { oneLine } from './printable';

const SEQ_WIDTH = 3;
const TYPE_WIDTH = 'approval.requested'.length;
const TIME_WIDTH = 8;
const HASH_CHARS = 12;

type Describers = { readonly [T in FrameType]: (frame: Extract<Frame, { type: T }>) => string };

/** The summary of each frame type. */
const DESCRIBERS: Describers = {
  'run.started': ({ goal, workspace, requester }) => `${requester} in ${workspace}: ${goal}`,
  'memory.recalled': ({ fragments }) => fragments.map(({ text }) => text).join(' | '),
  'trace.delta': ({ text }) => text,
  'search.started': ({ budget }) => `up to ${budget.nodes} plans`,
  'search.expanded': ({ summary, duplicate }) => (duplicate ? 'the same plan again' : summary),
  'search.compared': ({ scoreA, scoreB, critique }) =>
    scoreA === null || scoreB === null ? critique : `${scoreA.toFixed(1)} against ${scoreB.toFixed(1)}`,
  'search.completed': ({ end, used }) => `${end}, ${used.nodes} plans, ${used.calls} calls`,
  'trace.completed': ({ source, chars }) => `${chars} characters from the ${source}`,
  'assumption.added': ({ assumptionId, p, text }) => `${assumptionId}, p ${figure(p)}: ${text}`,
  'tree.built': ({ composer, assumptions, leaves }) =>
    `${assumptions} assumptions, ${leaves} leaves, by the ${composer} composer`,
  'path.scored': ({ path, actionId, U }) => `${pathOf(path)} -> ${actionId}, U ${figure(U)}`,
  'path.chosen': ({ actionId, mode, U, margin }) =>
    `${actionId}, U ${figure(U)}, ${margin === null ? 'alone' : `${figure(margin)} ahead`}, by ${mode}`,
  'plan.updated': ({ steps }) => steps.map(({ summary, state }) => `${summary} (${state})`).join(', '),
  'assumption.resolved': ({ assumptionId, truth, source, actor }) =>
    `${assumptionId} is ${String(truth)} by ${source}, ${actor}`,
  'tree.rescored': ({ assumptionId, truth, before, after }) =>
    `${assumptionId} is ${String(truth)}: ${before === after ? `still ${before}` : `${before} gives way to ${after}`}`,
  request: ({ method, id }) => `${method} ${id}`,
  'request.resolved': ({ outcome, actor }) => `${outcome} by ${actor}`,
  'tool.proposed': ({ tool, args }) => `${tool} ${typeof args['path'] === 'string' ? args['path'] : ''}`,
  'tool.guarded': ({ verdict, rule, reason }) => `${verdict} (${rule}): ${reason}`,
  'tool.started': ({ tool }) => tool,
  'tool.output': ({ output }) => JSON.stringify(output),
  'tool.completed': ({ tool, durationMs }) => `${tool} took ${durationMs.toFixed(1)} ms`,
  'tool.failed': ({ error }) => `${error.reason}: ${error.message}`,
  'diff.created': ({ hash, files }) =>
    `${files.map((file) => `${file.path} +${file.added} -${file.removed}${formOf(file)}`).join(', ')}, ${short(hash)}`,
  'approval.requested': ({ rule, hash }) => `rule ${rule}, for exactly ${short(hash)}`,
  'approval.voted': ({ decision, actor, needed }) => `${decision} by ${actor}, ${needed.people} more needed`,
  'approval.revised': ({ revision, author, hash }) => `revision ${revision} by ${author}, now ${short(hash)}`,
  'approval.reminded': ({ needed }) => `${needed.people} more needed`,
  'approval.escalated': ({ rule, roles }) => `rule ${rule}, roles ${roles.join(', ')}`,
  'approval.decided': ({ decision, actor, hash }) => `${decision} by ${actor}, for exactly ${short(hash)}`,
  'approval.expired': ({ approvalId }) => approvalId,
  'approval.voided': ({ reason }) => reason,
  'diff.applied': ({ files, written }) => `${files.join(', ')} ${written ? 'written' : 'was so already'}`,
  'diff.stale': ({ files }) => files.map(({ path, state }) => `${path} ${state}`).join(', '),
  'diff.rejected': ({ actor }) => `by ${actor}: nothing is written`,
  'memory.recorded': ({ outcome, learnt }) => `${outcome}${learnt ? ', learnt from' : ''}`,
  'budget.warning': ({ budget, used, limit }) => `${budget}: ${used} of ${limit}`,
  'run.waiting': (frame) => `for ${frame.for}`,
  'run.resumed': ({ reason }) => reason,
  'run.retrying': ({ error, attempts }) => `${error.reason} after ${attempts} attempts: ${error.message}`,
  'run.completed': ({ result }) => `${result.kind} (${result.actionId})`,
  'run.failed': ({ error }) => `${error.reason}: ${error.message}`,
  'run.cancelled': ({ actor }) => `by ${actor}`,
};

/**
 * A frame in one line: seq, milliseconds since the first frame, type and summary. A type that this version does not
 * know has only its name.
 */
export function frameLine(frame: Frame, firstAt: string, columns: number): string {
  const elapsedMs = Date.parse(frame.at) - Date.parse(firstAt);
  const head = `${String(frame.seq).padStart(SEQ_WIDTH)} ${`+${elapsedMs} ms`.padStart(TIME_WIDTH)}  ${oneLine(frame.type, columns).padEnd(TYPE_WIDTH)}  `;
  const describe = Object.hasOwn(DESCRIBERS, frame.type)
    ? (DESCRIBERS[frame.type] as (frame: Frame) => string)
    : undefined;
  const said = frame.erased === true ? 'erased: the run was forgotten' : describe?.(frame);
  return (head + oneLine(said ?? '', columns - head.length)).trimEnd();
}

function pathOf(path: readonly { assumptionId: string; value: boolean }[]): string {
  return path.map(({ assumptionId, value }) => `${value ? '' : 'not '}${assumptionId}`).join(', ') || 'always';
}

function formOf({ changes = [] }: FileChange): string {
  const named = changes.map(({ kind, before, after }) => `${kind} ${String(before)} -> ${String(after)}`);
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}

function figure(value: number): string {
  return value.toFixed(2);
}

function short(hash: string): string {
  return hash.slice(0, 'sha256:'.length + HASH_CHARS);
}
