import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLEAR_FIELDS, clearOnly, createLogger, type LogFields } from './index.js';

const CANARY = 'kanarie-7f3a';

const capture = () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'debug',
    service: 'test',
    destination: { write: (line: string) => void lines.push(line) },
  });
  return { logger, lines, printed: () => lines.join('') };
};

/** What a mistaken caller hands over: the type would stop it, a cast or plain JavaScript would not. */
const smuggled = (fields: Record<string, unknown>): LogFields => fields as LogFields;

const sealedValue = {
  v: 1,
  alg: 'A256GCM',
  keys: ['k1'],
  ctx: { organisation: 'gentia', stream: 'case.case-gentia_1', eventId: 'e', type: 't', path: 'p' },
  iv: CANARY,
  ct: CANARY,
};

describe('the logger prints clear-list fields only', () => {
  it('prints listed fields, level, service and time', () => {
    const { logger, lines } = capture();
    logger.info('request answered', { organisation: 'gentia', requestId: 'r-1', status: 200 });
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(line).toMatchObject({
      level: 'info',
      service: 'test',
      organisation: 'gentia',
      requestId: 'r-1',
      status: 200,
      msg: 'request answered',
    });
    expect(Object.keys(line).toSorted()).toEqual([
      'level',
      'msg',
      'organisation',
      'requestId',
      'service',
      'status',
      'time',
    ]);
  });

  it('never prints text on its way in or a sealed value, at any place', () => {
    const { logger, printed } = capture();
    logger.info(
      'x',
      smuggled({
        note: { plain: CANARY },
        plain: CANARY,
        sealed: sealedValue,
        code: { plain: CANARY },
        stream: sealedValue,
      }),
    );
    logger
      .with(smuggled({ who: CANARY, reason: { plain: CANARY } }))
      .error('y', smuggled({ deep: { deeper: [{ plain: CANARY }] } }));
    expect(printed()).not.toContain(CANARY);
    expect(printed()).toContain('"withheld":5');
  });

  it('prints an error by name, code and place, not by message, also for its cause', () => {
    const { logger, printed, lines } = capture();
    const cause = new SyntaxError(`Unexpected token in ${CANARY}`);
    logger.error('failed', {
      error: Object.assign(new TypeError(`bad\n    at ${CANARY}`, { cause }), { code: 'ERR_X', body: CANARY }),
    });
    expect(printed()).not.toContain(CANARY);
    const line = JSON.parse(lines[0] ?? '') as {
      error: { name: string; code: string; at: string[]; cause: { name: string } };
    };
    expect(line.error.name).toBe('TypeError');
    expect(line.error.code).toBe('ERR_X');
    expect(line.error.cause.name).toBe('SyntaxError');
    expect(line.error.at.length).toBeGreaterThan(0);
  });

  it('withholds an over-long value even under a listed name', () => {
    expect(clearOnly({ code: CANARY.repeat(50) })).toEqual({ withheld: 1 });
  });

  it('lets nothing through but listed names, whatever it is given', () => {
    const listed = new Set<string>([...CLEAR_FIELDS, 'error', 'withheld']);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
        const out = clearOnly(fields);
        expect(Object.keys(out).filter((key) => !listed.has(key))).toEqual([]);
        const { error: _printed, ...rest } = out;
        const plain = (value: unknown): boolean =>
          value === null || ['string', 'number', 'boolean'].includes(typeof value);
        expect(Object.values(rest).filter((value) => !plain(value))).toEqual([]);
      }),
    );
  });
});
