/**
 * Sources of the probabilities of phrases; docs/verbal-probabilities.md lists every phrase.
 *
 * SURVEY: W. Fagen-Ulmschneider, "Perception of Probability Words", University of Illinois: medians of its 123 raw
 * answers (github.com/wadefagen/datasets, Perception-of-Probability-Words/survey-results.csv).
 * MODALS: A. Kucharski, "CAPphrase: Comparative and Absolute Probability phrase dataset" (2026),
 * doi:10.5281/zenodo.18750055: the median of 5,174 people for "might / may / could happen" is 40%.
 * MODIFIER: F. Mosteller and C. Youtz, "Quantifying Probabilistic Expressions", Statistical Science 5(1), 1990, 2-12:
 * "very" and negation halve the distance to the boundary (100 or 0).
 * IPCC: M. D. Mastrandrea et al., "Guidance Note for Lead Authors of the IPCC Fifth Assessment Report on Consistent
 * Treatment of Uncertainties" (2010), and the IPCC's own French reports: which French term corresponds to which English term.
 *
 * A phrase that no source covers gets the value of the nearest phrase that one covers, and its evidence says so.
 */
export const SURVEY = 'median of the Fagen-Ulmschneider survey';
export const MODALS = 'median of CAPphrase 2026';
export const MODIFIER = 'modifier rule of Mosteller & Youtz 1990';

export function readAs(phrase: string): string {
  return `read as "${phrase}", ${SURVEY}`;
}

/** A French term of the IPCC's likelihood scale: matched by the scale, measured by the survey of English readers. */
export function readAsLikelihood(phrase: string, term: string): string {
  return `the IPCC's French for "${term}"; ${readAs(phrase)}`;
}
