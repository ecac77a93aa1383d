/** Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday): least and greatest value. */
const FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const PART = /^(\*|\d+(?:-\d+)?)(?:\/(\d+))?$/;
const SUNDAY = 7;

/** When a schedule is due, in UTC. */
export interface Schedule {
  isDue(minute: Date): boolean;
}

/**
 * Reads a cron expression of five fields with `*`, numbers, ranges, lists and steps.
 * @throws Error naming what is wrong
 */
export function readCron(expression: string): Schedule {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    throw new Error(
      `"${expression}" has ${parts.length} fields, a cron expression has five: minute hour day month weekday.`,
    );
  }
  const [minutes, hours, days, months, weekdays] = FIELDS.map(([from, to], index) =>
    valuesOf(parts[index] ?? '', from, to, expression),
  );
  const [anyDay, anyWeekday] = [parts[2] === '*', parts[4] === '*'];
  return {
    isDue: (at) => {
      const day = days?.has(at.getUTCDate()) ?? false;
      const weekday =
        (weekdays?.has(at.getUTCDay()) ?? false) || (at.getUTCDay() === 0 && (weekdays?.has(SUNDAY) ?? false));
      // As cron has it: of two days that are both restricted, either is enough.
      const onDay = anyDay ? weekday : anyWeekday ? day : day || weekday;
      return (
        (minutes?.has(at.getUTCMinutes()) ?? false) &&
        (hours?.has(at.getUTCHours()) ?? false) &&
        (months?.has(at.getUTCMonth() + 1) ?? false) &&
        onDay
      );
    },
  };
}

function valuesOf(field: string, from: number, to: number, expression: string): ReadonlySet<number> {
  const values = field.split(',').flatMap((part) => {
    const [, range = '', step = '1'] = PART.exec(part) ?? [];
    const [first = '', last] = range === '*' ? [String(from), String(to)] : range.split('-');
    const [low, every] = [Number(first), Number(step)];
    const high = last === undefined ? (part.includes('/') ? to : low) : Number(last);
    if (range === '' || low < from || high > to || low > high || every < 1) {
      throw new Error(`"${part}" in "${expression}" is nothing from ${from} to ${to}.`);
    }
    return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, index) => low + index * every);
  });
  return new Set(values);
}
