import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  COMMENT_MAX_CHARS,
  GOAL_MAX_CHARS,
  MAX_ACTIONS,
  MAX_ASSOCIATIONS,
  MAX_ASSUMPTIONS,
  MAX_DEPTH,
  MAX_GAIN_ROWS,
  PROTOCOL_VERSION,
  SERVER_VERSION,
  STREAM_PAGE_MAX,
  STREAM_WAIT_MAX_MS,
  TRACE_MAX_CHARS,
  type ExampleRun,
  type MethodResult,
  type Principal,
} from '@assent/contract';
import { FeatureFlags } from '@assent/identity';
import { Config } from '@assent/platform';
import { Pauses } from '@assent/runs';
import { BODY_LIMIT_BYTES } from './http/json.body';

/** Examples in the folder of the shipped workspace, in the recommended order. */
const EXAMPLES = [
  {
    id: 'checkout',
    title: 'Card payments fail: a change of one line waits for the reviewer',
    file: 'request.beliefs.json',
  },
  { id: 'question', title: 'A question is worth more than a guess: the run asks first', file: 'request.question.json' },
  {
    id: 'refutation',
    title: 'A fact withdraws an approval: resolve the first assumption',
    file: 'request.refutation.json',
  },
  { id: 'hidden', title: 'Invisible characters are flagged before the approval', file: 'request.hidden.json' },
] as const;

/** Describes this server to a new client. */
@Injectable()
export class ServerInfo {
  private examples: Promise<ExampleRun[]> | undefined;

  constructor(
    private readonly config: Config,
    private readonly flags: FeatureFlags,
    private readonly pauses: Pauses,
  ) {}

  async of(principal: Principal): Promise<MethodResult<'server/info'>> {
    const { env, workspaces } = this.config;
    const isShipped = env.WORKSPACES === undefined;
    const [states, pause] = await Promise.all([this.flags.list(principal), this.pauses.of(principal.tenantId)]);
    return {
      version: SERVER_VERSION,
      protocol: PROTOCOL_VERSION,
      tenant: principal.tenantId,
      workspaces: [...workspaces.keys()].map((name) => ({ name, example: isShipped })),
      selfApproval: env.SELF_APPROVAL === 'allow',
      model: this.config.model,
      memory: true,
      features: Object.fromEntries(
        states.map(({ flag, enabled }) => [flag, enabled]),
      ) as MethodResult<'server/info'>['features'],
      pause,
      publicUrl: env.PUBLIC_URL ?? null,
      grafanaUrl: env.GRAFANA_URL ?? null,
      limits: {
        bodyBytes: BODY_LIMIT_BYTES,
        goalChars: GOAL_MAX_CHARS,
        traceChars: TRACE_MAX_CHARS,
        actions: MAX_ACTIONS,
        assumptions: MAX_ASSUMPTIONS,
        associations: MAX_ASSOCIATIONS,
        gainRows: MAX_GAIN_ROWS,
        treeDepth: MAX_DEPTH,
        commentChars: COMMENT_MAX_CHARS,
        streamPage: STREAM_PAGE_MAX,
        streamWaitMs: STREAM_WAIT_MAX_MS,
        approvalTtlSeconds: env.APPROVAL_TTL_SECONDS,
        frameRetentionDays: env.FRAME_RETENTION_DAYS,
      },
      examples: isShipped ? await (this.examples ??= this.readExamples()) : [],
    };
  }

  private async readExamples(): Promise<ExampleRun[]> {
    const [folder = ''] = this.config.workspaces.values();
    return Promise.all(
      EXAMPLES.map(async ({ id, title, file }) => ({
        id,
        title,
        params: JSON.parse(await readFile(join(dirname(folder), file), 'utf8')) as ExampleRun['params'],
      })),
    );
  }
}
