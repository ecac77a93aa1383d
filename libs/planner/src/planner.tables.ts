import { instant, integer, json, text, uuid, table, boolean, double } from '@assent/platform';

/** The scored tree of each step at the time of the choice. */
export const TREES = table(
  'trees',
  {
    runId: uuid(),
    step: integer(),
    tenantId: text(),
    treeId: text(),
    /** Canonical statements of its open assumptions. */
    keys: text().array().default([]),
    tree: json(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId', 'step'],
  },
);

/** The action and outcome of each step, from which the next prompt is built. */
export const STEPS = table(
  'steps',
  {
    runId: uuid(),
    step: integer(),
    tenantId: text(),
    action: json(),
    outcome: json(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId', 'step'],
  },
);

/** Messages between a run and its model by step. Every later request repeats them to the provider. */
export const MODEL_TURNS = table(
  'model_turns',
  {
    runId: uuid(),
    step: integer(),
    tenantId: text(),
    turn: json(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId', 'step'],
  },
);

/** Versions of the recalibration of a source. Rows never change: a new fit is a new version. */
export const CALIBRATIONS = table(
  'calibrations',
  {
    tenantId: text(),
    belief: text(),
    version: integer(),
    samples: integer(),
    points: json(),
    actor: text(),
    createdAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'belief', 'version'],
  },
);

/** Questions to people: the `input/request` of a run, and its result. */
export const QUESTIONS = table(
  'questions',
  {
    requestId: text(),
    tenantId: text(),
    runId: uuid(),
    step: integer(),
    actionId: text(),
    state: text(),
    request: json(),
    answer: json().nullable(),
    actor: text().nullable(),
    createdAt: instant(),
    expiresAt: instant(),
    resolvedAt: instant().nullable(),
  },
  {
    primaryKey: ['requestId'],
    indexes: {
      questions_run: ['runId'],
      questions_pending: { on: ['expiresAt'], where: `(state = 'pending'::text)` },
    },
  },
);

/** Resolutions of assumptions, with their source and the belief before. */
export const RESOLUTIONS = table(
  'resolutions',
  {
    runId: uuid(),
    assumptionId: text(),
    tenantId: text(),
    truth: boolean(),
    source: text(),
    actor: text(),
    /** Step whose tree contains the assumption. */
    step: integer().nullable(),
    /** Canonical statement, the same in every run with this assumption. */
    key: text().nullable(),
    /** Truth of the key: the opposite of `truth` if the assumption negates it. */
    keyTruth: boolean().nullable(),
    /** Probability in the tree. */
    p: double().nullable(),
    /** Source of `p`: caller, lexical, model. */
    belief: text().nullable(),
    workspace: text().nullable(),
    /** observed, or set from outside. */
    how: text().default('observed'),
    /** Whether waiting runs with the same assumption were notified. */
    spread: boolean().default(true),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId', 'assumptionId'],
    indexes: {
      resolutions_unspread: { on: ['createdAt'], where: '(NOT spread)' },
      resolutions_recent: ['tenantId', 'workspace', 'createdAt'],
      resolutions_belief: ['tenantId', 'belief'],
    },
  },
);
