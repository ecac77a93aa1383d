// Prints the failed tests of Jest reports and one closing line that counts tests and static checks together.
import { readFileSync } from 'node:fs';

const [checksPassed, checksFailed, ...files] = process.argv.slice(2);
const reports = files.map(readReport);

for (const { testResults = [] } of reports)
  for (const { name, message } of testResults) if (message) console.log(`${name}\n${message}`);

// A file that could not even be loaded has no test that failed, and a run without a report has failed.
const passed = Number(checksPassed) + sum(({ numPassedTests = 0 }) => numPassedTests);
const failed =
  Number(checksFailed) +
  sum(({ numFailedTests = 0, numRuntimeErrorTestSuites = 0, numTotalTests = 0 }) =>
    numTotalTests === 0 ? 1 : numFailedTests + numRuntimeErrorTestSuites,
  );
reports.forEach(({ numTotalTests = 0 }, index) => {
  if (numTotalTests === 0) console.log(`No test has run: ${files[index]}`);
});
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
