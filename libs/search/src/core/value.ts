/** 1 / (1 + exp(-x)) for any x. */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** How much better the child was judged than its parent, in [0, 1]; the values of a pair in both directions sum to 1. */
export function localValue(scoreChild: number, scoreParent: number): number {
  return sigmoid(scoreChild - scoreParent);
}

export function ownValue(alpha: number, global: number, local: number): number {
  return alpha * global + (1 - alpha) * local;
}

/** The value of a parent after backpropagation from a child: between the values of both. */
export function backedUp(gamma: number, parent: number, child: number): number {
  const value = (1 - gamma) * parent + gamma * child;
  return Math.min(Math.max(value, Math.min(parent, child)), Math.max(parent, child));
}

/** Upper confidence bound of a node below its parent. Visits are at least 1. */
export function upperBound(c: number, value: number, visits: number, parentVisits: number): number {
  return value + c * Math.sqrt(Math.log(parentVisits + 1) / visits);
}
