import { RUN_STATES, RUN_WAITS } from '../../texts';

export const START = {
  title: 'Start',
  greeting: (subject: string) => `You act as ${subject}.`,
  waiting: 'Waiting for you',
  waitingAll: 'All approvals',
  nothingWaits: 'Nothing waits for your decision.',
  othersWait: (count: number) =>
    count === 1 ? '1 approval waits for somebody else.' : `${count} approvals wait for somebody else.`,
  ownRun: 'The person who starts a run does not decide it.',
  continueAs: (subject: string) => `Act as ${subject}`,
  expires: 'expires',
  running: 'Runs',
  runningAll: 'All runs',
  nothingRuns: 'No run yet. Start one of the examples.',
  nothingRunsYet: 'No run yet. Write one in the playground, or start one from a client.',
  tryIt: 'Try it',
  tryLead: 'Each example is one run in the shipped workspace. It changes nothing until somebody approves.',
  ownRunLink: 'Write your own',
  cannotStart: (subject: string) => `${subject} decides, and cannot start runs.`,
  start: 'Start',
  change: 'Change first',
  noExamples:
    'This server has no examples: it does not use the shipped workspace. Write a run of your own in the playground.',
  steps: [
    ['Start a run', 'Assent ranks what could be done by what it is worth, and chooses.'],
    ['Watch it decide', 'See the assumptions behind the choice, and what would change it.'],
    ['Approve the change', 'A second person approves exactly the content that is on the screen.'],
  ],
  stepsTitle: 'How it works',
  states: RUN_STATES,
  waitingFor: RUN_WAITS,
  step: (n: number) => `Step ${n}`,
} as const;
