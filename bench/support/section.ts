export const BEGIN = '<!-- figures: begin -->';
export const END = '<!-- figures: end -->';

/** The page with its marked section replaced. Throws where a marker is missing: nothing else of a page is touched. */
export function replaceSection(page: string, section: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The page needs the markers "${BEGIN}" and "${END}", in this order.`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${page.slice(end)}`;
}
