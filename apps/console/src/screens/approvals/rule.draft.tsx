import type { MethodResult } from '@assent/client';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Load, useLoad } from '../../parts/load';
import { Section } from '../../parts/page';
import { Code } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { href } from '../../addresses';
import { otherSeatWith, switchSeat, useSeat } from '../../session/session';
import { PatchHunks } from './patch.hunks';
import { patchFiles } from './patch.rows';
import { ruleReach } from './subject.text';
import { hasReason } from '../../parts/problem';
import { PARTS } from '../../parts/texts';
import { TEXTS } from './texts';

type Draft = MethodResult<'approval/rule/draft'>;
type Policy = NonNullable<Draft['policy']>;

const { rule: texts } = TEXTS;

/** Offers a rule that decides the question of an agent from now on as it was decided. */
export function RuleDraft({ approvalId }: { readonly approvalId: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="review-rule">
      <Button expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {texts.open}
      </Button>
      {isOpen && <Drafted approvalId={approvalId} />}
    </div>
  );
}

function Drafted({ approvalId }: { readonly approvalId: string }) {
  const { client } = useSeat();
  const draft = useLoad(`rule ${approvalId}`, (loader, signal) =>
    loader.call('approval/rule/draft', { approvalId }, { signal }),
  );
  const [isAsked, setAsked] = useState(false);
  const [said, setSaid] = useState('');
  const put = async ({ version, rules, maxCalls }: Policy): Promise<void> => {
    try {
      const saved = await client.call('tool/policy/set', { version, rules, maxCalls });
      setSaid(texts.done(saved.version));
    } catch (failure) {
      if (!hasReason(failure, 'conflict')) throw failure;
      setSaid(texts.moved);
    }
    draft.reload();
  };
  return (
    <Section title={texts.title}>
      <Load of={draft}>
        {({ rule, policy }) => {
          // A patch without hunks: the first rule is this one.
          const isSet = policy !== null && patchFiles(policy.patch)[0]?.hunks.length === 0;
          const holds = texts.holds(texts.what[ruleReach(rule)], rule['verdict']);
          return (
            <>
              <p>{holds}</p>
              {policy === null ? (
                <ForOthers rule={rule} />
              ) : (
                <>
                  {isSet ? <p>{texts.there}</p> : <PatchHunks path={texts.label} patch={policy.patch} />}
                  <p class="toolbar">
                    {!isSet && (
                      <Button tone="primary" disabled={draft.isLoading} onClick={() => setAsked(true)}>
                        {texts.set}
                      </Button>
                    )}
                    <a href={href('tools')}>{texts.tools}</a>
                  </p>
                  <Confirm
                    open={isAsked}
                    title={texts.setTitle}
                    action={texts.set}
                    act={() => put(policy)}
                    onClose={() => setAsked(false)}
                  >
                    <p>{holds}</p>
                    <p>{texts.setText(policy.version + 1)}</p>
                  </Confirm>
                </>
              )}
            </>
          );
        }}
      </Load>
      <p role="status">{said}</p>
    </Section>
  );
}

/** The rule for a person who may set it. */
function ForOthers({ rule }: Pick<Draft, 'rule'>) {
  const admin = otherSeatWith('tool:admin');
  return (
    <>
      <Code text={JSON.stringify(rule, null, 2)} label={texts.label} />
      <p class="toolbar">
        <span>{texts.others}</span>
        {admin && (
          <Button small onClick={() => switchSeat(admin.subject)}>
            <Spelled text={PARTS.continueAs(admin.subject)} />
          </Button>
        )}
      </p>
    </>
  );
}
