import { describe, expect, it } from 'vitest';
import { addCounts, countPlaywright, countVitest } from './test-counts.mjs';

describe('counting what the test programs report', () => {
  it('counts a file that vitest could not load as a failure', () => {
    const report = {
      numPassedTests: 4,
      numFailedTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
        { status: 'failed', assertionResults: [] },
        { status: 'passed', assertionResults: [{ status: 'passed' }] },
      ],
    };
    expect(countVitest(report)).toEqual({ passed: 4, failed: 2 });
  });

  it('counts a flaky end-to-end test as passed and an error outside tests as a failure', () => {
    const stats = { expected: 5, unexpected: 1, flaky: 1, skipped: 0 };
    expect(countPlaywright({ stats, errors: [] })).toEqual({ passed: 6, failed: 1 });
    expect(countPlaywright({ stats, errors: [{ message: 'no such project' }] })).toEqual({ passed: 6, failed: 2 });
  });

  it('adds', () => {
    expect(addCounts([])).toEqual({ passed: 0, failed: 0 });
    expect(
      addCounts([
        { passed: 1, failed: 0 },
        { passed: 2, failed: 3 },
      ]),
    ).toEqual({ passed: 3, failed: 3 });
  });
});
