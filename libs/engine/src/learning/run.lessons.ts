import { Injectable } from '@nestjs/common';
import type { FragmentState, MethodParams, Outcome, Provenance, Tree } from '@assent/contract';
import {
  FamilyRepository,
  MemoryService,
  creditRecalled,
  learn,
  learnAction,
  lessonOf,
  noteFamily,
  oppositeOf,
  promptOfRun,
  recordExperience,
  widens,
  type Experience,
  type Family,
} from '@assent/memory';
import { TreeRepository, signatureOf } from '@assent/planner';
import { sql, RUN, type RunPart } from '@assent/platform';
import type { RunRecord } from '@assent/runs';
import { PLAN_FAMILY } from '../plan/search/search.prompts';

type Verdict = MethodParams<'complete'>;

/** The newest diff of the run and the decision on its newest approval, in the form stored with the experience. */
const DIFF = sql`select json_build_object('diffId', diffs.id, 'revision', revision, 'hash', hash, 'state', state, 'files', files)
  from diffs where run_id = ${RUN.column('id')} order by step desc, revision desc limit 1`;
const DECISION = sql`select json_build_object('approvalId', approvals.id, 'state', approvals.state, 'decision', decision)
  from approvals left join decisions on decisions.approval_id = approvals.id where run_id = ${RUN.column('id')} order by approvals.id desc limit 1`;

/** Maximum earlier steps searched for an action with a signature in a model-planned run, whose newest step usually finishes. */
const MAX_STEPS_BACK = 20;

/** The lessons that memory learns from a finished run. */
@Injectable()
export class RunLessons {
  constructor(
    private readonly memory: MemoryService,
    private readonly families: FamilyRepository,
    private readonly trees: TreeRepository,
  ) {}

  /** Parts for the statement that records the outcome; null when memory learns nothing from this run. */
  async of(run: RunRecord, tree: Tree, verdict: Verdict): Promise<{ readonly writes: readonly RunPart[] } | null> {
    const { outcome, score = null } = verdict;
    if (!learns(run, outcome)) return null;
    const [known, signature] = await Promise.all([this.familyOf(run), this.signatureOf(run, tree)]);
    const { family } = known;
    const experience = this.experienceOf(run, tree, outcome, known);
    const lesson = lessonOf(experience);
    const agent = run.requester;
    const goal = this.memory.redacted(run.goal);
    const { ending, action, tool, assumptions: path } = experience;
    const chosen = { action, tool, signature, path };
    const common = { goal, family, outcome, score, ending, ...chosen, metaPromptId: promptOfRun(PLAN_FAMILY) };
    const source = this.sourceOf(run, verdict);
    return {
      writes: [
        ...learn({ agent, goal, lesson, source, promotable: !widens(lesson.text), opposite: oppositeOf(experience) }),
        recordExperience({ ...common, diff: DIFF, decision: DECISION }),
        noteFamily(known),
        ...(signature === null
          ? []
          : [learnAction({ family, signature, outcome }), creditRecalled(signature, outcome)]),
      ],
    };
  }

  /** The lessons stored by `of`. */
  async find(
    run: RunRecord,
    tree: Tree,
    outcome: Outcome,
  ): Promise<{ fragmentId: string; status: FragmentState } | null> {
    if (!learns(run, outcome)) return null;
    const lesson = lessonOf(this.experienceOf(run, tree, outcome, await this.familyOf(run)));
    return this.memory.find(run.tenantId, run.requester, lesson.text);
  }

  private familyOf({ tenantId, goal, params: { family } }: RunRecord): Promise<Family> {
    return this.families.of(tenantId, this.memory.redacted(goal), family);
  }

  /** Signature of the action that the outcome is about: the last one that another run can repeat. */
  private async signatureOf(
    { id, tenantId, modelPlanned }: RunRecord,
    { actions, chosen }: Tree,
  ): Promise<string | null> {
    const action = actions.find((candidate) => candidate.id === chosen.actionId);
    const signature = action ? signatureOf(action) : null;
    if (signature !== null || !modelPlanned) return signature;
    const earlier = await this.trees.chosen(tenantId, id, MAX_STEPS_BACK);
    return earlier.map(signatureOf).find((known) => known !== null) ?? null;
  }

  /** Redacted, because people and models write goals and actions. Uses the goal of the family, so that its runs match. */
  private experienceOf(run: RunRecord, tree: Tree, outcome: Outcome, { goal }: Family): Experience {
    const action = tree.actions.find((candidate) => candidate.id === tree.chosen.actionId);
    return {
      goal,
      outcome,
      assumptions: assumptionsOf(tree).map(({ text, value }) => ({ text: this.memory.redacted(text), value })),
      action: this.memory.redacted(action?.label ?? tree.chosen.actionId),
      ending: run.result?.kind ?? run.error?.reason ?? run.state,
      tool: action?.tool ?? null,
    };
  }

  private sourceOf(run: RunRecord, { outcome, score, note }: Verdict): Provenance {
    const redacted = note === undefined ? null : this.memory.redacted(note);
    return { runId: run.id, outcome, score: score ?? null, note: redacted, at: run.updatedAt.toISOString() };
  }
}

/** Whether memory learns from this outcome of the run. */
function learns(run: RunRecord, outcome: Outcome): boolean {
  return run.params.memory !== false && outcome !== 'abandoned';
}

/** The assumptions on the path to the chosen action, as text. */
function assumptionsOf(tree: Tree): { text: string; value: boolean }[] {
  return tree.chosen.path.flatMap(({ assumptionId, value }) => {
    const assumption = tree.assumptions.find(({ id }) => id === assumptionId);
    return assumption ? [{ text: assumption.text, value }] : [];
  });
}
