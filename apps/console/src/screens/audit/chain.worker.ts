import { ChainVerifier } from './chain';
import type { FromWorker, ToWorker } from './worker.messages';

/** The part of a worker's global scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage: (message: FromWorker) => void;
}

const scope = globalThis as unknown as Scope;
let verifier: ChainVerifier | undefined;
/** Messages are worked on one after the other. */
let queue = Promise.resolve();

async function answer(message: ToWorker): Promise<void> {
  if (message.kind === 'begin') {
    verifier = new ChainVerifier((data) => crypto.subtle.digest('SHA-256', data), message.noted);
  } else if (verifier && message.kind === 'lines') {
    await verifier.add(message.lines);
    scope.postMessage({ kind: 'progress', position: verifier.position });
  } else if (verifier && message.kind === 'end') {
    scope.postMessage({ kind: 'report', report: verifier.finish(message.head) });
  }
}

scope.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data));
};
