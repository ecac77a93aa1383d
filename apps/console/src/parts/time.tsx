import { exact, relative } from '../format';
import { now, zone } from './clock';

/** "3 minutes ago", with the exact time on hover and focus. */
export function Time({ of }: { readonly of: string }) {
  const full = exact(of, zone.value);
  return (
    <time class="time" dateTime={of} tabIndex={0} data-exact={full} aria-label={`${relative(of, now.value)}, ${full}`}>
      {relative(of, now.value)}
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
