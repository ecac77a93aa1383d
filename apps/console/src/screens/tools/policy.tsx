import type { AssentClient, MethodResult } from '@assent/client';
import { Load, useLoad } from '../../parts/load';
import { PolicyEditor } from '../../parts/policy-editor';
import { isRecord, type JsonValue } from '../../text/json.source';
import { TOOLS } from './texts';

type ToolPolicy = MethodResult<'tool/policy/get'>;
interface Draft {
  readonly rules: Record<string, unknown>[];
  readonly maxCalls?: number | null;
}

/** The tool policy of the tenant, as JSON. */
export function ToolPolicyEditor() {
  const loaded = useLoad('tool/policy', (client, signal) => client.call('tool/policy/get', {}, { signal }));
  return (
    <Load of={loaded}>
      {(policy) => (
        <PolicyEditor
          texts={TOOLS.policy}
          policy={policy}
          method="tool/policy"
          text={textOf(policy)}
          read={draftOf}
          set={(client, draft, version, dryRun) => put(client, draft, version, dryRun)}
          reload={loaded.reload}
        />
      )}
    </Load>
  );
}

function put(client: AssentClient, draft: Draft, version: number, dryRun: boolean): Promise<ToolPolicy> {
  return client.call('tool/policy/set', { ...draft, version, ...(dryRun ? { dryRun } : {}) });
}

function textOf({ rules, maxCalls }: ToolPolicy): string {
  return JSON.stringify({ maxCalls, rules }, null, 2);
}

function draftOf(value: JsonValue): Draft | null {
  if (!isRecord(value) || !Object.keys(value).every((key) => key === 'rules' || key === 'maxCalls')) return null;
  const { rules, maxCalls } = value;
  if (!Array.isArray(rules) || !rules.every(isRecord)) return null;
  if (maxCalls !== undefined && maxCalls !== null && typeof maxCalls !== 'number') return null;
  return { rules, ...(maxCalls === undefined ? {} : { maxCalls }) };
}
