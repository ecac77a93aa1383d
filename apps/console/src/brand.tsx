import { href } from './addresses';
import { SHELL } from './texts';

export function Brand() {
  return (
    <a class="brand" href={href('start')}>
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" />
        <path d="m9 16.5 5 5L23.5 11" />
      </svg>
      {SHELL.name}
    </a>
  );
}
