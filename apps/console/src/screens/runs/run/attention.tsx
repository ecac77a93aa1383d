import type { ComponentChildren } from 'preact';
import type { RunView } from '@assent/client';
import type { InputRequest, RunResult, ToolCallRequest } from '@assent/contract';
import { Chip } from '../../../parts/chip';
import { Code } from '../../../parts/raw';
import { Spelled } from '../../../parts/spelled';
import { Time } from '../../../parts/time';
import { useSeat } from '../../../session/session';
import { Question } from './question';
import { RUN } from './texts';

/** What the run needs, or how it ended: the first thing to read. */
export function Attention({ view, isScrubbed }: { readonly view: RunView; readonly isScrubbed: boolean }) {
  if (view.isErased) return null;
  const questions = view.requests.filter(({ method }) => method === 'input/request');
  const calls = view.requests.filter(({ method }) => method === 'tool/call');
  const isAsking = view.waiting?.for === 'approval' && view.approval?.state === 'pending';
  return (
    <>
      {view.retrying && (
        <p class="notice notice-warn" role="status">
          <strong>{RUN.result.retrying(view.retrying.attempts)}</strong>
          <Spelled text={view.retrying.error.message} />
        </p>
      )}
      {isAsking && <ApprovalCard view={view} />}
      {questions.map(({ id, params }) => (
        <Question key={id} requestId={id} request={params as unknown as InputRequest} isScrubbed={isScrubbed} />
      ))}
      {calls.map(({ id, params }) => (
        <ClientCall key={id} request={params as unknown as ToolCallRequest} />
      ))}
      <Ending view={view} />
    </>
  );
}

function ApprovalCard({ view }: { readonly view: RunView }) {
  const { subject } = useSeat();
  const { approval, diff, chosen } = view;
  if (!approval) return null;
  const call = view.calls.findLast(({ callId }) => callId === diff?.callId) ?? view.calls.at(-1);
  const files = diff?.files ?? [];
  return (
    <section class="run-card run-card-warn" aria-labelledby="run-approval">
      <h2 id="run-approval">{RUN.approval.title}</h2>
      <p>
        <Spelled text={chosen?.label ?? call?.tool ?? ''} />
      </p>
      {files.length > 0 && (
        <ul class="run-files">
          {files.map(({ path, added, removed }) => (
            <li key={path}>
              <code>
                <Spelled text={path} />
              </code>
              <span class="num">
                +{added} −{removed}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p class="muted">
        {RUN.approval.expires} <Time of={approval.expiresAt} />
        {subject === view.requester && <> · {RUN.approval.own}</>}
      </p>
    </section>
  );
}

function ClientCall({ request }: { readonly request: ToolCallRequest }) {
  const { tool, args, deadline } = request;
  return (
    <section class="run-card">
      <h2>{RUN.clientCall.title}</h2>
      <p class="muted">{RUN.clientCall.text}</p>
      <dl class="facts">
        <dt>{RUN.clientCall.tool}</dt>
        <dd>
          <code>
            <Spelled text={tool} />
          </code>
        </dd>
        <dt>{RUN.clientCall.deadline}</dt>
        <dd>
          <Time of={deadline} />
        </dd>
      </dl>
      <Code text={JSON.stringify(args, null, 2)} label={RUN.clientCall.args} />
    </section>
  );
}

function Ending({ view }: { readonly view: RunView }) {
  const { state, result, error, cancelled, recorded } = view;
  const outcome = recorded && (
    <p class="muted">
      {RUN.result.recorded(recorded.outcome)}. {recorded.learnt ? RUN.result.learnt : RUN.result.notLearnt}
    </p>
  );
  if (state === 'completed' && result) {
    const isGood = result.reached !== false && result.kind !== 'rejected' && result.effect?.ok !== false;
    return (
      <Card tone={isGood ? 'good' : 'warn'} title={RUN.result[result.kind]}>
        <Result of={result} />
        {outcome}
      </Card>
    );
  }
  if (state === 'failed' && error) {
    return (
      <Card tone="bad" title={RUN.result.failed}>
        <p>
          <Spelled text={error.message} /> <code>{error.reason}</code>
        </p>
        {result && <Result of={result} />}
        {outcome}
      </Card>
    );
  }
  if (state !== 'cancelled' || !cancelled) return null;
  return (
    <Card tone="neutral" title={RUN.result.cancelled(cancelled.actor)}>
      <p>{cancelled.reason === null ? RUN.result.noReason : <Spelled text={cancelled.reason} />}</p>
      {outcome}
    </Card>
  );
}

function Result({ of }: { readonly of: RunResult }) {
  const { summary, reached = null, remaining, effect, output } = of;
  return (
    <>
      {summary !== undefined && (
        <p class="run-prose">
          <Spelled text={summary} />
        </p>
      )}
      {reached !== null && (
        <p>
          <Chip tone={reached ? 'good' : 'warn'}>{reached ? RUN.result.reached : RUN.result.notReached}</Chip>
        </p>
      )}
      {remaining !== undefined && (
        <p class="run-prose">
          {RUN.result.remaining}: <Spelled text={remaining} />
        </p>
      )}
      {effect && (
        <p>
          {!effect.ok && <strong>{RUN.result.effectFailed}. </strong>}
          <code>{effect.tool}</code> <Spelled text={effect.message} />
        </p>
      )}
      {output !== undefined && <Code text={typeof output === 'string' ? output : JSON.stringify(output, null, 2)} />}
    </>
  );
}

function Card(props: {
  readonly tone: 'good' | 'warn' | 'bad' | 'neutral';
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class={`run-card run-card-${props.tone}`}>
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}
