// A Vitest reporter: names what was skipped and why it matters, then closes with one plain line of counts.
export default class ClosingLine {
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skipped = new Map();
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state] = (counts[state] ?? 0) + 1;
        if (state === 'skipped') skipped.set(module.relativeModuleId, (skipped.get(module.relativeModuleId) ?? 0) + 1);
      }
    }
    for (const [file, count] of skipped)
      console.log(`SKIPPED: ${count} in ${file}: what it needs is not on this machine`);
    console.log(`\n${counts.passed} passed, ${counts.failed + errors.length} failed, ${counts.skipped} skipped`);
  }
}
