import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../../parts/problem';
import { Skeleton } from '../../../parts/skeleton';

type Load<P> = () => Promise<{ readonly default: ComponentType<P> }>;

/** A part of the screen that is fetched when it is first shown. */
export function part<P extends object>(load: Load<P>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Part(props: P) {
    const [error, setError] = useState<unknown>();
    const [, setRound] = useState(0);
    const get = async (): Promise<void> => {
      try {
        loaded = (await load()).default;
        setRound((before) => before + 1);
      } catch (failure) {
        setError(failure);
      }
    };
    useEffect(() => {
      if (!loaded) void get();
    }, []);
    const Loaded = loaded;
    if (Loaded) return <Loaded {...props} />;
    if (error !== undefined) return <Problem error={error} retry={() => window.location.reload()} />;
    return (
      <div class="loading">
        <Skeleton />
      </div>
    );
  };
}
