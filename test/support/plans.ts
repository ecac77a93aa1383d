import type { JsonObject, StartParams } from '@assent/contract';

/** A run whose tree chooses one write: two assumptions, a gain table, and finishing as the alternative. */
export function writePlan(path: string, content: string, more: Partial<StartParams> = {}): StartParams {
  return choosing(
    { id: 'write', kind: 'tool', label: `Write ${path}`, tool: 'file.write', args: { path, content } },
    more,
  );
}

/** A run whose tree chooses one read. */
export function readPlan(path: string, more: Partial<StartParams> = {}): StartParams {
  return choosing({ id: 'read', kind: 'tool', label: `Read ${path}`, tool: 'file.read', args: { path } }, more);
}

/** A run whose tree chooses one call of a tool. */
export function callPlan(tool: string, args: JsonObject, more: Partial<StartParams> = {}): StartParams {
  return choosing({ id: 'call', kind: 'tool', label: `Call ${tool}`, tool, args }, more);
}

function choosing(action: NonNullable<StartParams['actions']>[number], more: Partial<StartParams>): StartParams {
  return {
    goal: 'Raise the payment timeout back to three seconds',
    workspace: 'example',
    memory: false,
    actions: [action, { id: 'finish', kind: 'finish' }],
    beliefs: {
      assumptions: [
        { id: 'too-short', text: 'The timeout is too short', p: 0.9 },
        { id: 'on-purpose', text: 'Somebody shortened it on purpose', p: 0.1 },
      ],
      associations: [
        { assumptionId: 'too-short', value: true, actionId: action.id },
        { assumptionId: 'on-purpose', value: true, actionId: 'finish' },
      ],
      gains: [
        { actionId: action.id, when: { 'too-short': true }, gain: 0.9 },
        { actionId: 'finish', when: { 'on-purpose': true }, gain: 0.2 },
      ],
    },
    params: { effortScale: 100 },
    ...more,
  };
}

/** Four places, one of which is right: asking is worth more than any guess. */
export function hidden(more: Partial<StartParams> = {}): StartParams {
  const cells = [true, false].flatMap((first) => [true, false].map((second) => ({ first, second })));
  const writes = cells.map(({ first, second }) => ({
    id: `write-${String(first)}-${String(second)}`,
    kind: 'tool' as const,
    tool: 'file.write',
    args: { path: `config/${String(first)}-${String(second)}.txt`, content: 'here\n' },
  }));
  const names = ['first', 'second'];
  return {
    goal: 'Write the key to the file that the service reads',
    workspace: 'example',
    memory: false,
    actions: [...writes, { id: 'ask', kind: 'ask', question: 'Which file does the service read?' }],
    beliefs: {
      assumptions: names.map((id) => ({ id, text: `The ${id} half holds the file`, p: 0.5 })),
      associations: names.map((assumptionId) => ({ assumptionId, value: true, actionId: 'ask' })),
      gains: cells.map((when) => ({ actionId: `write-${String(when.first)}-${String(when.second)}`, when, gain: 1 })),
    },
    params: { lambda: 0.1 },
    ...more,
  };
}
