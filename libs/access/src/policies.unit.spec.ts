import { canonicalJson } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { givenUnder, keptPolicies, policyOf } from './policies.js';
import { policyVersion, rules } from './policy.js';

const fileOf = (version: string): URL => new URL(`../policies/${version}.json`, import.meta.url);

describe('policies that held', () => {
  it('are kept as data, the one that holds now among them', () => {
    // A change of the policy adds a file; UPDATE=1 writes it.
    if (process.env['UPDATE'] === '1' && !keptPolicies().includes(policyVersion))
      writeFileSync(fileOf(policyVersion), `${JSON.stringify(rules, null, 2)}\n`);
    expect(keptPolicies()).toContain(policyVersion);
    expect(policyOf(policyVersion)).toEqual(rules);
  });

  it('are never changed: the name of each is a digest of what it holds', () => {
    const versions = keptPolicies();
    expect(versions.length).toBeGreaterThan(7);
    for (const version of versions) {
      const digest = createHash('sha256')
        .update(canonicalJson(policyOf(version)))
        .digest('hex');
      expect(version.slice(version.indexOf('.') + 1)).toBe(digest.slice(0, 10));
    }
  });

  it('are not found where none is kept, nor outside their folder', () => {
    for (const version of ['2026.0000000000', '../policies/2026.8f3c42613b', '', 'toString'])
      expect(policyOf(version)).toBeUndefined();
  });

  it('decide as they did: what a later one gives, an earlier one did not', () => {
    const reading = { role: 'data_protection_officer', verb: 'open', recordClass: 'kept_record' };
    expect(givenUnder(policyOf('2026.8f3c42613b') ?? [], reading)).toBe(false);
    expect(givenUnder(policyOf(policyVersion) ?? [], reading)).toBe(true);
  });
});
