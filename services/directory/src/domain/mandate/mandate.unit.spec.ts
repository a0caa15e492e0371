import { describe, expect, it } from 'vitest';
import {
  contractDecider,
  contractInEffect,
  type ContractCommand,
  type ContractEvent,
  type ContractState,
} from '../contract/index.js';
import { scenario } from '../testing.js';
import { mandateDecider, mandateInEffect, type MandateCommand, type MandateEvent, type MandateState } from './index.js';

type WithoutC = ContractCommand extends infer C ? (C extends ContractCommand ? Omit<C, 'meta'> : never) : never;
type WithoutM = MandateCommand extends infer C ? (C extends MandateCommand ? Omit<C, 'meta'> : never) : never;
const contract = scenario<ContractCommand, ContractEvent, ContractState>(contractDecider);
const mandate = scenario<MandateCommand, MandateEvent, MandateState>(mandateDecider);

describe('a service contract', () => {
  const conclude = (
    change: Partial<Extract<ContractCommand, { type: 'ConcludeContract' }>['data']> = {},
  ): WithoutC => ({
    type: 'ConcludeContract',
    data: { provider: 'zorgnet', providerKind: 'external_service', from: '2026-01-01', ...change },
  });
  const end = (on: string): WithoutC => ({ type: 'EndContract', data: { on } });
  const concluded = contract.history([conclude()]);

  it('is with an external service, another one, for some time', () => {
    expect(contract.rejection([], conclude({ providerKind: 'employer' }))).toMatchObject({
      code: 'provider_not_external_service',
    });
    expect(contract.rejection([], conclude({ provider: 'gentia' }))).toMatchObject({ code: 'related_to_itself' });
    expect(contract.rejection([], conclude({ to: '2026-01-01' }))).toMatchObject({ code: 'period_reversed' });
  });
  it('ends on a day, earlier perhaps, not later', () => {
    const ended = [...concluded, ...contract.events(concluded, end('2026-07-01'))];
    expect(contractInEffect(contract.fold(ended), '2026-06-30')).toBe(true);
    expect(contractInEffect(contract.fold(ended), '2026-07-01')).toBe(false);
    expect(contract.events(ended, end('2026-07-01'))).toEqual([]);
    expect(contract.events(ended, end('2026-06-01'))).toHaveLength(1);
    expect(contract.rejection(ended, end('2026-08-01'))).toMatchObject({ code: 'contract_ended' });
    expect(contract.rejection([], end('2026-08-01'))).toEqual({ kind: 'NotFound' });
  });
  it('is concluded once', () => {
    expect(contract.events(concluded, conclude())).toEqual([]);
    expect(contract.rejection(concluded, conclude({ provider: 'ander' }))).toMatchObject({ code: 'contract_exists' });
  });
});

describe('a mandate', () => {
  const give = (change: Partial<Extract<MandateCommand, { type: 'GiveMandate' }>['data']> = {}): WithoutM => ({
    type: 'GiveMandate',
    data: {
      personId: 'jan',
      home: 'zorgnet',
      role: 'prevention_adviser',
      sites: 'all',
      from: '2026-02-01',
      contracts: [{ from: '2026-01-01' }],
      ...change,
    },
  });
  const revoke = (on: string): WithoutM => ({ type: 'RevokeMandate', data: { on } });
  const given = mandate.history([give()]);

  it('needs a service contract on its first day', () => {
    expect(mandate.rejection([], give({ contracts: [] }))).toMatchObject({ code: 'mandate_without_contract' });
    expect(mandate.rejection([], give({ contracts: [{ from: '2026-01-01', to: '2026-02-01' }] }))).toMatchObject({
      code: 'mandate_without_contract',
    });
  });
  it.each(['administrator', 'employer', 'committee_member', 'records_manager', 'platform_operator', 'worker'])(
    'never makes %s of an outsider',
    (role) => {
      expect(mandate.rejection([], give({ role }))).toMatchObject({ code: 'role_not_mandatable' });
    },
  );
  it('is for somebody of another organisation, for some time', () => {
    expect(mandate.rejection([], give({ home: 'gentia' }))).toMatchObject({ code: 'related_to_itself' });
    expect(mandate.rejection([], give({ to: '2026-02-01' }))).toMatchObject({ code: 'period_reversed' });
  });
  it('holds until it is revoked', () => {
    const revoked = [...given, ...mandate.events(given, revoke('2026-07-01'))];
    expect(mandateInEffect(mandate.fold(revoked), '2026-06-30')).toBe(true);
    expect(mandateInEffect(mandate.fold(revoked), '2026-07-01')).toBe(false);
    expect(mandate.events(revoked, revoke('2026-07-01'))).toEqual([]);
    expect(mandate.rejection(revoked, revoke('2026-08-01'))).toMatchObject({ code: 'mandate_revoked' });
    expect(mandate.rejection([], revoke('2026-08-01'))).toEqual({ kind: 'NotFound' });
  });
  it('is given once', () => {
    expect(mandate.events(given, give())).toEqual([]);
    expect(mandate.rejection(given, give({ personId: 'piet' }))).toMatchObject({ code: 'mandate_exists' });
  });
});
