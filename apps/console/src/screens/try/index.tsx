import type { MethodResult, Tree } from '@assent/contract';
import { AssentError, AssentRpcError, type AssentClient } from '@assent/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Empty } from '../../parts/empty';
import { Id } from '../../parts/id';
import { JsonEditor } from '../../parts/json-editor';
import { Load, useLoad } from '../../parts/load';
import { Page } from '../../parts/page';
import { Problem } from '../../parts/problem';
import { Code, Raw } from '../../parts/raw';
import { TabPanel, Tabs } from '../../parts/tabs';
import { PARTS } from '../../parts/texts';
import { placeOf, readJson, spanOf, type Span } from '../../text/json.source';
import { href } from '../../addresses';
import { location, navigate, setQuery } from '../../router';
import { can, keep, kept, useSeat } from '../../session/session';
import { Latest } from '../../tree/latest';
import { ParamsForm } from './form';
import { textAt } from './params.edit';
import { previewOf, newIdempotencyKey, typeScriptOf } from './start.request';
import { paramsOf } from './rerun';
import { TRY } from './texts';
import './try.css';
import { Disagreement } from '../../tree/disagreement';
import { drawnOf } from '../../tree/stored.tree';
import { TreeView } from '../../tree/tree-view';
import '../../tree/tree.css';

type Info = MethodResult<'server/info'>;

const PAUSE_MS = 150;
const DRAFT = 'try';
const INDENT = 2;

export default function TryScreen() {
  const from = location.value.query.get('from');
  const info = useLoad('server/info', (client, signal) => client.call('server/info', {}, { signal }));
  const rerun = useLoad(`rerun ${from ?? ''}`, (client, signal) =>
    from === null ? Promise.resolve(null) : rerunOf(client, from, signal),
  );
  return (
    <Load of={info}>
      {(info) =>
        from === null ? (
          <Playground info={info} from={null} rerun={null} />
        ) : (
          <Load of={rerun}>{(rerun) => <Playground key={from} info={info} from={from} rerun={rerun} />}</Load>
        )
      }
    </Load>
  );
}

/** The tree of the first step is what the run was started with. */
async function rerunOf(client: AssentClient, runId: string, signal: AbortSignal): Promise<unknown> {
  const run = await client.call('run/get', { runId }, { signal });
  const tree = await client.call('tree/get', { runId, step: 1 }, { signal }).catch((error: unknown) => {
    if (error instanceof AssentError && error.type.endsWith('not-found')) return null;
    throw error;
  });
  return paramsOf(run, tree);
}

function textOf(params: unknown): string {
  return JSON.stringify(params, null, INDENT);
}

const BLANK = { goal: '', actions: [], beliefs: { assumptions: [], gains: [] } };

function Playground(props: { readonly info: Info; readonly from: string | null; readonly rerun: unknown }) {
  const { info, from, rerun } = props;
  const { client } = useSeat();
  const workspaces = info.workspaces.filter(({ example }) => example).map(({ name }) => name);
  const [firstExample] = info.examples;
  const [text, setText] = useState(() => {
    if (rerun !== null) return textOf(rerun);
    const example = info.examples.find(({ id }) => id === location.value.query.get('example'));
    const draft = kept(DRAFT);
    return example
      ? textOf(example.params)
      : draft === ''
        ? textOf(firstExample?.params ?? blankIn(workspaces))
        : draft;
  });
  const [jump, setJump] = useState<Span | null>(null);
  const [failure, setFailure] = useState<unknown>(undefined);
  const [isStarting, setStarting] = useState(false);
  const [isTypeScript, setTypeScript] = useState(false);
  const reading = useMemo(() => readJson(text), [text]);
  const isValid = 'value' in reading;
  const params = isValid ? reading.value : null;
  const preview = usePreview(client, isValid ? params : undefined);
  const edit = location.value.query.get('edit') === 'json' ? 'json' : 'form';
  const error = failure ?? preview.error;
  const pointer = error instanceof AssentRpcError ? (error.data.pointer ?? null) : null;
  const place = !isValid
    ? { start: reading.error.offset, end: reading.error.offset }
    : pointer === null
      ? null
      : spanOf(reading.spans, pointer);
  const line = place ? placeOf(text, place.start).line : null;
  const change = (next: string) => {
    setText(next);
    setFailure(undefined);
    keep(DRAFT, next);
  };
  const goTo = () => {
    setQuery({ edit: 'json' });
    setJump(place && { ...place });
  };
  const workspace = textAt(params, ['workspace']) || (workspaces[0] ?? '');
  const isExample = workspaces.includes(workspace);
  const start = () => {
    setStarting(true);
    setFailure(undefined);
    const idempotencyKey = newIdempotencyKey((bytes) => crypto.getRandomValues(bytes));
    client.start(params as Parameters<AssentClient['start']>[0], { idempotencyKey }).then(
      ({ runId }) => navigate(href('run', { id: runId })),
      (error: unknown) => {
        setStarting(false);
        setFailure(error);
      },
    );
  };
  return (
    <Page
      wide
      title={TRY.title}
      lead={TRY.lead}
      actions={
        <>
          <Raw
            curl={{ method: 'POST', path: '/rpc', body: { jsonrpc: '2.0', id: 1, method: 'start', params } }}
            json={params ?? undefined}
          />
          <Button tone="quiet" small disabled={!isValid} onClick={() => setTypeScript(true)}>
            {TRY.typescript}
          </Button>
          <Button
            tone="primary"
            icon="play"
            busy={isStarting}
            disabled={!isValid || !isExample}
            missingScope={can('run:write') ? undefined : 'run:write'}
            onClick={start}
          >
            {TRY.start}
          </Button>
        </>
      }
    >
      <Dialog wide open={isTypeScript} title={TRY.typescriptTitle} onClose={() => setTypeScript(false)}>
        <p class="muted">{TRY.typescriptHint}</p>
        <Code text={isTypeScript ? typeScriptOf(window.location.origin, params) : ''} label={TRY.typescript} />
      </Dialog>
      <div class="try-examples" role="group" aria-label={TRY.examples}>
        {info.examples.map(({ id, title, params }) => (
          <button
            key={id}
            type="button"
            class="try-example"
            aria-pressed={text === textOf(params)}
            onClick={() => {
              setQuery({ example: id, from: null, node: null });
              change(textOf(params));
            }}
          >
            <b>{id}</b>
            <span>{title}</span>
          </button>
        ))}
        <button
          type="button"
          class="try-example"
          aria-pressed={text === textOf(blankIn(workspaces))}
          onClick={() => {
            setQuery({ example: null, from: null, node: null });
            change(textOf(blankIn(workspaces)));
          }}
        >
          <b>{TRY.blank}</b>
          <span>{TRY.blankTitle}</span>
        </button>
      </div>
      {from !== null && (
        <p class="notice">
          {TRY.rerunOf} <Id of={from} href={href('run', { id: from })} />
        </p>
      )}
      {isValid && !isExample && (
        <p class="notice notice-warn" role="status">
          {workspaces.length === 0 ? TRY.noExampleWorkspace : TRY.foreignWorkspace(workspace)}
        </p>
      )}
      <div class="try-columns">
        <div class="try-editor">
          <Tabs
            of={[
              { id: 'form', label: TRY.form },
              { id: 'json', label: TRY.json },
            ]}
            selected={edit}
            label={TRY.tabs}
            onSelect={(id) => setQuery({ edit: id === 'json' ? 'json' : null })}
          />
          {'error' in reading && (
            <p class="notice notice-bad try-syntax" role="alert">
              {TRY.syntax(PARTS.json[reading.error.kind], line ?? 1)}
              <button type="button" class="link" onClick={goTo}>
                {TRY.goTo(line ?? 1)}
              </button>
            </p>
          )}
          <TabPanel id={edit}>
            {edit === 'json' ? (
              <JsonEditor label={TRY.jsonLabel} text={text} wrong={place?.start ?? null} jump={jump} onText={change} />
            ) : isValid ? (
              <ParamsForm params={params} workspaces={workspaces} onChange={(next) => change(textOf(next))} />
            ) : (
              <p class="muted">{TRY.brokenForm}</p>
            )}
          </TabPanel>
        </div>
        <section class="try-preview" aria-labelledby="try-preview">
          <header class="section-head">
            <h2 id="try-preview">{TRY.preview}</h2>
            <span class="muted try-hint">{preview.isScoring ? TRY.scoring : TRY.previewHint}</span>
          </header>
          {error !== undefined && (
            <div class="try-problem">
              <Problem error={error} />
              {line !== null && (
                <Button small onClick={goTo}>
                  {TRY.goTo(line)}
                </Button>
              )}
            </div>
          )}
          {preview.tree ? (
            <ScoredTree tree={preview.tree} goal={textAt(params, ['goal'])} />
          ) : (
            isValid && previewOf(params) === null && <Empty title={TRY.preview} text={TRY.noPreview} icon="try" />
          )}
        </section>
      </div>
    </Page>
  );
}

function blankIn(workspaces: readonly string[]) {
  const [workspace] = workspaces;
  return workspace === undefined ? BLANK : { goal: '', workspace, actions: BLANK.actions, beliefs: BLANK.beliefs };
}

interface Preview {
  readonly tree: Tree | null;
  readonly error: unknown;
  readonly isScoring: boolean;
}

const NO_PREVIEW: Preview = { tree: null, error: undefined, isScoring: false };

/** The tree of the params, scored while they are typed. @param params undefined: they cannot be read at the moment */
function usePreview(client: AssentClient, params: unknown): Preview {
  const [preview, setPreview] = useState(NO_PREVIEW);
  const latest = useRef<Latest<Tree> | null>(null);
  latest.current ??= new Latest<Tree>(
    PAUSE_MS,
    (tree) => setPreview({ tree, error: undefined, isScoring: false }),
    (error) => setPreview(({ tree }) => ({ tree, error, isScoring: false })),
  );
  useEffect(() => {
    const request = previewOf(params);
    if (params === undefined) latest.current?.stop();
    else if (request) {
      setPreview((before) => ({ ...before, isScoring: true }));
      latest.current?.run((signal) => client.call('tree/score', request, { signal }));
    } else {
      latest.current?.stop();
      setPreview(NO_PREVIEW);
    }
  }, [client, params]);
  useEffect(() => () => latest.current?.stop(), []);
  return preview;
}

/** A tree that was scored and not stored. */
function ScoredTree({ tree, goal }: { readonly tree: Tree; readonly goal: string }) {
  const drawn = useMemo(() => drawnOf(tree), [tree]);
  return <TreeView tree={drawn} goal={goal} notices={<Disagreement tree={drawn} />} />;
}
