import { useEffect, useState } from 'preact/hooks';

/** The time in milliseconds. While it is needed, the component renders again each second. */
export function useSeconds(isNeeded: boolean): number {
  const [, setRound] = useState(0);
  useEffect(() => {
    if (!isNeeded) return undefined;
    const timer = setInterval(() => setRound((before) => before + 1), 1_000);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return Date.now();
}
