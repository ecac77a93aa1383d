import { useCallback, useState } from 'preact/hooks';

export interface Action {
  readonly isBusy: boolean;
  /** undefined: nothing has failed. */
  readonly error: unknown;
  /** Carries something out. The error of a failure is kept until the next attempt. */
  readonly run: (act: () => Promise<void>) => void;
  readonly reset: () => void;
}

interface State {
  readonly isBusy: boolean;
  readonly error: unknown;
}

const IDLE: State = { isBusy: false, error: undefined };

/** One thing that a person does on a screen, with its progress and its error. */
export function useAction(): Action {
  const [state, setState] = useState(IDLE);
  const run = useCallback((act: () => Promise<void>) => {
    setState({ isBusy: true, error: undefined });
    act().then(
      () => setState(IDLE),
      (error: unknown) => setState({ isBusy: false, error }),
    );
  }, []);
  const reset = useCallback(() => setState(IDLE), []);
  return { ...state, run, reset };
}
