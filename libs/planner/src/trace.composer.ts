import type { Action, Association, GainRow } from '@assent/contract';
import type { SourcedAssumption } from './merge';

/** Beliefs as a composer makes them. */
export interface Composed {
  readonly assumptions: readonly SourcedAssumption[];
  readonly associations: readonly Association[];
  /** An action is right, gain 1, where one of the statements that speak for it has the value that they name. */
  readonly gains: readonly GainRow[];
  /** No statement of the trace speaks for an action: the choice rests on less than it should. */
  readonly degraded: boolean;
  readonly warnings: readonly string[];
}

/** Reads beliefs from a trace without a model. The lib that knows languages implements it; the app registers it. */
export abstract class TraceComposer {
  /** The same trace and actions give the same beliefs. */
  abstract compose(trace: string | readonly string[], actions: readonly Action[]): Promise<Composed>;
}

class NoComposer extends TraceComposer {
  compose(): Promise<Composed> {
    const warnings = ['No composer is registered, so nothing was read from the trace. Send beliefs.'];
    return Promise.resolve({ assumptions: [], associations: [], gains: [], degraded: true, warnings });
  }
}

/** Where no composer is registered, a trace says nothing. */
export const NO_COMPOSER: TraceComposer = new NoComposer();
