import type { Action, Assumption } from '@assent/contract';
import { cutText } from '@assent/platform';
import type { Fence } from './fence';
import type { KnownAssumption, PastStep } from './step-request';

/** The paper's K_action and K_message. Older information is in the assumptions or no longer matters. */
const LAST_ACTIONS = 10;
const LAST_MESSAGES = 3;
/** Maximum earlier assumptions in a prompt, the newest. */
const LAST_ASSUMPTIONS = 64;
/** Maximum characters of one action's arguments in a prompt. File contents would drown the rest. */
const ARGS_MAX_CHARS = 2_000;

/** Maximum characters of a problem description. Models need far less to correct an answer. */
const PROBLEM_MAX_CHARS = 4_000;

const NOTHING = '(none)';

/** The recent steps for a prompt, with actions and questions separate. */
export function recent(history: readonly PastStep[]): { actions: readonly PastStep[]; messages: readonly PastStep[] } {
  return {
    actions: history.filter(({ action }) => action.kind !== 'ask').slice(-LAST_ACTIONS),
    messages: history.filter(({ action }) => action.kind === 'ask').slice(-LAST_MESSAGES),
  };
}

export function historyText(steps: readonly PastStep[], fence: Fence): string {
  return steps.length === 0 ? NOTHING : steps.map((step) => stepText(step, fence)).join('\n\n');
}

export function recalledText(recalled: readonly string[], fence: Fence): string {
  if (recalled.length === 0) return NOTHING;
  return recalled.map((text, index) => fence.around(`lesson ${index + 1}`, text)).join('\n');
}

/** The earlier assumptions in a prompt. The first has number 1. */
export function listed(assumptions: readonly KnownAssumption[]): readonly KnownAssumption[] {
  return assumptions.slice(-LAST_ASSUMPTIONS);
}

export function earlierText(assumptions: readonly KnownAssumption[], fence: Fence): string {
  const lines = listed(assumptions).map(({ text, truth }, index) => {
    const known = truth === null ? 'open' : truth ? 'true' : 'false';
    return `${index + 1}. [${known}] ${oneLine(text)}`;
  });
  return lines.length === 0 ? NOTHING : fence.around('earlier assumptions', lines.join('\n'));
}

export function assumptionsText(assumptions: readonly Assumption[], fence: Fence): string {
  const lines = assumptions.map(({ id, text, p }) => `- ${id} (p ${p}): ${oneLine(text)}`);
  return lines.length === 0 ? NOTHING : fence.around('assumptions', lines.join('\n'));
}

/** Lists actions. Our ids are outside the text written by the model or a caller. */
export function actionsText(actions: readonly Action[], fence: Fence): string {
  return actions
    .map((action) => {
      const { id, kind, tool, label, question, args, change } = action;
      // The dry run's change says more than the beginning of the arguments.
      const does = change ? { change } : args === undefined ? {} : { args };
      const what = { label, ...(question === undefined ? {} : { question }), ...does };
      const head = `- ${id}, kind ${kind}${tool === undefined ? '' : `, tool ${tool}`}`;
      return `${head}\n${fence.around(`action ${id}`, shortened(JSON.stringify(what)))}`;
    })
    .join('\n');
}

export function traceText(trace: string, fence: Fence): string {
  return trace.trim() === '' ? '(it gave none)' : fence.around('reasoning', trace);
}

/** Fenced text of a model, or a placeholder for empty text. */
export function fencedText(label: string, text: string | null, fence: Fence): string {
  return text === null || text.trim() === '' ? NOTHING : fence.around(label, text);
}

/** A fenced problem description. It is data, because it quotes names chosen by the model and text of the endpoint. */
export function problemText(problem: string, fence: Fence): string {
  return fence.around('problem', cutText(problem, PROBLEM_MAX_CHARS));
}

/** The caller's context, which counts as instructions like the goal. */
export function contextText(context: string | undefined): string {
  return context === undefined || context.trim() === '' ? NOTHING : context;
}

function stepText({ step, action, outcome }: PastStep, fence: Fence): string {
  const { kind, tool, label, args } = action;
  const call = args === undefined ? '' : ` ${shortened(JSON.stringify(args))}`;
  return `Step ${step}: ${kind}\n${fence.around(`step ${step}`, `${tool ?? label}${call}\n-> ${outcome}`)}`;
}

function shortened(text: string): string {
  const start = cutText(text, ARGS_MAX_CHARS);
  return start === text ? text : `${start} [cut: ${text.length - start.length} more characters]`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
