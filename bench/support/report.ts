import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** One measured part. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

/** A figure that the project promises; a ratio has unit `x`. */
export interface Goal extends Figure {
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
  /** The composition of the figure, for people. */
  readonly parts: string;
}

/** A goal of a count that must be 0. */
export function noneGoal(what: string, value: number, parts: string): Goal {
  return { what, value, unit: '', bound: 'at most', limit: 0, parts };
}

export interface BenchReport {
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}

/** Another size than the documented one, or less work. */
export interface BenchOptions {
  readonly seeds?: number;
  readonly runs?: number;
  /** A folder that keeps what took long to make; the next run of the bench uses it again. */
  readonly keep?: string;
  /** Variants of what is measured instead. */
  readonly rows?: boolean;
}

/** Runs within its own time limit, leaves nothing behind. */
export type Bench = (options: BenchOptions) => Promise<BenchReport>;

const RESULTS_FILE = join(__dirname, '../results.jsonl');
const NAME_COLUMNS = 58;
const VALUE_COLUMNS = 12;
const SIGNIFICANT_DIGITS = 4;

export function printReport(name: string, { figures, goals, notes }: BenchReport, seconds: number): void {
  const lines = [
    '',
    `${name}  (${seconds.toFixed(1)} s)`,
    ...figures.map((figure) => `  ${column(figure)}`),
    ...goals.map((goal) => `* ${column(goal)} goal ${goal.bound} ${goal.limit}: ${verdictOf(goal)}  (${goal.parts})`),
    ...notes.map((note) => `  note: ${note}`),
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

/** One JSON line per bench and run: the figures, the time and the machine. */
export function keepReport(name: string, report: BenchReport): void {
  const [cpu] = cpus();
  const goals = report.goals.map((goal) => ({ ...goal, met: isMet(goal) }));
  const machine = { node: process.version, platform: process.platform, cpus: cpus().length, cpu: cpu?.model ?? null };
  const line = { bench: name, date: new Date().toISOString(), ...machine, ...report, goals };
  appendFileSync(RESULTS_FILE, `${JSON.stringify(line)}\n`);
}

function column({ what, value, unit }: Figure): string {
  return `${what.padEnd(NAME_COLUMNS)}${rounded(value).padStart(VALUE_COLUMNS)} ${unit.padEnd(9)}`;
}

function rounded(value: number): string {
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(SIGNIFICANT_DIGITS);
}

function verdictOf(goal: Goal): string {
  return isMet(goal) ? 'met' : 'MISSED';
}

function isMet({ value, bound, limit }: Goal): boolean {
  return bound === 'at least' ? value >= limit : value <= limit;
}
