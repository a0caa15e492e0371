import type { Caller, Role } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import type { CommandReply } from '@toeverlaat/contracts';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { newCommandId, organisationId, type OrganisationId } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { input, output, ZodType } from 'zod';
import { createCaseService } from './index.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const organisations = [gentia, zorgnet] as const;
const MONDAY = '2026-03-02T09:00:00.000Z';
/** Occurs nowhere else. */
const CANARY = 'kanarie-in-de-scan-7f3a';
const PDF = Buffer.from(`%PDF-1.7\n${CANARY} ${'x'.repeat(200_000)} ${CANARY}\n%%EOF`);
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('drawing')]);

type People = Readonly<Record<'lies' | 'an' | 'yasmine' | 'bossAsCounsellor' | 'auditor', Caller>>;
type Service = ReturnType<typeof createCaseService>;

let world: TestWorld;
let service: Service;
let people: Map<OrganisationId, People>;

const newService = (): Service =>
  createCaseService(world.runtimeOf('case', ['case', 'advice', 'third_party_entry', 'actors', 'fingerprints']), {
    intake: [],
    directory: [],
    records: [],
  });

beforeEach(async () => {
  world = createTestWorld(MONDAY);
  people = new Map(
    organisations.map((organisation) => {
      const of = (role: Role, person: string) =>
        enrol(world, { organisation, role, person, pseudonym: `${person}2026` });
      return [
        organisation,
        {
          lies: of('counsellor', 'lies'),
          an: of('counsellor', 'an'),
          yasmine: of('worker', 'yasmine'),
          bossAsCounsellor: of('counsellor', 'boss'),
          auditor: of('auditor', 'tom'),
        },
      ];
    }),
  );
  const answer = (value: unknown) => ({ ok: true, value, stale: false });
  world.answer(c.pseudonymsQuery, ({ context }) => answer([context.caller.pseudonym]));
  world.answer(c.personNamesQuery, ({ input: asked }) =>
    answer(
      (asked as { people: { home: string; person: string }[] }).people.map(({ home, person }) => ({
        home,
        person,
        name: person,
      })),
    ),
  );
  world.answer(c.organisationProfileQuery, ({ context }) =>
    answer({
      organisation: context.caller.organisation,
      kind: 'employer',
      legalName: 'Gentia NV',
      regime: 'dutch',
      sites: [{ siteId: 'ghent', name: 'Gent', place: 'Gent', regime: 'dutch', languages: ['nl'] }],
      workers: null,
      consultationBody: null,
      preventionAdviser: null,
      settings: { writtenMessagesCount: false, smallCellThreshold: 5, smallestReleaseMonths: 3 },
      workingHours: [],
      predecessors: [],
      successors: [],
    }),
  );
  service = newService();
  world.serve(service.served);
  await service.start();
});
afterEach(async () => {
  await service.stop();
  world.dispose();
});

const who = (organisation: OrganisationId = gentia): People => {
  const found = people.get(organisation);
  if (found === undefined) throw new Error(organisation);
  return found;
};
const later = (hours: number) => world.clock.set(new Date(Date.parse(MONDAY) + hours * 3_600_000).toISOString());
const send = <I extends ZodType>(
  caller: Caller,
  def: c.CommandDef<I>,
  data: input<I>,
  commandId: string = newCommandId(),
): Promise<CommandReply> => world.rpc.command(def, contextFor(caller, 'handle_case', commandId), { commandId, data });
const done = async (reply: Promise<CommandReply>) => {
  const answer = await reply;
  if (!answer.ok) throw new Error(JSON.stringify(answer.rejection));
  return answer;
};
/** The same command in both organisations gives cases of one id. */
const openCase = async (caller: Caller, commandId: string = newCommandId()): Promise<string> => {
  const { id } = await done(
    send(
      caller,
      c.openCaseCommand,
      {
        identity: 'account',
        applicant: 'yasmine' as output<typeof c.personIdSchema>,
        site: 'ghent',
        firstContactOn: '2026-03-02',
        language: 'nl',
      },
      commandId,
    ),
  );
  return id;
};
async function* parts(content: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}
const put = (
  caller: Caller,
  caseId: string,
  content: Uint8Array | AsyncIterable<Uint8Array> = PDF,
  { mediaType = 'application/pdf', commandId = newCommandId() as string } = {},
) =>
  service.attachments.gateway.put(contextFor(caller, 'handle_case', commandId), {
    commandId,
    caseId,
    mediaType,
    content: content instanceof Uint8Array ? parts(content) : content,
  });
const stored = async (...args: Parameters<typeof put>) => {
  const answer = await put(...args);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
};
const attach = (caller: Caller, caseId: string, { blob, size }: c.StoredBlob) =>
  send(caller, c.addAttachmentCommand, { caseId, blob, size, kind: 'signed_document', name: 'scan' });
const get = (caller: Caller, caseId: string, blob: string, of: Service = service) =>
  of.attachments.gateway.get(contextFor(caller, 'handle_case', randomUUID()), { caseId, blob });
const read = async (...args: Parameters<typeof get>) => {
  const answer = await get(...args);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  const all: Uint8Array[] = [];
  for await (const part of answer.value.content) all.push(part);
  return { ...answer.value, content: Buffer.concat(all) };
};
const filesIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
const blobFiles = () => filesIn(world.blobsFolder).filter((file) => /[0-9a-f]{64}$/u.test(file));
const accesses = async (type: string) =>
  (await world.log.readAll({ limit: 10_000 })).events
    .filter((event) => event.type === `case.${type}.v1`)
    .map((event) => JSON.parse(Buffer.from(event.data).toString('utf8')) as Record<string, unknown>);
const settle = async (): Promise<void> => {
  const head = await world.log.head();
  if (head !== undefined) expect(await service.whenSettled(head, 5_000)).toBe(true);
};

describe.each(organisations)('an attachment of %s', (organisation) => {
  it('goes in, is named by the case, comes out as it went in, and each download is recorded first', async () => {
    const { lies } = who(organisation);
    const caseId = await openCase(lies);
    const upload = await stored(lies, caseId);
    expect(upload.size).toBe(PDF.length);
    // Nothing refers to it yet: it is nothing to download.
    expect(await get(lies, caseId, upload.blob)).toEqual({ ok: false, error: { kind: 'NotFound' } });
    await done(attach(lies, caseId, upload));
    const before = (await accesses('AccessRecorded')).length;
    const opened = await get(lies, caseId, upload.blob);
    const recorded = (await accesses('AccessRecorded')).slice(before);
    expect(recorded).toMatchObject([
      { recordClass: 'attachment', records: [caseId], outcome: 'downloaded', fields: ['attachments'] },
    ]);
    if (!opened.ok) throw new Error(opened.error.kind);
    const all: Uint8Array[] = [];
    for await (const part of opened.value.content) all.push(part);
    expect(Buffer.concat(all).equals(PDF)).toBe(true);
    expect(opened.value.mediaType).toBe('application/pdf');
    // Neither its kind nor its name: what lies in a download folder must not tell.
    expect(opened.value.fileName).toMatch(/^[0-9A-F]{4}-[0-9A-F]{4}\.pdf$/u);
    for (const file of filesIn(world.blobsFolder))
      for (const form of [CANARY, Buffer.from(CANARY).toString('base64').slice(4, 20)])
        expect({ file, found: readFileSync(file).includes(form) }).toEqual({ file, found: false });
  });

  it('survives a restart', async () => {
    const { lies } = who(organisation);
    const caseId = await openCase(lies);
    const upload = await stored(lies, caseId);
    await done(attach(lies, caseId, upload));
    await service.stop();
    const again = newService();
    await again.start();
    expect((await read(lies, caseId, upload.blob, again)).content.equals(PDF)).toBe(true);
    await again.stop();
  });
});

describe('who may', () => {
  it('put in and take out: the handler; nobody else learns that there is a case', async () => {
    const { lies, an, bossAsCounsellor, auditor } = who();
    const caseId = await openCase(lies);
    const upload = await stored(lies, caseId);
    await done(attach(lies, caseId, upload));
    await done(
      send(lies, c.addExclusionCommand, {
        caseId,
        excluded: { person: 'boss' as output<typeof c.personIdSchema> },
        reason: 'directly_involved',
      }),
    );
    const files = blobFiles().length;
    const denied = (await accesses('AccessDenied')).length;
    const answers: unknown[] = [];
    for (const nosy of [an, bossAsCounsellor, auditor, who(zorgnet).lies])
      for (const id of [caseId, randomUUID()]) {
        answers.push(await put(nosy, id));
        answers.push(await get(nosy, id, upload.blob));
      }
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['{"ok":false,"error":{"kind":"NotFound"}}']),
    );
    expect((await accesses('AccessDenied')).length - denied).toBe(answers.length);
    expect(blobFiles()).toHaveLength(files);
  });

  it('put in and not take out: the applicant, who signs with a drawing', async () => {
    const { lies, yasmine } = who();
    const caseId = await openCase(lies);
    const drawing = await stored(yasmine, caseId, PNG, { mediaType: 'image/png' });
    expect(await attach(yasmine, caseId, drawing)).toMatchObject({ rejection: { kind: 'NotAllowed' } });
    await done(
      send(lies, c.chooseInformalTypeCommand, {
        caseId,
        informalType: 'intervention_with_another_person',
        chosenOn: '2026-03-02',
      }),
    );
    await done(send(lies, c.prepareInformalDocumentCommand, { caseId, madeOn: '2026-03-02' }));
    const shown = await world.rpc.query(c.caseByIdQuery, contextFor(lies, 'handle_case'), { caseId });
    const [document] = shown.ok ? shown.value.documents : [];
    if (document === undefined) throw new Error('no document');
    const { documentId, documentHash } = document;
    const sign = (evidenceBlob: string) =>
      send(yasmine, c.signDocumentCommand, {
        caseId,
        documentId,
        documentHash,
        signer: 'applicant',
        signedOn: '2026-03-02',
        method: 'drawn',
        evidenceBlob,
      });
    expect(await sign('c'.repeat(64))).toMatchObject({ rejection: { field: 'evidenceBlob', rule: 'unknown' } });
    await done(sign(drawing.blob));
    expect(await get(yasmine, caseId, drawing.blob)).toMatchObject({ error: { kind: 'NotFound' } });
    expect(await read(lies, caseId, drawing.blob)).toMatchObject({ mediaType: 'image/png', content: PNG });
    expect((await accesses('AccessRecorded')).at(-1)).toMatchObject({ fields: ['documents.signatures'] });
  });

  it('no bytes are asked for before the caller was let through', async () => {
    const { an, lies } = who();
    const caseId = await openCase(lies);
    let asked = false;
    const content = {
      [Symbol.asyncIterator]: () => {
        asked = true;
        return parts(PDF);
      },
    };
    expect(await put(an, caseId, content)).toMatchObject({ error: { kind: 'NotFound' } });
    expect(asked).toBe(false);
  });
});

describe('a command that refers to a blob', () => {
  it('takes only what was put into this very case, of this size', async () => {
    const { lies } = who();
    const [caseId, other] = [await openCase(lies), await openCase(lies)];
    const upload = await stored(lies, caseId);
    const unknown = { rejection: { kind: 'InvalidInput', field: 'blob', rule: 'unknown' } };
    expect(await attach(lies, other, upload)).toMatchObject(unknown);
    expect(await attach(lies, caseId, { ...upload, size: upload.size + 1 })).toMatchObject(unknown);
    expect(await attach(lies, caseId, { ...upload, blob: 'd'.repeat(64) })).toMatchObject(unknown);
    await done(attach(lies, caseId, upload));
    expect(await get(lies, other, upload.blob)).toMatchObject({ error: { kind: 'NotFound' } });
  });

  it('keeps two organisations of equal ids apart', async () => {
    const here = who(gentia).lies;
    const there = who(zorgnet).lies;
    const [caseId, theirs] = [await openCase(here), await openCase(there)];
    const upload = await stored(here, caseId);
    await done(attach(here, caseId, upload));
    expect(await attach(there, theirs, upload)).toMatchObject({ rejection: { field: 'blob', rule: 'unknown' } });
    expect(await get(there, caseId, upload.blob)).toMatchObject({ error: { kind: 'NotFound' } });
    expect(await get(there, theirs, upload.blob)).toMatchObject({ error: { kind: 'NotFound' } });
  });
});

describe('whether an attachment is there, for who hands the case over', () => {
  it('is told to the handler alone: not an upload, not one whose bytes are gone, not one of elsewhere', async () => {
    const commandId = newCommandId();
    const blobs = new Map<OrganisationId, string>();
    for (const organisation of organisations) {
      const { lies } = who(organisation);
      const caseId = await openCase(lies, commandId);
      const upload = await stored(lies, caseId);
      const ask = (caller: Caller, blob: string) =>
        world.rpc.query(c.isAttachedQuery, contextFor(caller, 'handle_case', randomUUID()), { caseId, blob });
      expect(await ask(lies, upload.blob)).toMatchObject({ ok: true, value: { attached: false } });
      await done(attach(lies, caseId, upload));
      expect(await ask(lies, upload.blob)).toMatchObject({ ok: true, value: { attached: true } });
      expect(await ask(lies, blobs.get(gentia) ?? 'd'.repeat(64))).toMatchObject({ value: { attached: false } });
      const denied = (await accesses('AccessDenied')).length;
      const { an, yasmine } = who(organisation);
      for (const other of [an, yasmine, who(organisation === gentia ? zorgnet : gentia).an])
        expect(await ask(other, upload.blob)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
      expect((await accesses('AccessDenied')).length).toBe(denied + 3);
      blobs.set(organisation, upload.blob);
    }
    const { lies } = who();
    const caseId = await openCase(lies, commandId);
    const blob = blobs.get(gentia) ?? '';
    rmSync(blobFiles().find((file) => file.endsWith(blob)) ?? '');
    expect(
      await world.rpc.query(c.isAttachedQuery, contextFor(lies, 'handle_case', randomUUID()), { caseId, blob }),
    ).toMatchObject({ ok: true, value: { attached: false } });
  });
});

describe('an upload that does not go in leaves nothing', () => {
  it('when it is larger than 25 MB, empty, or not what it says', async () => {
    const { lies } = who();
    const caseId = await openCase(lies);
    const large = async function* (): AsyncGenerator<Uint8Array> {
      yield PDF;
      for (let n = 0; n < 26; n += 1) yield new Uint8Array(1_000_000);
    };
    expect(await put(lies, caseId, large())).toMatchObject({
      error: { kind: 'InvalidInput', field: 'content', rule: 'too_big', params: { limit: c.MAX_ATTACHMENT_BYTES } },
    });
    expect(await put(lies, caseId, new Uint8Array(0))).toMatchObject({
      error: { field: 'content', rule: 'too_small' },
    });
    expect(await put(lies, caseId, PNG)).toMatchObject({ error: { field: 'mediaType', rule: 'not_the_content' } });
    expect(await put(lies, caseId, PDF, { mediaType: 'text/html' })).toMatchObject({ error: { field: 'mediaType' } });
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield PDF;
      throw new Error(CANARY);
    };
    const answer = await put(lies, caseId, broken());
    expect(answer).toMatchObject({ error: { kind: 'Unavailable' } });
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    expect(filesIn(world.blobsFolder)).toEqual([]);
  });

  it('when twenty of this case wait already, or the case is closed', async () => {
    const { lies } = who();
    const caseId = await openCase(lies);
    for (let n = 0; n < 20; n += 1) await stored(lies, caseId, PNG, { mediaType: 'image/png' });
    expect(await put(lies, caseId)).toMatchObject({ error: { field: 'content', rule: 'too_many' } });
    expect(blobFiles()).toHaveLength(20);
    const closed = await openCase(lies);
    await done(send(lies, c.recordOutcomeCommand, { caseId: closed, outcome: 'resolved', recordedFor: '2026-03-02' }));
    await done(send(lies, c.closeCaseCommand, { caseId: closed, closedOn: '2026-03-02' }));
    expect(await put(lies, closed)).toMatchObject({ error: { code: 'case_closed' } });
  });
});

describe('an upload that is sent again', () => {
  it('is the same blob; with other bytes it is refused', async () => {
    const { lies } = who();
    const caseId = await openCase(lies);
    const commandId = newCommandId();
    const first = await stored(lies, caseId, PDF, { commandId });
    expect(await stored(lies, caseId, PDF, { commandId })).toEqual(first);
    expect(await put(lies, caseId, Buffer.from('%PDF-other'), { commandId })).toMatchObject({
      error: { kind: 'CommandIdReused' },
    });
    expect(blobFiles()).toHaveLength(1);
  });
});

describe('an upload that nothing refers to', () => {
  it('is removed after a day, in every organisation; what a case refers to stays', async () => {
    const kept: [Caller, string, string][] = [];
    for (const organisation of organisations) {
      const { lies } = who(organisation);
      const caseId = await openCase(lies);
      await stored(lies, caseId);
      const upload = await stored(lies, caseId);
      await done(attach(lies, caseId, upload));
      kept.push([lies, caseId, upload.blob]);
    }
    expect(blobFiles()).toHaveLength(4);
    later(23.9);
    await service.runTimers();
    expect(blobFiles()).toHaveLength(4);
    later(24);
    await service.runTimers();
    expect(blobFiles()).toHaveLength(2);
    for (const [caller, caseId, blob] of kept)
      expect((await read(caller, caseId, blob)).content.equals(PDF)).toBe(true);
    // What was claimed is no longer on the list, and stays all the same.
    later(100);
    await service.runTimers();
    expect(blobFiles()).toHaveLength(2);
    expect(filesIn(world.blobsFolder)).toHaveLength(2);
  });

  it('can no longer be referred to in the hour before, so that no case names what is then removed', async () => {
    const { lies } = who();
    const caseId = await openCase(lies);
    const upload = await stored(lies, caseId);
    later(23);
    expect(await attach(lies, caseId, upload)).toMatchObject({ rejection: { field: 'blob', rule: 'unknown' } });
  });
});

describe('an erased case', () => {
  it('answers Erased to its handler, NotFound to everybody else, and keeps no upload', async () => {
    const { lies, an } = who();
    const caseId = await openCase(lies);
    const theirs = await openCase(who(zorgnet).lies);
    const upload = await stored(lies, caseId);
    const other = await stored(who(zorgnet).lies, theirs);
    await done(attach(lies, caseId, upload));
    await done(attach(who(zorgnet).lies, theirs, other));
    await stored(lies, caseId);
    await settle();
    await world.sealing.destroy(gentia, `case/${caseId}`, { by: 'p-1', reason: 'retention v1', at: MONDAY });
    expect(await get(lies, caseId, upload.blob)).toEqual({ ok: false, error: { kind: 'Erased' } });
    expect(await put(lies, caseId)).toEqual({ ok: false, error: { kind: 'Erased' } });
    expect(await get(an, caseId, upload.blob)).toEqual({ ok: false, error: { kind: 'NotFound' } });
    expect((await read(who(zorgnet).lies, theirs, other.blob)).content.equals(PDF)).toBe(true);
    later(25);
    await service.runTimers();
    expect(blobFiles()).toHaveLength(1);
  });
});
