import { streamOf, type Random } from '../support/random';
import { LessonStore, type Keeping, type Lesson } from './store';
import type { Problem, World } from './world';

/**
 * How memory is used in one arm. `off`: not at all. `on`: by the rules. `shuffled`: recalled skills are replaced by those of
 * other lessons, one for one. `random`: as many lessons as recalled, drawn from all. `append`: everything is kept, nothing is
 * weighed. Poisoned: every family has two agreeing wrong lessons before the stream begins.
 */
export interface Arm {
  readonly name: string;
  readonly uses: 'nothing' | 'recalled' | 'shuffled' | 'random';
  readonly keeping: Keeping;
  readonly poisoned: boolean;
}

const arm = (name: string, uses: Arm['uses'], more: Partial<Arm> = {}): Arm => ({
  name,
  uses,
  keeping: 'rules',
  poisoned: false,
  ...more,
});

export const OFF = 'memory off';
export const ARMS: readonly Arm[] = [
  arm(OFF, 'nothing'),
  arm('memory on', 'recalled'),
  arm('shuffled', 'shuffled'),
  arm('random, equal length', 'random'),
  arm('append-only', 'recalled', { keeping: 'append' }),
  arm('poisoned', 'recalled', { poisoned: true }),
  arm('poisoned, append-only', 'recalled', { keeping: 'append', poisoned: true }),
];

export interface StreamOptions {
  readonly problems: number;
  /** Problem from which on every family needs another skill; null: never. */
  readonly shiftAt: number | null;
  readonly seed: number;
}

/** What happened with one problem. */
export interface Attempt {
  readonly solved: boolean;
  readonly tries: number;
  /** Lessons that the solver was given. */
  readonly given: number;
}

/** Streams of random numbers of one stream of problems; none depends on what an arm does. */
const PART = { skills: 0, family: 1, problem: 2, solver: 3, control: 4, poison: 5, shifted: 6 } as const;

/** One stream of problems, solved in one arm. The problems and the solver's own luck are the same in every arm. */
export function playStream(world: World, usable: readonly number[], arm: Arm, options: StreamOptions): Attempt[] {
  const { problems, shiftAt, seed } = options;
  const store = new LessonStore(arm.keeping);
  const skillsOf = (part: number) =>
    Array.from({ length: world.families }, (_, family) => pick(usable, streamOf(seed, part, family)));
  const [before, after] = [skillsOf(PART.skills), skillsOf(PART.shifted)];
  if (arm.poisoned) poison(world, usable, store, seed);
  return Array.from({ length: problems }, (_, index) => {
    const family = Math.floor(streamOf(seed, PART.family, index)() * world.families);
    const skill = (shiftAt !== null && index >= shiftAt ? after : before)[family] ?? 0;
    const problem = world.problem(family, skill, streamOf(seed, PART.problem, index));
    const recalled = arm.uses === 'nothing' ? [] : store.recall(problem.words);
    const own = recalled.map(({ skill: lesson }) => lesson);
    const solver = (skills: readonly number[]) => solve(world, problem, skills, streamOf(seed, PART.solver, index));
    const attempt = solver(own);
    for (const [place, lesson] of recalled.entries()) {
      // Once the problem is solved, the value of the other lessons is unknown.
      if (place <= attempt.lastLesson) store.credit(lesson, place === attempt.lastLesson && attempt.byLesson);
    }
    if (arm.uses !== 'nothing' && (attempt.solved || arm.keeping === 'append'))
      store.learn(problem.words, attempt.skill, family);
    // The memory of a control is that of `on`, lesson for lesson; only the lessons given to the solver differ.
    const isControl = arm.uses === 'shuffled' || arm.uses === 'random';
    const control = streamOf(seed, PART.control, index);
    const measured = isControl ? solver(recalled.map((lesson) => replaced(arm, lesson, store, control))) : attempt;
    return { solved: measured.solved, tries: measured.tries, given: own.length };
  });
}

/** The skill of another lesson (shuffled), or of any (random). A lesson that is alone keeps its own. */
function replaced({ uses }: Arm, lesson: Lesson, { lessons }: LessonStore, random: Random): number {
  const active = lessons.filter(({ status }) => status === 'active');
  const others = uses === 'shuffled' ? active.filter(({ id }) => id !== lesson.id) : active;
  return others[Math.floor(random() * others.length)]?.skill ?? lesson.skill;
}

/** Lessons first, each for its share of the tries, then skills at random until the tries are used up. */
function solve(world: World, { solvedBy }: Problem, lessons: readonly number[], random: Random) {
  let attempts = 0;
  let skill = 0;
  for (const [place, lesson] of lessons.entries()) {
    for (let again = 0; again < world.perLesson; again += 1) {
      attempts += 1;
      if (solvedBy(lesson, random))
        return { solved: true, tries: attempts, skill: lesson, lastLesson: place, byLesson: true };
    }
  }
  while (attempts < world.tries) {
    attempts += 1;
    skill = Math.floor(random() * world.skills);
    if (solvedBy(skill, random))
      return { solved: true, tries: attempts, skill, lastLesson: lessons.length - 1, byLesson: false };
  }
  return { solved: false, tries: attempts, skill, lastLesson: lessons.length - 1, byLesson: false };
}

function poison(world: World, usable: readonly number[], store: LessonStore, seed: number): void {
  for (let family = 0; family < world.families; family += 1) {
    const wrong = pick(usable, streamOf(seed, PART.poison, family));
    const words = world.problem(family, wrong, streamOf(seed, PART.poison, family, 1)).words;
    for (let run = 0; run < 2; run += 1) store.learn(words, wrong, family);
  }
}

function pick(usable: readonly number[], random: Random): number {
  return usable[Math.floor(random() * usable.length)] ?? 0;
}
