import { Injectable } from '@nestjs/common';
import { toAssentError, type Action, type Change, type JsonObject } from '@assent/contract';
import { canonicalJson } from '@assent/platform';
import type { DryTry } from '@assent/planner';
import { ToolMetrics, type CallOptions, type DryRun, type ToolsService } from '@assent/tools';
import type { StepContext } from '../step/step.context';

/** Maximum files named for an action. */
const MAX_FILES = 16;

/** Dry runs of the changes that a model proposes in one step. Each call gets one dry run. */
export class DryRuns {
  private readonly drafts = new Map<string, DryRun>();

  constructor(
    private readonly tools: ToolsService,
    private readonly metrics: ToolMetrics,
    private readonly workspace: string,
    private readonly options: CallOptions,
  ) {}

  /** Null when the tool only reads. @throws the reason of the run's signal, and faults of this server */
  readonly run = async (tool: string, args: JsonObject): Promise<DryTry | null> => {
    if (this.tools.findEffect(tool) === 'read') return null;
    const key = keyOf(tool, args);
    const call = { tool, args, workspace: this.workspace };
    try {
      const known = this.drafts.get(key);
      const draft = known ?? (await this.metrics.observe(tool, 'dry_run', () => this.tools.dryRun(call, this.options)));
      this.drafts.set(key, draft);
      return { change: changeIn(draft) };
    } catch (thrown) {
      if (this.options.signal.aborted) throw thrown;
      const { reason, message } = toAssentError(thrown);
      if (reason === 'internal') throw thrown;
      return { problem: message };
    }
  };

  /** The draft of an action's call; undefined when it had no dry run or cannot be made. */
  draftOf({ tool, args }: Pick<Action, 'tool' | 'args'>): DryRun | undefined {
    return tool === undefined ? undefined : this.drafts.get(keyOf(tool, args ?? {}));
  }
}

/** Makes the dry runs of a step. */
@Injectable()
export class DryRunner {
  constructor(private readonly metrics: ToolMetrics) {}

  async of(context: StepContext): Promise<DryRuns> {
    // A model's proposal is external text.
    return new DryRuns(await context.tools(), this.metrics, context.run.workspace, context.callOptions(true));
  }
}

function changeIn(draft: DryRun): Change {
  if (draft.unchanged) return { files: [], filesTotal: 0 };
  const files = draft.files
    .slice(0, MAX_FILES)
    .map(({ path, kind, added, removed }) => ({ path, kind, added, removed }));
  return { files, filesTotal: draft.files.length };
}

function keyOf(tool: string, args: object): string {
  return canonicalJson({ tool, args });
}
