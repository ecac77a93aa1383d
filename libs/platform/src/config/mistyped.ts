import { Environment } from './environment';

export interface Mistyped {
  readonly name: string;
  readonly intended: string;
}

/** Variables that differ from a setting's name by one edit: probably a typing error, and ignored by the server. */
export function mistypedSettings(source: NodeJS.ProcessEnv): Mistyped[] {
  const settings = Object.keys(new Environment());
  const known = new Set(settings);
  return Object.keys(source)
    .filter((name) => !known.has(name))
    .sort()
    .flatMap((name) => {
      const intended = settings.find((setting) => isOneEditApart(name, setting));
      return intended === undefined ? [] : [{ name, intended: intended }];
    });
}

/** One edit: a character inserted, deleted or replaced, or two neighbours swapped. */
export function isOneEditApart(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.length > restB.length) return restA.slice(1) === restB;
  if (restA.length < restB.length) return restA === restB.slice(1);
  const swapped = `${restA.charAt(1)}${restA.charAt(0)}${restA.slice(2)}`;
  return restA.slice(1) === restB.slice(1) || (restA.length > 1 && swapped === restB);
}
