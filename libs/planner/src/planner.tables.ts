import { instant, integer, json, text, uuid, table, boolean, double } from '@assent/platform';

/** The scored tree of one step, as it was when the choice was made. */
export const TREES = table(
  'trees',
  {
    runId: uuid(),
    step: integer(),
    tenantId: text(),
    treeId: text(),
    /** Canonical statements of its assumptions that are open. */
    keys: text().array().default([]),
    tree: json(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId', 'step'],
  },
);

/** The action and outcome of each step: the next prompt is written from these. */
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

/** What was said between a run and its model in one step, as it goes to the provider again with every later request. */
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

/** One version of the recalibration of a source. Never changed: a new fit is a new version. */
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

/** A question to a person: the `input/request` of a run, and what came of it. */
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

/** What turned out to be true of an assumption, who said so, and what had been believed of it. */
export const RESOLUTIONS = table(
  'resolutions',
  {
    runId: uuid(),
    assumptionId: text(),
    tenantId: text(),
    truth: boolean(),
    source: text(),
    actor: text(),
    /** Step whose tree holds it. */
    step: integer().nullable(),
    /** Canonical statement; the same in every run that assumes it. */
    key: text().nullable(),
    /** Truth of the key: the opposite of `truth` where the assumption negates it. */
    keyTruth: boolean().nullable(),
    /** Probability that the tree gave it. */
    p: double().nullable(),
    /** Where `p` came from: caller, lexical, model. */
    belief: text().nullable(),
    workspace: text().nullable(),
    /** observed, or set from outside. */
    how: text().default('observed'),
    /** Waiting runs with the same assumption were notified. */
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
