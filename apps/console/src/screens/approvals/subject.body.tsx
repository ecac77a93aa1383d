import type { Approval } from '@assent/client';
import { structuredPatch } from 'diff';
import { Button } from '../../parts/button';
import { Id } from '../../parts/id';
import { Code } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { href } from '../../addresses';
import { PatchHunks } from './patch.hunks';
import { partsOfInput, planText, trustText } from './subject.text';
import { TEXTS } from './texts';

const CONTEXT = 3;
const { subject: texts, change } = TEXTS;

interface BodyProps {
  readonly approval: Approval;
  readonly text: string;
  /** undefined: the input cannot be changed. */
  readonly onEdit: (() => void) | undefined;
}

/** What is decided on, where it is not a change of files. The exact text is always there too. */
export function SubjectBody(props: BodyProps) {
  const { text } = props;
  const body = bodyOf(props);
  if (body === null) return <Code text={text} label={change.exact} />;
  return (
    <>
      {body}
      <details class="review-exact-text">
        <summary>{change.exact}</summary>
        <Code text={text} label={change.exact} />
      </details>
    </>
  );
}

function bodyOf(props: BodyProps) {
  const { approval, text } = props;
  const type: string = approval.subject.type;
  switch (type) {
    case 'memory_plan':
      return <PlanBody text={text} />;
    case 'tool_trust':
      return <TrustBody text={text} />;
    case 'agent_permission':
      return <PermissionBody {...props} />;
    case 'diff':
      return null;
    default:
      return (
        <>
          <p class="notice notice-warn">{texts.unknown}</p>
          <Code text={text} label={change.exact} />
        </>
      );
  }
}

function PlanBody({ text }: { readonly text: string }) {
  const plan = planText(text);
  if (!plan) return <Code text={text} label={change.exact} />;
  return (
    <>
      <p class="muted">{texts.operations(plan.ops.length)}</p>
      <ol class="review-ops">
        {plan.ops.map((op, index) => (
          <li key={index} class="card">
            <h3>{texts.ops[wordOf(op['op'])] ?? wordOf(op['op'])}</h3>
            <dl class="facts">
              {idsOf(op).map((id) => (
                <Fact key={id} name={texts.fragment}>
                  <Id of={id} href={href('fragment', { id })} />
                </Fact>
              ))}
              {(['text', 'reason', 'keys', 'tags'] as const).map(
                (name) =>
                  op[name] !== undefined && (
                    <Fact key={name} name={texts[name]}>
                      <Spelled text={wordsOf(op[name])} />
                    </Fact>
                  ),
              )}
              {op['rationale'] !== undefined && (
                <Fact name={texts.because}>
                  <Spelled text={wordsOf(op['rationale'])} />
                </Fact>
              )}
            </dl>
          </li>
        ))}
      </ol>
    </>
  );
}

function TrustBody({ text }: { readonly text: string }) {
  const trust = trustText(text);
  if (!trust) return <Code text={text} label={change.exact} />;
  return (
    <>
      <p>{trust.before === null ? texts.toolNew : texts.toolChanged}</p>
      {trust.before === null ? (
        <Code text={trust.now} label={texts.definition} />
      ) : (
        <Difference name={texts.definition} before={trust.before} after={trust.now} />
      )}
    </>
  );
}

/** Both sides of a text, as the lines of a patch. */
function Difference({
  name,
  before,
  after,
}: {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}) {
  const { hunks } = structuredPatch(name, name, `${before}\n`, `${after}\n`, undefined, undefined, {
    context: CONTEXT,
  });
  const patch = hunks.map(
    ({ oldStart, oldLines, newStart, newLines, lines }) =>
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n${lines.join('\n')}`,
  );
  return <PatchHunks path={name} patch={[`diff --git a/${name} b/${name}`, ...patch].join('\n')} />;
}

/** What a coding agent wants to do on a machine: the command or the edit first, then where it comes from. */
function PermissionBody({ approval, text, onEdit }: BodyProps) {
  const { permission, risks } = approval;
  if (!permission) return <Code text={text} label={change.exact} />;
  const { agent, agentVersion, tool, cwd, session, question } = permission;
  const { edits, command, rest } = partsOfInput(permission.input);
  return (
    <div class="review-permission">
      {question && (
        <div class="notice notice-info review-asked">
          <p>
            <Spelled text={texts.asked(question.actor)} /> <Time of={question.at} />
          </p>
          <blockquote>
            <Spelled text={question.text} />
          </blockquote>
          {approval.state === 'pending' && <p>{texts.askedNext}</p>}
        </div>
      )}
      {risks.includes('redacted') && <p class="notice notice-warn">{texts.redacted}</p>}
      {edits.map(({ path, before, after }, index) => (
        <div key={index}>
          <h3 class="review-permission-path">
            <Spelled text={path} />
          </h3>
          <Difference name={path} before={before} after={after} />
        </div>
      ))}
      {command !== null && <Code text={command} label={texts.command} />}
      {rest.map(([name, value]) => (
        <div key={name} class="review-input">
          <h3>
            <Spelled text={name} />
          </h3>
          {typeof value === 'string' && !value.includes('\n') ? (
            <p>
              <Spelled text={value} />
            </p>
          ) : (
            <Code text={typeof value === 'string' ? value : JSON.stringify(value, null, 2)} label={name} />
          )}
        </div>
      ))}
      {onEdit && (
        <p>
          <Button small hotkey="e" onClick={onEdit}>
            {texts.edit}
          </Button>
        </p>
      )}
      <dl class="facts">
        <Fact name={texts.folder}>{cwd === null ? texts.unnamed : <Spelled text={cwd} />}</Fact>
        <Fact name={texts.tool}>
          <Spelled text={tool} />
        </Fact>
        <Fact name={texts.agent}>
          <Spelled text={agentVersion === null ? agent : `${agent} ${agentVersion}`} />
        </Fact>
        <Fact name={texts.session}>{session === null ? texts.unnamed : <Spelled text={session} />}</Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function idsOf(op: Readonly<Record<string, unknown>>): readonly string[] {
  const ids = op['fragmentIds'];
  const all: unknown[] = [op['fragmentId'], ...(Array.isArray(ids) ? (ids as unknown[]) : [])];
  return all.filter((id) => typeof id === 'string');
}
