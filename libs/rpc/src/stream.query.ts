import { AssentError } from '@assent/contract';

const CURSOR = /^\d{1,9}$/;

/** @throws AssentError invalid for a name that stands twice in the query */
export function once(value: string | string[] | undefined, name: string): string | undefined {
  if (!Array.isArray(value)) return value;
  throw new AssentError('invalid', `The query has "${name}" twice: send it once.`, { pointer: `/${name}` });
}

/** seq of the last event that the client has. @throws AssentError invalid */
export function cursorOf(value: string | undefined): number {
  if (value === undefined || value === '') return 0;
  if (CURSOR.test(value)) return Number(value);
  throw new AssentError(
    'invalid',
    `The cursor "${value.slice(0, 32)}" is not a seq: send the id of the last event you have.`,
    { pointer: '/after' },
  );
}
