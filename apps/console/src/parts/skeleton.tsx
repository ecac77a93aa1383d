import { PARTS } from './texts';

/** Grey bars in the place of what is loading. They appear after 150 ms: most answers are there before. */
export function Skeleton({ rows = 4 }: { readonly rows?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{PARTS.loading}</span>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}
