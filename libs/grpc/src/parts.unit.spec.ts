import { status } from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCircuit } from './circuit.js';
import { createResolver, endpointsSchema } from './endpoints.js';
import { peerOf } from './identity.js';
import { isRepeatable, pauseBefore } from './retry.js';

describe('a circuit', () => {
  const options = { failures: 3, openMs: 100, longestOpenMs: 300 };

  it('opens after failures in a row, not after as many with a success between', () => {
    const circuit = createCircuit(options);
    circuit.failed(0);
    circuit.failed(0);
    circuit.succeeded();
    circuit.failed(0);
    circuit.failed(0);
    expect(circuit.state(0)).toBe('closed');
    circuit.failed(0);
    expect([circuit.state(0), circuit.state(99), circuit.state(100)]).toEqual(['open', 'open', 'halfOpen']);
    expect(circuit.admits(99)).toBe(false);
  });

  it('half open lets one through; its success closes, its failure opens for longer, up to a bound', () => {
    const circuit = createCircuit(options);
    for (let n = 0; n < 3; n += 1) circuit.failed(0);
    expect([circuit.admits(100), circuit.admits(100)]).toEqual([true, false]);
    circuit.failed(100);
    expect([circuit.state(299), circuit.state(300)]).toEqual(['open', 'halfOpen']);
    expect(circuit.admits(300)).toBe(true);
    circuit.failed(300);
    expect([circuit.state(599), circuit.state(600)]).toEqual(['open', 'halfOpen']);
    expect(circuit.admits(600)).toBe(true);
    circuit.abandoned();
    expect(circuit.admits(600)).toBe(true);
    circuit.succeeded();
    expect([circuit.state(600), circuit.admits(600), circuit.admits(600)]).toEqual(['closed', true, true]);
  });
});

describe('a repeat', () => {
  it('comes only after a call that did not get through', () => {
    const repeated = Object.values(status).filter(
      (code): code is status => typeof code === 'number' && isRepeatable(code),
    );
    expect(repeated).toEqual([status.UNAVAILABLE]);
  });

  it('waits between half of its step and all of it, and steps double', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (repeat, random) => {
        const step = 50 * 2 ** (repeat - 1);
        const ms = pauseBefore(repeat, { attempts: 9, pauseMs: 50, random: () => random });
        expect(ms).toBeGreaterThanOrEqual(step / 2);
        expect(ms).toBeLessThanOrEqual(step);
      }),
    );
  });
});

describe('endpoints', () => {
  it('are a list of addresses or a name', () => {
    expect(endpointsSchema.parse('10.0.0.1:5000, [::1]:5001')).toEqual({
      kind: 'list',
      addresses: ['10.0.0.1:5000', '[::1]:5001'],
    });
    expect(endpointsSchema.parse('dns:case.example:5000')).toEqual({ kind: 'dns', host: 'case.example', port: '5000' });
    for (const wrong of ['', 'case', 'case:', 'http://case:5000', 'case:5000,', 'dns:case'])
      expect({ wrong, ok: endpointsSchema.safeParse(wrong).success }).toEqual({ wrong, ok: false });
  });

  it('of a name are asked for now and then, and stay when the name server does not answer', async () => {
    let now = 0;
    let answer: readonly string[] | undefined = ['10.0.0.2', '10.0.0.1'];
    let asked = 0;
    const resolve = createResolver(
      { kind: 'dns', host: 'case.example', port: '5000' },
      {
        everyMs: 100,
        now: () => now,
        lookup: () => {
          asked += 1;
          return answer === undefined ? Promise.reject(new Error('EAI_AGAIN')) : Promise.resolve(answer);
        },
      },
    );
    expect(await resolve()).toEqual(['10.0.0.1:5000', '10.0.0.2:5000']);
    now = 99;
    expect(await resolve()).toHaveLength(2);
    expect(asked).toBe(1);
    now = 100;
    answer = undefined;
    expect(await resolve()).toHaveLength(2);
    expect(await resolve()).toHaveLength(2);
    answer = ['::1'];
    now = 200;
    await resolve();
    await Promise.resolve();
    expect(await resolve()).toEqual(['[::1]:5000']);
  });
});

describe('the peer a certificate names', () => {
  it('is one name of ours, exactly', () => {
    expect(peerOf({ subjectaltname: 'DNS:case.toeverlaat.internal' })).toBe('case');
    for (const subjectaltname of [
      '',
      'DNS:case.toeverlaat.internal, DNS:gateway.toeverlaat.internal',
      'DNS:case.toeverlaat.internal.example',
      'DNS:x.case.toeverlaat.internal',
      'DNS:somebody.toeverlaat.internal',
      'URI:case.toeverlaat.internal',
      'DNS:"case.toeverlaat.internal"',
    ])
      expect({ subjectaltname, peer: peerOf({ subjectaltname }) }).toEqual({ subjectaltname, peer: undefined });
    expect(peerOf(undefined)).toBe(undefined);
  });
});
