import type { AssentClient, AuditLine, ChainHead } from '@assent/client';
import type { ChainReport } from './chain';
import workerUrl from './chain.worker?worker&url';
import { readExport } from './export';
import type { FromWorker, ToWorker } from './worker.messages';

/** Lines of one message and of one page: the most that the server gives. */
const PAGE = 500;

export type Progress = (done: number, all: number) => void;

interface Pages {
  readonly lines: readonly AuditLine[];
  readonly head: ChainHead | null;
}

/** Trusted Types, which TypeScript's DOM does not have yet. */
interface TrustedTypes {
  createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ) => { readonly createScriptURL: (url: string) => URL };
}

/** Whether this page may compute hashes. */
export const canVerify = (globalThis.crypto as Crypto | undefined)?.subtle !== undefined;

let scriptUrl: string | URL | undefined;

/** The address of the one worker. Its Trusted Types policy lets no other address through. */
function workerAddress(): string | URL {
  const trusted = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
  scriptUrl ??= trusted
    ? trusted
        .createPolicy('assent-worker', {
          createScriptURL: (url) => {
            if (url !== workerUrl) throw new TypeError(`${url} is not the worker.`);
            return url;
          },
        })
        .createScriptURL(workerUrl)
    : workerUrl;
  return scriptUrl;
}

/** All pages of the audit, the head of the last one with them. */
export async function* exportPages(client: AssentClient, signal: AbortSignal): AsyncGenerator<Required<Pages>> {
  for (let after = 0; ;) {
    const { items, cursor, head } = await client.call('audit/export', { after, limit: PAGE }, { signal });
    yield { lines: items, head };
    if (items.length === 0 || cursor >= head.position) return;
    after = cursor;
  }
}

/** Verifies the chain of the server in a worker. @throws AssentError; the reason of the signal */
export function checkServer(
  client: AssentClient,
  noted: readonly ChainHead[],
  progress: Progress,
  signal: AbortSignal,
): Promise<ChainReport> {
  return check(exportPages(client, signal), noted, progress, signal);
}

/** Verifies an export in a worker. @throws ExportError */
export function checkFile(
  text: string,
  noted: readonly ChainHead[],
  progress: Progress,
  signal: AbortSignal,
): Promise<ChainReport> {
  return check(filePages(text), noted, progress, signal);
}

// eslint-disable-next-line @typescript-eslint/require-await -- the same form as the pages of the server
async function* filePages(text: string): AsyncGenerator<Pages> {
  const { lines, head } = readExport(text);
  for (let at = 0; at < lines.length; at += PAGE) yield { lines: lines.slice(at, at + PAGE), head };
  if (lines.length === 0) yield { lines, head };
}

async function check(
  pages: AsyncIterable<Pages>,
  noted: readonly ChainHead[],
  progress: Progress,
  signal: AbortSignal,
): Promise<ChainReport> {
  const worker = new Worker(workerAddress(), { type: 'module' });
  const send = (message: ToWorker): void => worker.postMessage(message);
  let all = 0;
  const report = new Promise<ChainReport>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === 'report') resolve(data.report);
      else progress(data.position, all);
    });
  });
  // It is awaited below, after the pages: a failure before that is no unhandled one.
  report.catch(() => undefined);
  try {
    send({ kind: 'begin', noted });
    let end: ChainHead | null = null;
    for await (const { lines, head } of pages) {
      signal.throwIfAborted();
      end = head;
      all = head?.position ?? all + lines.length;
      send({ kind: 'lines', lines });
    }
    send({ kind: 'end', head: end });
    return await report;
  } finally {
    worker.terminate();
  }
}
