import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingScenarios, playedScenarios } from '../demo/scenarios.js';

/** Why each is missing, said aloud: a scenario that is not played is not forgotten. */
const why: Readonly<Record<(typeof missingScenarios)[number], string>> = {
  6: 'a collective formal request needs the formal track of the prevention adviser',
};

describe('the scenarios of the domain', () => {
  it('are all either played by a test of their own or counted as missing', () => {
    const tested = readdirSync(import.meta.dirname)
      .flatMap((file) => /^scenario-(\d+)\.int\.spec\.ts$/u.exec(file)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
    expect(tested).toEqual([...playedScenarios]);
    expect([...playedScenarios, ...missingScenarios].toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(missingScenarios).toEqual([6]);
    const lines = missingScenarios.map((scenario) => `  scenario ${scenario}: ${why[scenario]}`);
    process.stdout.write(`\nscenarios that are missing: ${missingScenarios.length}\n${lines.join('\n')}\n`);
  });
});
