import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLanes } from './lanes.js';
import { createWindow } from './window.js';

describe('window of a partition', () => {
  it('gives the contiguous prefix of what is done, in whatever order it is done', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 30 }, (_, n) => n)), (order) => {
        const window = createWindow();
        const taken = Array.from({ length: 30 }, (_, n) => n * 2);
        for (const offset of taken) window.take(BigInt(offset));
        const done = new Set<number>();
        for (const n of order) {
          window.done(BigInt(n * 2));
          done.add(n);
          let prefix = 0;
          while (done.has(prefix)) prefix += 1;
          expect(window.commitable()).toBe(prefix === 0 ? undefined : BigInt((prefix - 1) * 2 + 1));
        }
      }),
    );
  });

  it('takes nothing twice, and offers nothing that is committed', () => {
    const window = createWindow();
    expect([window.take(5n), window.take(6n), window.take(5n), window.take(6n), window.take(7n)]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    window.done(5n);
    window.done(6n);
    expect(window.commitable()).toBe(7n);
    window.committed(7n);
    expect(window.commitable()).toBeUndefined();
    window.done(7n);
    expect(window.commitable()).toBe(8n);
  });

  describe('after its group was joined anew', () => {
    const doneAsFarAs12 = () => {
      const window = createWindow();
      window.take(10n);
      window.committed(10n);
      window.take(11n);
      window.done(10n);
      window.done(11n);
      window.joined();
      return window;
    };

    it('offers nothing while another member may have committed more', () => {
      const window = doneAsFarAs12();
      expect(window.commitable()).toBeUndefined();
      window.take(15n);
      expect(window.commitable()).toBeUndefined();
      window.done(15n);
      expect(window.commitable()).toBe(16n);
    });

    it('offers what is done once the broker hands it out again, since it is not committed then', () => {
      const window = doneAsFarAs12();
      expect([window.take(10n), window.take(11n)]).toEqual([false, false]);
      expect(window.commitable()).toBe(12n);
    });

    it('has no doubt about a partition of which it took nothing', () => {
      const window = createWindow();
      window.joined();
      window.take(3n);
      window.done(3n);
      expect(window.commitable()).toBe(4n);
    });

    it('never takes the group back, and leaves nothing uncommitted, whoever else committed what', () => {
      const steps = fc.array(fc.constantFrom('take', 'done', 'commit', 'other', 'join'), { maxLength: 80 });
      fc.assert(
        fc.property(steps, (given) => {
          const window = createWindow();
          const taken: bigint[] = [];
          let group = 0n;
          let fetch = 0n;
          const commit = (): void => {
            const offset = window.commitable();
            if (offset === undefined) return;
            expect(offset).toBeGreaterThan(group);
            group = offset;
            window.committed(offset);
          };
          const take = (): void => {
            if (window.take(fetch)) taken.push(fetch);
            fetch += 1n;
          };
          // Another member has the partition only between two joins of this one, and hands on what it committed.
          const join = (by: bigint): void => {
            group += by;
            window.joined();
            fetch = group;
          };
          const done = (): void => {
            const first = taken.shift();
            if (first !== undefined) window.done(first);
          };
          for (const step of given) {
            if (step === 'take') take();
            else if (step === 'done') done();
            else if (step === 'commit') commit();
            else join(step === 'other' ? 3n : 0n);
          }
          take();
          while (taken.length > 0) done();
          commit();
          // Everything that was handed out is committed once it is done and one more has come.
          expect(group).toBeGreaterThanOrEqual(fetch);
        }),
      );
    });
  });
});

describe('lanes', () => {
  it('serve one item of each lane in turn, however much one has', () => {
    const lanes = createLanes<string>();
    for (let n = 0; n < 100; n += 1) lanes.push('flood', `f${n}`);
    lanes.push('small', 's0');
    lanes.push('other', 'o0');
    lanes.push('small', 's1');
    const order: string[] = [];
    for (let turn = lanes.next(); turn !== undefined && order.length < 6; turn = lanes.next()) {
      order.push(turn.item);
      lanes.finished(turn.lane);
    }
    expect(order).toEqual(['f0', 's0', 'o0', 'f1', 's1', 'f2']);
  });

  it('keep the order of a lane and give one of it at a time', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 }), (pushes) => {
        const lanes = createLanes<number>();
        const served = new Map<string, number[]>();
        for (const [n, lane] of pushes.entries()) lanes.push(lane, n);
        const held: string[] = [];
        for (let count = 0; count < pushes.length * 2; count += 1) {
          const turn = lanes.next();
          if (turn === undefined) {
            const first = held.shift();
            if (first === undefined) break;
            lanes.finished(first);
            continue;
          }
          expect(held).not.toContain(turn.lane);
          held.push(turn.lane);
          served.set(turn.lane, [...(served.get(turn.lane) ?? []), turn.item]);
        }
        for (const [lane, items] of served)
          expect(items).toEqual(pushes.flatMap((one, n) => (one === lane ? [n] : [])).slice(0, items.length));
        expect([...served.values()].flat().length + lanes.size()).toBe(pushes.length);
      }),
    );
  });

  it('forget what does not meet a condition', () => {
    const lanes = createLanes<number>();
    for (let n = 0; n < 10; n += 1) lanes.push(n % 2 === 0 ? 'even' : 'odd', n);
    lanes.keep((n) => n > 4 && n % 2 === 1);
    expect(lanes.size()).toBe(3);
    expect([lanes.next(), lanes.next()]).toEqual([{ lane: 'odd', item: 5 }, undefined]);
  });
});
