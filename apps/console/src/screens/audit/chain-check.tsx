import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Chip } from '../../parts/chip';
import { now } from '../../parts/clock';
import { Copy } from '../../parts/copy';
import { Field } from '../../parts/field';
import { Problem } from '../../parts/problem';
import { Time } from '../../parts/time';
import { announce } from '../../parts/announce';
import { useSeat } from '../../session/session';
import { canVerify, checkFile, checkServer, type Progress } from './chain.check';
import { headText, readHead, type ChainReport } from './chain';
import { ExportError } from './export';
import { AUDIT } from './texts';

const SHOWN_PROBLEMS = 20;
const { chain } = AUDIT;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number; readonly all: number }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'done'; readonly report: ChainReport; readonly of: string; readonly at: string };

/** Verifies the chain in this page, and shows its head to note it down. */
export function ChainCheck() {
  const { client } = useSeat();
  const [state, setState] = useState<State>({ kind: 'idle' });
  const [noted, setNoted] = useState('');
  const abort = useRef<AbortController | undefined>(undefined);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const head = noted.trim() === '' ? null : readHead(noted);
  const isWrong = noted.trim() !== '' && head === null;

  const start = (of: string, check: (progress: Progress, signal: AbortSignal) => Promise<ChainReport>): void => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    const set = (next: State): void => {
      if (!controller.signal.aborted) setState(next);
    };
    set({ kind: 'running', done: 0, all: 0 });
    check((done, all) => set({ kind: 'running', done, all }), controller.signal).then(
      (report) => {
        set({ kind: 'done', report, of, at: new Date(now.value).toISOString() });
        announce(verdictOf(report));
      },
      (error: unknown) => set({ kind: 'failed', error }),
    );
  };
  const known = head ? [head] : [];
  const verify = (): void => start(chain.of.server, (progress, signal) => checkServer(client, known, progress, signal));
  const verifyFile = (file: File): void =>
    start(chain.of.file(file.name), async (progress, signal) => checkFile(await file.text(), known, progress, signal));
  const stop = (): void => {
    abort.current?.abort();
    setState({ kind: 'idle' });
  };
  const isRunning = state.kind === 'running';
  return (
    <section class="card audit-chain" aria-labelledby="audit-chain-title">
      <div class="audit-chain-text">
        <h2 id="audit-chain-title">{chain.title}</h2>
        <p class="muted">{chain.text}</p>
      </div>
      {canVerify ? (
        <div class="audit-chain-form">
          <Field label={chain.noted} hint={chain.notedHint} error={isWrong ? chain.notedWrong : null}>
            <input
              class="mono"
              value={noted}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => setNoted(event.currentTarget.value)}
            />
          </Field>
          <p class="toolbar">
            <Button tone="primary" icon="check" busy={isRunning} disabled={isWrong} onClick={verify}>
              {state.kind === 'done' ? chain.again : chain.verify}
            </Button>
            <Button disabled={isRunning || isWrong} title={chain.fileHint} onClick={() => picker.current?.click()}>
              {chain.file}
            </Button>
            <input
              ref={picker}
              hidden
              type="file"
              accept=".jsonl,.ndjson,application/x-ndjson"
              aria-label={chain.file}
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                event.currentTarget.value = '';
                if (file) verifyFile(file);
              }}
            />
          </p>
        </div>
      ) : (
        <p class="notice notice-warn">{chain.insecure}</p>
      )}
      {state.kind === 'running' && (
        <div class="audit-progress">
          <progress max={Math.max(1, state.all)} value={state.done} aria-label={chain.verify} />
          <span class="num muted">{chain.progress(state.done, state.all)}</span>
          <Button small tone="quiet" onClick={stop}>
            {chain.stop}
          </Button>
        </div>
      )}
      {state.kind === 'failed' && <Failure error={state.error} retry={verify} />}
      {state.kind === 'done' && <Report report={state.report} of={state.of} at={state.at} />}
    </section>
  );
}

function Failure({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  if (!(error instanceof ExportError)) return <Problem error={error} retry={retry} />;
  return (
    <p class="notice notice-bad" role="alert">
      {chain.unreadable[error.kind](error.line)}
    </p>
  );
}

function Report({ report, of, at }: { readonly report: ChainReport; readonly of: string; readonly at: string }) {
  const { head, problems } = report;
  const text = headText(head);
  return (
    <div class="audit-report">
      <p>
        <Chip tone={problems.length === 0 ? 'good' : 'bad'}>{verdictOf(report)}</Chip>{' '}
        <span class="muted">
          {of}, <Time of={at} />
        </span>
      </p>
      <dl class="facts">
        <dt>{chain.head}</dt>
        <dd>
          <code class="audit-head">{text}</code>
          <Copy text={text} label={chain.head} />
          <small class="muted">{chain.headHint}</small>
        </dd>
      </dl>
      {problems.length > 0 && (
        <ol class="audit-problems">
          {problems.slice(0, SHOWN_PROBLEMS).map(({ position, kind }, index) => (
            <li key={index}>
              <b class="num">{chain.at(position)}</b> {chain.problems[kind]}
            </li>
          ))}
          {problems.length > SHOWN_PROBLEMS && <li>{chain.further(problems.length - SHOWN_PROBLEMS)}</li>}
        </ol>
      )}
    </div>
  );
}

function verdictOf({ lines, problems }: ChainReport): string {
  if (problems.length > 0) return chain.broken(problems.length);
  return chain.holds(chain.lines(lines));
}
