import { Global, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Pool } from 'pg';
import { family } from '@assent/adapters/file';
import type { JsonObject, ToolCall } from '@assent/contract';
import { Config, Database, LOG, SERVER_SECRETS, loadConfig } from '@assent/platform';
import { FeatureFlags, LocalPrincipals, Principals } from '@assent/identity';
import type { EffectDraft, EffectResult, ExternalAdapter, ReadAdapter } from '../tool-adapter.port';
import { ToolPolicyRepository } from '../tool-policy.repository';
import { ToolSources } from '../tool.sources';
import { ToolsModule } from '../tools.module';
import { ToolsService } from '../tools.service';
import type { TempWorkspace } from './temp-workspace';
import { hostOf } from './tool-host';

/** A credential of the server that no tool may reveal. */
export const SERVER_SECRET = 'correct-horse-battery-0123456789abcdef';
const basics = {
  description: 'Fake.',
  inputSchema: { type: 'object', properties: { url: { type: 'string' } }, additionalProperties: true },
  effort: 1,
  deadlineMs: 5_000,
};

/** The file tools and two fakes behind the real service. Files are real; the database is never connected. */
export class ToolsStage {
  readonly caller = { tenantId: 'local', subject: 'developer' };
  readonly options = { caller: this.caller, signal: new AbortController().signal, idempotencyKey: 'run:1' };
  /** Number of calls of `fake.read`, and its answer. */
  reads = 0;
  answer = (): Promise<JsonObject> => Promise.resolve({});
  /** The draft of `fake.effect`, and its result. */
  draft: EffectDraft | null = null;
  apply = (_: JsonObject): Promise<EffectResult> => Promise.resolve({ outcome: 'applied', output: {} });
  private readonly opened: TestingModule[] = [];

  constructor(private readonly workspace: TempWorkspace) {}

  call(tool: string, args: ToolCall['args'] = {}, workspace = 'docs'): ToolCall {
    return { tool, args, workspace };
  }

  async open(rules: object[] = [], tenantRules: object[] = []): Promise<ToolsService> {
    await this.workspace.write('policy.json', JSON.stringify({ version: 1, rules }));
    const env = {
      WORKSPACES: `docs=${this.workspace.root},other=${this.workspace.outside}`,
      POLICY_FILE: this.workspace.at('policy.json'),
      DEVELOPER_KEY: SERVER_SECRET,
    };
    @Global()
    @Module({
      providers: [
        { provide: Config, useValue: loadConfig(env, this.workspace.root) },
        { provide: SERVER_SECRETS, useValue: [SERVER_SECRET] },
        { provide: LOG, useValue: hostOf().log },
        { provide: Principals, useValue: new Principals([new LocalPrincipals({ developer: 'a', reviewer: 'b' })]) },
        { provide: FeatureFlags, useValue: { enabled: () => Promise.resolve(true) } },
        { provide: Database, useValue: new Database(new Pool()) },
      ],
      exports: [Config, Database, FeatureFlags, LOG, Principals, SERVER_SECRETS],
    })
    class PlatformPart {}
    const module = await Test.createTestingModule({ imports: [PlatformPart, ToolsModule] })
      .overrideProvider(ToolPolicyRepository)
      .useValue({ find: () => Promise.resolve({ rules: tenantRules, maxCalls: null }) })
      .overrideProvider(ToolSources)
      .useValue(new ToolSources([...family.create({}, hostOf()), ...this.fakes()]))
      .compile();
    this.opened.push(module);
    return module.get(ToolsService);
  }

  async close(): Promise<void> {
    for (const module of this.opened.splice(0)) await module.close();
  }

  private fakes(): [ReadAdapter, ExternalAdapter] {
    return [
      {
        ...basics,
        name: 'fake.read',
        effect: 'read',
        idempotent: true,
        run: () => {
          this.reads += 1;
          return this.answer();
        },
      },
      {
        ...basics,
        name: 'fake.effect',
        effect: 'external',
        idempotent: false,
        dryRun: () => Promise.resolve(this.draft),
        apply: (effect) => this.apply(effect),
      },
    ];
  }
}
