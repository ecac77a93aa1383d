import type { AgentTask } from './task';

/** An answer that composes nothing, and one that prefers the first action; the server decides whether it requests them. */
const STRUCTURED = [
  { purpose: 'compose', json: { assumptions: [], associations: [], ranking: [], observed: [] } },
  { purpose: 'evaluate', json: { gains: [{ actionId: 'a1', when: [], gain: 1 }] } },
];

/** The content of an LLM_SCRIPT under which the runs of these tasks go as their scripts say: one reply for each step. */
export function scriptOf(tasks: readonly Pick<AgentTask, 'goal' | 'script'>[]): string {
  const replies = tasks.flatMap(({ goal, script }) =>
    script.map(({ sees, ...turn }, index) => ({
      purpose: 'plan',
      step: index + 1,
      pattern: [goal, ...(sees === undefined ? [] : [sees])].map(escaped).join('[^]*'),
      ...turn,
    })),
  );
  return JSON.stringify({ replies: [...replies, ...STRUCTURED] });
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
