import './server.css';
import { Button } from '../../parts/button';
import { Load, useLoad } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page } from '../../parts/page';
import { PolicyEditor } from '../../parts/policy-editor';
import { TabPanel, Tabs } from '../../parts/tabs';
import { location, setQuery } from '../../router';
import { href } from '../../addresses';
import { isRecord, type JsonValue } from '../../text/json.source';
import { CalibrationPanel } from './calibration';
import { Flags } from './flags';
import { HealthPanel } from './health-panel';
import { Keys } from './keys';
import { SERVER } from './texts';

const PARTS = ['health', 'flags', 'keys', 'policy', 'calibration'] as const;
type Part = (typeof PARTS)[number];

export default function ServerScreen() {
  const given = location.value.query.get('tab');
  const tab = PARTS.find((part) => part === given) ?? 'health';
  return (
    <Page title={SERVER.title} lead={SERVER.lead}>
      <Tabs
        label={SERVER.tabs.label}
        of={PARTS.map((id) => ({ id, label: SERVER.tabs[id] }))}
        selected={tab}
        onSelect={(id) => setQuery({ tab: id === 'health' ? null : id }, { push: true })}
      />
      <TabPanel id={tab}>
        <Panel of={tab} />
      </TabPanel>
    </Page>
  );
}

function Panel({ of }: { readonly of: Part }) {
  switch (of) {
    case 'health':
      return <HealthPanel />;
    case 'flags':
      return (
        <Needs scope="tool:admin">
          <Flags />
        </Needs>
      );
    case 'keys':
      return (
        <Needs scope="key:admin">
          <Keys />
        </Needs>
      );
    case 'policy':
      return (
        <Needs scope="tool:admin">
          <ApprovalPolicyPanel />
        </Needs>
      );
    case 'calibration':
      return (
        <Needs scope="run:read">
          <CalibrationPanel />
        </Needs>
      );
  }
}

function ApprovalPolicyPanel() {
  const loaded = useLoad('approval/policy', (client, signal) => client.call('approval/policy/get', {}, { signal }));
  return (
    <>
      <Load of={loaded}>
        {(policy) => (
          <PolicyEditor
            texts={SERVER.policy}
            policy={policy}
            method="approval/policy"
            text={JSON.stringify({ rules: policy.rules }, null, 2)}
            read={draftOf}
            set={(client, { rules }, version, dryRun) =>
              client.call('approval/policy/set', { rules, version, ...(dryRun ? { dryRun } : {}) })
            }
            reload={loaded.reload}
          />
        )}
      </Load>
      <p>
        <Button tone="quiet" icon="tool" href={href('tools', {}, { tab: 'policy' })}>
          {SERVER.policy.tools}
        </Button>
      </p>
    </>
  );
}

function draftOf(value: JsonValue): { readonly rules: Record<string, unknown>[] } | null {
  if (!isRecord(value) || Object.keys(value).some((key) => key !== 'rules')) return null;
  const { rules } = value;
  return Array.isArray(rules) && rules.every(isRecord) ? { rules } : null;
}
