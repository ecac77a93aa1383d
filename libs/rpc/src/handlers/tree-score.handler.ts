import { Injectable } from '@nestjs/common';
import { AssentError, type MethodParams, type MethodResult } from '@assent/contract';
import { PlannerService } from '@assent/planner';
import type { CallContext, RpcHandler } from '../call.context';
import { RunReader } from '../run.reader';

type ScoreParams = MethodParams<'tree/score'>;

/** What can be scored. Beliefs and a trace need actions beside them; a tree, and a run's tree, have their own. */
const SUBJECTS = ['beliefs', 'trace', 'tree', 'runId'] as const;

@Injectable()
export class TreeScoreHandler implements RpcHandler<'tree/score'> {
  constructor(
    private readonly planner: PlannerService,
    private readonly reader: RunReader,
  ) {}

  async handle(params: ScoreParams, { principal }: CallContext): Promise<MethodResult<'tree/score'>> {
    requireOneSubject(params);
    const { runId, step, ...input } = params;
    if (runId === undefined) return this.planner.score(input);
    const tree = await this.reader.tree(principal, runId, step ?? null);
    return this.planner.score({ tree, ...(input.params === undefined ? {} : { params: input.params }) });
  }
}

/** Refuses what would otherwise be passed over in silence. @throws AssentError invalid, with a pointer to the extra part */
export function requireOneSubject(params: ScoreParams): void {
  const [subject, second] = SUBJECTS.filter((name) => params[name] !== undefined);
  if (subject === undefined) {
    throw invalid('There is nothing to score: give beliefs or a trace with actions, a tree, or a runId.', 'beliefs');
  }
  if (second !== undefined) throw invalid(`There is ${subject} to score already: leave out ${second}.`, second);
  const hasActions = subject === 'tree' || subject === 'runId';
  if (hasActions && params.actions !== undefined) {
    throw invalid(`The actions of ${subject} are scored as they are: leave out actions.`, 'actions');
  }
  if (subject !== 'runId' && params.step !== undefined) {
    throw invalid('A step is one of a run: give the runId too, or leave out step.', 'step');
  }
}

function invalid(message: string, name: keyof ScoreParams): AssentError {
  return new AssentError('invalid', message, { pointer: `/${name}` });
}
