/** Numbers and times as people read them. English; `Intl` does the rest. */
const LOCALE = 'en';
const MINUS = '\u2212';
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;
const DAYS_RELATIVE = 30;
const KIB = 1_024;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB'];
const PERCENT = 100;
const TENTH_BELOW_SECONDS = 10;
const LENGTH_TO_SECONDS = '2026-03-02T14:05:09'.length;

const integers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const utilities = new Intl.NumberFormat(LOCALE, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'exceptZero',
});
const dates = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeZone: 'UTC' });
const relatives = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'long' });

export type Zone = 'local' | 'utc';

// A format costs far more to make than to use.
const times = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
const zoneNames = new Intl.DateTimeFormat(LOCALE, { timeZoneName: 'short' });

/** 12,345.67 */
export function number(n: number): string {
  return integers.format(n).replace('-', MINUS);
}

/** 0.85 is 85%; what is not zero or one is never shown as such. */
export function percent(p: number): string {
  if (p > 0 && p < 1 / PERCENT / 2) return '<1%';
  if (p < 1 && p > 1 - 1 / PERCENT / 2) return '>99%';
  return `${Math.round(p * PERCENT)}%`;
}

/** With sign and two digits: +0.77, −0.14 */
export function utility(u: number): string {
  return utilities.format(u).replace('-', MINUS);
}

/** 320 ms, 1.2 s, 3 min 20 s, 2 h 5 min, 3 d 4 h */
export function duration(ms: number): string {
  if (ms < MS_PER_SECOND) return `${Math.round(ms)} ms`;
  const seconds = ms / MS_PER_SECOND;
  if (seconds < TENTH_BELOW_SECONDS) return `${tenths.format(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < SECONDS_PER_MINUTE) return `${whole} s`;
  const minutes = Math.floor(whole / SECONDS_PER_MINUTE);
  if (minutes < MINUTES_PER_HOUR) return pair(minutes, 'min', whole % SECONDS_PER_MINUTE, 's');
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  if (hours < HOURS_PER_DAY) return pair(hours, 'h', minutes % MINUTES_PER_HOUR, 'min');
  return pair(Math.floor(hours / HOURS_PER_DAY), 'd', hours % HOURS_PER_DAY, 'h');
}

/** 512 B, 1.5 KiB, 64 MiB */
export function bytes(n: number): string {
  let size = n;
  let unit = 0;
  while (size >= KIB && unit < BYTE_UNITS.length - 1) {
    size /= KIB;
    unit += 1;
  }
  return `${tenths.format(size)} ${BYTE_UNITS[unit] ?? ''}`;
}

/** "3 minutes ago", "in 2 hours"; a date when it is more than 30 days away. */
export function relative(iso: string, now: number = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / MS_PER_SECOND;
  if (Number.isNaN(seconds)) return iso;
  const minutes = seconds / SECONDS_PER_MINUTE;
  if (Math.abs(seconds) < SECONDS_PER_MINUTE) {
    return seconds > 0 ? 'in less than a minute' : 'just now';
  }
  const hours = minutes / MINUTES_PER_HOUR;
  if (Math.abs(minutes) < MINUTES_PER_HOUR) return relatives.format(Math.trunc(minutes), 'minute');
  const days = hours / HOURS_PER_DAY;
  if (Math.abs(hours) < HOURS_PER_DAY) return relatives.format(Math.trunc(hours), 'hour');
  if (Math.abs(days) < DAYS_RELATIVE) return relatives.format(Math.trunc(days), 'day');
  return dates.format(Date.parse(iso));
}

/** To the second, with the zone: 2026-03-02 14:05:09 UTC */
export function exact(iso: string, zone: Zone): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  if (zone === 'utc') return `${new Date(time).toISOString().slice(0, LENGTH_TO_SECONDS).replace('T', ' ')} UTC`;
  return `${times.format(time)} ${zoneName(time)}`;
}

function zoneName(time: number): string {
  return zoneNames.formatToParts(time).find((part) => part.type === 'timeZoneName')?.value ?? '';
}

function pair(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}
