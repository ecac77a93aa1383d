import { Injectable } from '@nestjs/common';
import type { Action, JsonObject } from '@assent/contract';
import { Database, RUN, cte, sql, type RunPart } from '@assent/platform';
import { keptOutcome } from './kept-outcome';
import { STEPS } from './planner.tables';

/** What a run did in a step. */
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

/** What a turn of reads came to, as it is stored. */
export interface ReadsOutcome {
  readonly kind: typeof READS_OUTCOME;
  readonly reads: readonly { readonly actionId: string; readonly outcome: JsonObject }[];
}

/** Longest outcome that is kept, in characters of JSON: the frames have the whole of it. */
const OUTCOME_MAX_CHARS = 64_000;
/** The same of all reads of a turn together. */
const READS_MAX_CHARS = 512_000;

export function isReadsOutcome(outcome: object): outcome is ReadsOutcome {
  return 'kind' in outcome && outcome.kind === READS_OUTCOME;
}

/** Steps of runs, one statement per method. */
@Injectable()
export class StepRepository {
  constructor(private readonly database: Database) {}

  /** Oldest first. */
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

/** Every read of a turn is kept as a step of its own would be, within its share. */
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
