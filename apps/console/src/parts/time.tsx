import { exact, relative } from '../format';
import { now, zone } from './clock';

/**
 * "3 minutes ago", with the exact time on hover and focus.
 * @param plain inside of a link or a button, which has the focus itself
 */
export function Time({ of, plain = false }: { readonly of: string; readonly plain?: boolean }) {
  const full = exact(of, zone.value);
  // The clock ticks every 15 seconds: what has just happened is newer than its last tick.
  const at = Math.max(now.value, Date.now());
  return (
    <time class="time" dateTime={of} tabIndex={plain ? undefined : 0} data-exact={full}>
      {relative(of, at)}
      <span class="visually-hidden">, {full}</span>
    </time>
  );
}

/** The exact time, in the zone that the person has chosen. */
export function ExactTime({ of }: { readonly of: string }) {
  return (
    <time class="num" dateTime={of}>
      {exact(of, zone.value)}
    </time>
  );
}
