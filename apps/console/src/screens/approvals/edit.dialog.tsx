import type { Approval, ApprovalRevision, AssentClient, Diff, Frame } from '@assent/client';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Load, useLoad } from '../../parts/load';
import { Problem } from '../../parts/problem';
import { keep, kept, useSeat } from '../../session/session';
import { TEXTS } from './texts';

const PAGE = 1_000;
const COMMENT_MAX = 4_000;
const REDACTED = '[redacted]';
const { edit: texts } = TEXTS;

/** Changes what is asked for. The answer is a new revision on which nobody has voted. */
export function EditDialog(props: {
  readonly approval: Approval;
  /** null: the question of an agent, whose input is edited. */
  readonly diff: Diff | null;
  /** The file that is edited at first; null: the first one, or the arguments of an effect outside. */
  readonly path: string | null;
  readonly onClose: () => void;
  /** @param approval with the new revision */
  readonly onRevised: (approval: Approval) => void;
  /** @returns the newest approval, to say why a revision was refused */
  readonly onRefused: () => Promise<void>;
}) {
  const { approval, diff, onClose, onRevised, onRefused } = props;
  const { client } = useSeat();
  const files = diff?.files ?? [];
  const editable = files.filter(({ kind }) => kind !== 'delete').map(({ path }) => path);
  const [path, setPath] = useState(props.path ?? editable[0] ?? null);
  const draft = `edit.${diff?.diffId ?? approval.hash}.${path ?? 'args'}`;
  const [revision, setRevision] = useState<ApprovalRevision | null>(null);
  const [comment, setComment] = useState('');
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const save = async (): Promise<void> => {
    if (!revision) return;
    setSaving(true);
    setError(null);
    try {
      const answer = await client.approvals.revise(approval.approvalId, approval.hash, {
        ...revision,
        ...(comment === '' ? {} : { comment }),
      });
      keep(draft, '');
      onRevised(answer);
    } catch (refusal) {
      setError(refusal);
      await onRefused();
    } finally {
      setSaving(false);
    }
  };

  return (
    <Dialog
      wide
      open
      title={texts.title}
      onClose={onClose}
      footer={
        <>
          <Button disabled={isSaving} onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button tone="primary" busy={isSaving} disabled={revision === null} onClick={() => void save()}>
            {texts.save}
          </Button>
        </>
      }
    >
      <p class="muted">{texts.text}</p>
      {editable.length > 0 && (
        <Field label={texts.what}>
          <select
            value={path ?? ''}
            onChange={({ currentTarget }) => {
              setPath(currentTarget.value === '' ? null : currentTarget.value);
              setRevision(null);
            }}
          >
            {editable.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
            <option value="">{texts.args}</option>
          </select>
        </Field>
      )}
      {diff === null ? (
        <JsonArgs
          draft={draft}
          label={texts.input}
          hint={texts.inputHint}
          value={approval.permission?.input ?? {}}
          onChange={setRevision}
        />
      ) : path === null ? (
        <ArgsEditor draft={draft} diff={diff} onChange={setRevision} />
      ) : (
        <FileEditor key={path} draft={draft} diff={diff} path={path} onChange={setRevision} />
      )}
      <Field label={texts.comment}>
        <input
          maxLength={COMMENT_MAX}
          value={comment}
          onInput={({ currentTarget }) => setComment(currentTarget.value)}
        />
      </Field>
      {error !== null && <Problem error={error} />}
    </Dialog>
  );
}

interface EditorProps {
  /** Key under which the edited text is kept. */
  readonly draft: string;
  readonly onChange: (revision: ApprovalRevision | null) => void;
}

function FileEditor(props: EditorProps & { readonly diff: Diff; readonly path: string }) {
  const { draft, diff, path, onChange } = props;
  const file = useLoad(`file ${diff.diffId} ${path}`, (client, signal) =>
    client.call('diff/file/get', { diffId: diff.diffId, path, side: 'proposed' }, { signal }),
  );
  return (
    <Load of={file}>
      {({ content }) => (
        <TextEditor
          draft={draft}
          label={texts.content}
          text={content}
          read={(text) => (text === content ? null : { files: [{ path, content: text }] })}
          onChange={onChange}
        />
      )}
    </Load>
  );
}

function ArgsEditor({ diff, ...editor }: EditorProps & { readonly diff: Diff }) {
  const args = useLoad(`args ${diff.diffId}`, (client, signal) => argsOf(client, diff, signal));
  return (
    <Load of={args}>
      {(value) => {
        if (value === null) return <p>{texts.noArgs}</p>;
        return <JsonArgs {...editor} label={texts.args} hint={texts.argsHint} value={value} />;
      }}
    </Load>
  );
}

function JsonArgs(props: EditorProps & { readonly label: string; readonly hint: string; readonly value: object }) {
  const { draft, label, hint, value, onChange } = props;
  const text = JSON.stringify(value, null, 2);
  return (
    <TextEditor
      draft={draft}
      label={label}
      hint={text.includes(REDACTED) ? texts.redacted : hint}
      text={text}
      read={(edited) => (edited === text ? null : argsRevision(edited))}
      onChange={onChange}
    />
  );
}

/** @param read null: there is nothing to save; undefined: the text is not valid */
function TextEditor(props: {
  readonly draft: string;
  readonly label: string;
  readonly hint?: string;
  readonly text: string;
  readonly read: (text: string) => ApprovalRevision | null | undefined;
  readonly onChange: (revision: ApprovalRevision | null) => void;
}) {
  const { draft, label, hint, text, read, onChange } = props;
  const [edited, setEdited] = useState(() => (kept(draft) === '' ? text : kept(draft)));
  const revision = read(edited);
  useEffect(() => onChange(revision ?? null), [edited]);
  return (
    <Field
      label={label}
      {...(hint === undefined ? {} : { hint })}
      error={revision === undefined ? texts.notJson : null}
    >
      <textarea
        class="review-editor"
        rows={18}
        spellcheck={false}
        autofocus
        value={edited}
        onInput={({ currentTarget }) => {
          setEdited(currentTarget.value);
          keep(draft, currentTarget.value === text ? '' : currentTarget.value);
        }}
      />
    </Field>
  );
}

function argsRevision(text: string): ApprovalRevision | undefined {
  try {
    const args: unknown = JSON.parse(text);
    const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
    return isObject ? { args: args as Record<string, unknown> } : undefined;
  } catch {
    return undefined;
  }
}

/** The arguments of the call that made a diff, out of the frames of its run; null: they are deleted. */
async function argsOf(
  client: AssentClient,
  diff: Diff,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  const types = ['tool.proposed', 'diff.created'] as const;
  const calls = new Map<string, Readonly<Record<string, unknown>>>();
  let after = 0;
  for (;;) {
    const params = { runId: diff.runId, after, types: [...types], limit: PAGE };
    const { frames, cursor, tail } = await client.call('stream', params, { signal });
    for (const frame of frames as unknown as readonly Frame[]) {
      if (frame.erased === true) continue;
      if (frame.type === 'tool.proposed') calls.set(frame.callId, frame.args);
      if (frame.type === 'diff.created' && frame.diffId === diff.diffId) return calls.get(frame.callId) ?? null;
    }
    if (cursor >= tail || cursor === after) return null;
    after = cursor;
  }
}
