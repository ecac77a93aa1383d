import type { Action, Association, GainRow } from '@assent/contract';
import type { SourcedAssumption } from './merge';

/** Beliefs made by a composer. */
export interface Composed {
  readonly assumptions: readonly SourcedAssumption[];
  readonly associations: readonly Association[];
  /** An action has gain 1 where one of the statements that favour it has the named value. */
  readonly gains: readonly GainRow[];
  /** No statement of the trace favours an action, so the choice is poorly supported. */
  readonly degraded: boolean;
  readonly warnings: readonly string[];
}

/** Reads beliefs from a trace without a model. The lexical lib implements it; the app registers it. */
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

/** Used when no composer is registered. It finds no statements in a trace. */
export const NO_COMPOSER: TraceComposer = new NoComposer();
