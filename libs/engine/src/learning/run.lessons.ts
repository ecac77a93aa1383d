import { Injectable } from '@nestjs/common';
import type { FragmentState, MethodParams, Outcome, Provenance, Tree } from '@assent/contract';
import {
  MemoryService,
  learn,
  lessonOf,
  oppose,
  oppositeOf,
  promptOfRun,
  recordExperience,
  widens,
  type Experience,
} from '@assent/memory';
import { sql, type Cte } from '@assent/platform';
import type { RunRecord } from '@assent/runs';
import { PLAN_FAMILY } from '../search/search.prompts';

type Verdict = MethodParams<'complete'>;

/** The newest diff of the run, and the decision on its newest approval, as they are kept with the experience. */
const DIFF = sql`select json_build_object('diffId', diffs.id, 'revision', revision, 'hash', hash, 'state', state, 'files', files)
  from diffs where run_id = held.id order by step desc, revision desc limit 1`;
const DECISION = sql`select json_build_object('approvalId', approvals.id, 'state', approvals.state, 'decision', decision)
  from approvals left join decisions on decisions.approval_id = approvals.id where run_id = held.id order by approvals.id desc limit 1`;

/** What a finished run leaves for memory. */
@Injectable()
export class RunLessons {
  constructor(private readonly memory: MemoryService) {}

  /** Parts of the statement that writes the verdict; null: this run leaves nothing. */
  of(run: RunRecord, tree: Tree, verdict: Verdict): { readonly writes: readonly Cte[] } | null {
    const { outcome, score = null } = verdict;
    if (!learns(run, outcome)) return null;
    const experience = this.experienceOf(run, tree, outcome);
    const lesson = lessonOf(experience);
    const agent = run.requester;
    const { goal, ending, action, tool, assumptions: path } = experience;
    const common = { goal, outcome, score, ending, action, tool, path, metaPromptId: promptOfRun(PLAN_FAMILY) };
    const source = this.sourceOf(run, verdict);
    return {
      writes: [
        learn({ agent, goal, lesson, source, promotable: !widens(lesson.text) }),
        oppose(agent, oppositeOf(experience)),
        recordExperience({ ...common, diff: DIFF, decision: DECISION }),
      ],
    };
  }

  /** What `of` has kept. */
  async find(
    run: RunRecord,
    tree: Tree,
    outcome: Outcome,
  ): Promise<{ fragmentId: string; status: FragmentState } | null> {
    if (!learns(run, outcome)) return null;
    return this.memory.find(run.tenantId, run.requester, lessonOf(this.experienceOf(run, tree, outcome)).text);
  }

  /** Redacted: goals and actions are written by people and models. */
  private experienceOf(run: RunRecord, tree: Tree, outcome: Outcome): Experience {
    const action = tree.actions.find((candidate) => candidate.id === tree.chosen.actionId);
    return {
      goal: this.memory.redacted(run.goal),
      outcome,
      assumptions: assumptionsOf(tree).map(({ text, value }) => ({ text: this.memory.redacted(text), value })),
      action: this.memory.redacted(action?.label ?? tree.chosen.actionId),
      ending: run.result?.kind ?? run.error?.reason ?? run.state,
      tool: action?.tool ?? null,
    };
  }

  private sourceOf(run: RunRecord, { outcome, score, note }: Verdict): Provenance {
    const told = note === undefined ? null : this.memory.redacted(note);
    return { runId: run.id, outcome, score: score ?? null, note: told, at: run.updatedAt.toISOString() };
  }
}

/** Whether a verdict on this run leaves anything. */
function learns(run: RunRecord, outcome: Outcome): boolean {
  return run.params.memory !== false && outcome !== 'abandoned';
}

/** The assumptions on the path to the chosen action, in words. */
function assumptionsOf(tree: Tree): { text: string; value: boolean }[] {
  return tree.chosen.path.flatMap(({ assumptionId, value }) => {
    const assumption = tree.assumptions.find(({ id }) => id === assumptionId);
    return assumption ? [{ text: assumption.text, value }] : [];
  });
}
