import type { Tree } from '@assent/contract';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSeat } from '../session/session';
import { Latest } from './latest';
import { AS_IT_IS, isAsItIs, scoreParamsOf, type StoredStep, type WhatIf } from './what-if';

const PAUSE_MS = 60;

export interface WhatIfState {
  readonly whatIf: WhatIf;
  readonly change: (whatIf: WhatIf) => void;
  /** The tree with the changes; null: without changes, or before the first answer. */
  readonly tree: Tree | null;
  readonly error: unknown;
  readonly isScoring: boolean;
}

/** Asks the server what a stored tree would choose with changes. The server stores nothing. */
export function useWhatIf(stored: StoredStep | null): WhatIfState {
  const { client } = useSeat();
  const [whatIf, setWhatIf] = useState(AS_IT_IS);
  const [answer, setAnswer] = useState<{ readonly tree: Tree | null; readonly error: unknown }>(NO_ANSWER);
  const [isScoring, setScoring] = useState(false);
  const latest = useRef<Latest<Tree> | null>(null);
  latest.current ??= new Latest<Tree>(
    PAUSE_MS,
    (tree) => {
      setAnswer({ tree, error: undefined });
      setScoring(false);
    },
    (error) => {
      setAnswer((before) => ({ ...before, error }));
      setScoring(false);
    },
  );
  const runId = stored?.runId;
  const step = stored?.step;
  useEffect(() => {
    setWhatIf(AS_IT_IS);
    setAnswer(NO_ANSWER);
    setScoring(false);
    return () => latest.current?.stop();
  }, [runId, step]);
  const change = (next: WhatIf): void => {
    setWhatIf(next);
    if (isAsItIs(next) || !stored) {
      latest.current?.stop();
      setAnswer(NO_ANSWER);
      setScoring(false);
      return;
    }
    setScoring(true);
    latest.current?.run((signal) => client.call('tree/score', scoreParamsOf(stored, next), { signal }));
  };
  return { whatIf, change, ...answer, isScoring };
}

const NO_ANSWER = { tree: null, error: undefined };
