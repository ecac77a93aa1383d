/** Icons of the console: 16 x 16, drawn with lines in the colour of the text. */
const PATHS = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z',
  run: 'M2.5 4h4a2 2 0 0 1 2 2v4a2 2 0 0 0 2 2h3M11 9.5l2.5 2.5-2.5 2.5M2.5 12h3',
  inbox: 'M2.5 9 4 3h8l1.5 6v4h-11zM2.5 9H6l.8 1.5h2.4L10 9h3.5',
  try: 'M6 2.5h4M6.8 2.5v4L3 12.6c-.3.5 0 .9.6.9h8.8c.6 0 .9-.4.6-.9L9.2 6.5v-4M5 10h6',
  memory:
    'M3 4c0-1 2.2-1.5 5-1.5S13 3 13 4v8c0 1-2.2 1.5-5 1.5S3 13 3 12zM3 4c0 1 2.2 1.5 5 1.5S13 5 13 4M3 8c0 1 2.2 1.5 5 1.5S13 9 13 8',
  tool: 'M9.5 6.5 3 13M13 5.2A3 3 0 0 1 9.2 8L8 6.8A3 3 0 0 1 10.8 3L9.5 4.5l.4 1.6 1.6.4z',
  webhook: 'M8 5.5a2 2 0 1 0-2-2M8 5.5 5.5 10M4.5 13a2 2 0 1 1-.5-3.9M4.5 11.5h6M11.5 9.5a2 2 0 1 1-1.5 3.3M7 4.5l3 5',
  audit: 'M4 2.5h5.5L12.5 5.5v8h-8.5zM9 2.5V6h3.5M6 9h4M6 11.2h2.5',
  server: 'M3 3.5h10v3.5H3zM3 9h10v3.5H3zM5 5.2h.1M5 10.8h.1',
  person: 'M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 13.5c.5-2.2 2.4-3.5 5-3.5s4.5 1.3 5 3.5',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  check: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2 1.3',
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1',
  copy: 'M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3 13.5 13.5',
  play: 'M5 3.5v9l7-4.5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
