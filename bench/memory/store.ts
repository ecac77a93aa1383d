import { fuse, isHarmful, isPromoted, strengthOf, type Candidate } from '@assent/memory/testing';

/** One lesson: for problems with such words, this skill. */
export interface Lesson {
  readonly id: string;
  readonly skill: number;
  words: Set<string>;
  status: 'staged' | 'active' | 'deleted';
  runs: number;
  helpful: number;
  harmful: number;
  removals: number;
}

/** Fragments that are given to a solver. */
const LIMIT = 3;
/** Share of the problem's words that a lesson must contain: those of the family, without the general ones. */
const LEAST_SIMILARITY = 0.34;
const CHARS = 40;
const TOKENS = 1_000;

/** `rules`: promotion, credit and retirement as in the server. `append`: everything is kept and given. */
export type Keeping = 'rules' | 'append';

/** Memory without a database, with the retention rules of the server. */
export class LessonStore {
  readonly lessons: Lesson[] = [];

  constructor(private readonly keeping: Keeping) {}

  recall(words: readonly string[]): Lesson[] {
    const active = this.lessons.filter(({ status }) => status === 'active');
    const candidates = active.map((lesson): Candidate => {
      const share = words.filter((word) => lesson.words.has(word)).length / words.length;
      const credit = this.keeping === 'rules' ? lesson : { helpful: 0, harmful: 0 };
      const { helpful, harmful } = credit;
      return {
        fragmentId: lesson.id,
        helpful,
        harmful,
        chars: CHARS,
        text: share,
        words: share,
        trigram: null,
        vector: null,
      };
    });
    const limits = { limit: LIMIT, tokens: TOKENS, minLexical: LEAST_SIMILARITY, minVector: 1 };
    const ranked = fuse(candidates, limits);
    return ranked.flatMap(({ fragmentId }) => active.find(({ id }) => id === fragmentId) ?? []);
  }

  /** A run leaves a lesson; the same one again is agreement. */
  learn(words: readonly string[], skill: number, family: number): void {
    const known = this.lessons.find(
      (lesson) => lesson.skill === skill && lesson.status !== 'deleted' && overlaps(lesson, words),
    );
    if (this.keeping === 'append' || !known) {
      const status = this.keeping === 'append' ? 'active' : 'staged';
      const id = `l${String(this.lessons.length).padStart(6, '0')}-${family}`;
      this.lessons.push({ id, skill, words: new Set(words), status, runs: 1, helpful: 0, harmful: 0, removals: 0 });
      return;
    }
    known.runs += 1;
    for (const word of words) known.words.add(word);
    if (known.status === 'staged' && isPromoted({ margins: null, verifierContrast: false, runs: known.runs }))
      known.status = 'active';
  }

  /** What a lesson was worth to a run that had it. */
  credit(lesson: Lesson, helped: boolean): void {
    if (this.keeping === 'append') return;
    if (helped) lesson.helpful += 1;
    else lesson.harmful += 1;
    if (isHarmful(lesson)) lesson.removals += 1;
    if (strengthOf(lesson.runs, lesson.removals) === 0 || isHarmful(lesson)) lesson.status = 'deleted';
  }
}

/** At least two words in common that go with a family. */
function overlaps({ words }: Lesson, others: readonly string[]): boolean {
  return others.filter((word) => word.startsWith('f') && words.has(word)).length >= 2;
}
