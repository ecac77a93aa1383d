import { Global, Module } from '@nestjs/common';
import { TraceComposer, type Composed } from '@assent/planner';
import type { Action } from '@assent/contract';
import { composeFromTrace } from './lexical.composer';

/** The offline composer as an implementation of the planner's port. */
export class LexicalComposer extends TraceComposer {
  compose(trace: string | readonly string[], actions: readonly Action[]): Promise<Composed> {
    return composeFromTrace(trace, actions);
  }
}

/** Provides the offline composer to the planner. */
@Global()
@Module({ providers: [{ provide: TraceComposer, useClass: LexicalComposer }], exports: [TraceComposer] })
export class LexicalModule {}
