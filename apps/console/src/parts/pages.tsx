import { useEffect, useState } from 'preact/hooks';
import type { AssentClient } from '@assent/client';
import { useSeat } from '../session/session';
import { useAction } from './action';
import { Button } from './button';
import { useLoad, type Loaded } from './load';
import { Problem } from './problem';
import { PARTS } from './texts';

interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | null;
}

export interface Pages<T> {
  readonly first: Loaded<Page<T>>;
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly more: () => void;
}

/** A list of the server, page by page. A new key, and a reload, begin anew. */
export function usePages<T>(
  key: string,
  load: (client: AssentClient, cursor: string | undefined, signal?: AbortSignal) => Promise<Page<T>>,
): Pages<T> {
  const { client } = useSeat();
  const first = useLoad(key, (from, signal) => load(from, undefined, signal));
  const [further, setFurther] = useState<readonly Page<T>[]>([]);
  const { isBusy, error, run } = useAction();
  const { value } = first;
  useEffect(() => setFurther([]), [value]);
  const pages = value ? [value, ...further] : [];
  const cursor = pages.at(-1)?.cursor ?? null;
  const more = (): void => {
    if (cursor === null) return;
    run(async () => {
      const page = await load(client, cursor);
      setFurther((before) => [...before, page]);
    });
  };
  return { first, items: pages.flatMap(({ items }) => items), hasMore: cursor !== null, isBusy, error, more };
}

/** The button below a list that has further pages. */
export function More<T>({ of }: { readonly of: Pages<T> }) {
  if (of.error !== undefined) return <Problem error={of.error} retry={of.more} />;
  if (!of.hasMore) return null;
  return (
    <p class="more">
      <Button busy={of.isBusy} onClick={of.more}>
        {PARTS.more}
      </Button>
    </p>
  );
}
