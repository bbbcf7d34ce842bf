/** @typedef {{ passed: number, failed: number }} TestCounts */

/**
 * Counts of vitest's JSON report. A file that could not be loaded has no tests: it counts as one failure.
 * @returns {TestCounts}
 */
export function countVitest(report) {
  const unloaded = (report.testResults ?? []).filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded };
}

/**
 * Counts of Playwright's JSON report; errors outside any test count too.
 * @returns {TestCounts}
 */
export function countPlaywright(report) {
  const { expected, unexpected, flaky } = report.stats;
  return { passed: expected + flaky, failed: unexpected + (report.errors ?? []).length };
}

/** @param {readonly TestCounts[]} all */
export function addCounts(all) {
  return {
    passed: all.reduce((total, counts) => total + counts.passed, 0),
    failed: all.reduce((total, counts) => total + counts.failed, 0),
  };
}
