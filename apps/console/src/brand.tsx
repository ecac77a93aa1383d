import { href } from './routes';
import { SHELL } from './texts';

export function Brand() {
  return (
    <a class="brand" href={href('start')}>
      <svg viewBox="0 0 22 22" aria-hidden="true" focusable="false">
        <rect x="1" y="1" width="20" height="20" rx="6" fill="currentcolor" opacity="0.16" />
        <path
          d="M5.5 15.5 10 6.5h2l4.5 9M7.5 12.5l3 3 6-7"
          fill="none"
          stroke="currentcolor"
          stroke-width="1.9"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      {SHELL.name}
    </a>
  );
}
