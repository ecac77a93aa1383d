import { useState } from 'preact/hooks';
import type { AssumptionView, RunView } from '@assent/client';
import { number, percent } from '../../../../format';
import { Button } from '../../../../parts/button';
import { Section } from '../../../../parts/page';
import { Spelled } from '../../../../parts/spelled';
import { part } from '../part';
import { RUN } from '../texts';

const TEXTS = RUN.tree;
const RunTree = part(() => import('../../../../tree/run-tree'));
const ResolveDialog = part(() => import('../resolve'));

/** The tree of the step, and its assumptions with what is known about them. */
export default function TreeTab(props: {
  readonly view: RunView;
  readonly runId: string;
  readonly isScrubbed: boolean;
  readonly onChange: () => void;
}) {
  const { view, runId, isScrubbed, onChange } = props;
  const [resolving, setResolving] = useState<AssumptionView | null>(null);
  const { assumptions, workspace } = view;
  return (
    <>
      <RunTree view={view} runId={runId} isScrubbed={isScrubbed} />
      {assumptions.length > 0 && (
        <Section title={TEXTS.assumptions}>
          <div class="table-box">
            <table class="table run-assumptions">
              <thead>
                <tr>
                  <th>{TEXTS.text}</th>
                  <th class="num">{TEXTS.p}</th>
                  <th>{TEXTS.truth}</th>
                </tr>
              </thead>
              <tbody>
                {assumptions.map((assumption) => (
                  <tr key={assumption.assumptionId}>
                    <td>
                      <code class="muted">{assumption.assumptionId}</code>{' '}
                      <Spelled text={assumption.text ?? assumption.assumptionId} />
                    </td>
                    <td class="num">
                      {assumption.p === null ? '–' : percent(assumption.p)}
                      {assumption.learned && (
                        <small class="muted"> {TEXTS.learned(number(assumption.learned.n))}</small>
                      )}
                    </td>
                    <td>
                      <Fact
                        of={assumption}
                        isScrubbed={isScrubbed || view.isErased}
                        onRecord={() => setResolving(assumption)}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Section>
      )}
      {resolving && !isScrubbed && (
        <ResolveDialog
          run={{ runId, workspace: workspace ?? '' }}
          assumption={resolving}
          onClose={() => setResolving(null)}
          onDone={onChange}
        />
      )}
    </>
  );
}

function Fact(props: { readonly of: AssumptionView; readonly isScrubbed: boolean; readonly onRecord: () => void }) {
  const { resolved } = props.of;
  if (resolved) {
    return (
      <>
        <strong>{resolved.truth ? TEXTS.isTrue : TEXTS.isFalse}</strong>{' '}
        <span class="muted">{TEXTS.by(resolved.actor, TEXTS.sources[resolved.source])}</span>
      </>
    );
  }
  if (props.isScrubbed) return <span class="muted">{TEXTS.open}</span>;
  return (
    <Button small onClick={props.onRecord}>
      {TEXTS.record}
    </Button>
  );
}
