// A Vitest reporter: says aloud what was skipped and why, then ends the output with one plain line of counts:
// `N passed, N failed, N skipped`. What fails outside a test (a file that does not load, a hook, an unhandled error)
// counts as failed, and a test that such a failure kept from running does too: skipped is only what was meant to be.
import { writeSync } from 'node:fs';

const MARK = /\[needs ([^\]]+)\]/;
const PLAIN = 'skipped in the test itself';

const suitesAbove = (test) => {
  const suites = [];
  for (let at = test.parent; at.type === 'suite'; at = at.parent) suites.push(at);
  return suites;
};

/** Why a test was skipped: what `describeWith` wrote into a suite's name, the test's own note, or that it says so. */
const reasonOf = (test) => MARK.exec(test.fullName)?.[1] ?? test.result().note ?? PLAIN;

/** Skipped because somebody wrote so, and not because something above it broke. */
const meant = (test) =>
  test.options.mode === 'skip' || test.options.mode === 'todo' || test.result().note !== undefined;

export default class ClosingLine {
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const skipped = new Map();
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (module.errors().length > 0) counts.failed += 1;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1;
      for (const test of tests) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else if (meant(test) || suitesAbove(test).some((suite) => ['skip', 'todo'].includes(suite.options.mode))) {
          counts.skipped += 1;
          const key = `${module.relativeModuleId}: ${reasonOf(test)}`;
          skipped.set(key, (skipped.get(key) ?? 0) + 1);
        } else counts.failed += 1;
      }
    }
    process.once('exit', () => {
      const lines = [...skipped].map(([where, count]) => `SKIPPED: ${count} in ${where}`);
      writeSync(
        1,
        `\n${[...lines, `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`].join('\n')}\n`,
      );
    });
  }
}
