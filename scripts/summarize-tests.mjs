// Prints the failed tests of Jest reports, the minutes of each part of CI and one closing line that counts tests and static
// checks together: `summarize-tests.mjs PARTS CHECKS_PASSED CHECKS_FAILED REPORT...`.
// Each line of the file PARTS has a name, the seconds that the part took and its budget in minutes.
import { readFileSync } from 'node:fs';

const SECONDS_PER_MINUTE = 60;

const [parts, checksPassed, checksFailed, ...files] = process.argv.slice(2);
const reports = files.map(readReport);

for (const { testResults = [] } of reports)
  for (const { name, message } of testResults) if (message) console.log(`${name}\n${message}`);

// A file that could not be loaded has no failed test, and a run without a report counts as failed.
const passed = Number(checksPassed) + sum(({ numPassedTests = 0 }) => numPassedTests);
const failed =
  Number(checksFailed) +
  sum(({ numFailedTests = 0, numRuntimeErrorTestSuites = 0, numTotalTests = 0 }) =>
    numTotalTests === 0 ? 1 : numFailedTests + numRuntimeErrorTestSuites,
  );
reports.forEach(({ numTotalTests = 0 }, index) => {
  if (numTotalTests === 0) console.log(`No test has run: ${files[index]}`);
});
for (const line of readFileSync(parts, 'utf8').trim().split('\n')) {
  const [name, seconds, budget] = line.split(' ');
  const minutes = seconds / SECONDS_PER_MINUTE;
  console.log(`${name}: ${minutes.toFixed(1)} of ${budget} minutes${minutes > budget ? ', over its budget' : ''}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function sum(count) {
  return reports.reduce((total, report) => total + count(report), 0);
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
