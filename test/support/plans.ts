import type { StartParams } from '@assent/contract';

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
