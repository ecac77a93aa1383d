import type { ComponentChildren } from 'preact';
import { percent } from '../../format';
import { Button } from '../../parts/button';
import { Field } from '../../parts/field';
import { Section } from '../../parts/page';
import { freeId, listAt, numberAt, textAt, valueAt, withValue, type Place } from './params.edit';
import { TRY } from './texts';

interface FormProps {
  readonly params: unknown;
  readonly workspaces: readonly string[];
  readonly onChange: (params: unknown) => void;
}

/** Longest condition in one option of the gains. */
const WHEN_MAX = 90;
const ASSUMPTIONS = ['beliefs', 'assumptions'] as const;
const GAINS = ['beliefs', 'gains'] as const;

/** The usual part of the params as fields. What has no field here stays as it is in the JSON. */
export function ParamsForm({ params, workspaces, onChange }: FormProps) {
  const set = (place: Place, value: unknown) => onChange(withValue(params, place, value));
  const hasBeliefs = valueAt(params, ['beliefs']) !== undefined;
  const workspace = textAt(params, ['workspace']);
  const trace = valueAt(params, ['trace']);
  return (
    <div class="try-form">
      <Field label={TRY.goal} hint={TRY.goalHint}>
        <textarea
          rows={3}
          value={textAt(params, ['goal'])}
          onInput={(event) => set(['goal'], event.currentTarget.value)}
        />
      </Field>
      <Field label={TRY.workspace} hint={TRY.workspaceHint}>
        <select value={workspace} onChange={(event) => set(['workspace'], event.currentTarget.value)}>
          {[...new Set([...workspaces, workspace])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <label class="check">
        <input
          type="checkbox"
          checked={valueAt(params, ['memory']) !== false}
          onChange={(event) => set(['memory'], event.currentTarget.checked ? undefined : false)}
        />
        {TRY.memory}
      </label>
      {hasBeliefs ? (
        <Assumptions params={params} set={set} />
      ) : (
        <Field label={TRY.trace} hint={TRY.traceHint}>
          <textarea
            rows={8}
            value={Array.isArray(trace) ? trace.join('\n\n') : textAt(params, ['trace'])}
            onInput={(event) => set(['trace'], event.currentTarget.value)}
          />
        </Field>
      )}
      <Actions params={params} set={set} />
      {hasBeliefs && <Gains params={params} set={set} />}
      <Weights params={params} set={set} />
    </div>
  );
}

interface PartProps {
  readonly params: unknown;
  readonly set: (place: Place, value: unknown) => void;
}

function Assumptions({ params, set }: PartProps) {
  const list = listAt(params, ASSUMPTIONS);
  return (
    <Section
      title={TRY.assumptions}
      actions={
        <Add
          label={TRY.addAssumption}
          onAdd={() => set([...ASSUMPTIONS, list.length], { id: freeId('assumption', list), text: '', p: 0.5 })}
        />
      }
    >
      <ul class="try-list">
        {list.map((item, index) => {
          const p = numberAt(item, ['p']) ?? 0.5;
          const place = [...ASSUMPTIONS, index];
          const more = ['given', 'excludes'].filter((name) => listAt(item, [name]).length > 0);
          return (
            <Item key={index} name={TRY.assumption(index + 1)} onRemove={() => set(place, undefined)}>
              <input
                aria-label={TRY.assumption(index + 1)}
                value={textAt(item, ['text'])}
                onInput={(event) => set([...place, 'text'], event.currentTarget.value)}
              />
              <span class="try-probability">
                <input
                  type="range"
                  min={0.01}
                  max={0.99}
                  step={0.01}
                  value={p}
                  aria-label={TRY.probabilityOf(index + 1)}
                  aria-valuetext={percent(p)}
                  onInput={(event) => set([...place, 'p'], event.currentTarget.valueAsNumber)}
                />
                <b class="num">{percent(p)}</b>
              </span>
              {more.length > 0 && <small class="muted">{`${more.join(', ')}: ${TRY.moreInJson(more.length)}`}</small>}
            </Item>
          );
        })}
      </ul>
    </Section>
  );
}

function Actions({ params, set }: PartProps) {
  const list = listAt(params, ['actions']);
  return (
    <Section
      title={TRY.actions}
      actions={
        <Add
          label={TRY.addAction}
          onAdd={() => set(['actions', list.length], { id: freeId('action', list), kind: 'finish', label: '' })}
        />
      }
    >
      <ul class="try-list">
        {list.map((item, index) => {
          const place: Place = ['actions', index];
          const kind = textAt(item, ['kind']);
          return (
            <Item key={index} name={TRY.action(index + 1)} onRemove={() => set(place, undefined)}>
              <input
                aria-label={TRY.action(index + 1)}
                value={textAt(item, ['label'])}
                placeholder={textAt(item, ['id'])}
                onInput={(event) => set([...place, 'label'], event.currentTarget.value)}
              />
              <span class="try-action">
                <select
                  aria-label={`${TRY.kind}: ${TRY.action(index + 1)}`}
                  value={kind}
                  onChange={(event) => set([...place, 'kind'], event.currentTarget.value)}
                >
                  {Object.entries(TRY.kinds).map(([name, label]) => (
                    <option key={name} value={name}>
                      {label}
                    </option>
                  ))}
                </select>
                {kind === 'tool' && (
                  <input
                    aria-label={`${TRY.tool}: ${TRY.action(index + 1)}`}
                    placeholder={TRY.tool}
                    value={textAt(item, ['tool'])}
                    onInput={(event) => set([...place, 'tool'], event.currentTarget.value)}
                  />
                )}
                {kind === 'tool' && (
                  <input
                    type="number"
                    min={0}
                    aria-label={`${TRY.effort}: ${TRY.action(index + 1)}`}
                    placeholder={TRY.effort}
                    value={numberAt(item, ['effort']) ?? ''}
                    onInput={(event) => {
                      const { valueAsNumber } = event.currentTarget;
                      set([...place, 'effort'], Number.isNaN(valueAsNumber) ? undefined : valueAsNumber);
                    }}
                  />
                )}
                {kind === 'ask' && (
                  <input
                    aria-label={`${TRY.question}: ${TRY.action(index + 1)}`}
                    placeholder={TRY.question}
                    value={textAt(item, ['question'])}
                    onInput={(event) => set([...place, 'question'], event.currentTarget.value)}
                  />
                )}
              </span>
            </Item>
          );
        })}
      </ul>
    </Section>
  );
}

function Gains({ params, set }: PartProps) {
  const list = listAt(params, GAINS);
  const actions = listAt(params, ['actions']).map((item) => ({
    id: textAt(item, ['id']),
    label: textAt(item, ['label']),
  }));
  const assumptions = listAt(params, ASSUMPTIONS).map((item) => ({
    id: textAt(item, ['id']),
    text: textAt(item, ['text']),
  }));
  const textOf = (id: string) => assumptions.find((assumption) => assumption.id === id)?.text ?? id;
  const whens = [{}, ...assumptions.flatMap(({ id }) => [{ [id]: true }, { [id]: false }])];
  return (
    <Section
      title={TRY.gains}
      actions={
        <Add
          label={TRY.addGain}
          onAdd={() => set([...GAINS, list.length], { actionId: actions[0]?.id ?? '', when: {}, gain: 0.5 })}
        />
      }
    >
      <p class="field-hint">{TRY.gainsHint}</p>
      <ul class="try-list">
        {list.map((item, index) => {
          const place = [...GAINS, index];
          const own = valueAt(item, ['when']) ?? {};
          const ownText = JSON.stringify(own);
          const options = [...new Set([...whens.map((when) => JSON.stringify(when)), ownText])];
          return (
            <Item key={index} name={TRY.gainOf(index + 1)} onRemove={() => set(place, undefined)}>
              <span class="try-gain">
                <select
                  aria-label={TRY.gainAction(index + 1)}
                  value={textAt(item, ['actionId'])}
                  onChange={(event) => set([...place, 'actionId'], event.currentTarget.value)}
                >
                  {actions.map(({ id, label }) => (
                    <option key={id} value={id}>
                      {(label || id).slice(0, WHEN_MAX)}
                    </option>
                  ))}
                </select>
                <select
                  aria-label={TRY.gainWhen(index + 1)}
                  value={ownText}
                  onChange={(event) => set([...place, 'when'], JSON.parse(event.currentTarget.value) as unknown)}
                >
                  {options.map((option) => (
                    <option key={option} value={option}>
                      {whenText(option, textOf)}
                    </option>
                  ))}
                </select>
                <input
                  type="number"
                  min={0}
                  max={1}
                  step={0.05}
                  aria-label={TRY.gainOf(index + 1)}
                  value={numberAt(item, ['gain']) ?? ''}
                  onInput={(event) => {
                    const { valueAsNumber } = event.currentTarget;
                    if (!Number.isNaN(valueAsNumber)) set([...place, 'gain'], valueAsNumber);
                  }}
                />
              </span>
            </Item>
          );
        })}
      </ul>
    </Section>
  );
}

function whenText(option: string, textOf: (id: string) => string): string {
  const literals = Object.entries(JSON.parse(option) as Record<string, boolean>);
  if (literals.length === 0) return TRY.always;
  return literals.map(([id, value]) => `${value ? '' : 'not: '}${textOf(id)}`.slice(0, WHEN_MAX)).join(' and ');
}

function Weights({ params, set }: PartProps) {
  const lambda = numberAt(params, ['params', 'lambda']);
  return (
    <Section title={TRY.weights}>
      <div class="try-weights">
        <Field label={TRY.mode}>
          <select
            value={textAt(params, ['params', 'mode'])}
            onChange={(event) => {
              const mode = event.currentTarget.value;
              set(['params', 'mode'], mode === '' ? undefined : mode);
            }}
          >
            {Object.entries(TRY.modes).map(([mode, label]) => (
              <option key={mode} value={mode}>
                {label}
              </option>
            ))}
          </select>
        </Field>
        <Field label={TRY.depth}>
          <input
            type="number"
            min={1}
            max={6}
            value={numberAt(params, ['params', 'depth']) ?? 3}
            onInput={(event) => {
              const { valueAsNumber } = event.currentTarget;
              if (!Number.isNaN(valueAsNumber)) set(['params', 'depth'], valueAsNumber);
            }}
          />
        </Field>
        <Field label={TRY.lambda}>
          <input
            type="number"
            min={0}
            step={0.1}
            value={lambda ?? 1}
            onInput={(event) => {
              const { valueAsNumber } = event.currentTarget;
              if (!Number.isNaN(valueAsNumber)) set(['params', 'lambda'], valueAsNumber);
            }}
          />
        </Field>
      </div>
    </Section>
  );
}

function Item(props: { readonly name: string; readonly onRemove: () => void; readonly children: ComponentChildren }) {
  return (
    <li>
      <div>{props.children}</div>
      <Button tone="quiet" small icon="cross" label={TRY.remove(props.name)} onClick={props.onRemove} />
    </li>
  );
}

function Add({ label, onAdd }: { readonly label: string; readonly onAdd: () => void }) {
  return (
    <Button small label={label} onClick={onAdd}>
      {TRY.add}
    </Button>
  );
}
