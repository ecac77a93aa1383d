import { type Random } from '../support/random';
import { wordsOf, type World } from './world';

const SYMBOLS = 'abcdef';
const LENGTH = 3;

/** What a machine can do with six symbols. */
const MOVES: readonly ((text: string) => string)[] = [
  (text) => text.slice(1) + text.slice(0, 1),
  (text) => text.slice(1, 2) + text.slice(0, 1) + text.slice(2),
  (text) => Array.from(text).reverse().join(''),
  (text) => text.slice(3) + text.slice(0, 3),
  (text) => text.slice(0, 4) + text.slice(5) + text.slice(4, 5),
  (text) => text.slice(0, 2) + text.slice(3, 4) + text.slice(2, 3) + text.slice(4),
];

/** Bring six symbols from one order into another by a program of three moves: 216 programs, one latent in each family. */
export const permutations: World = {
  name: 'Symbols',
  skills: MOVES.length ** LENGTH,
  families: 8,
  tries: 32,
  perLesson: 1,
  problem: (family, skill, random) => {
    const start = shuffled(random);
    const goal = run(skill, start);
    return { family, words: wordsOf(family, random), solvedBy: (tried) => run(tried, start) === goal };
  },
};

export function run(program: number, text: string): string {
  let result = text;
  for (let place = 0; place < LENGTH; place += 1) {
    const move = MOVES[Math.floor(program / MOVES.length ** place) % MOVES.length];
    result = move ? move(result) : result;
  }
  return result;
}

function shuffled(random: Random): string {
  const left = Array.from(SYMBOLS);
  return Array.from(SYMBOLS)
    .map(() => left.splice(Math.floor(random() * left.length), 1))
    .join('');
}
