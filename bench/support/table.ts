import type { Interval } from './bootstrap';

const DECIMALS = 4;
const PERCENT = 100;

/** A table in Markdown; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map(line).join('\n');
}

export function interval({ mean, low, high }: Interval): string {
  const [middle, from, to] = [mean, low, high].map((value) => signed(value));
  return `${middle ?? ''} [${from ?? ''}, ${to ?? ''}]`;
}

function signed(value: number): string {
  const text = fixed(value, DECIMALS);
  return Number(text) > 0 ? `+${text}` : text;
}

/** Without the sign that rounding leaves on a zero. */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

export function percent(share: number): string {
  return `${fixed(PERCENT * share, 0)}%`;
}
