import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { applyPatch } from 'diff';
import { StartParamsSchema, type StartParams } from '@assent/contract';
import { LexicalComposer } from '@assent/lexical';
import { PlannerService } from '@assent/planner';

const EXAMPLE_DIR = join(__dirname, '../../../../examples/checkout-service');
const REQUESTS = ['request.json', 'request.beliefs.json'];

function text(name: string): string {
  return readFileSync(join(EXAMPLE_DIR, name), 'utf8');
}

function params(name: string): StartParams {
  return JSON.parse(text(name)) as StartParams;
}

function argument({ actions = [] }: StartParams, actionId: string, name: string): string {
  return String(actions.find(({ id }) => id === actionId)?.args?.[name]);
}

describe('the shipped example', () => {
  const original = argument(params('request.reset.json'), 'restore-example', 'content');

  it.each([...REQUESTS, 'request.reset.json'])('%s is what start takes', (name) => {
    const validate = new Ajv({ strict: true }).compile(StartParamsSchema);
    validate(params(name));
    expect(validate.errors).toBeNull();
  });

  it('sends the reasoning as it stands in reasoning.md, a string for each paragraph', () => {
    const paragraphs = text('reasoning.md').trim().split('\n\n');
    expect(params('request.json').trace).toEqual(paragraphs.map((paragraph) => paragraph.replaceAll('\n', ' ')));
  });

  it.each(REQUESTS)(
    '%s leads to the right fix under the defaults, whichever way the paths are ranked',
    async (name) => {
      const request = params(name);
      expect(request.params).toBeUndefined();
      const { tree, degraded } = await new PlannerService(new LexicalComposer()).plan({
        ...request,
        treeId: 'tree',
        actions: request.actions ?? [],
      });
      expect({ chosen: tree.chosen.actionId, modesAgree: tree.modesAgree, degraded }).toEqual({
        chosen: 'restore-timeout',
        modesAgree: true,
        degraded: false,
      });
      expect(tree.assumptions.length).toBeGreaterThanOrEqual(5);
    },
  );

  it.each(REQUESTS)('%s fixes the timeout and nothing else', (name) => {
    const fixed = argument(params(name), 'restore-timeout', 'content');
    expect(fixed).toBe(original.replace('timeout_ms: 3\n', 'timeout_ms: 3000\n'));
    // A server that worked on the checkout itself may have applied the fix there.
    expect([original, fixed]).toContain(text('workspace/config/payments.yaml'));
  });

  it.each(['raise-pool', 'retry-more', 'switch-endpoint'])(
    'offers %s as a change that would really fit',
    (actionId) => {
      const request = params('request.json');
      const path = argument(request, actionId, 'path');
      const base = path === 'config/payments.yaml' ? original : text(join('workspace', path));
      expect(applyPatch(base, argument(request, actionId, 'patch'), { fuzzFactor: 0 })).not.toBe(false);
    },
  );
});
