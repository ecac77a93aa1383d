export const START = {
  title: 'Start',
} as const;
