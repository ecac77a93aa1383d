import type { Pair } from './duels';

/** Number of ties with an average item that every item starts with, so that the strength of an unbeaten item stays finite. */
const PRIOR_GAMES = 0.5;
const STEPS_MAX = 60;
const CONVERGED = 1e-11;
const HALVINGS_MAX = 40;

/**
 * Strengths of the Bradley-Terry model (R. A. Bradley and M. E. Terry, Biometrika 39, 1952) by Newton's method on its
 * concave log-likelihood. An item without games has 0; all results swapped give the negative strengths.
 */
export function bradleyTerry(count: number, pairs: readonly Pair[]): Float64Array {
  let strengths = new Float64Array(count);
  let value = likelihood(strengths, pairs);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { gradient, curvature } = derivatives(strengths, pairs);
    if (gradient.every((slope) => Math.abs(slope) < CONVERGED)) break;
    const direction = solve(curvature, gradient, count);
    const next = climbed(strengths, direction, value, pairs);
    if (!next) break;
    strengths = next;
    value = likelihood(next, pairs);
  }
  return strengths;
}

/** The longest halved step that does not decrease the likelihood; null: rounding leaves none. */
function climbed(
  from: Float64Array,
  direction: Float64Array,
  value: number,
  pairs: readonly Pair[],
): Float64Array<ArrayBuffer> | null {
  for (let halving = 0, scale = 1; halving < HALVINGS_MAX; halving += 1, scale /= 2) {
    const next = from.map((strength, index) => strength + scale * at(direction, index));
    if (likelihood(next, pairs) >= value) return next;
  }
  return null;
}

/** log(1 / (1 + exp(-x))), without overflow. */
function logSigmoid(x: number): number {
  return Math.min(0, x) - Math.log1p(Math.exp(-Math.abs(x)));
}

function likelihood(strengths: Float64Array, pairs: readonly Pair[]): number {
  let total = 0;
  for (const { a, b, games, wins } of pairs) {
    const lead = at(strengths, a) - at(strengths, b);
    total += wins * logSigmoid(lead) + (games - wins) * logSigmoid(-lead);
  }
  for (const strength of strengths) total += (PRIOR_GAMES / 2) * (logSigmoid(strength) + logSigmoid(-strength));
  return total;
}

function derivatives(strengths: Float64Array, pairs: readonly Pair[]) {
  const count = strengths.length;
  const gradient = new Float64Array(count);
  const curvature = new Float64Array(count * count);
  const add = (target: Float64Array, index: number, amount: number): void => {
    target[index] = at(target, index) + amount;
  };
  for (const { a, b, games, wins } of pairs) {
    const p = Math.exp(logSigmoid(at(strengths, a) - at(strengths, b)));
    const bend = games * p * (1 - p);
    add(gradient, a, wins - games * p);
    add(gradient, b, games * p - wins);
    add(curvature, a * count + a, bend);
    add(curvature, b * count + b, bend);
    add(curvature, a * count + b, -bend);
    add(curvature, b * count + a, -bend);
  }
  for (let item = 0; item < count; item += 1) {
    const p = Math.exp(logSigmoid(at(strengths, item)));
    add(gradient, item, PRIOR_GAMES * (0.5 - p));
    // Above zero even where a strength is extreme, so that the matrix stays positive definite.
    add(curvature, item * count + item, Math.max(PRIOR_GAMES * p * (1 - p), Number.EPSILON));
  }
  return { gradient, curvature };
}

/** Cholesky, in place: the matrix is symmetric and positive definite. */
function solve(matrix: Float64Array, right: Float64Array, count: number): Float64Array {
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = at(matrix, row * count + column);
      for (let k = 0; k < column; k += 1) rest -= at(matrix, row * count + k) * at(matrix, column * count + k);
      const isDiagonal = row === column;
      const root = isDiagonal
        ? Math.sqrt(Math.max(rest, Number.MIN_VALUE))
        : rest / at(matrix, column * count + column);
      matrix[row * count + column] = root;
    }
  }
  const solution = Float64Array.from(right);
  for (let row = 0; row < count; row += 1) {
    for (let k = 0; k < row; k += 1) solution[row] = at(solution, row) - at(matrix, row * count + k) * at(solution, k);
    solution[row] = at(solution, row) / at(matrix, row * count + row);
  }
  for (let row = count - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < count; k += 1)
      solution[row] = at(solution, row) - at(matrix, k * count + row) * at(solution, k);
    solution[row] = at(solution, row) / at(matrix, row * count + row);
  }
  return solution;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}
