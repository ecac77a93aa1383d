import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component of a part of the console that few people need: loaded once it is wanted. null: it is not there yet. */
export function useLazy<P>(isWanted: boolean, load: () => Promise<ComponentType<P>>): ComponentType<P> | null {
  const [component, setComponent] = useState<{ readonly it: ComponentType<P> } | null>(null);
  useEffect(() => {
    if (isWanted && !component) void load().then((it) => setComponent({ it }));
  }, [isWanted]);
  return component?.it ?? null;
}
