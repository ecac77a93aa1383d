import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { QUESTION_DEFAULTS, type QuestionDefault } from '@assent/contract';

const TEN_YEARS_SECONDS = 315_360_000;

/** Permissions, timeouts and retention of runs. */
export class RunSettings {
  /** Folders tools may touch: `name=dir,name=dir`. With several, each call names its own. Without it: `example`, a copy of the shipped example in DATA_DIR. */
  @IsOptional()
  @IsString()
  WORKSPACES?: string;

  /** Policy for tool calls, a JSON file (docs/tools.md). */
  @IsOptional()
  @IsString()
  POLICY_FILE?: string;

  /** Policy for approvals, a JSON file (docs/approvals.md). */
  @IsOptional()
  @IsString()
  APPROVAL_POLICY_FILE?: string;

  /** Available tools and their settings, a JSON file with a section per family (docs/tools.md). */
  @IsOptional()
  @IsString()
  TOOLS_FILE?: string;

  /** Seconds a replica owns a run without a heartbeat. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(300)
  LEASE_SECONDS = 12;

  /**
   * Interval in seconds between sweeps for runs whose replica is gone. Lease plus sweep must stay below the objective
   * of 30 s.
   */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(60)
  SWEEP_SECONDS = 4;

  /**
   * Maximum runs that one replica executes at the same time; others wait in the queue. A run that waits for a person
   * does not count.
   */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  MAX_ACTIVE_RUNS = 64;

  /** Maximum length of the queue; beyond it `start` answers -32000 overloaded. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  MAX_QUEUED_RUNS = 10_000;

  /** Seconds until a pending approval expires. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS_SECONDS)
  APPROVAL_TTL_SECONDS = 86_400;

  /** Seconds until a question to a person expires; `start.questions.ttlSeconds` overrides it for one run. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS_SECONDS)
  QUESTION_TTL_SECONDS = 86_400;

  /** The assumption made when a question expires; `start.questions.onExpiry` overrides it. */
  @IsIn(QUESTION_DEFAULTS)
  QUESTION_DEFAULT: QuestionDefault = 'unresolved';

  /** Seconds a client may take for a call of a tool that it hosts, unless the tool says otherwise. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  CLIENT_TOOL_SECONDS = 60;

  /** Maximum number of steps of a run that a model plans. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  MAX_STEPS = 20;

  /** Reads of one turn of a model that run at the same time; the others of the turn follow as these end. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(64)
  MAX_PARALLEL_READS = 8;

  /** Retention of the frames of ended runs, in days. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  FRAME_RETENTION_DAYS = 7;

  /**
   * Days after which an ended run is deleted with its trees, calls, diffs, approvals and decisions, once its frames and
   * webhook events are. Without it runs are kept. Audit rows and what memory has learned stay.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  RUN_RETENTION_DAYS?: number;

  /** Age in seconds, plus or minus a tenth, at which an open stream is closed for rebalancing; the client resumes. */
  @Type(() => Number)
  @IsInt()
  @Min(10)
  @Max(86_400)
  STREAM_MAX_SECONDS = 3_600;

  /** Maximum open event streams of one replica; further requests get 503. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  MAX_STREAMS = 5_000;
}
