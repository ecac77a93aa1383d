// Prints the failed tests of a Jest report and one closing line that counts tests and static checks together.
import { readFileSync } from 'node:fs';

const [reportFile, checksPassed, checksFailed] = process.argv.slice(2);
const report = readReport(reportFile);

for (const { name, message } of report.testResults ?? []) if (message) console.log(`${name}\n${message}`);

// A file that could not even be loaded has no test that failed.
const passed = (report.numPassedTests ?? 0) + Number(checksPassed);
const failed = (report.numFailedTests ?? 0) + (report.numRuntimeErrorTestSuites ?? 0) + Number(checksFailed);
const ran = (report.numTotalTests ?? 0) > 0;
if (!ran) console.log('No test has run.');
console.log(`${passed} passed, ${failed + (ran ? 0 : 1)} failed`);
process.exit(failed === 0 && ran ? 0 : 1);

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
