import type { Random } from '../support/random';
import { wordsOf, type World } from './world';

/** A number as numerator and denominator; denominator 0 means undefined. */
type Fraction = readonly [number, number];

const TARGET = 24;
const NUMBER_MAX = 13;
const SOLUTIONS_LEAST = 100;

/** +, -, *, / */
const OPERATORS = 4;

/** The shapes ((a.b).c).d and (a.b).(c.d), each with three of the four operators: 128 ways to go about four numbers. */
const SHAPES = 2;
const PLACES = 3;
const SKILLS = SHAPES * OPERATORS ** PLACES;

export const gameOf24: World = {
  name: 'Game of 24',
  skills: SKILLS,
  families: 8,
  tries: 96,
  perLesson: 24,
  problem: (family, skill, random) => {
    const numbers = numbersFor(skill, random);
    return {
      family,
      words: wordsOf(family, random),
      solvedBy: (tried, draws) => is24(evaluate(tried, shuffled(numbers, draws))),
    };
  },
};

/** All the numbers that a skill makes 24 of, in their order; looked for once. */
const solutions = new Map<number, readonly (readonly number[])[]>();

function solutionsOf(skill: number): readonly (readonly number[])[] {
  const known = solutions.get(skill);
  if (known) return known;
  const found: number[][] = [];
  for (let index = 0; index < NUMBER_MAX ** 4; index += 1) {
    const digit = (place: number) => 1 + (Math.floor(index / NUMBER_MAX ** place) % NUMBER_MAX);
    const numbers = [digit(0), digit(1), digit(2), digit(3)];
    if (is24(evaluate(skill, numbers))) found.push(numbers);
  }
  solutions.set(skill, found);
  return found;
}

function numbersFor(skill: number, random: Random): number[] {
  const found = solutionsOf(skill);
  return shuffled(found[Math.floor(random() * found.length)] ?? [], random);
}

/** It has enough problems that none comes twice often. */
export function isUsable(skill: number): boolean {
  return solutionsOf(skill).length >= SOLUTIONS_LEAST;
}

export function usableSkills(): number[] {
  return Array.from({ length: SKILLS }, (_, skill) => skill).filter(isUsable);
}

export function evaluate(skill: number, [a = 0, b = 0, c = 0, d = 0]: readonly number[]): Fraction {
  const shape = skill % SHAPES;
  const operators = Math.floor(skill / SHAPES);
  const [x, y, z] = [operators % OPERATORS, Math.floor(operators / 4) % OPERATORS, Math.floor(operators / 16)];
  const [n1, d1] = [upper(x, a, 1, b, 1), lower(x, 1, b, 1)];
  if (shape === 0) {
    const [n2, d2] = [upper(y, n1, d1, c, 1), lower(y, d1, c, 1)];
    return [upper(z, n2, d2, d, 1), lower(z, d2, d, 1)];
  }
  const [n2, d2] = [upper(y, c, 1, d, 1), lower(y, 1, d, 1)];
  return [upper(z, n1, d1, n2, d2), lower(z, d1, n2, d2)];
}

/** Numerator of `a/b operator c/d`. */
function upper(operator: number, a: number, b: number, c: number, d: number): number {
  if (operator === 0) return a * d + c * b;
  if (operator === 1) return a * d - c * b;
  return operator === 2 ? a * c : a * d;
}

/** Its denominator. */
function lower(operator: number, b: number, c: number, d: number): number {
  return operator === 3 ? b * c : b * d;
}

export function is24([numerator, denominator]: Fraction): boolean {
  return denominator !== 0 && numerator === TARGET * denominator;
}

function shuffled(numbers: readonly number[], random: Random): number[] {
  const left = [...numbers];
  return numbers.map(() => left.splice(Math.floor(random() * left.length), 1)[0] ?? 0);
}
