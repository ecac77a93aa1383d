import { useState } from 'preact/hooks';
import { AssentRpcError, type AssentClient } from '@assent/client';
import { useSeat } from '../session/session';
import { placeOf, readJson, spanOf, type JsonValue, type Span } from '../text/json.source';
import { useAction } from './action';
import { Button } from './button';
import { Confirm } from './confirm';
import { Icon } from './icon';
import { JsonEditor } from './json-editor';
import { Section } from './page';
import { Problem, hasReason } from './problem';
import { Raw } from './raw';
import { Spelled } from './spelled';
import { PARTS } from './texts';
import { Time } from './time';

/** What a policy has on the wire beside its rules. */
interface Policy {
  readonly version: number;
  readonly rules: readonly unknown[];
  readonly actor: string | null;
  readonly updatedAt: string | null;
}

export interface PolicyTexts {
  readonly title: string;
  readonly text: string;
  readonly shape: string;
  readonly setText: (rules: string, version: number) => string;
}

/** What is wrong in the text, and where. */
interface Refusal {
  readonly span: Span;
  readonly message: string;
}

/** Texts that hold for every kind of policy. */
const POLICY = {
  version: 'Version',
  none: 'no policy yet',
  by: 'Changed by',
  label: 'Policy as JSON',
  check: 'Check',
  set: 'Put into force',
  reset: 'Discard changes',
  valid: 'The policy is valid.',
  setTitle: 'Put this policy into force?',
  rules: (count: number) => (count === 1 ? '1 rule' : `${count} rules`),
  done: (version: number) => `Version ${version} is in force.`,
  conflict: 'Somebody else changed the policy. Your text is kept: load the new version to compare.',
  reload: 'Load the new version',
} as const;
const START: Span = { start: 0, end: 0 };

/** A policy as JSON: the server checks it before it is put in the place of the version that was read. */
export function PolicyEditor<D extends { readonly rules: readonly unknown[] }>(props: {
  readonly texts: PolicyTexts;
  readonly policy: Policy;
  /** `<method>/get` and `<method>/set`. */
  readonly method: string;
  /** The policy as it is in force. */
  readonly text: string;
  readonly read: (value: JsonValue) => D | null;
  readonly set: (client: AssentClient, draft: D, version: number, dryRun: boolean) => Promise<Policy>;
  readonly reload: () => void;
}) {
  const { texts, policy, method, text, read, set, reload } = props;
  const { client } = useSeat();
  const [typed, setTyped] = useState<string | null>(null);
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [jump, setJump] = useState<Span | null>(null);
  const [said, setSaid] = useState('');
  const [asked, setAsked] = useState<D | null>(null);
  const { isBusy, error, run } = useAction();
  const source = typed ?? text;
  const isChanged = source !== text;

  /** What was typed, unless the page itself sees what is wrong in it. */
  const draft = (): D | null => {
    const json = readJson(source);
    if ('error' in json) {
      const { offset, kind } = json.error;
      setRefused({ span: { start: offset, end: offset }, message: PARTS.json[kind] });
      return null;
    }
    const value = read(json.value);
    setRefused(value ? null : { span: START, message: texts.shape });
    return value;
  };
  const attempt = (act: () => Promise<void>): void => {
    setSaid('');
    run(async () => {
      try {
        await act();
      } catch (failure) {
        if (!(failure instanceof AssentRpcError) || failure.data.pointer === undefined) throw failure;
        const json = readJson(source);
        const span = 'spans' in json ? spanOf(json.spans, failure.data.pointer) : START;
        setRefused({ span, message: failure.message });
      }
    });
  };
  const check = (then: (value: D) => void): void => {
    const value = draft();
    if (!value) return;
    attempt(async () => {
      await set(client, value, policy.version, true);
      setRefused(null);
      then(value);
    });
  };
  const put = async (): Promise<void> => {
    if (!asked) return;
    const saved = await set(client, asked, policy.version, false);
    setSaid(POLICY.done(saved.version));
    setTyped(null);
    reload();
  };
  return (
    <Section
      title={texts.title}
      actions={
        <Raw
          curl={{ method: 'POST', path: '/rpc', body: { jsonrpc: '2.0', id: 1, method: `${method}/get`, params: {} } }}
          json={policy}
        />
      }
    >
      <p class="muted">{texts.text}</p>
      <p class="toolbar policy-state">
        <span>
          {POLICY.version} <b class="num">{policy.version === 0 ? POLICY.none : policy.version}</b>
        </span>
        {policy.actor !== null && policy.updatedAt !== null && (
          <span class="muted">
            {POLICY.by} <Spelled text={policy.actor} />, <Time of={policy.updatedAt} />
          </span>
        )}
      </p>
      <JsonEditor
        label={POLICY.label}
        text={source}
        wrong={refused?.span.start ?? null}
        jump={jump}
        onText={(next) => {
          setTyped(next);
          setRefused(null);
          setSaid('');
        }}
      />
      {refused && (
        <p class="notice notice-bad policy-refused" role="alert">
          <Icon name="warn" />
          <span>
            <Spelled text={refused.message} />
          </span>
          <button type="button" class="link" onClick={() => setJump({ ...refused.span })}>
            {PARTS.toPlace(placeOf(source, refused.span.start))}
          </button>
        </p>
      )}
      <div class="toolbar policy-actions">
        <Button busy={isBusy} onClick={() => check(() => setSaid(POLICY.valid))}>
          {POLICY.check}
        </Button>
        <Button tone="primary" disabled={!isChanged} onClick={() => check(setAsked)}>
          {POLICY.set}
        </Button>
        {isChanged && (
          <Button
            tone="quiet"
            onClick={() => {
              setTyped(null);
              setRefused(null);
            }}
          >
            {POLICY.reset}
          </Button>
        )}
        <span role="status">{said}</span>
      </div>
      {error !== undefined && <Failure error={error} reload={reload} />}
      <Confirm
        open={asked !== null}
        title={POLICY.setTitle}
        action={POLICY.set}
        act={put}
        onClose={() => setAsked(null)}
      >
        <p>{texts.setText(POLICY.rules(asked?.rules.length ?? 0), policy.version)}</p>
      </Confirm>
    </Section>
  );
}

function Failure({ error, reload }: { readonly error: unknown; readonly reload: () => void }) {
  if (!hasReason(error, 'conflict')) return <Problem error={error} />;
  return (
    <p class="notice notice-warn" role="alert">
      {POLICY.conflict}{' '}
      <button type="button" class="link" onClick={reload}>
        {POLICY.reload}
      </button>
    </p>
  );
}
