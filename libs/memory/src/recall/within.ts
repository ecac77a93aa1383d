/** The result of `work`, or `late` if it takes longer; the work continues, and its result is dropped. */
export async function withinMs<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  const clock: { timer?: NodeJS.Timeout } = {};
  const late = new Promise<'late'>((resolve) => {
    clock.timer = setTimeout(() => {
      resolve('late');
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(clock.timer);
  }
}
