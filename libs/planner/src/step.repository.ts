import { Injectable } from '@nestjs/common';
import type { Action, JsonObject } from '@assent/contract';
import { Database, RUN, cte, sql, type RunPart } from '@assent/platform';
import { keptOutcome } from './kept-outcome';
import { STEPS } from './planner.tables';

/** The action of a run in a step. */
export interface StepAction {
  readonly kind: Action['kind'];
  readonly label: string;
  readonly tool?: string;
  readonly args?: JsonObject;
}

export interface StepRecord {
  readonly step: number;
  readonly action: StepAction;
  readonly outcome: JsonObject;
}

/** Kind of the outcome of a turn of reads. */
export const READS_OUTCOME = 'reads';

/** The stored outcome of a turn of reads. */
export interface ReadsOutcome {
  readonly kind: typeof READS_OUTCOME;
  readonly reads: readonly { readonly actionId: string; readonly outcome: JsonObject }[];
}

/** Maximum characters of an outcome as JSON. The frames contain the whole outcome. */
const OUTCOME_MAX_CHARS = 64_000;
/** Maximum characters of all read outcomes of a turn together. */
const READS_MAX_CHARS = 512_000;

export function isReadsOutcome(outcome: object): outcome is ReadsOutcome {
  return 'kind' in outcome && outcome.kind === READS_OUTCOME;
}

/** Steps of runs, one statement per method. */
@Injectable()
export class StepRepository {
  constructor(private readonly database: Database) {}

  /** Steps of a run, oldest first. */
  async ofRun(runId: string): Promise<StepRecord[]> {
    return this.database.query<StepRecord>(
      sql`select step, action, outcome from steps where run_id = ${runId} order by step`,
    );
  }
}

export function insertStep({ step, action, outcome }: StepRecord): RunPart {
  const row = { runId: RUN.column('id'), step, tenantId: RUN.column('tenantId'), action, outcome: keptOf(outcome) };
  return cte(
    'insert_steps',
    STEPS.insert({ ...row, createdAt: RUN.column('updatedAt') }, sql`from ${RUN} on conflict do nothing`),
  );
}

/** Every read of a turn is stored like the outcome of a separate step, within its share of the limit. */
function keptOf(outcome: JsonObject): object {
  if (!isReadsOutcome(outcome)) return keptOutcome(outcome, OUTCOME_MAX_CHARS);
  const { kind, reads } = outcome;
  const share = Math.min(OUTCOME_MAX_CHARS, Math.floor(READS_MAX_CHARS / reads.length));
  return { kind, reads: reads.map((read) => ({ ...read, outcome: keptOutcome(read.outcome, share) })) };
}

export function stepActionOf({ kind, label, tool, args }: Action): StepAction {
  return {
    kind,
    label,
    ...(tool === undefined ? {} : { tool }),
    ...(args === undefined ? {} : { args: args as JsonObject }),
  };
}
