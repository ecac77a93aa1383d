import { useState } from 'preact/hooks';
import type { MethodResult } from '@assent/client';
import { useAction } from '../../parts/action';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Field } from '../../parts/field';
import { useLoad } from '../../parts/load';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { useSeat } from '../../session/session';
import { argsOf, fieldsOf, type FormField } from './schema.form';
import { TOOLS } from './texts';

export type Tool = MethodResult<'tool/list'>['items'][number];

type Checked = MethodResult<'tool/check'>;
const { check } = TOOLS;
const TONES: Readonly<Record<Checked['verdict'], Tone>> = { allow: 'good', ask: 'info', deny: 'bad' };

/** A form of the tool's arguments, and what the server says of the call. */
export function CheckForm({ tool }: { readonly tool: Tool }) {
  const { client } = useSeat();
  const info = useLoad('server/info', (from, signal) => from.call('server/info', {}, { signal }));
  const fields = fieldsOf(tool.inputSchema);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [workspace, setWorkspace] = useState('');
  const [isTainted, setTainted] = useState(false);
  const [checked, setChecked] = useState<Checked | null>(null);
  const [unreadable, setUnreadable] = useState<readonly string[]>([]);
  const { isBusy, error, run } = useAction();
  const workspaces = info.value?.workspaces ?? [];
  const chosen = workspace === '' ? workspaces[0]?.name : workspace;
  const { args, unreadable: wrong } = argsOf(fields, texts);
  const params = {
    tool: tool.name,
    args,
    ...(chosen === undefined ? {} : { workspace: chosen }),
    ...(isTainted ? { tainted: true } : {}),
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    setUnreadable(wrong);
    setChecked(null);
    if (wrong.length > 0) return;
    run(async () => {
      const result = await client.tools.check(params);
      setChecked(result);
      announce(check.results[result.verdict]);
    });
  };
  const problemOf = (name: string): string | null => {
    if (unreadable.includes(name)) return check.unreadable;
    return checked?.problems.find(({ pointer }) => fieldOf(pointer) === name)?.message ?? null;
  };
  const set = (name: string, text: string): void => setTexts((before) => ({ ...before, [name]: text }));
  return (
    <form class="tools-check" onSubmit={submit} noValidate>
      <h3>{check.title}</h3>
      <p class="muted">{check.text}</p>
      {fields.length === 0 && <p>{check.noArguments}</p>}
      {fields.map((field) => (
        <Field
          key={field.name}
          label={field.isRequired ? `${field.name} (${check.required})` : field.name}
          hint={field.description}
          error={problemOf(field.name)}
        >
          <Control field={field} text={texts[field.name] ?? ''} onText={(text) => set(field.name, text)} />
        </Field>
      ))}
      {workspaces.length > 1 && (
        <Field label={check.workspace}>
          <select value={chosen} onChange={(event) => setWorkspace(event.currentTarget.value)}>
            {workspaces.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
      )}
      <label class="check tools-tainted">
        <input type="checkbox" checked={isTainted} onChange={(event) => setTainted(event.currentTarget.checked)} />
        {check.tainted}
      </label>
      <div class="toolbar">
        <Button type="submit" tone="primary" busy={isBusy}>
          {check.action}
        </Button>
        <Raw curl={{ method: 'POST', path: '/tools/check', body: params }} json={checked ?? undefined} />
      </div>
      {error !== undefined && <Problem error={error} />}
      {checked && <Result of={checked} fields={fields} />}
    </form>
  );
}

/** The control of a field. `Field` passes it its id and descriptions, which go to the element. */
function Control(props: { readonly field: FormField; readonly text: string; readonly onText: (text: string) => void }) {
  const { field, text, onText, ...described } = props;
  const { kind, example, choices } = field;
  const onInput = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onText(event.currentTarget.value);
  if (kind === 'choice' || kind === 'yesno') {
    const options =
      kind === 'choice'
        ? choices.map((choice) => [choice, choice])
        : [
            ['true', check.yes],
            ['false', check.no],
          ];
    return (
      <select {...described} value={text} onChange={onInput}>
        <option value="">{check.none}</option>
        {options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  if (kind === 'lines' || kind === 'json')
    return (
      <textarea
        {...described}
        class="mono"
        rows={4}
        spellcheck={false}
        placeholder={example}
        value={text}
        onInput={onInput}
      />
    );
  return (
    <input
      {...described}
      class="mono"
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      autocomplete="off"
      spellcheck={false}
      placeholder={example}
      value={text}
      onInput={onInput}
    />
  );
}

function Result({ of, fields }: { readonly of: Checked; readonly fields: readonly FormField[] }) {
  const elsewhere = of.problems.filter(({ pointer }) => !fields.some(({ name }) => name === fieldOf(pointer)));
  return (
    <section class="tools-result" aria-label={check.title}>
      <p>
        <Chip tone={TONES[of.verdict]}>{check.results[of.verdict]}</Chip>
      </p>
      <p>
        <Spelled text={of.reason} />
      </p>
      <dl class="facts">
        <dt>{check.rule}</dt>
        <dd>
          <code>{of.rule}</code>
        </dd>
        {of.effect !== null && (
          <>
            <dt>{check.effect}</dt>
            <dd>{TOOLS.effects[of.effect]}</dd>
          </>
        )}
        {of.breaker !== null && (
          <>
            <dt>{check.breaker}</dt>
            <dd>{TOOLS.breakers[of.breaker]}</dd>
          </>
        )}
        {elsewhere.length > 0 && (
          <>
            <dt>{check.problems}</dt>
            <dd>
              <ul>
                {elsewhere.map(({ pointer, message }) => (
                  <li key={pointer}>
                    <code>{pointer}</code> <Spelled text={message} />
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** The argument that a pointer leads into: the pointer is one of the arguments, or of the whole params. */
function fieldOf(pointer: string): string {
  const [first = '', second = ''] = pointer.split('/').slice(1);
  return first === 'args' && second !== '' ? second : first;
}
